"""Krippendorff's α_U of 1995: units of a continuum, category by category.

Krippendorff (1995), "On the reliability of unitizing continuous data", Sociological Methodology 25;
Content Analysis, 2nd ed. (2004), section 11.6, eq. 16–19. Each annotator cuts the continuum into
units of a category and gaps. Intersecting units differ by (b₁ − b₂)² + (e₁ − e₂)², a unit that lies
in another's gap by its squared length. This is what DKPro and INCEpTION call Krippendorff's alpha
for unitizing; it is neither the u-family of 2016 nor α on characters.

Units are pieces of passages; those of one annotator and tag that overlap are one unit. Over
articles and tags: 1 − Σ D_o / Σ D_e, as Krippendorff does over categories.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.slots import Slot, names
from annotator.domain.agreement.sums import Floats, Ints, Sums, ratio
from annotator.domain.agreement.units import unions
from annotator.domain.agreement.values import Undefined


@dataclass(frozen=True, slots=True)
class Disagreement(Sums):
    """Observed and expected disagreement, and how many units they come from: [...]."""

    observed: Floats
    expected: Floats
    units: Floats

    def why(self, value: float, needs: str) -> str | None:
        """Undefined where there are no units, or chance could not disagree."""
        if not self.units > 0:
            return "no_spans"
        return "no_variation" if math.isnan(value) else None

    def counts(self) -> dict[str, float]:
        """The sums."""
        return {name: float(getattr(self, name)) for name in ("observed", "expected", "units")}


def formula(sums: Disagreement) -> Floats:
    """α_U = 1 − D_o / D_e."""
    return 1 - ratio(sums.observed, sums.expected)


def observed(layers: Sequence[Ints], length: int) -> float:
    """D_o = Σ_{i≠j} Σ_g Σ_h δ²(g, h) / (m (m − 1) L²); a layer is [units, 2], none overlapping."""
    m = len(layers)
    total = 0.0
    for i in range(m):
        for j in range(i + 1, m):
            total += 2 * _apart(layers[i].astype(float), layers[j].astype(float))
    return total / (m * (m - 1) * length**2)


def _apart(a: Floats, b: Floats) -> float:
    starts = a[:, None, 0] - b[None, :, 0]
    ends = a[:, None, 1] - b[None, :, 1]
    meet = (a[:, None, 0] < b[None, :, 1]) & (b[None, :, 0] < a[:, None, 1])
    alone = [
        ((units[~met, 1] - units[~met, 0]) ** 2).sum()
        for units, met in ((a, meet.any(axis=1)), (b, meet.any(axis=0)))
    ]
    return float(((starts**2 + ends**2) * meet).sum() + sum(alone))


def expected(layers: Sequence[Ints], length: int) -> float:
    """D_e = (2/L) Σ_g [(N − 1)/3 (2l³ − 3l² + l) + l² Σ_{gaps ≥ l} (gap − l + 1)]
    / (mL (mL − 1) − Σ l (l − 1)), N units g of length l."""
    units = np.concatenate([np.diff(layer, axis=1)[:, 0] for layer in layers]).astype(float)
    gaps = np.concatenate([_gaps(layer, length) for layer in layers]).astype(float)
    room = np.maximum(gaps[None, :] - units[:, None] + 1, 0).sum(axis=1)
    own = (len(units) - 1) / 3 * (2 * units**3 - 3 * units**2 + units)
    size = len(layers) * float(length)
    below = size * (size - 1) - float((units * (units - 1)).sum())
    return float(2 / length * (own + units**2 * room).sum() / below) if below > 0 else 0.0


def _gaps(layer: Ints, length: int) -> Ints:
    edges = np.concatenate([[0], layer.ravel(), [length]]).reshape(-1, 2)
    gaps = np.diff(edges, axis=1)[:, 0]
    return np.asarray(gaps[gaps > 0])


def alpha_u_1995(
    layers: Sequence[Iterable[tuple[int, int]]], begin: int, end: int
) -> float | Undefined:
    """α_U of one category of one continuum; a layer is an annotator's units, none overlapping."""
    sums = disagreement(
        [np.array(sorted(layer)).reshape(-1, 2) - begin for layer in layers], end - begin
    )
    if len(layers) < 2:
        return Undefined("single_annotator")
    value = float(formula(sums))
    reason = sums.why(value, "")
    return value if reason is None else Undefined(reason)


def disagreement(layers: Sequence[Ints], length: int) -> Disagreement:
    """Both disagreements of one category of one continuum."""
    units = sum(len(layer) for layer in layers)
    if not units or len(layers) < 2:
        return Disagreement(np.float64(0), np.float64(0), np.float64(units))  # type: ignore[arg-type]
    parts = (observed(layers, length), expected(layers, length), units)
    return Disagreement(*(np.float64(part) for part in parts))  # type: ignore[arg-type]


def slots(corpus: Corpus) -> dict[Slot, Disagreement]:
    """Disagreements with one entry for each article, by tag and over tags."""
    layers = unions(corpus)
    groups: dict[tuple[str, ...], tuple[int, ...]] = {
        names(corpus, pair): pair for pair in corpus.pairs
    }
    groups[corpus.annotators] = tuple(range(len(corpus.annotators)))
    made = {}
    for who, places in groups.items():
        by_tag = [_by_article(corpus, layers, tag, places) for tag in range(len(corpus.tags))]
        for tag, sums in zip(corpus.tags, by_tag, strict=True):
            made[Slot(tag, who)] = sums
        for sums in by_tag:
            whole = Slot(None, who)
            made[whole] = made[whole].plus(sums) if whole in made else sums
    return made


def _by_article(
    corpus: Corpus, layers: dict[tuple[int, int, int], Ints], tag: int, places: Sequence[int]
) -> Disagreement:
    found = []
    none = np.zeros((0, 2), dtype=np.int64)
    for article, length in enumerate(corpus.lengths.tolist()):
        here = [n for n in places if corpus.finished[article, n]]
        here = here if len(here) == len(places) or len(places) > 2 else []
        mine = [layers.get((article, n, tag), none) for n in here]
        one = disagreement(mine, length)
        found.append((one.observed, one.expected, one.units))
    return Disagreement(*np.array(found, dtype=float).reshape(-1, 3).T)
