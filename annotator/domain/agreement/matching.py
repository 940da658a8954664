"""Which passage of one annotator answers to which of another.

Two passages may answer to one another when their characters overlap enough: intersection over
union (IoU) of at least a threshold. Each passage answers to one at most, and the matching is the
best there is, not the first that a walk through the text finds: a greedy choice would depend on
the order of annotators.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from annotator.domain.agreement.assignment import assign
from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.sums import Floats, Ints


@dataclass(frozen=True, slots=True)
class Edges:
    """Passages of two annotators that may answer to one another: places in the corpus, their
    IoU, and how many passages each annotator has."""

    first: Ints
    second: Ints
    iou: Floats


def edges(
    corpus: Corpus, pair: tuple[int, int], *, threshold: float, labelled: bool = True
) -> Edges:
    """All pairs of passages with IoU ≥ threshold (> 0 for 0), of one tag if `labelled`."""
    a, b = corpus.mine[pair[0]], corpus.mine[pair[1]]
    shift = (corpus.axis + 1) * (corpus.tag if labelled else np.zeros_like(corpus.tag))
    b = b[np.argsort((corpus.start + shift)[b], kind="stable")]
    begins = (corpus.start + shift)[b]
    low = np.searchsorted(begins, (corpus.start + shift)[a] - _reach(corpus, a, b, threshold))
    high = np.searchsorted(begins, (corpus.end + shift)[a])
    many = np.maximum(high - low, 0)
    first = np.repeat(a, many)
    offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    second = b[np.repeat(low, many) + offset]
    shared = _shared(corpus, first, second)
    union = corpus.size[first] + corpus.size[second] - shared
    iou = shared / np.maximum(union, 1)
    good = (shared > 0) & (iou >= threshold - 1e-12)
    if labelled:
        # A window may reach back over the seam between the tags.
        good &= corpus.tag[first] == corpus.tag[second]
    return Edges(first[good], second[good], iou[good])


def _reach(corpus: Corpus, a: Ints, b: Ints, threshold: float) -> Ints:
    """How far before a passage of `a` one of `b` may begin and still overlap it enough."""
    hull = corpus.end - corpus.start
    longest = int(hull[b].max(initial=0))
    if threshold <= 0:
        return np.full(len(a), longest)
    split = b[corpus.split[b] > 0]
    near = np.ceil(hull[a] * (1 - threshold) / threshold).astype(np.int64)
    near = np.maximum(near, int(hull[split].max(initial=0)))
    return np.where(corpus.split[a] > 0, longest, np.minimum(near, longest))


def _shared(corpus: Corpus, first: Ints, second: Ints) -> Ints:
    """How many characters two passages share."""
    start = np.maximum(corpus.start[first], corpus.start[second])
    end = np.minimum(corpus.end[first], corpus.end[second])
    shared: Ints = np.maximum(end - start, 0)
    split = (corpus.split[first] > 0) | (corpus.split[second] > 0)
    for place in np.flatnonzero(split & (shared > 0)):
        one, two = corpus.marks[first[place]], corpus.marks[second[place]]
        shared[place] = sum(
            max(0, min(e, f) - max(s, t)) for s, e in one.fragments for t, f in two.fragments
        )
    return shared


def matched(corpus: Corpus, found: Edges) -> Ints:
    """The passages of the first in a matching with as many pairs as can be (Hopcroft & Karp 1973).

    How many they are, in each article and of each tag, does not depend on the matching when only
    passages of one tag may answer to one another.
    """
    if not len(found.first):
        return found.first
    size = len(corpus.marks)
    ones = np.ones(len(found.first), np.int8)
    graph = csr_array((ones, (found.first, found.second)), shape=(size, size))
    partner = maximum_bipartite_matching(graph, perm_type="column")
    return np.flatnonzero(np.asarray(partner) >= 0)


def best(corpus: Corpus, found: Edges) -> tuple[Ints, Ints]:
    """The best one-to-one matching: passages of the first, and those of the second they answer to.

    Best is, in this order: the most matches; the most with one tag; the highest sum of IoU; those
    that were given first. It does not depend on who is first of the two, nor on names of tags.
    """
    same_tag = corpus.tag[found.first] == corpus.tag[found.second]

    def worth(pairs: Ints, row: Ints, column: Ints) -> Floats:
        most = min(row.max(), column.max()) + 1
        early = 1e-7 * (row + column) + 1e-10 * (row - column) ** 2
        score = (most + 2) ** 2 + (most + 2) * same_tag[pairs] + found.iou[pairs] - early
        return np.asarray(score)

    taken = assign(found.first, found.second, worth)
    return found.first[taken], found.second[taken]
