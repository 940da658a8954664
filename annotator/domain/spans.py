"""Where a passage stands in a text.

A span is a pair of offsets counted in Unicode code points, the end excluded, so that
`text[start:end]` is the passage. An annotation has one or more such fragments (a quote that
reporting words interrupt has two) and is always stored in one canonical form: fragments sorted,
apart from one another, none empty. The hull runs from the first start to the last end.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from annotator.domain.errors import Invalid

MAX_FRAGMENTS = 100
JOINT = " … "

# Characters that leave no ink: blanks of every kind and the zero-width ones.
BLANK = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\xad\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)


class Span(NamedTuple):
    """A half-open interval of code points; ordered by start, then end."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """Number of code points."""
        return self.end - self.start

    def overlaps(self, other: "Span") -> bool:
        """Whether both share at least one character."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        """Whether every character of `other` is in this span."""
        return self.start <= other.start and other.end <= self.end


Fragments = tuple[Span, ...]


def overlaps(a: Iterable[Span], b: Iterable[Span]) -> bool:
    """Whether any fragment of `a` shares a character with any fragment of `b`."""
    others = tuple(b)
    return any(one.overlaps(other) for one in a for other in others)


def contains(a: Iterable[Span], b: Iterable[Span]) -> bool:
    """Whether every fragment of `b` lies within some fragment of `a`."""
    outer = tuple(a)
    return all(any(one.contains(other) for one in outer) for other in b)


def hull(fragments: Sequence[Span]) -> Span:
    """Return the span from the first start to the last end; ValueError when there is none."""
    return Span(min(f[0] for f in fragments), max(f[1] for f in fragments))


def canonical(fragments: Iterable[Span]) -> Fragments:
    """Sort fragments and merge those that touch or overlap."""
    merged: list[Span] = []
    for start, end in sorted(fragments):
        if merged and start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Span(start, end))
    return tuple(merged)


def parse_fragments(
    raw: Any, *, length: int | None = None, field: str | None = "fragments"
) -> Fragments:
    """Read offsets that came from outside into canonical fragments.

    `raw` is a sequence of `[start, end]` pairs or `{"start", "end"}` mappings of whole numbers;
    `length` is the number of code points of the text (None: not checked here). Raises Invalid,
    naming `field` and the pair, when something is no whole number, empty, reversed or outside.
    """
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes) or not raw:
        raise Invalid(
            "No passage was sent. Select some text, or give its place as a list of "
            "[start, end] pairs.",
            field,
        )
    if len(raw) > MAX_FRAGMENTS:
        raise Invalid(
            "The passage has {count} pieces; at most {most} can be kept. Tag them separately.",
            field,
            count=len(raw),
            most=MAX_FRAGMENTS,
        )
    spans = [_pair(item, field) for item in raw]
    for start, end in spans:
        if not 0 <= start < end:
            raise Invalid(
                "The piece from {start} to {end} is empty, runs backwards or begins before the "
                "text. A piece needs 0 ≤ start < end.",
                field,
                start=start,
                end=end,
            )
        if length is not None and end > length:
            raise Invalid(
                "The piece from {start} to {end} lies outside the text, which has {length} "
                "characters. Reload the article and select again.",
                field,
                start=start,
                end=end,
                length=length,
            )
    return canonical(spans)


def _pair(item: Any, field: str | None) -> Span:
    """Return one pair of offsets; booleans, fractions and text are refused, not converted."""
    values: Any = item
    if isinstance(item, Mapping):
        values = (item.get("start"), item.get("end"))
    if (
        isinstance(values, Sequence)
        and not isinstance(values, str | bytes)
        and len(values) == 2
        and all(type(value) is int for value in values)
    ):
        return Span(values[0], values[1])
    raise Invalid(
        "“{value}” is not a pair of offsets. Write a piece as [start, end] in whole numbers.",
        field,
        value=repr(item)[:80],
    )


def slice_text(text: str, fragments: Sequence[Span]) -> str:
    """Return the slice over the hull: what is stored as the text of an annotation."""
    start, end = hull(fragments)
    return text[start:end]


def join_text(text: str, fragments: Sequence[Span]) -> str:
    """Return the marked words for reading: the pieces joined by " … "."""
    return JOINT.join(text[start:end] for start, end in fragments)


def check(text: str, fragments: Sequence[Span], quote: str, *, field: str | None = "text") -> None:
    """Refuse offsets that do not show the words the sender saw.

    `quote` may be the hull's slice, or the pieces joined by " … " or by a line break. Line
    ends may be CRLF and empty lines may be missing, as in what a browser can see of a text.
    Raises Invalid naming both texts; nothing is guessed.
    """
    start, end = hull(fragments)
    found = text[start:end]
    if quote == found:
        return
    seen = _lines(quote)
    pieces = [text[s:e] for s, e in fragments]
    if seen and seen in (_lines(found), _lines(JOINT.join(pieces)), _lines("\n".join(pieces))):
        return
    raise Invalid(
        "The text at {start}–{end} is “{found}”, but “{quote}” was sent with it. Nothing was "
        "saved. Reload the article and select the passage again.",
        field,
        start=start,
        end=end,
        found=shorten(found),
        quote=shorten(quote),
    )


def _lines(text: str) -> list[str]:
    """Return the lines that show something, whatever the line ends were."""
    return [line for line in re.split(r"\r\n|\r|\n", text) if visible(line)]


def visible(text: str) -> bool:
    """Whether the text shows anything at all."""
    return bool(text.strip(BLANK))


def trim(text: str, span: Span) -> Span:
    """Return the span without blanks at its ends; an empty one at its start if all is blank."""
    piece = text[span.start : span.end]
    left = len(piece) - len(piece.lstrip(BLANK))
    kept = len(piece.strip(BLANK))
    start = span.start + left if kept else span.start
    return Span(start, start + kept)


def shorten(text: str, limit: int = 120) -> str:
    """Return the text for an error message: at most `limit` characters, the middle left out."""
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]} … {text[-half:]}"
