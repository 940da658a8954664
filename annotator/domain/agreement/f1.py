"""F1 of two layers: what both found, against what each found.

F1 asks for no chance model, because what nobody marked cannot be counted: Hripcsak & Rothschild
(2005), "Agreement, the F-measure, and reliability in information retrieval", JAMIA 12. Over
articles, tags and pairs of annotators the counts are summed first (micro average).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.slots import Slot, names
from annotator.domain.agreement.sums import Floats, Ints, Sums, ratio
from annotator.domain.agreement.values import Undefined


@dataclass(frozen=True, slots=True)
class Found(Sums):
    """What both found, and what the first and the second found: [...]."""

    both: Floats
    first: Floats
    second: Floats

    def why(self, value: float, needs: str) -> str | None:
        """F1 is undefined only where nobody found anything."""
        return "no_spans" if math.isnan(value) else None

    def counts(self) -> dict[str, float]:
        """The three counts."""
        return {name: float(getattr(self, name)) for name in ("both", "first", "second")}


#: What a pair of annotators both found, and what each did: [tags, articles] each, or
#: [1, articles] from a counter that does not look at tags.
Count = Callable[[Corpus, tuple[int, int]], Found]


def formula(found: Found) -> Floats:
    """F1 = 2 · both / (first + second)."""
    return ratio(2 * found.both, found.first + found.second)


def slots(corpus: Corpus, count: Count, *, by_tag: bool = True) -> dict[Slot, Found]:
    """The counts of every pair, and of all pairs together, by tag and over all tags."""
    made: dict[Slot, Found] = {}
    for pair in corpus.pairs:
        counted = count(corpus, pair)
        made[Slot(None, names(corpus, pair))] = counted.total()
        for place, tag in enumerate(corpus.tags if by_tag else ()):
            made[Slot(tag, names(corpus, pair))] = counted.pick(place)
    if len(corpus.annotators) > 2:
        for slot, found in list(made.items()):
            whole = Slot(slot.tag, corpus.annotators)
            made[whole] = made[whole].plus(found) if whole in made else found
    return made


def count_marks(corpus: Corpus, both: Ints, pair: tuple[int, int], *, by_tag: bool = True) -> Found:
    """Found, from the passages of the first that the second has too (repeated ones repeated)."""
    here = corpus.both(pair)
    first, second = (_cells(corpus, corpus.mine[who], by_tag) * here for who in pair)
    return Found(_cells(corpus, both, by_tag), first, second)


def _cells(corpus: Corpus, marks: Ints, by_tag: bool) -> Floats:
    shape = (max(len(corpus.tags), 1) if by_tag else 1, len(corpus.articles))
    cell = corpus.article[marks] + (corpus.tag[marks] * shape[1] if by_tag else 0)
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def of_two(corpus: Corpus, count: Count) -> float | Undefined:
    """F1 of the two annotators of a corpus."""
    if not corpus.pairs:
        return Undefined("no_common_articles")
    found = count(corpus, corpus.pairs[0]).total().total()
    value = float(formula(found))
    reason = found.why(value, "")
    return value if reason is None else Undefined(reason)
