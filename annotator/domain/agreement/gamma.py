"""γ: how well annotators' passages can be aligned, against shuffled ones.

Mathet, Widlöcher & Métivier (2015), "The unified and holistic method gamma (γ) for inter-annotator
agreement measure and alignment", Computational Linguistics 41, sections 4 and 5. Passages may
overlap and nest; position and tag are judged at once. An alignment puts every passage of every
annotator into one tuple with at most one passage of each; the best one costs least.

d(u, v) = α ((|Δstart| + |Δend|) / (len u + len v))² Δ∅ + β Δ∅ [tags differ],  d(u, ∅) = Δ∅
disorder = Σ over tuples of the mean of d over pairs of annotators / mean number of passages
γ = 1 − disorder / mean disorder of shuffled annotations

For two annotators the best alignment is an assignment problem; for more it is a set partition,
solved exactly, and refused when too many tuples are possible. Chance: as in section 5.2 a sample
gives each annotator the passages of one drawn at random, moved around the text by a random shift,
shifts being apart by at least half a mean passage. γ names α, β, Δ∅, sampler, samples and seed.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from annotator.domain.agreement.assignment import assign
from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.slots import Slot, names
from annotator.domain.agreement.sums import Floats, Ints, Sums, ratio
from annotator.domain.agreement.values import Undefined

SAMPLES = 30
#: More possible tuples than this are not tried: the exact answer would take minutes.
MOST_TUPLES = 200_000
#: Of alignments that cost the same, the one with the fewest tuples is taken: each costs this more.
TIE = 1e-7

#: A layer: one annotator's passages as rows of start, end, and a number for the tag.
Layer = Ints
#: A tuple of an alignment: the place of the passage in each layer, −1 for none.
Tuples = Ints


@dataclass(frozen=True, slots=True)
class Weights:
    """The parameters of the dissimilarity; the paper's defaults."""

    alpha: float = 1.0
    beta: float = 1.0
    empty: float = 1.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """The best alignment: its tuples [n, annotators], their total cost, and the disorder."""

    tuples: Tuples
    cost: float
    disorder: float


def distances(a: Layer, b: Layer, weights: Weights) -> tuple[Floats, Floats]:
    """Positional and categorical parts of d(u, v), already weighted: [len(a), len(b)] each."""
    return _parts(a.T[:, :, None], b.T[:, None, :], weights)


def _parts(u: Ints, v: Ints, weights: Weights) -> tuple[Floats, Floats]:
    apart = np.abs(u[0] - v[0]) + np.abs(u[1] - v[1])
    size = u[1] - u[0] + v[1] - v[0]
    position = weights.alpha * (apart / np.maximum(size, 1)) ** 2 * weights.empty
    return position, weights.beta * weights.empty * (u[2] != v[2])


def best_alignment(layers: Sequence[Layer], weights: Weights = Weights()) -> Alignment | Undefined:
    """The alignment of least cost; Undefined("too_large") when it cannot be searched."""
    count = sum(len(layer) for layer in layers)
    if len(layers) < 2:
        return Undefined("single_annotator")
    if not count:
        return Undefined("no_spans")
    found = _two(layers, weights) if len(layers) == 2 else _many(layers, weights)
    if found is None:
        return Undefined("too_large")
    tuples, cost = found
    return Alignment(tuples, cost, cost / (count / len(layers)))


# -------------------------------------------------------------------------------- two annotators


def _two(layers: Sequence[Layer], weights: Weights) -> tuple[Tuples, float]:
    """Put together what gains most against leaving both alone."""
    a, b = layers
    row, column = _near(a, b, weights)
    position, tags = _parts(a[row].T, b[column].T, weights)
    gain = 2 * weights.empty - position - tags
    good = gain > -TIE
    row, column, gain = row[good], column[good], gain[good]
    taken = assign(row, column, lambda pairs, _row, _column: gain[pairs] + 2 * TIE)
    partner = np.full(len(a), -1)
    partner[row[taken]] = column[taken]
    cost = weights.empty * (len(a) + len(b)) - float(gain[taken].sum())
    rest = np.setdiff1d(np.arange(len(b)), column[taken])
    tuples = np.concatenate(
        [
            np.stack([np.arange(len(a)), partner], axis=1),
            np.stack([np.full(len(rest), -1), rest], axis=1),
        ]
    )
    return tuples, cost


def _near(a: Layer, b: Layer, weights: Weights) -> tuple[Ints, Ints]:
    """Pairs that may cost less than both alone: |Δstart| + |Δend| is at least twice the distance
    of the middles, and must not exceed √(2/α) (len u + len v)."""
    order = np.argsort(b[:, 0] + b[:, 1], kind="stable")
    middle = (b[:, 0] + b[:, 1])[order]
    length = a[:, 1] - a[:, 0] + (b[:, 1] - b[:, 0]).max(initial=0)
    reach = np.full(len(a), np.inf)
    if weights.alpha > 0:
        reach = math.sqrt(2 / weights.alpha) * length + 1
    low = np.searchsorted(middle, a[:, 0] + a[:, 1] - reach)
    high = np.searchsorted(middle, a[:, 0] + a[:, 1] + reach, side="right")
    many = high - low
    row = np.repeat(np.arange(len(a)), many)
    step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return row, order[np.repeat(low, many) + step]


# --------------------------------------------------------------------------- three or more


def _many(layers: Sequence[Layer], weights: Weights) -> tuple[Tuples, float] | None:
    """Choose, among tuples that beat leaving their passages alone, a partition of least cost."""
    found = _candidates(layers, weights)
    if found is None:
        return None
    tuples, costs = found
    starts = np.concatenate([[0], np.cumsum([len(layer) for layer in layers])])
    place, member = np.nonzero(tuples >= 0)
    unit = tuples[place, member] + starts[member]
    chosen = np.zeros(len(tuples), dtype=bool)
    cover = coo_array((np.ones(len(unit)), (unit, place)), shape=(starts[-1], len(tuples))).tocsc()
    _, label = connected_components(cover @ cover.T, directed=False)
    of_tuple = label[unit[np.searchsorted(place, np.arange(len(tuples)))]]
    for one in range(label.max() + 1):
        inside = np.flatnonzero(of_tuple == one)
        chosen[inside[_partition(cover[:, inside], costs[inside])]] = True
    return tuples[chosen], float(costs[chosen].sum())


def _partition(cover: Any, costs: Floats) -> Ints:
    if len(costs) == 1:
        return np.array([0])
    rows = np.flatnonzero(np.diff(cover.tocsr().indptr))
    done = milp(
        1000 * (costs + TIE),
        integrality=np.ones(len(costs)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(cover.tocsr()[rows], 1, 1),
        options={"mip_rel_gap": 0},
    )
    if not done.success:
        raise ArithmeticError(f"no best alignment was found: {done.message}")
    return np.flatnonzero(done.x > 0.5)


def _candidates(layers: Sequence[Layer], weights: Weights) -> tuple[Tuples, Floats] | None:
    """Tuples whose cost is below that of their passages left alone, and the single ones."""
    m = len(layers)
    pairs = m * (m - 1) / 2
    between = {
        (i, j): sum(distances(layers[i], layers[j], weights), np.zeros(()))
        for i in range(m)
        for j in range(i + 1, m)
    }
    tuples, costs = np.full((1, 0), -1), np.zeros(1)
    for j, layer in enumerate(layers):
        n = len(layer)
        choice = np.concatenate([[-1], np.arange(n)])
        old = np.repeat(np.arange(len(tuples)), n + 1)
        new = np.tile(choice, len(tuples))
        if len(old) > 50 * MOST_TUPLES:
            return None
        added = np.zeros(len(old))
        for i in range(j):
            mine = tuples[old, i]
            both = (mine >= 0) & (new >= 0)
            added[both] += between[i, j][mine[both], new[both]]
            added[~both] += weights.empty
        units = (tuples >= 0).sum(axis=1)[old] + (new >= 0)
        total = costs[old] + added
        kept = _may_win(total, units, j + 1, m, weights)
        tuples = np.concatenate([tuples[old[kept]], new[kept][:, None]], axis=1)
        costs = total[kept]
        if len(tuples) > MOST_TUPLES:
            return None
    real = (tuples >= 0).any(axis=1)
    return tuples[real], costs[real] / pairs


def _may_win(total: Floats, units: Ints, done: int, m: int, weights: Weights) -> Any:
    """Whether a tuple, of which `done` annotators are chosen, may still cost less than its
    passages alone: k passages alone cost k Δ∅ on the mean of all pairs."""
    pairs = m * (m - 1) / 2
    most = (units + (m - done)) * weights.empty * pairs
    if done == m:
        return (units <= 1) | (total <= units * weights.empty * pairs + TIE)
    return total <= most + TIE


# ------------------------------------------------------------------------------------ chance


def shuffled(
    layers: Sequence[Layer], bounds: tuple[int, int], chance: np.random.Generator
) -> list[Layer]:
    """A sample: for each annotator the passages of a random one, shifted around the continuum."""
    begin, end = bounds
    lengths = np.concatenate([layer[:, 1] - layer[:, 0] for layer in layers])
    apart = float(lengths.mean()) / 2
    full = [layer for layer in layers if len(layer)]
    while True:
        free = [(float(begin), float(end))]
        sample = []
        for _ in layers:
            shift, free = _shift(free, (begin, end), apart, chance)
            source = (
                layers[int(chance.integers(len(layers)))]
                if len(full) < len(layers)
                else full[int(chance.integers(len(full)))]
            )
            sample.append(_around(source, shift, begin, end))
        if any(len(layer) for layer in sample):
            return sample


def _shift(
    free: list[tuple[float, float]],
    bounds: tuple[int, int],
    apart: float,
    chance: np.random.Generator,
) -> tuple[int, list[tuple[float, float]]]:
    places = free or [(float(bounds[0]), float(bounds[1]))]
    sizes = np.array([end - begin for begin, end in places])
    begin, end = places[int(chance.choice(len(places), p=sizes / sizes.sum()))]
    shift = int(chance.uniform(begin, end))
    left = [
        part
        for one, other in free
        for part in ((one, min(other, shift - apart)), (max(one, shift + apart), other))
        if part[0] < part[1]
    ]
    return shift, left


def _around(layer: Layer, shift: int, begin: int, end: int) -> Layer:
    moved = layer.copy()
    moved[:, :2] += shift - begin
    beyond = moved[:, 0] >= end
    moved[beyond, :2] -= end - begin
    return moved


# --------------------------------------------------------------------------------------- γ


@dataclass(frozen=True, slots=True)
class Costs(Sums):
    """Disorder times mean number of passages, observed and expected; and the passages: [...].

    `refused` counts articles that were too large.
    """

    observed: Floats
    expected: Floats
    units: Floats
    refused: Floats

    def why(self, value: float, needs: str) -> str | None:
        """Undefined without passages, or where the search was refused."""
        if self.refused > 0:
            return "too_large"
        if not self.units > 0:
            return "no_spans"
        return "no_variation" if math.isnan(value) else None

    def counts(self) -> dict[str, float]:
        """The sums."""
        return {name: float(getattr(self, name)) for name in ("observed", "expected", "units")}


def formula(costs: Costs) -> Floats:
    """γ = 1 − observed / expected."""
    return 1 - ratio(costs.observed, costs.expected)


def expected_disorder(
    layers: Sequence[Layer],
    bounds: tuple[int, int],
    weights: Weights,
    *,
    samples: int,
    chance: np.random.Generator,
) -> float | Undefined:
    """The mean disorder of shuffled annotations."""
    disorders = []
    for _ in range(samples):
        found = best_alignment(shuffled(layers, bounds, chance), weights)
        if isinstance(found, Undefined):
            return found
        disorders.append(found.disorder)
    return float(np.mean(disorders))


def gamma(
    layers: Sequence[Iterable[tuple[int, int, Any]]],
    *,
    bounds: tuple[int, int] | None = None,
    weights: Weights = Weights(),
    samples: int = SAMPLES,
    seed: int = 0,
) -> float | Undefined:
    """γ of one continuum; a layer is an annotator's passages (start, end, tag).

    `bounds` are those of the continuum; without them, of all passages.
    """
    coded = coded_layers(layers)
    observed = best_alignment(coded, weights)
    if isinstance(observed, Undefined):
        return observed
    limits = bounds or hull(coded)
    chance = np.random.default_rng(seed)
    expected = expected_disorder(coded, limits, weights, samples=samples, chance=chance)
    if isinstance(expected, Undefined):
        return expected
    return 1 - observed.disorder / expected if expected > 0 else Undefined("no_variation")


def gamma_cat(
    layers: Sequence[Iterable[tuple[int, int, Any]]],
    *,
    bounds: tuple[int, int] | None = None,
    weights: Weights = Weights(),
    samples: int = SAMPLES,
    seed: int = 0,
    unaligned: bool = False,
) -> float | Undefined:
    """γ-cat: tags alone, on the best alignment (Mathet 2017, "The agreement measure γcat",
    Computational Linguistics 43, section 4.2).

    `unaligned` counts passages that answer to none as full disagreement, as pygamma-agreement
    does; the paper leaves them out.
    """
    coded = coded_layers(layers)
    observed = _tag_disorder(coded, weights, unaligned=unaligned)
    limits = bounds or (hull(coded) if any(len(layer) for layer in coded) else (0, 0))
    if isinstance(observed, Undefined):
        return observed
    chance = np.random.default_rng(seed)
    drawn = [
        _tag_disorder(shuffled(coded, limits, chance), weights, unaligned=unaligned)
        for _ in range(samples)
    ]
    known = [one for one in drawn if not isinstance(one, Undefined)]
    if not known or not sum(known) > 0:
        return Undefined("no_variation")
    return 1 - observed / float(np.mean(known))


def _tag_disorder(
    layers: Sequence[Layer], weights: Weights, *, unaligned: bool = False
) -> float | Undefined:
    """Σ w d_cat / Σ w over aligned pairs; w = max(0, 1 − d_pos) / (passages in the tuple − 1)."""
    found = best_alignment(layers, weights)
    if isinstance(found, Undefined):
        return found
    disorder = weight = 0.0
    size = np.maximum((found.tuples >= 0).sum(axis=1) - 1, 1)
    for i in range(len(layers)):
        for j in range(i + 1, len(layers)):
            here = found.tuples[:, [i, j]] >= 0
            both = np.flatnonzero(here.all(axis=1))
            alone = int((here.any(axis=1) & ~here.all(axis=1)).sum()) if unaligned else 0
            a, b = layers[i][found.tuples[both, i]], layers[j][found.tuples[both, j]]
            position, tags = distances(a, b, Weights(weights.alpha, 1.0, weights.empty))
            sure = np.maximum(0, 1 - np.diagonal(position)) / size[both]
            disorder += float((sure * np.diagonal(tags)).sum()) + alone * weights.empty**2
            weight += float(sure.sum()) + alone * weights.empty
    return disorder / weight if weight > 0 else Undefined("no_matched_pairs")


def coded_layers(layers: Sequence[Iterable[tuple[int, int, Any]]]) -> list[Layer]:
    """Layers as arrays, tags as numbers; sorted by place, so that the given order means nothing.

    ValueError for a passage that is empty or runs backwards.
    """
    lists = [list(layer) for layer in layers]
    if any(start >= end for layer in lists for start, end, _ in layer):
        raise ValueError("a passage needs start < end")
    code: dict[Any, int] = {}
    for unit in sorted((u for layer in lists for u in layer), key=lambda u: (u[0], u[1])):
        code.setdefault(unit[2], len(code))
    rows = [sorted((int(s), int(e), code[tag]) for s, e, tag in layer) for layer in lists]
    rows.sort(key=_shape)
    return [np.array(one, dtype=np.int64).reshape(-1, 3) for one in rows]


def _shape(layer: list[tuple[int, int, int]]) -> Any:
    """What a layer looks like when its tags have no names."""
    seen: dict[int, int] = {}
    return [place[:2] for place in layer], [seen.setdefault(u[2], len(seen)) for u in layer]


def hull(layers: Sequence[Layer]) -> tuple[int, int]:
    """From the first start to the last end."""
    every = np.concatenate(list(layers))
    return int(every[:, 0].min()), int(every[:, 1].max())


# ------------------------------------------------------------------------------------ a corpus


def slots(
    corpus: Corpus,
    *,
    samples: int = SAMPLES,
    seed: int = 0,
    pairs: bool = True,
    weights: Weights = Weights(),
) -> dict[Slot, Costs]:
    """Costs with one entry for each article: each tag alone and all together, for all annotators
    and, if asked for, for every pair.

    A passage in pieces is judged by its hull. Every article and slot draws from its own seed, so
    that one number does not depend on which others were asked for.
    """
    groups: dict[tuple[str, ...], tuple[int, ...]] = {
        names(corpus, pair): pair for pair in (corpus.pairs if pairs else ())
    }
    groups[corpus.annotators] = tuple(range(len(corpus.annotators)))
    made = {}
    for who, places in groups.items():
        for tag in (None, *range(len(corpus.tags))):
            name = None if tag is None else corpus.tags[tag]
            costs = [
                _article(corpus, article, tag, places, (weights, samples, seed))
                for article in range(len(corpus.articles))
            ]
            made[Slot(name, who)] = Costs(*np.array(costs, dtype=float).reshape(-1, 4).T)
    return made


def _article(
    corpus: Corpus,
    article: int,
    tag: int | None,
    places: Sequence[int],
    how: tuple[Weights, int, int],
) -> tuple[float, float, float, float]:
    here = [n for n in places if corpus.finished[article, n]]
    if len(here) < min(len(places), 2):
        return (0.0, 0.0, 0.0, 0.0)
    chosen = corpus.article == article
    if tag is not None:
        chosen &= corpus.tag == tag
    base = int(corpus.starts[article])
    table = np.stack([corpus.start - base, corpus.end - base, corpus.tag], axis=1)
    layers = [table[chosen & (corpus.annotator == n)] for n in here]
    rows = coded_layers([[(int(s), int(e), int(t)) for s, e, t in layer] for layer in layers])
    units = sum(len(layer) for layer in rows)
    if not units:
        return (0.0, 0.0, 0.0, 0.0)
    weights, samples, seed = how
    found = best_alignment(rows, weights)
    chance = np.random.default_rng([seed, article])
    bounds = (0, int(corpus.lengths[article]))
    drawn = expected_disorder(rows, bounds, weights, samples=samples, chance=chance)
    if isinstance(found, Undefined) or isinstance(drawn, Undefined):
        return (0.0, 0.0, float(units), 1.0)
    mean = units / len(rows)
    return (found.cost, drawn * mean, float(units), 0.0)
