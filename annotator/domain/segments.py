"""Cutting a paragraph where marks begin and end, so that it can be drawn flat.

HTML cannot nest overlapping passages, so each paragraph is cut at every edge of a mark into
segments that follow one another; a segment carries all marks over it. Each mark also gets a lane,
one line under the text, by greedy interval colouring: marks in order of their start take the
lowest lane that is free. A mark keeps its lane through the whole paragraph, two marks that
overlap never share one, and no more lanes are used than marks lie over one place.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

MAX_LANES = 3


class Mark(NamedTuple):
    """One fragment of an annotation: what is needed to draw it.

    `id` of the annotation, `tag` its tag's position in the codebook, `start` and `end` in code
    points of the article (they may reach beyond the paragraph), `fragment` its number from 0.
    """

    id: str
    tag: int
    start: int
    end: int
    fragment: int = 0


class Segment(NamedTuple):
    """A run of text, `text[start:end]`, over which the same marks lie.

    `marks` stand shortest first, so `marks[0]` gives the tint. `lanes` holds the mark of each of
    the first three lanes, None for a lane that is empty here; `more` counts marks in lanes beyond.
    `from_before` and `to_after` tell that a mark goes on over the paragraph's edge here.
    """

    start: int
    end: int
    marks: tuple[Mark, ...] = ()
    lanes: tuple[Mark | None, ...] = ()
    more: int = 0
    from_before: bool = False
    to_after: bool = False


# Sorted shortest first: length of the whole mark, start, id, fragment; then the mark, its end
# within the paragraph and its lane.
_Active = tuple[int, int, str, int, Mark, int, int]


def cut(start: int, end: int, marks: Sequence[Mark]) -> list[Segment]:
    """Return the segments of the paragraph from `start` to `end`, in order and without gaps.

    Offsets in code points of the article. Marks outside the paragraph are ignored, in any order.
    Joining `text[s.start:s.end]` of the segments gives the paragraph back.
    """
    placed = _place(start, end, marks)
    if not placed:
        return [Segment(start, end)] if start < end else []
    edges = {start, end}
    for begin, active in placed:
        edges.add(begin)
        edges.add(active[5])
    cuts = sorted(edges)
    found: list[Segment] = []
    over: list[_Active] = []
    following = 0
    for left, right in pairwise(cuts):
        if over:
            over = [active for active in over if active[5] > left]
        while following < len(placed) and placed[following][0] == left:
            insort(over, placed[following][1])
            following += 1
        found.append(_segment(left, right, over, start, end))
    return found


def _place(start: int, end: int, marks: Iterable[Mark]) -> list[tuple[int, _Active]]:
    """Return the marks of the paragraph by their start in it, each with its lane from 0."""
    inside = sorted(
        (max(mark.start, start), -min(mark.end, end), mark)
        for mark in marks
        if mark.start < end and mark.end > start and mark.start < mark.end
    )
    busy: list[tuple[int, int]] = []
    free: list[int] = []
    lanes = 0
    placed: list[tuple[int, _Active]] = []
    for begin, minus_stop, mark in inside:
        while busy and busy[0][0] <= begin:
            heappush(free, heappop(busy)[1])
        if free:
            lane = heappop(free)
        else:
            lane, lanes = lanes, lanes + 1
        heappush(busy, (-minus_stop, lane))
        key = (mark.end - mark.start, mark.start, mark.id, mark.fragment, mark, -minus_stop, lane)
        placed.append((begin, key))
    return placed


def _segment(left: int, right: int, over: list[_Active], start: int, end: int) -> Segment:
    """Return the segment from `left` to `right` under the marks `over` it."""
    if not over:
        return Segment(left, right)
    lanes: list[Mark | None] = []
    more = 0
    for active in over:
        lane = active[6]
        if lane >= MAX_LANES:
            more += 1
            continue
        while len(lanes) <= lane:
            lanes.append(None)
        lanes[lane] = active[4]
    return Segment(
        left,
        right,
        tuple([active[4] for active in over]),
        tuple(lanes),
        more,
        left == start and any(active[4].start < start for active in over),
        right == end and any(active[4].end > end for active in over),
    )


def by_paragraph(bounds: Sequence[tuple[int, int]], marks: Iterable[Mark]) -> list[list[Mark]]:
    """Hand the marks of a whole article out to its paragraphs.

    `bounds` are (start, end) of the paragraphs in order; a mark over several is given to each
    that it touches. One bisect per mark, so 10,000 marks cost a few milliseconds.
    """
    shares: list[list[Mark]] = [[] for _ in bounds]
    ends = [end for _, end in bounds]
    for mark in marks:
        number = bisect_right(ends, mark.start)
        while number < len(bounds) and bounds[number][0] < mark.end:
            shares[number].append(mark)
            number += 1
    return shares
