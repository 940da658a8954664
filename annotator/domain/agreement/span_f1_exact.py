"""F1 on exact passages: the same characters and the same tag, or nothing.

F1 = 2 |A ∩ B| / (|A| + |B|) on multisets of (fragments, tag): Hripcsak & Rothschild (2005), eq. 1;
the strict measure of CoNLL-2003 (Tjong Kim Sang & De Meulder).
"""

from collections.abc import Iterable

import numpy as np

from annotator.domain.agreement import f1
from annotator.domain.agreement.corpus import Corpus, between
from annotator.domain.agreement.slots import Slot
from annotator.domain.agreement.sums import Ints
from annotator.domain.agreement.values import Mark, Undefined

formula = f1.formula


def slots(corpus: Corpus) -> dict[Slot, f1.Found]:
    """Passages with the same fragments and tag, by pair and tag."""
    return f1.slots(corpus, count)


def slots_unlabelled(corpus: Corpus) -> dict[Slot, f1.Found]:
    """Passages with the same fragments, whatever their tags."""
    return f1.slots(corpus, count_unlabelled, by_tag=False)


def count(corpus: Corpus, pair: tuple[int, int]) -> f1.Found:
    """What both marked with one tag: [tags, articles]."""
    return f1.count_marks(corpus, _common(corpus, pair, corpus.tag), pair)


def count_unlabelled(corpus: Corpus, pair: tuple[int, int]) -> f1.Found:
    """What both marked: [1, articles]."""
    both = _common(corpus, pair, np.zeros_like(corpus.tag))
    return f1.count_marks(corpus, both, pair, by_tag=False)


def _common(corpus: Corpus, pair: tuple[int, int], tag: Ints) -> Ints:
    """The passages of the first that the second has too, as often as both have them."""
    a, b = corpus.mine[pair[0]], corpus.mine[pair[1]]
    both = np.concatenate([a, b])
    place = np.lexsort((both, tag[both], corpus.split[both], corpus.end[both], corpus.start[both]))
    ordered = both[place]
    parts = (corpus.start, corpus.end, corpus.split, tag)
    new = np.ones(len(ordered), dtype=bool)
    if len(ordered):
        new[1:] = np.any([part[ordered][1:] != part[ordered][:-1] for part in parts], axis=0)
    group = np.cumsum(new) - 1
    mine = place < len(a)
    theirs = np.bincount(group[~mine], minlength=group[-1] + 1 if len(group) else 0)
    nth = np.cumsum(mine) - 1
    first_of_group = np.zeros(len(theirs), dtype=np.int64)
    first_of_group[group[new]] = np.where(mine, nth, nth + 1)[new]
    kept = mine & (nth - first_of_group[group] < theirs[group])
    return np.asarray(ordered[kept])


def span_f1_exact(
    first: Iterable[Mark], second: Iterable[Mark], *, labelled: bool = True
) -> float | Undefined:
    """F1 of two layers of one article."""
    return f1.of_two(between(first, second), count if labelled else count_unlabelled)
