"""Dates, numbers and signs as the page's language writes them."""

from babel.dates import format_date as babel_date
from babel.dates import format_interval
from flask import Flask
from flask_babel import format_datetime, format_decimal, get_locale

from annotator.domain.dates import PartialDate
from annotator.ids import as_datetime


def partial_date(text: str | None) -> str:
    """A date as precise as it is known, in words: a year, a month, a day, or between two days."""
    if not text:
        return ""
    locale = get_locale() or "en"
    known = PartialDate.parse(text)
    if known.precision == "interval":
        return str(format_interval(known.first, known.last, "yMMMMd", locale=locale))
    pattern = {"year": "y", "month": "LLLL y", "day": "long"}[known.precision]
    return str(babel_date(known.first, pattern, locale=locale))


def when(text: str | None) -> str:
    """A stored moment as date and time."""
    return format_datetime(as_datetime(text), "medium") if text else ""


def number(value: float) -> str:
    """A number with the grouping of the page's language."""
    return str(format_decimal(value))


def signed(value: float | str) -> str:
    """A polarity with its sign: +2, 0, −1 (a true minus)."""
    whole = int(value)
    return f"+{whole}" if whole > 0 else f"−{-whole}" if whole < 0 else "0"


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(partial_date=partial_date, when=when, number=number, signed=signed)
