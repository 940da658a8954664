"""Dates, numbers and signs as the page's language writes them."""

import datetime

from babel.dates import format_date as babel_date
from flask import Flask
from flask_babel import format_datetime, format_decimal, get_locale

from annotator.ids import as_datetime


def partial_date(text: str | None) -> str:
    """A date as precise as it is known: "2025", "2025-11" or "2025-11-13" in words."""
    if not text:
        return ""
    parts = [int(part) for part in text.split("-")]
    pattern = {1: "y", 2: "LLLL y", 3: "long"}[len(parts)]
    year, month, day = (*parts, 1, 1)[:3]
    return str(babel_date(datetime.date(year, month, day), pattern, locale=get_locale() or "en"))


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
