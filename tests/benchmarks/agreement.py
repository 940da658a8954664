"""Agreement at the size of a large study: five annotators with 10,000 passages each in 200
articles, beside the programs that our tests ask for the right answers, in the same run."""

import random
import time
from collections.abc import Callable

import krippendorff
import numpy as np
from sklearn.metrics import f1_score

from annotator.domain import agreement
from annotator.domain.agreement import Article, Mark
from annotator.domain.agreement import gamma as mathet
from annotator.domain.spans import Span
from tests.benchmarks.result import Result

PEOPLE = ("alice", "bob", "carol", "dora", "erin")
TAGS = ("claim", "evaluation", "quote", "figure")
ARTICLES, LENGTH, SPANS = 200, 8_000, 50
METRICS = (
    "span_f1_exact",
    "span_f1_iou50",
    "span_f1_characters",
    "krippendorff_alpha_characters",
)


def articles(*, seed: int = 1) -> list[Article]:
    """Everybody marks the same 50 places of an article, more or less: some shifted, some missing,
    some with another tag."""
    chance = random.Random(seed)  # noqa: S311 - the same layers in every run
    return [_article(f"article-{n}", chance) for n in range(ARTICLES)]


def _article(name: str, chance: random.Random) -> Article:
    marks = []
    for n in range(SPANS):
        place = n * LENGTH // SPANS + chance.randint(0, 60)
        length, tag = chance.randint(20, 120), chance.choice(TAGS)
        for who in PEOPLE:
            start = max(0, place + chance.choice((0, 0, 0, 1, -3, 15)))
            end = min(LENGTH, start + max(5, length + chance.choice((0, 0, 0, 1, -7, 30))))
            said = tag if chance.random() < 0.85 else chance.choice(TAGS)
            marks.append(Mark(who, said, (Span(start, end),)))
    return Article(name, LENGTH, PEOPLE, tuple(marks))


def seconds(task: Callable[[], object], times: int = 3) -> float:
    """How long it takes: the shortest of a few runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        task()
        found.append(time.perf_counter() - start)
    return min(found)


def gamma_layers(count: int, *, seed: int = 1) -> list[list[tuple[int, int, str]]]:
    """Two annotators with so many passages in one text, some shifted."""
    chance = random.Random(seed)  # noqa: S311
    layers: list[list[tuple[int, int, str]]] = [[], []]
    for n in range(count):
        place, length = n * 50 + chance.randint(0, 30), chance.randint(10, 60)
        for layer in layers:
            start = place + chance.randint(0, 8)
            layer.append((start, start + length, chance.choice(TAGS)))
    return layers


def characters(corpus: list[Article], tag: str) -> np.ndarray:
    """What the oracles need: a row of characters for each annotator."""
    rows = np.zeros((len(PEOPLE), ARTICLES * LENGTH), dtype=np.int8)
    for n, article in enumerate(corpus):
        for mark in article.marks:
            if mark.tag == tag:
                start, end = mark.fragments[0]
                rows[PEOPLE.index(mark.annotator), n * LENGTH + start : n * LENGTH + end] = 1
    return rows


def measure() -> list[Result]:
    """The three bars of the issue, each beside an oracle."""
    corpus = articles()
    by = ("tag", "pair")
    plain = seconds(lambda: agreement.measure(corpus, METRICS, by=by, resamples=0))
    drawn = seconds(lambda: agreement.measure(corpus, METRICS, by=by, resamples=1000))
    layers = gamma_layers(400)
    gamma = seconds(lambda: mathet.gamma(layers, bounds=(0, 20_100)))
    claims = characters(corpus, "claim")
    alpha = seconds(lambda: krippendorff.alpha(claims, level_of_measurement="nominal"), 1)
    f1 = seconds(lambda: f1_score(claims[0], claims[1]), 1)
    size = f"{len(PEOPLE)} annotators × {ARTICLES * SPANS:,} spans in {ARTICLES} articles"
    return [
        Result("F1 and α of all pairs and tags", plain, "s", 2.0, detail=size),
        Result("1,000 bootstrap resamples of them, more", max(0.0, drawn - plain), "s", 1.0),
        Result("γ of two annotators × 400 spans, 30 samples", gamma, "s", 0.5),
        Result("α of one tag by krippendorff", alpha, "s", detail="on characters, one number"),
        Result("F1 of one tag and pair by scikit-learn", f1, "s", detail="on characters"),
    ]
