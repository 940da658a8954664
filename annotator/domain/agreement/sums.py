"""Sums that add: the one thing that every metric counts article by article.

The counts of a corpus are the sum of those of its articles, and the counts of a bootstrap sample
are a weighted sum. So a metric says once how an article is counted and once what the sums mean,
and its value by article, over all, and in a thousand resamples follows.
"""

from dataclasses import fields, replace
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Below this a denominator is nothing but rounding.
TINY = 1e-12


class Sums:
    """A dataclass whose arrays add along their first axis; other fields stay as they are."""

    __slots__ = ()

    def why(self, value: float, needs: str) -> str | None:
        """Why there is no value (a key of values.REASONS), or None when there is one.

        `value` is what the formula gave, NaN where it divides by nothing; `needs` is what the
        formula asks for: "two" annotators, "complete" ratings, "numbers", or nothing.
        """
        raise NotImplementedError

    def counts(self) -> dict[str, float]:
        """The sums that people want to see beside the value."""
        raise NotImplementedError

    def weighted(self, weights: Floats) -> Self:
        """The sums over the first axis, entry e counted `weights[r, e]` times, for every row r."""
        return self._each(lambda sums: _weighted(weights, sums))

    def total(self) -> Self:
        """The sums over the first axis."""
        return self._each(lambda sums: sums.sum(axis=0))

    def pick(self, index: Any) -> Self:
        """The sums at an index of the leading axes."""
        return self._each(lambda sums: sums[index])

    def plus(self, other: Self) -> Self:
        """Both sums together."""
        return replace(
            self,  # type: ignore[type-var]
            **{name: value + getattr(other, name) for name, value in self._arrays()},
        )

    def _arrays(self) -> list[tuple[str, Any]]:
        named = ((f.name, getattr(self, f.name)) for f in fields(cast(Any, self)))
        return [
            (name, value) for name, value in named if isinstance(value, np.ndarray | np.generic)
        ]

    def _each(self, change: Any) -> Self:
        changed = {name: change(value) for name, value in self._arrays()}
        return replace(self, **changed)  # type: ignore[type-var]


def _weighted(weights: Floats, sums: Floats) -> Floats:
    flat = sums.reshape(len(sums), -1)
    return (weights @ flat).reshape(len(weights), *sums.shape[1:])


def ratio(above: Any, below: Any) -> Floats:
    """above / below; NaN where below is nothing."""
    void = np.abs(below) <= TINY
    return np.where(void, np.nan, above / np.where(void, 1.0, below))
