"""Dates that are known only in part.

News is dated by day, by month, by year, or "between these days". Every such date is an interval
of days, and one is *surely earlier* than another only when its interval ends before the other's
begins. So an article of "November 2025" is never called older than an event of 11 November 2025,
and one written some time between 6 and 10 November is.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Self

from annotator.domain.errors import Invalid
from annotator.domain.messages import N_

PRECISIONS = ("day", "month", "year", "interval")

_SHAPE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_WRONG = N_(
    "“{value}” is not a date. Write a day as 2025-11-06, a month as 2025-11, a year as 2025, "
    "or the first and the last possible day as 2025-11-06/2025-11-10."
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to a precision: some day from `first` to `last`, both included."""

    first: date
    last: date
    precision: str

    @classmethod
    def parse(cls, value: str, *, field: str | None = None) -> Self:
        """Read "2025-11-06", "2025-11", "2025" or an ISO 8601 interval "2025-11-06/2025-11-10".

        Raises Invalid (naming `field`) for any other shape, for days that do not exist, and for
        an interval whose end lies before its beginning.
        """
        parts = value.strip().split("/")
        bounds = [_bounds(part) for part in parts]
        ends = [bound for bound in bounds if bound is not None]
        if len(ends) != len(parts) or len(parts) > 2:
            raise Invalid(_WRONG, field, value=value)
        if len(ends) == 1:
            return cls(*ends[0])
        first, last = ends[0][0], ends[1][1]
        if last < first:
            raise Invalid(_WRONG, field, value=value)
        return cls(first, last, "interval") if first < last else cls(first, last, "day")

    @classmethod
    def between(cls, start: str, end: str | None) -> Self:
        """Return the interval from the first day of `start` to the last day of `end`."""
        return cls.parse(start if not end or end == start else f"{start}/{end}")

    def __str__(self) -> str:
        """Return the shortest ISO form; `PartialDate.parse(str(d)) == d`."""
        if self.precision == "interval":
            return f"{self.first.isoformat()}/{self.last.isoformat()}"
        return self.first.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.precision]]


def _bounds(part: str) -> tuple[date, date, str] | None:
    """Return first day, last day and precision of one ISO date, or None when it is none."""
    match = _SHAPE.fullmatch(part)
    if match is None:
        return None
    year, month, day = (int(group) if group else 0 for group in match.groups())
    try:
        if match[3]:
            exact = date(year, month, day)
            return exact, exact, "day"
        if match[2]:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1]), "month"
        return date(year, 1, 1), date(year, 12, 31), "year"
    except ValueError:
        return None


def earlier(a: PartialDate | None, b: PartialDate | None) -> bool:
    """Whether `a` is surely before `b`: every day of `a` precedes every day of `b`.

    An unknown date (None) is never surely before anything, nor after.
    """
    return a is not None and b is not None and a.last < b.first
