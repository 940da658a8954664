"""Intervals by drawing articles anew: the percentile bootstrap.

Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 13.3. Passages of one article
are not independent, articles may be; so articles are drawn, with replacement, and all passages of
an article come along. A resample is a row of how often each article was drawn, and since counts
add, a thousand resamples are one matrix product.
"""

from collections.abc import Callable

import numpy as np

from annotator.domain.agreement.ratings import Ratings, Tally, tally_by
from annotator.domain.agreement.sums import Floats
from annotator.domain.agreement.values import Interval, Undefined

FEWEST = 5


def draws(articles: int, *, resamples: int, seed: int) -> Floats:
    """How often each article is drawn in each resample: [resamples, articles]."""
    chance = np.random.default_rng(seed)
    even = np.full(articles, 1 / articles)
    return chance.multinomial(articles, even, size=resamples).astype(np.float64)


def interval(values: Floats, *, level: float, seed: int) -> Interval | Undefined:
    """The middle `level` of the values of the resamples; those without a value are counted."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Undefined("no_variation")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    missing = len(values) - len(known)
    return Interval(float(low), float(high), level, len(values), missing, seed)


def of_items(
    ratings: Ratings,
    formula: Callable[[Tally], Floats],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval | Undefined:
    """An interval for ratings of items, drawing items; `formula` is that of a coefficient."""
    items = len(ratings.codes)
    if items < FEWEST:
        return Undefined("too_few_articles")
    each = tally_by(ratings, np.arange(items), items)
    weights = draws(items, resamples=resamples, seed=seed)
    return interval(formula(each.weighted(weights)), level=level, seed=seed)
