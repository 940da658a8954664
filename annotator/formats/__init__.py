"""Files in and out: a format is one module, and one line in FORMATS.

Readers turn a stream of bytes into records (annotator.formats.records) and know no database.
Writers turn the records of one project, in a fixed order, into bytes, so that two exports of one
state are equal to the byte.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import orjson

from annotator.domain.errors import Invalid
from annotator.domain.messages import N_
from annotator.formats import jsonl, project, text
from annotator.formats.records import ARTICLE, Record

Reader = Callable[[BinaryIO, str], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Format:
    """What a format is called, where its files go, and in which directions we know it."""

    name: str
    label: str
    extension: str
    media_type: str
    read: Reader | None = None
    #: Whether annotator.services.exports has a writer of this name.
    writes: bool = False


FORMATS: dict[str, Format] = {
    format_.name: format_
    for format_ in (
        Format(
            "jsonl",
            N_("JSON Lines, one article a line with its passages"),
            ".jsonl",
            "application/jsonl",
            read=jsonl.read,
            writes=True,
        ),
        Format(
            "project",
            N_("The whole project, nothing left out"),
            ".project.jsonl",
            "application/jsonl",
            read=project.read,
            writes=True,
        ),
        Format(
            "annotations",
            N_("JSON Lines, one passage a line with 32 characters around it"),
            ".annotations.jsonl",
            "application/jsonl",
            writes=True,
        ),
        Format("text", N_("Plain text, one article a file"), ".txt", "text/plain", read=text.read),
    )
}
READERS = {name: format_ for name, format_ in FORMATS.items() if format_.read}
WRITERS = {name: format_ for name, format_ in FORMATS.items() if format_.writes}


def reader(name: str | None, file: str, head: bytes) -> tuple[str, Reader]:
    """The reader of that name or, without one, the one that the file's beginning asks for.

    `head` is the first line, or its beginning. Raises Invalid when there is no such reader.
    """
    name = name or detect(file, head)
    found = READERS.get(name)
    if found is None or found.read is None:
        raise Invalid(
            "“{name}” is no format that can be imported. There are: {known}.",
            "format",
            name=name[:80],
            known=", ".join(READERS),
        )
    return found.name, found.read


def detect(file: str, head: bytes) -> str:
    """The name of the format of a file, by its first line; a .txt file is text whatever it holds.

    Raises Invalid for a file that is neither JSON nor called a text.
    """
    if file.lower().endswith((".txt", ".text")):
        return "text"
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if first.startswith(b"{"):
        schema = b'"schema"'
        if schema not in first[:200]:
            return "jsonl"
        value = first[first.index(schema) + len(schema) :].lstrip(b" \t:")[:40]
        return (
            "project" if value.startswith(b'"annotator.') and _kind(value) != ARTICLE else "jsonl"
        )
    if first[:2] in (b"\xff\xfe", b"\xfe\xff") or file.lower().endswith((".jsonl", ".ndjson")):
        return "jsonl"
    raise Invalid(
        "{file}: this is none of the formats that can be imported ({known}). Name one with "
        "--format.",
        "file",
        file=file,
        known=", ".join(READERS),
    )


def _kind(value: bytes) -> str:
    try:
        return str(orjson.loads(value[: value.index(b'"', 1) + 1]))
    except ValueError:
        return ""
