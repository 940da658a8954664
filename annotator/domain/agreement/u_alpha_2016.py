"""The u-family of 2016: α for a text that annotators cut into valued segments and gaps.

Krippendorff, Mathet, Bouvry & Widlöcher (2016), "On the reliability of unitizing textual continua:
further developments", Quality & Quantity 50, 2347–2364. Coincidences are lengths of text that two
annotators gave values to; a correction takes out what a segment would coincide with itself.

uα      segments, their values and gaps at once
|uα     only where there are segments, whatever their values (φ against the rest)
cuα     only the values, where both annotators have segments; two annotators
(k)uα   one value among the valued coincidences; two annotators

Values must exclude each other: for tags that nest, each tag has its own uα and |uα. For cuα and
(k)uα of more than two annotators, implementations differ in the correction and none could be
confirmed, so they stay undefined.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotator.domain.agreement.characters import exclusive
from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.slots import Slot, names
from annotator.domain.agreement.sums import Floats, Sums, ratio
from annotator.domain.agreement.units import unions
from annotator.domain.agreement.values import Undefined


@dataclass(frozen=True, slots=True)
class Lengths(Sums):
    """Coincidences of lengths [..., q, q] with what each segment has with itself [..., q].

    Value 0 is the gap, φ. `own` is Σ L² of segments and Σ L of gaps. `valued` is Σ over segments
    of the squared length that meets others' segments. `value` is the place of the value that is
    looked at, for (k)uα.
    """

    met: Floats
    own: Floats
    valued: Floats
    annotators: int
    value: int = 0

    def why(self, value: float, needs: str) -> str | None:
        """Undefined without segments, or where chance could not disagree."""
        if self.annotators < 2:
            return "single_annotator"
        if needs == "two" and self.annotators > 2:
            return "needs_two_annotators"
        if not self.met[1:].sum() > 0:
            return "no_spans"
        if needs == "two" and not self.met[1:, 1:].sum() > 0:
            return "no_matched_pairs"
        return "no_variation" if math.isnan(value) else None

    def counts(self) -> dict[str, float]:
        """Characters judged, those both gave a value, and those both gave the same."""
        valued = self.met[1:, 1:]
        return {
            "characters": float(self.met.sum()) / 2,
            "valued": float(valued.sum()) / 2,
            "same": float(np.trace(valued)) / 2,
        }


def _expected(met: Floats, own: Floats) -> Floats:
    """ε_ck = ℓ.. (ℓ_c ℓ_k − [c=k] own_c) / (ℓ..² − Σ own)."""
    margin = met.sum(axis=-1)
    total = margin.sum(axis=-1)
    above = margin[..., :, None] * margin[..., None, :]
    above = above - np.eye(met.shape[-1]) * own[..., :, None]
    below = total**2 - own.sum(axis=-1)
    return np.asarray(total[..., None, None] * ratio(above, below[..., None, None]))


def _alpha(met: Floats, own: Floats) -> Floats:
    """1 − (ℓ.. − Σ ℓ_cc) / (ε.. − Σ ε_cc)."""
    chance = _expected(met, own)
    observed = met.sum(axis=(-1, -2)) - np.trace(met, axis1=-2, axis2=-1)
    expected = chance.sum(axis=(-1, -2)) - np.trace(chance, axis1=-2, axis2=-1)
    return 1 - ratio(observed, expected)


def u_formula(lengths: Lengths) -> Floats:
    """uα over all values and gaps."""
    return _alpha(lengths.met, lengths.own)


def bar_formula(lengths: Lengths) -> Floats:
    """|uα: gaps against segments of any value."""
    met = lengths.met
    gap, one, other = met[..., 0, 0], met[..., 0, 1:].sum(-1), met[..., 1:, 0].sum(-1)
    rest = met[..., 1:, 1:].sum(axis=(-1, -2))
    two = np.stack([np.stack([gap, one], -1), np.stack([other, rest], -1)], -2)
    own = np.stack([lengths.own[..., 0], lengths.own[..., 1:].sum(axis=-1)], -1)
    return _alpha(two, own)


def cu_formula(lengths: Lengths) -> Floats:
    """cuα: values where segments meet."""
    return _alpha(lengths.met[..., 1:, 1:], lengths.valued[..., 1:])


def ku_formula(lengths: Lengths) -> Floats:
    """(k)uα = 1 − ((ℓ_k − ℓ_kk) / ℓ_k) / ((ε_k − ε_kk) / ε_k) among valued coincidences."""
    k = lengths.value - 1
    met = lengths.met[..., 1:, 1:]
    chance = _expected(met, lengths.valued[..., 1:])
    row, expected = met[..., k, :].sum(axis=-1), chance[..., k, :].sum(axis=-1)
    observed = ratio(row - met[..., k, k], row)
    return 1 - ratio(observed, ratio(expected - chance[..., k, k], expected))


# ------------------------------------------------------------------------------------ counting

Unit = tuple[int, int, int]
"""Start, end, and the place of the value, from 1."""


def lengths(layers: Sequence[Sequence[Unit]], length: int, q: int) -> Lengths:
    """The sums of one continuum [0, length); a layer's units do not overlap."""
    m = len(layers)
    met, own, valued = np.zeros((q + 1, q + 1)), np.zeros(q + 1), np.zeros(q + 1)
    if m < 2:
        return Lengths(met, own, valued, m)
    for layer in layers:
        for start, end, value in layer:
            own[value] += (end - start) ** 2
        own[0] += length - sum(end - start for start, end, _ in layer)
    for i in range(m):
        for j in range(i + 1, m):
            table, first, second = _overlap(layers[i], layers[j], length, q)
            met += (table + table.T) / (m - 1)
            valued += first + second
    return Lengths(met, own, valued, m)


def _overlap(
    a: Sequence[Unit], b: Sequence[Unit], length: int, q: int
) -> tuple[Floats, Floats, Floats]:
    table = np.zeros((q + 1, q + 1))
    shares: list[dict[int, int]] = [{}, {}]
    ahead = 0
    for x, (start, end, value) in enumerate(a):
        while ahead < len(b) and b[ahead][1] <= start:
            ahead += 1
        y = ahead
        while y < len(b) and b[y][0] < end:
            common = min(end, b[y][1]) - max(start, b[y][0])
            table[value, b[y][2]] += common
            shares[0][x] = shares[0].get(x, 0) + common
            shares[1][y] = shares[1].get(y, 0) + common
            y += 1
    for start, end, value in a:
        table[value, 0] += end - start
    for start, end, value in b:
        table[0, value] += end - start
    table[1:, 0] -= table[1:, 1:].sum(axis=1)
    table[0, 1:] -= table[1:, 1:].sum(axis=0)
    table[0, 0] = length - table.sum()
    squares = np.zeros((2, q + 1))
    for side, layer in enumerate((a, b)):
        for place, common in shares[side].items():
            squares[side, layer[place][2]] += common**2
    return table, squares[0], squares[1]


def slots(corpus: Corpus) -> dict[Slot, Lengths]:
    """Each tag alone, and all tags where nobody's tags overlap; one entry for each article."""
    return _slots(corpus, list(range(len(corpus.tags))))


def slots_of_values(corpus: Corpus) -> dict[Slot, Lengths]:
    """All tags, looked at tag by tag; nothing where somebody's tags overlap."""
    return {
        Slot(tag, slot.annotators): replace(sums, value=place)
        for slot, sums in _slots(corpus, []).items()
        for place, tag in enumerate(corpus.tags, start=1)
    }


def slots_of_all(corpus: Corpus) -> dict[Slot, Lengths]:
    """All tags together only."""
    return _slots(corpus, [])


def why_not(corpus: Corpus) -> str | None:
    """Why there are no sums over all tags; None where that is as it should be."""
    if not corpus.marks:
        return "no_spans"
    return "overlapping_tags" if exclusive(corpus) is None else None


def _slots(corpus: Corpus, tags: list[int]) -> dict[Slot, Lengths]:
    groups: dict[tuple[str, ...], tuple[int, ...]] = {
        names(corpus, pair): pair for pair in corpus.pairs
    }
    groups[corpus.annotators] = tuple(range(len(corpus.annotators)))
    units = unions(corpus)
    made = {}
    apart = exclusive(corpus) is not None
    for who, places in groups.items():
        for tag in tags:
            made[Slot(corpus.tags[tag], who)] = _by_article(corpus, units, [tag], places)
        if apart:
            every = list(range(len(corpus.tags)))
            made[Slot(None, who)] = _by_article(corpus, units, every, places)
    return made


def _by_article(
    corpus: Corpus, units: dict[tuple[int, int, int], Any], tags: list[int], places: Sequence[int]
) -> Lengths:
    found = []
    for article, length in enumerate(corpus.lengths.tolist()):
        here = [n for n in places if corpus.finished[article, n]]
        here = here if len(here) == len(places) or len(places) > 2 else []
        layers = [
            sorted(
                (int(start), int(end), value)
                for value, tag in enumerate(tags, start=1)
                for start, end in units.get((article, n, tag), ())
            )
            for n in here
        ]
        found.append(lengths(layers, length, len(tags)))
    return Lengths(
        met=np.array([one.met for one in found]),
        own=np.array([one.own for one in found]),
        valued=np.array([one.valued for one in found]),
        annotators=len(places),
    )


# ------------------------------------------------------------------------- one continuum by hand


def continuum(
    layers: Sequence[Iterable[tuple[int, int, str]]], begin: int, end: int
) -> tuple[Lengths, tuple[str, ...]]:
    """The sums of one continuum [begin, end) from units (start, end, value), and the values."""
    values = tuple(sorted({unit[2] for layer in layers for unit in layer}))
    at = {value: place for place, value in enumerate(values, start=1)}
    shifted = [sorted((s - begin, e - begin, at[v]) for s, e, v in layer) for layer in layers]
    return lengths(shifted, end - begin, len(values)), values


def settle(sums: Lengths, value: Floats, *, needs: str = "") -> float | Undefined:
    """The value, or why there is none."""
    reason = sums.why(float(value), needs)
    return float(value) if reason is None else Undefined(reason)


def ku_alpha(sums: Lengths, values: Sequence[str], value: str) -> float | Undefined:
    """(k)uα of one value of a continuum (see `continuum`)."""
    looked_at = replace(sums, value=values.index(value) + 1)
    return settle(looked_at, ku_formula(looked_at), needs="two")
