"""Figures with their intervals, reasons and lists, and the same from programs that others wrote."""

import subprocess
import sys
from itertools import permutations
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.metrics.agreement import AnnotationTask

from annotator.domain import agreement
from annotator.domain.agreement import METRICS, REASONS, Article, Figure, Interval, Mark, Undefined
from annotator.domain.agreement.bootstrap import draws
from annotator.domain.agreement.conger_kappa import conger_kappa
from annotator.domain.agreement.gwet_ac2 import gwet_ac2
from annotator.domain.agreement.krippendorff_alpha import krippendorff_alpha
from annotator.domain.agreement.ratings import Ratings
from annotator.domain.agreement.span_f1_characters import span_f1_characters
from annotator.domain.agreement.span_f1_iou import span_f1_iou
from annotator.domain.errors import Invalid
from annotator.domain.spans import Span


def mark(who: str, start: int, end: int, tag: str = "claim", **more: Any) -> Mark:
    return Mark(who, tag, (Span(start, end),), **more)


def article(name: str, *marks: Mark, people: str = "alice bob", length: int = 100) -> Article:
    return Article(name, length, tuple(people.split()), marks)


def only(articles: list[Article], metric: str, **how: Any) -> Figure:
    """The figure over all tags, or the only one there is."""
    found = agreement.measure(articles, [metric], **how).figures
    return found[0]


def test_importing_agreement_loads_no_numbers_library() -> None:
    code = (
        "import sys, annotator.domain.agreement, annotator.cli.agreement\n"
        "assert not {'numpy', 'scipy'} & set(sys.modules), 'the web server would pay for it'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_metric_can_be_loaded_and_names_its_variant() -> None:
    for metric in METRICS.values():
        assert callable(metric.counter())
        assert callable(metric.value())
        assert metric.name not in ("alpha", "kappa", "f1", "unitizing_alpha")


@pytest.mark.parametrize(
    ("articles", "metric", "reason"),
    [
        ([], "span_f1_exact", "no_common_articles"),
        ([article("a", people="alice")], "span_f1_exact", "no_common_articles"),
        ([article("a")], "span_f1_exact", "no_spans"),
        ([article("a")], "krippendorff_alpha_characters", "no_spans"),
        ([article("a")], "gamma", "no_spans"),
        ([article("a")], "alpha_u_1995", "no_spans"),
        (
            [article("a", mark("alice", 0, 9), mark("alice", 5, 9, "quote"))],
            "krippendorff_alpha_characters",
            "overlapping_tags",
        ),
        (
            [article("a", mark("alice", 0, 9), mark("bob", 50, 60))],
            "cohen_kappa_matched",
            "no_pairable_units",
        ),
        (
            [article("a", mark("alice", 0, 9), mark("bob", 0, 9))],
            "cohen_kappa_matched",
            "no_variation",
        ),
        (
            [article("a", mark("alice", 0, 100), mark("bob", 0, 100))],
            "krippendorff_alpha_characters",
            "no_variation",
        ),
        (
            [article("a", mark("alice", 0, 9), people="alice bob carol")],
            "cohen_kappa_characters",
            "needs_two_annotators",
        ),
        (
            [
                article("a", mark("alice", 0, 9), people="alice bob carol"),
                article("b", mark("alice", 0, 9)),
            ],
            "fleiss_kappa_characters",
            "missing_ratings",
        ),
    ],
)
def test_what_cannot_be_said_has_a_reason(
    articles: list[Article], metric: str, reason: str
) -> None:
    assert only(articles, metric).value == Undefined(reason)
    assert REASONS[reason].endswith(".")


def test_to_mark_nothing_is_data_and_not_to_have_finished_is_not() -> None:
    done = article("a", mark("alice", 0, 9))
    not_done = article("b", mark("alice", 0, 9), mark("bob", 0, 9), people="alice")
    assert only([done], "span_f1_exact").value == 0
    report = agreement.measure([done, not_done], ["span_f1_exact"])
    assert report.articles == ("a",)
    assert [(one.article, one.why) for one in report.left_out] == [("b", "not_two")]


def test_what_does_not_enter_is_listed_with_its_reason() -> None:
    marks = (
        mark("alice", 0, 9, id="1"),
        mark("alice", 95, 101, id="2"),
        mark("carol", 0, 9, id="3"),
        mark("bob", 0, 9, "quote", id="4"),
    )
    report = agreement.measure([article("a", *marks)], ["span_f1_exact"], tags=["claim"])
    why = {one.id: one.why for one in report.left_out}
    assert why == {"2": "outside", "3": "not_finished", "4": "other_tag"}
    assert report.entered == {"alice": {"claim": 1}, "bob": {"claim": 0}}


def test_the_best_matching_is_found_where_a_greedy_one_fails() -> None:
    first = [mark("", 0, 10), mark("", 6, 14)]
    second = [mark("", 2, 12), mark("", 0, 6)]
    assert span_f1_iou(first, second, threshold=0.5) == 1
    assert span_f1_characters(first, second) == pytest.approx(2 * 12 / (14 + 12))


spans = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 12)).map(
        lambda pair: mark("", pair[0], pair[0] + pair[1])
    ),
    max_size=4,
)


@settings(max_examples=50, deadline=None)
@given(spans, spans, st.sampled_from([0.3, 0.5, 0.8]))
def test_no_other_matching_is_larger(a: list[Mark], b: list[Mark], threshold: float) -> None:
    def fits(one: Mark, two: Mark) -> bool:
        first, second = (set(range(*m.fragments[0])) for m in (one, two))
        return len(first & second) / len(first | second) >= threshold

    few, many = sorted((a, b), key=len)
    most = max(
        sum(fits(one, two) for one, two in zip(few, order, strict=False))
        for order in permutations(many, len(few))
    )
    value = span_f1_iou(a, b, threshold=threshold)
    expected = 2 * most / (len(a) + len(b)) if a or b else Undefined("no_spans")
    assert value == (expected if isinstance(expected, Undefined) else pytest.approx(expected))


def twelve() -> list[Article]:
    chance = np.random.default_rng(3)
    made = []
    for n in range(12):
        marks = []
        for who in ("alice", "bob"):
            for start in chance.integers(0, 90, 5).tolist():
                marks.append(mark(who, start, start + 9, ("claim", "quote")[start % 2]))
        made.append(article(str(n), *marks))
    return made


def test_an_interval_is_what_drawing_the_articles_by_hand_gives() -> None:
    articles = twelve()
    figure = only(articles, "span_f1_iou50", resamples=40, seed=5)
    values = []
    for row in draws(12, resamples=40, seed=5).astype(int):
        drawn = [one for one, count in zip(articles, row, strict=True) for _ in range(count)]
        values.append(only(drawn, "span_f1_iou50", resamples=0).value)
    low, high = np.quantile(values, [0.025, 0.975])
    assert isinstance(figure.interval, Interval)
    assert (figure.interval.low, figure.interval.high) == pytest.approx((low, high))
    assert figure.interval.low <= figure.value <= figure.interval.high
    few = only(articles[:4], "span_f1_iou50")
    assert few.interval == Undefined("too_few_articles")


def test_by_pair_article_and_group() -> None:
    one = article(
        "a",
        mark("alice", 0, 9, groups={"event": ("visit",)}),
        mark("bob", 0, 9, groups={"event": ("visit", "treaty")}),
        mark("carol", 40, 60, groups={"event": ("treaty",)}),
        people="alice bob carol",
    )
    two = article("b", mark("alice", 0, 9), mark("bob", 20, 29))
    by = ("pair", "article", "event")
    report = agreement.measure([one, two], ["span_f1_exact"], by=by)
    values = {(f.annotators, f.article, f.group): f.value for f in report.figures}
    pair = ("alice", "bob")
    everybody = ("alice", "bob", "carol")
    assert values[pair, None, None] == 0.5
    assert values[everybody, "b", None] == 0
    assert values[pair, None, "event:visit"] == 1
    assert values[pair, None, "event:treaty"] == 0
    counted = {f.annotators: f.articles for f in report.figures if f.article is None}
    assert counted[pair] == 2
    assert counted["bob", "carol"] == 1
    with pytest.raises(Invalid, match="nothing to group by"):
        agreement.measure([one], ["span_f1_exact"], by=("weather",))


def test_attributes_are_compared_on_matched_pairs_and_gaps_are_counted() -> None:
    pairs = [(-2, -2), (1, 1), (2, 1), (0, None)]
    marks = [
        mark(who, 20 * n, 20 * n + 9, attributes={"polarity": value} if value is not None else {})
        for n, both in enumerate(pairs)
        for who, value in zip(("alice", "bob"), both, strict=True)
    ]
    report = agreement.measure(
        [article("a", *marks)],
        ["krippendorff_alpha_interval_attributes", "krippendorff_alpha_attributes"],
    )
    interval, nominal = report.figures
    assert (interval.tag, interval.attribute) == ("claim", "polarity")
    assert interval.counts == {"items": 3, "missing": 1}
    rows = [[-2, 1, 2], [-2, 1, 1]]
    for figure, level in ((interval, "interval"), (nominal, "nominal")):
        oracle = krippendorff.alpha(rows, level_of_measurement=level)
        assert figure.value == pytest.approx(oracle)
    assert interval.values == ("-2", "1", "2")
    assert interval.table == ((1, 0, 0), (0, 1, 0), (0, 1, 0))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_with_gaps_is_that_of_the_package_krippendorff(level: str) -> None:
    chance = np.random.default_rng(1)
    rows = chance.integers(1, 6, (40, 4)).astype(float)
    rows[chance.random((40, 4)) < 0.2] = np.nan
    oracle = krippendorff.alpha(rows.T, level_of_measurement=level)
    ours = krippendorff_alpha(
        Ratings.of([[None if np.isnan(v) else int(v) for v in row] for row in rows]), level
    )
    assert ours == pytest.approx(oracle, abs=1e-9)


def test_conger_is_multi_kappa_of_nltk() -> None:
    rows = np.random.default_rng(2).integers(1, 4, (30, 3)).tolist()
    triples = [
        (str(who), str(n), value) for n, row in enumerate(rows) for who, value in enumerate(row)
    ]
    assert conger_kappa(Ratings.of(rows)) == pytest.approx(AnnotationTask(triples).multi_kappa())


def test_ac2_with_identity_weights_is_ac1_and_forgives_near_misses_otherwise() -> None:
    rows = [[1, 1], [2, 3], [3, 3], [4, 4], [1, 2], [4, 3], [2, 2]]
    ratings = Ratings.of(rows)
    strict, linear, quadratic = (gwet_ac2(ratings, k) for k in ("identity", "linear", "quadratic"))
    assert all(isinstance(value, float) for value in (strict, linear, quadratic))
    assert strict < linear < quadratic  # type: ignore[operator]
