"""JSON Lines, read strictly: what cannot be kept exactly is refused, with the line and the field.

The quick parser refuses NaN, infinities, lone surrogates, a thousand brackets and broken UTF-8, but
it takes the last of two equal keys and rounds whole numbers of twenty digits. Writing the value
again is quicker than looking at every part of it: where that gives the line to the byte, as it
does for our own exports, nothing was lost. Any other line is walked through. It holds `":` once
for each key, save for a text with these two characters; where the count differs from the keys that
were read, the slow parser, which sees every pair, has the last word.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

import orjson

from annotator.domain.errors import Invalid

#: A line holds a whole article with its passages.
MAX_LINE = 256 * 1024 * 1024
MAX_DEPTH = 50
#: Larger whole numbers lose digits in most programs that read JSON.
MAX_INTEGER = 2**63 - 1

_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Place:
    """Where in which file something stands: what every refusal begins with."""

    __slots__ = ("file", "line")

    def __init__(self, file: str, line: int) -> None:
        self.file = file
        self.line = line

    def refuse(self, where: str, template: str, **params: Any) -> NoReturn:
        """Raise Invalid; the template begins with "{file}, line {line}, {where}: "."""
        raise Invalid(template, where, file=self.file, line=self.line, where=where, **params)


def lines(stream: BinaryIO, file: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield each line's JSON object with its place; empty lines are passed over.

    CRLF ends a line as LF does, a byte order mark before the first line is taken off. Raises
    Invalid.
    """
    for number, line in enumerate(_raw_lines(stream, file), start=1):
        if number == 1:
            line = _without_mark(line, file)
        if not line.strip():
            continue
        place = Place(file, number)
        value = parse(line, place)
        if not isinstance(value, dict):
            place.refuse(
                "line",
                "{file}, line {line}, {where}: this is not a JSON object. Each line must hold one "
                "object in braces.",
            )
        yield place, value


def _raw_lines(stream: BinaryIO, file: str) -> Iterator[bytes]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            Place(file, number).refuse(
                "line",
                "{file}, line {line}, {where}: the line is longer than {most} bytes. Split the "
                "article, or its passages, into several lines.",
                most=MAX_LINE,
            )
        yield line


def _without_mark(line: bytes, file: str) -> bytes:
    for mark, encoding in _BOMS.items():
        if line.startswith(mark):
            if encoding == "utf-8":
                return line[len(mark) :]
            Place(file, 1).refuse(
                "line",
                "{file}, line {line}, {where}: the file is in UTF-16. Save it as UTF-8 and import "
                "it again.",
            )
    return line


def parse(line: bytes, place: Place) -> Any:
    """Read one line of JSON. Raises Invalid for anything that JSON, or we, cannot keep exactly."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        _explain(line, place, error)
    if not _same(value, line):
        keys = _keys(value, place)
        if line.count(b'":') != keys or b" :" in line or b"\t:" in line or b"\r:" in line:
            _look_twice(line, place)
    return value


def _same(value: Any, line: bytes) -> bool:
    """Whether the value, written again, gives the line itself: then nothing was lost in reading."""
    try:
        return orjson.dumps(value) == line.rstrip(b"\r\n")
    except orjson.JSONEncodeError:
        return False


def _keys(value: Any, place: Place, depth: int = 0) -> int:
    """Count the keys of all objects; refuse what is nested too deep."""
    if depth > MAX_DEPTH:
        place.refuse(
            "line",
            "{file}, line {line}, {where}: the line is nested deeper than {most} levels. That is "
            "no article; correct the line.",
            most=MAX_DEPTH,
        )
    inner = value.values() if type(value) is dict else value
    found = len(value) if type(value) is dict else 0
    for item in inner if type(value) in (dict, list) else ():
        kind = type(item)
        if kind is dict or kind is list:
            if item:
                found += _keys(item, place, depth + 1)
        elif (kind is float or kind is int) and not -MAX_INTEGER <= item <= MAX_INTEGER:
            _too_long(place, item)
    return found


def _too_long(place: Place, number: float) -> NoReturn:
    place.refuse(
        "number",
        "{file}, line {line}, {where}: a number as large as {number} loses digits in JSON. Write "
        "it as text, in quotation marks.",
        number=f"{number:.3g}",
    )


def _look_twice(line: bytes, place: Place) -> None:
    """Refuse a key that stands twice in one object."""

    def pairs(items: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in items:
            if key in seen:
                place.refuse(
                    key[:80],
                    "{file}, line {line}, {where}: the field stands twice in one object. Keep one.",
                )
            seen.add(key)

    json.loads(line, object_pairs_hook=pairs, parse_int=str, parse_float=str)


def _explain(line: bytes, place: Place, error: orjson.JSONDecodeError) -> NoReturn:
    """Say what is wrong with a line that is no JSON."""
    try:
        text = line.decode()
    except UnicodeDecodeError as bad:
        place.refuse(
            "line",
            "{file}, line {line}, {where}: byte {position} of the line is not UTF-8. Save the "
            "file as UTF-8 and import it again.",
            position=bad.start + 1,
        )
    if "\0" in text:
        place.refuse(
            "line",
            "{file}, line {line}, {where}: the line holds a NUL character. The file is damaged, or "
            "it is no text file.",
        )
    place.refuse(
        "line",
        "{file}, line {line}, {where}: this is not valid JSON ({reason}, character {column}). "
        "Correct the line, or export the file again; nothing of the file was imported.",
        reason=error.msg.split(": line")[0],
        column=error.colno,
    )
