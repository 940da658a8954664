"""Plain text: one file, one article.

The bytes must be UTF-8, or UTF-16 with a byte order mark: nobody guesses between the old Cyrillic
encodings, since a wrong guess looks like text. A line ` date 2025-11-13 ` before the text, as
some collections have it, is metadata.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO

from annotator.domain.errors import Invalid
from annotator.domain.text import TextChange, normalise, paragraphs, sentences
from annotator.formats.records import ArticleRecord, Meta

MAX_BYTES = 50 * 1024 * 1024
MAX_TITLE = 120

_DATE_HEADER = re.compile(
    r"\ufeff?[ \t]*date[ \t]+(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?:[ \t]+|(?=\r?\n))"
)


def read(stream: BinaryIO, name: str) -> Iterator[ArticleRecord]:
    """Yield the file's one article. Raises Invalid when the bytes are no text we can read."""
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Invalid(
            "{file}: the file is larger than {most} MB. Split it into articles.",
            "file",
            file=name,
            most=MAX_BYTES // 2**20,
        )
    yield from_text(decode(data, name), name, data)


def from_text(raw: str, name: str, data: bytes) -> ArticleRecord:
    """The article in a decoded text; `data` are the bytes from which it was read."""
    header = _DATE_HEADER.match(raw)
    body = raw[header.end() :] if header else raw
    text, changes = normalise(body)
    if not text.strip():
        raise Invalid("{file}: the file holds no text.", "file", file=name)
    if header:
        changes = (TextChange("date_header", 1), *changes)
    sources = {"title": "inferred"} | ({"published": "in_text"} if header else {})
    return ArticleRecord(
        text=text,
        meta=Meta(
            title=title_of(text),
            published=header[1] if header else None,
            source_file=name.replace("\\", "/").rsplit("/", 1)[-1],
            sources=sources,
        ),
        changes=changes,
        original=None if data == text.encode() else data,
        source_sha256=hashlib.sha256(data).hexdigest(),
    )


def decode(data: bytes, name: str) -> str:
    """Read bytes as UTF-8, or as UTF-16 where a byte order mark says so. Raises Invalid."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Invalid(
            "{file}: byte {position} is not {encoding}. Save the file as UTF-8 and import it "
            "again.",
            "file",
            file=name,
            position=error.start + 1,
            encoding=encoding.upper(),
        ) from None


def title_of(text: str) -> str:
    """A title for a text without one: its first sentence, shortened at a word to at most 120
    characters.
    """
    for paragraph in paragraphs(text):
        first = sentences(text, paragraph.start, paragraph.end)
        if first:
            words = " ".join(text[first[0].start : first[0].end].split())
            return shorten(words.rstrip(".…"))
    return shorten(" ".join(text.split()))


def shorten(title: str, most: int = MAX_TITLE) -> str:
    """Cut at a word, with an ellipsis, so that the whole has at most `most` characters."""
    if len(title) <= most:
        return title
    cut = title[: most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:—–-") + "…"
