"""F1 on passages that overlap enough: IoU ≥ 0.5, matched one to one as well as possible.

F1 = 2 M / (|A| + |B|), M the size of the largest matching of passages of one tag whose
intersection over union of characters (Jaccard 1912) reaches the threshold. Above 0.5, and without
overlaps inside a layer, only one matching is possible; otherwise a greedy one would depend on the
order, so the largest is found (Hopcroft & Karp 1973). With threshold 0 any common character will
do.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np

from annotator.domain.agreement import f1
from annotator.domain.agreement.corpus import Corpus, between
from annotator.domain.agreement.matching import edges, matched
from annotator.domain.agreement.slots import Slot
from annotator.domain.agreement.values import Mark, Undefined

formula = f1.formula


def count(
    corpus: Corpus, pair: tuple[int, int], *, threshold: float = 0.5, labelled: bool = True
) -> f1.Found:
    """What both marked: [tags, articles], or [1, articles] when the tag does not matter."""
    found = edges(corpus, pair, threshold=threshold, labelled=labelled)
    return f1.count_marks(corpus, matched(corpus, found), pair, by_tag=labelled)


def slots(corpus: Corpus) -> dict[Slot, f1.Found]:
    """IoU of at least a half and the same tag."""
    return f1.slots(corpus, count)


def slots_unlabelled(corpus: Corpus) -> dict[Slot, f1.Found]:
    """IoU of at least a half, whatever the tags."""
    return f1.slots(corpus, partial(count, labelled=False), by_tag=False)


def slots_overlap(corpus: Corpus) -> dict[Slot, f1.Found]:
    """At least one common character and the same tag."""
    return f1.slots(corpus, partial(count, threshold=0.0))


def span_f1_iou(
    first: Iterable[Mark], second: Iterable[Mark], *, threshold: float = 0.5, labelled: bool = True
) -> float | Undefined:
    """F1 of two layers of one article at an IoU threshold from 0 (any overlap) to 1."""
    if not 0 <= threshold <= 1 or np.isnan(threshold):
        raise ValueError("the threshold of IoU is from 0 to 1")
    counted = partial(count, threshold=threshold, labelled=labelled)
    return f1.of_two(between(first, second), counted)
