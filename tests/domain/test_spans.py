"""Where a passage stands: fragments in one canonical form, checked against the words."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.domain.errors import Invalid
from annotator.domain.spans import (
    Span,
    canonical,
    check,
    contains,
    hull,
    join_text,
    overlaps,
    parse_fragments,
    slice_text,
    trim,
    visible,
)

TEXT = "Казахстан — суверенное государство, заявил Песков, и развивает отношения.\n\nВторой абзац."
spans = st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda p: Span(p[0], p[0] + p[1]))


def test_fragments_come_as_pairs_or_as_mappings() -> None:
    assert parse_fragments([[0, 9]], length=20) == (Span(0, 9),)
    assert parse_fragments([{"start": 3, "end": 5}]) == (Span(3, 5),)
    assert parse_fragments([[12, 20], [0, 9]]) == (Span(0, 9), Span(12, 20))


def test_pieces_that_touch_or_overlap_become_one() -> None:
    assert parse_fragments([[0, 9], [9, 12], [11, 15]]) == (Span(0, 15),)


@pytest.mark.parametrize(
    "raw",
    [None, [], "0-9", {}, 7, [[0]], [[0, 1, 2]], [[0, "9"]], [[0, 9.0]], [[True, 9]], [None],
     [{"start": 1}], ["ab"], [[0, 9]] * 101],
)  # fmt: skip
def test_what_is_no_list_of_whole_numbers_is_refused(raw: Any) -> None:
    with pytest.raises(Invalid) as refused:
        parse_fragments(raw, length=20)
    assert refused.value.field == "fragments"


@pytest.mark.parametrize("pair", [[5, 5], [9, 3], [-1, 4], [0, 21], [2**63, 2**63 + 1]])
def test_a_piece_that_is_empty_reversed_or_outside_is_refused_and_named(pair: list[int]) -> None:
    with pytest.raises(Invalid, match=f"from {pair[0]} to {pair[1]}"):
        parse_fragments([pair], length=20)


@given(st.lists(spans, min_size=1))
def test_the_canonical_form_keeps_every_character_and_stands_apart(some: list[Span]) -> None:
    form = canonical(some)
    assert {n for s, e in form for n in range(s, e)} == {n for s, e in some for n in range(s, e)}
    assert all(a.end < b.start for a, b in itertools.pairwise(form))
    assert canonical(form) == form
    assert contains(form, some)
    assert hull(form) == hull(some)


@given(spans, spans)
def test_overlapping_is_sharing_a_character(a: Span, b: Span) -> None:
    shared = set(range(*a)) & set(range(*b))
    assert a.overlaps(b) is b.overlaps(a) is bool(shared)
    assert overlaps([a], [b]) is bool(shared)
    assert a.contains(b) is (set(range(*b)) <= set(range(*a)))


def test_an_interrupted_quote_is_stored_over_its_hull_and_read_in_pieces() -> None:
    pieces = (Span(0, 34), Span(51, 72))
    assert slice_text(TEXT, pieces) == TEXT[0:72]
    assert join_text(TEXT, pieces) == ("Казахстан — суверенное государство … и развивает отношения")


def test_the_words_that_were_sent_must_be_the_words_at_the_offsets() -> None:
    check(TEXT, (Span(0, 9),), "Казахстан")
    with pytest.raises(Invalid) as refused:
        check(TEXT, (Span(1, 10),), "Казахстан")
    sentence = str(refused.value)
    assert "“азахстан ”" in sentence
    assert "“Казахстан”" in sentence
    assert "Nothing was saved" in sentence


def test_a_browser_may_send_pieces_and_other_line_ends() -> None:
    pieces = (Span(0, 34), Span(51, 72))
    check(TEXT, pieces, slice_text(TEXT, pieces))
    check(TEXT, pieces, join_text(TEXT, pieces))
    over = (Span(63, 88),)
    assert TEXT[63:88] == "отношения.\n\nВторой абзац."
    check(TEXT, over, "отношения.\nВторой абзац.")
    check(TEXT, over, "отношения.\r\n\r\nВторой абзац.")


def test_a_blank_quote_does_not_pass_for_another_blank() -> None:
    with pytest.raises(Invalid):
        check("a  b", (Span(1, 3),), "\n")


def test_long_texts_are_shortened_in_the_refusal() -> None:
    with pytest.raises(Invalid) as refused:
        check("я" * 5000, (Span(0, 5000),), "ю" * 5000)
    assert len(str(refused.value)) < 500


def test_blanks_are_trimmed_and_invisible_text_is_not_visible() -> None:
    text = " \xa0\u200bслово\u00ad \n"
    assert trim(text, Span(0, len(text))) == Span(3, 8)
    assert trim("   ", Span(1, 3)) == Span(1, 1)
    assert not visible("\u200b\xa0\u00ad\ufeff \t")
    assert visible("…")
