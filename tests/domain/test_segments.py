"""Paragraphs cut flat: no character lost, no mark lost, no two marks on one line."""

import itertools
import random
import time

from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.segments import MAX_LANES, Mark, Segment, by_paragraph, cut

marks_at = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(1, 4)), max_size=14
).map(lambda raw: [Mark(f"m{n}", t, s, s + size) for n, (s, size, t) in enumerate(raw)])


def test_a_paragraph_without_marks_is_one_segment() -> None:
    assert cut(5, 20, []) == [Segment(5, 20)]
    assert cut(5, 5, []) == []


def test_nested_and_overlapping_marks_are_cut_at_every_edge() -> None:
    outer, inner, over = Mark("o", 1, 0, 10), Mark("i", 2, 3, 6), Mark("v", 3, 5, 14)
    found = cut(0, 20, [over, inner, outer])
    assert [(s.start, s.end, [m.id for m in s.marks]) for s in found] == [
        (0, 3, ["o"]),
        (3, 5, ["i", "o"]),
        (5, 6, ["i", "v", "o"]),
        (6, 10, ["v", "o"]),
        (10, 14, ["v"]),
        (14, 20, []),
    ]
    assert found[2].lanes == (outer, inner, over)
    assert found[4].lanes == (None, None, over)


def test_a_mark_over_the_edge_says_that_it_goes_on() -> None:
    first, second = cut(10, 20, [Mark("a", 1, 2, 15)]), cut(10, 20, [Mark("a", 1, 15, 30)])
    assert [(s.from_before, s.to_after) for s in first] == [(True, False), (False, False)]
    assert [(s.from_before, s.to_after) for s in second] == [(False, False), (False, True)]
    assert cut(10, 20, [Mark("a", 1, 2, 10), Mark("b", 1, 20, 30)]) == [Segment(10, 20)]


def test_marks_beyond_the_third_lane_are_counted() -> None:
    found = cut(0, 9, [Mark(f"m{n}", 1, 0, 9) for n in range(5)])
    assert len(found) == 1
    assert len(found[0].lanes) == MAX_LANES
    assert found[0].more == 2
    assert len(found[0].marks) == 5


@given(marks_at, st.integers(0, 30), st.integers(1, 60))
def test_segments_join_to_the_paragraph_and_show_every_mark(
    marks: list[Mark], start: int, size: int
) -> None:
    end = start + size
    found = cut(start, end, marks)
    assert found[0].start == start
    assert found[-1].end == end
    assert all(a.end == b.start for a, b in itertools.pairwise(found))
    for segment in found:
        assert segment.start < segment.end
        for place in range(segment.start, segment.end):
            assert {m for m in marks if m.start <= place < m.end} == set(segment.marks)
        lengths = [m.end - m.start for m in segment.marks]
        assert lengths == sorted(lengths)


@given(marks_at, st.randoms())
def test_a_mark_keeps_one_lane_and_overlapping_marks_never_share_it(
    marks: list[Mark], chance: random.Random
) -> None:
    found = cut(0, 100, marks)
    lane_of: dict[str, int] = {}
    for segment in found:
        shown = [m for m in segment.lanes if m is not None]
        assert len(set(shown)) == len(shown)
        assert len(shown) + segment.more == len(segment.marks)
        for lane, mark in enumerate(segment.lanes):
            if mark is not None:
                assert lane_of.setdefault(mark.id, lane) == lane
    deepest = max((len(s.marks) for s in found), default=0)
    assert max(lane_of.values(), default=-1) < max(deepest, 0) or not lane_of
    shuffled = list(marks)
    chance.shuffle(shuffled)
    assert cut(0, 100, shuffled) == found


@given(marks_at)
def test_marks_are_handed_to_every_paragraph_they_touch(marks: list[Mark]) -> None:
    bounds = [(0, 20), (21, 50), (52, 80)]
    for (start, end), share in zip(bounds, by_paragraph(bounds, marks), strict=True):
        assert share == [m for m in marks if m.start < end and m.end > start]


def test_a_long_article_with_many_marks_is_cut_in_time() -> None:
    chance = random.Random(1)  # noqa: S311
    bounds = [(n * 550, n * 550 + 549) for n in range(200)]
    starts = [chance.randrange(110_000) for _ in range(2_000)]
    marks = [Mark(f"m{n}", 1, s, s + 5 + n % 200) for n, s in enumerate(starts)]

    def spent() -> float:
        begun = time.perf_counter()
        for (start, end), share in zip(bounds, by_paragraph(bounds, marks), strict=True):
            cut(start, end, share)
        return time.perf_counter() - begun

    # Measured: 12 ms. The bound is wide, because machines that run tests are busy.
    assert min(spent() for _ in range(3)) < 0.1
