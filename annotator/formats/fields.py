"""Typed access to the fields of one JSON object: each getter gives the value or refuses it with
its place.
"""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NoReturn

from annotator.domain.dates import PartialDate
from annotator.domain.errors import Invalid
from annotator.formats.strict import Place
from annotator.ids import moment

MAX_NAME = 200
MAX_TEXT = 100_000
#: SQLite and PostgreSQL keep whole numbers up to this one in an INTEGER column.
MAX_NUMBER = 2**31 - 1

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
#: No such character can be stored everywhere, or shown.
_STRAY = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


@lru_cache(maxsize=10_000)
def known_date(value: str) -> tuple[str, str]:
    """A date in its shortest form and its precision; the articles of a file share their dates."""
    date = PartialDate.parse(value)
    return str(date), date.precision


class Fields:
    """One object of a line; `path` is where it stands in the line, "" for the line itself."""

    __slots__ = ("data", "path", "place")

    def __init__(self, data: Mapping[str, Any], place: Place, path: str = "") -> None:
        self.data = data
        self.place = place
        self.path = path

    def where(self, name: str) -> str:
        """The path of a field: `spans[2].start`."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str, *, most: int = MAX_TEXT) -> str | None:
        """A text, or None when it is missing or null."""
        value = self.data.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(name, "a text")
        return self.clean(name, value, most)

    def needed(self, name: str, *, most: int = MAX_TEXT) -> str:
        """A text that must be there and must not be empty."""
        value = self.text(name, most=most)
        if not value:
            self.place.refuse(
                self.where(name),
                "{file}, line {line}, {where}: the field is missing or empty. Add it.",
            )
        return value

    def name(self, name: str) -> str | None:
        """A name of somebody or something: a line of at most 200 characters; None when empty."""
        value = self.text(name, most=MAX_NAME)
        if value and ("\n" in value or value != value.strip()):
            self.place.refuse(
                self.where(name),
                "{file}, line {line}, {where}: a name is one line without blanks at its ends.",
            )
        return value or None

    def clean(self, name: str, value: str, most: int) -> str:
        """Refuse a text that is too long or holds characters that are no text."""
        if len(value) > most:
            self.place.refuse(
                self.where(name),
                "{file}, line {line}, {where}: the text has {count} characters; at most {most} "
                "can be kept. Shorten it.",
                count=len(value),
                most=most,
            )
        if not value.isprintable() and _STRAY.search(value):
            self.place.refuse(
                self.where(name),
                "{file}, line {line}, {where}: the text holds control characters. Remove them.",
            )
        return value

    def one_of(self, name: str, allowed: Collection[str], default: str) -> str:
        """One of a list of words; the default when missing or null."""
        value = self.data.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in allowed:
            self.place.refuse(
                self.where(name),
                "{file}, line {line}, {where}: “{value}” is not known. It can be: {allowed}.",
                value=str(value)[:80],
                allowed=", ".join(sorted(allowed)),
            )
        return value

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """A whole number; the default when missing or null."""
        value = self.data.get(name)
        if value is None:
            return default
        if type(value) is not int or not least <= value <= MAX_NUMBER:
            self._wrong(name, f"a whole number from {least} to {MAX_NUMBER}")
        return value

    def moment(self, name: str) -> str | None:
        """A time as we store it, or None when missing or null."""
        value = self.data.get(name)
        return None if value is None else self.as_moment(name, value)

    def as_moment(self, name: str, value: Any) -> str:
        """Read an ISO time with its zone: `2026-11-22T10:00:00Z`."""
        try:
            when = datetime.fromisoformat(value)
            if _MOMENT.fullmatch(value):
                return str(value)
            if when.tzinfo is not None:
                return moment(when)
        except (TypeError, ValueError, OverflowError):
            pass
        self._wrong(name, "a time with its zone, such as 2026-11-22T10:00:00Z")

    def date(self, name: str) -> str | None:
        """A date of any precision, or None when missing or empty."""
        value = self.text(name, most=40)
        if not value:
            return None
        try:
            return known_date(value)[0]
        except Invalid:
            self._wrong(
                name, "a date: 2025-11-06, 2025-11, 2025, or two days 2025-11-06/2025-11-10"
            )

    def texts(self, name: str, *, most: int = MAX_NAME) -> tuple[str, ...]:
        """A list of texts; empty when missing or null."""
        found = self.items(name)
        for value in found:
            if not isinstance(value, str) or not value:
                self._wrong(name, "a list of texts")
            self.clean(name, value, most)
        return tuple(found)

    def items(self, name: str) -> list[Any]:
        """A list; empty when missing or null."""
        value = self.data.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(name, "a list")
        return value

    def objects(self, name: str) -> "list[Fields]":
        """A list of objects."""
        found = []
        for number, value in enumerate(self.items(name)):
            path = f"{self.where(name)}[{number}]"
            if not isinstance(value, dict):
                Fields({}, self.place, path)._wrong("", "an object in braces")
            found.append(Fields(value, self.place, path))
        return found

    def object(self, name: str) -> "Fields":
        """An object; an empty one when missing or null."""
        value = self.data.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self._wrong(name, "an object in braces")
        return Fields(value, self.place, self.where(name))

    def _wrong(self, name: str, wanted: str) -> NoReturn:
        value = self.data.get(name)
        self.place.refuse(
            self.where(name) if name else self.path,
            "{file}, line {line}, {where}: {value} is not {wanted}.",
            value=repr(value)[:80],
            wanted=wanted,
        )
