"""Ratings of items, and the sums that all coefficients of agreement are made of.

Cohen, Fleiss, Scott, Gwet and Krippendorff look different and need the same few sums: how often
two values met in one item, how the values are shared out, and, for coefficients that know who
rated, one table for each pair of annotators. A `Tally` holds these sums. They add: the tally of a
corpus is the sum of the tallies of its articles, and that of a bootstrap sample is a weighted sum.
So every coefficient is one formula over a tally, with any number of leading axes.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from annotator.domain.agreement.sums import TINY, Floats, Ints, Sums, ratio
from annotator.domain.agreement.values import Undefined

Value = Hashable


@dataclass(frozen=True, slots=True)
class Tally(Sums):
    """Sums over items; q values, p pairs of annotators (i < j), any leading axes.

    coincidences  [..., q, q]     o_ck = Σ_u r_uc (r_uk − [c=k]) / (r_u − 1), items with r_u ≥ 2
    agreements    [..., q, q]     the same, divided by r_u as well: each item weighs 1
    shares        [..., q]        Σ_u r_uc / r_u over items with r_u ≥ 1
    items         [...]           number of items with r_u ≥ 1
    missing       [...]           number of those that somebody did not rate
    tables        [..., p, q, q]  how often annotator i chose c and j chose k
    """

    coincidences: Floats
    agreements: Floats
    shares: Floats
    items: Floats
    missing: Floats
    tables: Floats
    values: tuple[Value, ...]
    annotators: int

    def why(self, value: float, needs: str) -> str | None:
        """Why there is no value; see Sums."""
        if self.annotators < 2:
            return "single_annotator"
        if needs == "two" and self.annotators > 2:
            return "needs_two_annotators"
        if not self.agreements.sum() > TINY:
            return "no_pairable_units"
        if needs == "complete" and self.missing > TINY:
            return "missing_ratings"
        if needs == "numbers" and not all(number(v) for v in self.values):
            return "needs_numbers"
        return "no_variation" if np.isnan(value) else None

    def counts(self) -> dict[str, float]:
        """How many items, and how many of them somebody did not rate."""
        return {"items": float(self.items), "missing": float(self.missing)}


@dataclass(frozen=True, slots=True)
class Ratings:
    """Items by annotators. `codes` are places in `values`, −1 where there is no rating; an item
    counts `weights` times."""

    codes: Ints
    weights: Floats
    values: tuple[Value, ...]

    @classmethod
    def of(
        cls,
        items: Iterable[Sequence[Value | None]],
        *,
        weights: Iterable[float] | None = None,
        values: Iterable[Value] = (),
    ) -> "Ratings":
        """From rows of one value for each annotator, None where it is missing.

        `values` may declare values that nobody chose; they count as categories. ValueError when
        rows differ in length.
        """
        rows = [tuple(row) for row in items]
        if len({len(row) for row in rows}) > 1:
            raise ValueError("every item needs one place for each annotator")
        seen = dict.fromkeys(values)
        seen.update(dict.fromkeys(v for row in rows for v in row if v is not None))
        order = ordered(seen)
        place = {value: number for number, value in enumerate(order)}
        codes = np.array(
            [[-1 if v is None else place[v] for v in row] for row in rows], dtype=np.int64
        ).reshape(len(rows), len(rows[0]) if rows else 0)
        counted = np.ones(len(rows)) if weights is None else np.fromiter(weights, np.float64)
        return cls(codes, counted, order)

    @classmethod
    def counted(
        cls, rows: Iterable[tuple[Sequence[Value | None], float]], *, values: Iterable[Value] = ()
    ) -> "Ratings":
        """From rows with how often each occurs."""
        pairs = list(rows)
        return cls.of(
            [row for row, _ in pairs], weights=[float(n) for _, n in pairs], values=values
        )

    def counts(self) -> Floats:
        """How many annotators chose each value: [items, q]."""
        return np.stack(
            [(self.codes == code).sum(axis=1) for code in range(len(self.values))]
            or [np.zeros(len(self.codes))],
            axis=1,
        ).astype(np.float64)[:, : len(self.values)]

    def tally(self) -> Tally:
        """The sums over all items."""
        one = tally_by(self, np.zeros(len(self.codes), dtype=np.int64), 1)
        return one.pick(0)


def ordered(values: Iterable[Value]) -> tuple[Value, ...]:
    """Numbers by size, then the rest by name: the order in which scales are read."""
    return tuple(sorted(values, key=lambda v: (0, v, "") if number(v) else (1, 0, str(v))))


def number(value: Any) -> bool:
    """Whether a value is a number (a truth value is none)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def tally_by(ratings: Ratings, groups: Ints, number_of_groups: int) -> Tally:
    """The sums over the items of each group: the tallies on a leading axis."""
    counts, weights = ratings.counts(), ratings.weights
    q = len(ratings.values)
    raters = counts.sum(axis=1)
    rated, pairable = raters >= 1, raters >= 2

    def add(amounts: Floats) -> Floats:
        sums = np.zeros((number_of_groups, *amounts.shape[1:]))
        np.add.at(sums, groups, amounts)
        return sums

    met = np.einsum("nc,nk->nck", counts, counts)
    met[:, np.arange(q), np.arange(q)] -= counts
    per_rating = np.where(pairable, weights / np.maximum(raters - 1, 1), 0.0)
    per_item = per_rating / np.maximum(raters, 1)
    lacking = rated & (raters < ratings.codes.shape[1])
    return Tally(
        coincidences=add(met * per_rating[:, None, None]),
        agreements=add(met * per_item[:, None, None]),
        shares=add(counts * np.where(rated, weights / np.maximum(raters, 1), 0.0)[:, None]),
        items=add(np.where(rated, weights, 0.0)),
        missing=add(np.where(lacking, weights, 0.0)),
        tables=_tables(ratings, groups, number_of_groups),
        values=ratings.values,
        annotators=ratings.codes.shape[1],
    )


def _tables(ratings: Ratings, groups: Ints, number_of_groups: int) -> Floats:
    q = len(ratings.values)
    pairs = list(combinations(range(ratings.codes.shape[1]), 2))
    tables = np.zeros((number_of_groups, len(pairs), q, q))
    for place, (i, j) in enumerate(pairs):
        a, b = ratings.codes[:, i], ratings.codes[:, j]
        both = (a >= 0) & (b >= 0)
        cells = np.ravel_multi_index((groups[both], a[both], b[both]), (number_of_groups, q, q))
        counted = np.bincount(cells, ratings.weights[both], minlength=number_of_groups * q * q)
        tables[:, place] = counted.reshape(number_of_groups, q, q)
    return tables


def of_tables(tables: Floats, values: Sequence[Value]) -> Tally:
    """The tally of items that two annotators rated, from their tables [..., q, q]."""
    both = tables + np.swapaxes(tables, -1, -2)
    items = tables.sum(axis=(-1, -2))
    return Tally(
        coincidences=both,
        agreements=both / 2,
        shares=both.sum(axis=-1) / 2,
        items=items,
        missing=np.zeros_like(items),
        tables=tables[..., None, :, :],
        values=tuple(values),
        annotators=2,
    )


# --------------------------------------------------------------------------- pieces of formulas


def corrected(observed: Floats, expected: Floats, tally: Tally) -> Floats:
    """(observed − expected) / (1 − expected), the form of every chance-corrected agreement.

    NaN where only one value was ever chosen: then chance would agree always, and 1 would be
    said of nothing.
    """
    value = ratio(observed - expected, 1.0 - expected)
    return np.where(varied(tally), value, np.nan)


def varied(tally: Tally) -> NDArray[np.bool_]:
    """Whether at least two values were chosen."""
    return cast("NDArray[np.bool_]", (tally.shares > TINY).sum(axis=-1) >= 2)


def same(tally: Tally, weights: Floats | None = None) -> Floats:
    """Observed agreement: the mean over items of the share of agreeing pairs of ratings."""
    q = tally.agreements.shape[-1]
    weight = np.eye(q) if weights is None else weights
    return ratio(
        (tally.agreements * weight).sum(axis=(-1, -2)), tally.agreements.sum(axis=(-1, -2))
    )


def prevalence(tally: Tally) -> Floats:
    """The share of each value, each item weighing 1: [..., q]."""
    return ratio(tally.shares, tally.shares.sum(axis=-1, keepdims=True))


def settle(tally: Tally, value: Floats, *, needs: str = "") -> float | Undefined:
    """The one value of a tally without leading axes, or why there is none (see Sums.why)."""
    reason = tally.why(float(value), needs)
    return float(value) if reason is None else Undefined(reason)
