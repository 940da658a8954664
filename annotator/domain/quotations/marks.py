"""Pairs of quotation marks, whatever their kind, nested, and over several paragraphs.

Within a paragraph marks are matched with a stack. What is left open there is closed by the first
closing mark left over in the paragraphs that follow; each of them may begin with an opening mark
again, as printers do. Where no such mark comes, one mark has closed two quotations («в «Русале».).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from annotator.domain.spans import Fragments, Span
from annotator.domain.text import Paragraph

_MARK = re.compile("[«»“”„\"‘’']")
_PAIRS = {"«": "»", "“": "”", "„": "“", "‘": "’", '"': '"', "'": "'"}
_LETTER = re.compile(r"\w")
#: How many paragraphs a quotation may run on.
_REACH = 12


@dataclass(frozen=True, slots=True)
class Quoted:
    """What stands between marks: its pieces without the marks, and the hull with them."""

    pieces: Fragments
    outer: Span
    single: bool = False


@dataclass(slots=True)
class _Line:
    """The marks of a paragraph: matched pairs, an opening and a closing one left over."""

    pairs: list[tuple[int, int]]
    opened: int | None = None
    closed: int | None = None


def quoted(text: str, lines: Sequence[Paragraph]) -> list[Quoted]:
    """Return the outermost quotations of the text in order; offsets are code points."""
    read = [_read(text, line.start, line.end) for line in lines]
    found: list[Quoted] = []
    taken = -1
    for number, line in enumerate(read):
        running = None
        if line.opened is not None and number > taken:
            running = _run_on(text, lines, read, number)
            if running is None:
                _close_twice(text, line)
        if running is not None:
            taken, whole = running
            found.append(whole)
            pairs = [pair for pair in line.pairs if pair[1] < whole.outer.start]
        else:
            pairs = line.pairs
        last = found[-1].outer.end if found else -1
        found += [_simple(text, pair) for pair in pairs if number > taken or running or (
            pair[0] >= last
        )]  # fmt: skip
    return _outermost(found)


def _simple(text: str, pair: tuple[int, int]) -> Quoted:
    return Quoted((Span(pair[0] + 1, pair[1]),), Span(pair[0], pair[1] + 1), text[pair[0]] in "‘'")


def _outermost(found: list[Quoted]) -> list[Quoted]:
    """Without empty ones and those inside others, in order."""
    ordered = sorted(
        (one for one in found if all(piece.length > 0 for piece in one.pieces)),
        key=lambda one: (one.outer.start, -one.outer.end),
    )
    kept: list[Quoted] = []
    for one in ordered:
        if not kept or one.outer.start >= kept[-1].outer.end:
            kept.append(one)
    return kept


def _read(text: str, start: int, end: int) -> _Line:
    """Match the marks of one paragraph."""
    line = _Line([])
    stack: list[tuple[str, int]] = []
    for match in _MARK.finditer(text, start, end):
        mark, place = match[0], match.start()
        before = text[place - 1] if place > start else " "
        after = text[place + 1] if place + 1 < end else " "
        if _closes(mark, before, after, stack):
            closing = len(stack) - 1
            while _PAIRS[stack[closing][0]] != mark:
                closing -= 1
            line.pairs.append((stack[closing][1], place))
            del stack[closing:]
        elif _opens(mark, before, after):
            stack.append((mark, place))
        elif mark in "»”" and line.closed is None:
            line.closed = place
    straight = [entry for entry in stack if entry[0] in '«“„"']
    if straight:
        line.opened = straight[0][1]
        line.pairs = [pair for pair in line.pairs if pair[1] < line.opened or pair[0] > line.opened]
    return line


def _closes(mark: str, before: str, after: str, stack: list[tuple[str, int]]) -> bool:
    """Whether the mark can close one that is open."""
    if not any(_PAIRS[opened] == mark for opened, _ in stack):
        return False
    if mark in "’'":
        return not _LETTER.match(after) and not before.isspace()
    if mark == '"':
        return not (before.isspace() or before in "(—–") or not _LETTER.match(after)
    return mark != "“" or stack[-1][0] == "„"


def _opens(mark: str, before: str, after: str) -> bool:
    if mark not in _PAIRS:
        return False
    if mark in "‘'":
        return not _LETTER.match(before) and bool(_LETTER.match(after))
    if mark == '"':
        return not _LETTER.match(before) and not after.isspace()
    return True


def _close_twice(text: str, line: _Line) -> None:
    """Let the last closing mark after an open one close it, too."""
    opened = line.opened
    after = [pair for pair in line.pairs if opened is not None and pair[0] > opened]
    if opened is not None and after and text[opened] in "«“„":
        line.pairs.append((opened, after[-1][1]))


def _run_on(
    text: str, lines: Sequence[Paragraph], read: list[_Line], number: int
) -> tuple[int, Quoted] | None:
    """The quotation that is open at the end of paragraph `number`, with its last paragraph."""
    begin = read[number].opened
    if begin is None or text[begin] not in '«“„"':
        return None
    pieces, start = [], begin + 1
    for following in range(number + 1, min(number + _REACH, len(lines))):
        line, place = read[following], lines[following].start
        again = text[place] == text[begin]
        if again:
            pieces.append(Span(start, lines[following - 1].end))
            start = place + 1
            own = next((pair for pair in line.pairs if pair[0] == place), None)
            if own is not None:
                pieces.append(Span(start, own[1]))
                return following, Quoted(tuple(pieces), Span(begin, own[1] + 1))
            if line.opened == place:
                continue
            return None
        if line.closed is not None:
            pieces.append(Span(start, line.closed))
            return following, Quoted(tuple(pieces), Span(begin, line.closed + 1))
        if line.opened is not None:
            return None
    return None
