"""What must hold whatever people mark: who comes first and what tags are called means nothing, and
layers that are alike agree."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.domain.agreement import METRICS, Article, Mark, Report, Undefined
from annotator.domain.agreement import gamma as mathet
from annotator.domain.agreement.cohen_kappa import cohen_kappa
from annotator.domain.agreement.conger_kappa import conger_kappa
from annotator.domain.agreement.fleiss_kappa import fleiss_kappa, fleiss_kappa_gwet
from annotator.domain.agreement.gwet_ac1 import gwet_ac1
from annotator.domain.agreement.gwet_ac2 import gwet_ac2
from annotator.domain.agreement.krippendorff_alpha import krippendorff_alpha
from annotator.domain.agreement.light_kappa import light_kappa
from annotator.domain.agreement.ratings import Ratings
from annotator.domain.agreement.report import measure
from annotator.domain.agreement.scott_pi import scott_pi
from annotator.domain.spans import Span, hull

LENGTH = 60
TAGS = ("claim", "quote", "figure")
COEFFICIENTS = (
    cohen_kappa,
    conger_kappa,
    fleiss_kappa,
    fleiss_kappa_gwet,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    light_kappa,
    scott_pi,
)

pieces = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 20)).map(
    lambda pair: Span(pair[0], min(LENGTH, pair[0] + pair[1]))
)
marks = st.builds(
    lambda tag, fragments, polarity: (tag, tuple(fragments), {"polarity": polarity}),
    st.sampled_from(TAGS),
    st.lists(pieces, min_size=1, max_size=2),
    st.integers(-2, 2),
)
layers = st.lists(marks, max_size=6)


def article(name: str, people: Sequence[str], given: Sequence[Any]) -> Article:
    return Article(
        name,
        LENGTH,
        tuple(people),
        tuple(
            Mark(who, tag, fragments, attributes)
            for who, layer in zip(people, given, strict=True)
            for tag, fragments, attributes in layer
        ),
    )


def numbers(report: Report) -> dict[Any, Any]:
    return {
        (f.metric, f.tag, f.attribute, f.annotators if len(f.annotators) != 2 else None): f.value
        if isinstance(f.value, Undefined)
        else round(f.value, 9)
        for f in report.figures
    }


def plain(articles: Sequence[Article], metrics: Sequence[str] = ("all",)) -> dict[Any, Any]:
    return numbers(measure(articles, metrics, resamples=0, samples=4))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(layers, layers), min_size=1, max_size=3))
def test_the_order_of_annotators_changes_nothing(given: list[Any]) -> None:
    one = [article(str(n), ("alice", "bob"), pair) for n, pair in enumerate(given)]
    other = [article(str(n), ("bob", "alice"), pair) for n, pair in enumerate(given)]
    assert plain(one) == plain(other)


@settings(max_examples=20, deadline=None)
@given(st.tuples(layers, layers), st.permutations(["claim", "evaluation", "zebra"]))
def test_the_names_of_tags_change_nothing(pair: Any, names: list[str]) -> None:
    called = dict(zip(TAGS, names, strict=True))
    renamed = [[(called[tag], *rest) for tag, *rest in layer] for layer in pair]
    before = plain([article("", ("alice", "bob"), pair)])
    after = plain([article("", ("alice", "bob"), renamed)])
    assert after == {(m, called.get(t, t), *rest): v for (m, t, *rest), v in before.items()}


@settings(max_examples=20, deadline=None)
@given(layers, st.integers(2, 3))
def test_layers_that_are_alike_agree_or_say_why_not(layer: Any, count: int) -> None:
    people = ("alice", "bob", "carol")[:count]
    report = measure([article("", people, [layer] * count)], resamples=0, samples=3)
    assert {figure.metric for figure in report.figures} <= set(METRICS)
    for figure in report.figures:
        if not isinstance(figure.value, Undefined):
            assert figure.value == pytest.approx(1, abs=1e-9), figure


@settings(max_examples=20, deadline=None)
@given(st.tuples(layers, layers, layers))
def test_nothing_is_ever_nan_and_nothing_is_ever_more_than_one(three: Any) -> None:
    report = measure(
        [article("a", ("alice", "bob", "carol"), three), article("b", ("alice", "bob"), three[:2])],
        by=("tag", "pair", "article"),
        resamples=0,
        samples=2,
    )
    for figure in report.figures:
        assert isinstance(figure.value, Undefined) or figure.value <= 1 + 1e-9
        assert all(math.isfinite(number) for number in figure.counts.values())


@settings(max_examples=30, deadline=None)
@given(st.tuples(layers, layers), st.integers(1, 1000))
def test_where_the_text_begins_changes_nothing(pair: Any, shift: int) -> None:
    def moved(layer: Any) -> Any:
        return [
            (tag, tuple(Span(s + shift, e + shift) for s, e in fragments), attributes)
            for tag, fragments, attributes in layer
        ]

    metrics = ("span_f1_exact", "span_f1_iou50", "span_f1_characters", "confusion_matched")
    before = article("", ("alice", "bob"), pair)
    after = article("", ("alice", "bob"), [moved(layer) for layer in pair])
    after = replace(after, length=LENGTH + shift)
    assert plain([before], metrics) == plain([after], metrics)
    units = [[(*hull(f), tag) for tag, f, _ in layer] for layer in pair]
    elsewhere = [[(s + shift, e + shift, tag) for s, e, tag in layer] for layer in units]
    assert _disorder(units) == pytest.approx(_disorder(elsewhere))


def _disorder(units: Any) -> float:
    found = mathet.best_alignment(mathet.coded_layers(units))
    return -1.0 if isinstance(found, Undefined) else found.disorder


@settings(max_examples=20, deadline=None)
@given(st.tuples(layers, layers))
def test_for_two_annotators_assignment_and_partition_find_the_same(pair: Any) -> None:
    units = [[(*hull(f), tag) for tag, f, _ in layer] for layer in pair]
    coded = mathet.coded_layers(units)
    if any(units):
        weights = mathet.Weights()
        two, many = mathet._two(coded, weights), mathet._many(coded, weights)
        assert many is not None
        assert two[1] == pytest.approx(many[1], abs=1e-5)


def test_kappa_on_characters_comes_to_f1_as_unmarked_text_grows() -> None:
    pair = [[("claim", (Span(0, 10),), {})], [("claim", (Span(4, 12),), {})]]
    gaps = []
    for length in (100, 10_000, 1_000_000):
        one = replace(article("", ("alice", "bob"), pair), length=length)
        figures = measure([one], ("cohen_kappa_characters", "span_f1_characters"), resamples=0)
        kappa, f1 = (
            figure.value
            for name in ("cohen_kappa_characters", "span_f1_characters")
            for figure in figures.figures
            if figure.metric == name and figure.tag == "claim"
        )
        assert isinstance(kappa, float)
        assert isinstance(f1, float)
        gaps.append(abs(kappa - f1))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-5


def test_the_unit_of_offsets_matters_to_characters_and_not_to_exact_spans() -> None:
    text = "😀😀 слово 😀 дело"
    spans = [[(0, 2), (3, 8)], [(0, 2), (4, 8)]]

    def to_utf16(place: int) -> int:
        return len(text[:place].encode("utf-16-le")) // 2

    def in_unit(unit: Any, length: int) -> dict[Any, Any]:
        pair = [[("claim", (Span(unit(s), unit(e)),), {}) for s, e in side] for side in spans]
        one = replace(article("", ("alice", "bob"), pair), length=length)
        return plain([one], ("span_f1_exact", "span_f1_characters"))

    points = in_unit(int, len(text))
    units = in_unit(to_utf16, to_utf16(len(text)))
    exact, characters = (("span_f1_" + n, None, None, None) for n in ("exact", "characters"))
    assert points[exact] == units[exact]
    assert points[characters] != units[characters]


matrix = st.lists(
    st.lists(st.sampled_from([1, 2, 3]), min_size=3, max_size=3), min_size=1, max_size=12
)


@given(matrix, st.permutations([0, 1, 2]))
def test_coefficients_do_not_ask_who_was_first(rows: list[list[int]], order: list[int]) -> None:
    for coefficient in COEFFICIENTS:
        one = coefficient(Ratings.of(rows))
        other = coefficient(Ratings.of([[row[n] for n in order] for row in rows]))
        assert one == other or one == pytest.approx(other, abs=1e-9), coefficient


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=9), st.integers(2, 4))
def test_coefficients_of_equal_ratings_are_one(column: list[str], people: int) -> None:
    for coefficient in COEFFICIENTS:
        value = coefficient(Ratings.of([[one] * people for one in column]))
        if not isinstance(value, Undefined):
            assert value == pytest.approx(1), coefficient
        else:
            assert value.reason == "needs_two_annotators" or len(set(column)) == 1


def test_an_item_that_one_person_rated_does_not_move_alpha() -> None:
    rows = [[1, 1, 2, 1], [2, 2, 2, None], [1, 2, 1, 1]]
    lonely = [None, None, 2, None]
    assert krippendorff_alpha(Ratings.of([*rows, lonely])) == krippendorff_alpha(Ratings.of(rows))
