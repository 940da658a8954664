"""Krippendorff's α: observed against expected disagreement of values, however many annotators.

Krippendorff (2004), Content Analysis, 2nd ed., section 11.3; Krippendorff (2011), "Computing
Krippendorff's alpha-reliability", steps C and D; distances of levels of measurement: the same,
p. 5. Standard error: Gwet (2014), Handbook, 4th ed., section 5.3 (linearised, infinite
population).
"""

import math
from collections.abc import Callable

import numpy as np

from annotator.domain.agreement.ratings import Ratings, Tally, Value, number, settle
from annotator.domain.agreement.sums import Floats, ratio
from annotator.domain.agreement.values import Undefined

LEVELS = ("nominal", "ordinal", "interval", "ratio")
Distance = Callable[[Value, Value], float]


def squared(tally: Tally, level: str | Distance) -> Floats:
    """δ² between values: [q, q], or [..., q, q] for ordinal, which depends on the marginals.

    A function gives its distance, which is used as δ² directly. ValueError for an unknown level.
    """
    q = len(tally.values)
    if not isinstance(level, str):
        return np.array([[level(c, k) for k in tally.values] for c in tally.values], float)
    if level == "nominal":
        return 1.0 - np.eye(q)
    if level == "ordinal":
        margin = tally.coincidences.sum(axis=-1)
        middle = np.cumsum(margin, axis=-1) - margin / 2
        return np.asarray((middle[..., :, None] - middle[..., None, :]) ** 2)
    size = np.array(tally.values, float)
    apart = np.subtract.outer(size, size)
    if level == "interval":
        return np.asarray(apart**2)
    if level == "ratio":
        together = np.add.outer(size, size)
        return np.asarray((apart / np.where(together == 0, 1, together)) ** 2)
    raise ValueError(f"no such level: {level}; there are {', '.join(LEVELS)}")


def formula(tally: Tally, level: str | Distance = "nominal") -> Floats:
    """α = 1 − (n − 1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck."""
    if level in ("interval", "ratio") and not all(number(v) for v in tally.values):
        return np.full(tally.items.shape, np.nan)
    distance = squared(tally, level)
    margin = tally.coincidences.sum(axis=-1)
    observed = (tally.coincidences * distance).sum(axis=(-1, -2))
    expected = (margin[..., :, None] * margin[..., None, :] * distance).sum(axis=(-1, -2))
    return 1 - ratio((margin.sum(axis=-1) - 1) * observed, expected)


def krippendorff_alpha(ratings: Ratings, level: str | Distance = "nominal") -> float | Undefined:
    """α of any number of annotators; ratings may be missing, an item with one is ignored.

    `level` is nominal, ordinal, interval, ratio, or a function giving δ² of two values.
    """
    tally = ratings.tally()
    needs = "numbers" if level in ("interval", "ratio") else ""
    return settle(tally, formula(tally, level), needs=needs)


def pairable(ratings: Ratings) -> tuple[int, int]:
    """How many values meet another in their item, and how many pairs of values that makes."""
    raters = ratings.counts().sum(axis=1)
    weights = np.where(raters >= 2, ratings.weights, 0.0)
    return round(float((weights * raters).sum())), round(
        float((weights * raters * (raters - 1) / 2).sum())
    )


def krippendorff_alpha_se(ratings: Ratings) -> float | Undefined:
    """Gwet's closed-form standard error of nominal α over items."""
    alpha = krippendorff_alpha(ratings)
    if isinstance(alpha, Undefined):
        return alpha
    counts = np.repeat(ratings.counts(), ratings.weights.astype(int), axis=0)
    raters = counts.sum(axis=1)
    counts, raters = counts[raters >= 2], raters[raters >= 2]
    n, mean = len(counts), float(raters.mean())
    if n < 2:
        return Undefined("no_pairable_units")
    agreed = (counts * (counts - 1)).sum(axis=1) / (mean * (raters - 1))
    share = counts.mean(axis=0) / mean
    observed, expected = float(agreed.mean()), float((share**2).sum())
    uneven = (raters - mean) / mean
    simple = (observed - expected) / (1 - expected)
    agreed_i = agreed - observed * uneven
    chance_i = counts @ share / mean - expected * uneven
    alpha_i = (agreed_i - expected - 2 * (1 - simple) * (chance_i - expected)) / (1 - expected)
    return math.sqrt(float(((alpha_i - simple) ** 2).sum()) / (n * (n - 1)))


def formula_ordinal(tally: Tally) -> Floats:
    """α with ordinal distances."""
    return formula(tally, "ordinal")


def formula_interval(tally: Tally) -> Floats:
    """α with interval distances."""
    return formula(tally, "interval")
