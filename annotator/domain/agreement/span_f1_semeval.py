"""F1 as SemEval-2013 task 9.1 scores it: credit for half-right passages.

Segura-Bedmar, Martínez & Herrero-Zazo (2013), section 4. Every passage of the first layer answers
to one of the second at most: best the same place and tag, then the same place, then any overlap.

strict  place and tag     exact  place, whatever the tag
type    the tag, at any overlap     partial  any overlap is half right, whatever the tag
"""

from collections.abc import Iterable

import numpy as np
from scipy.optimize import linear_sum_assignment

from annotator.domain.agreement.corpus import between
from annotator.domain.agreement.matching import edges
from annotator.domain.agreement.values import Mark, Undefined

SCHEMES = ("strict", "exact", "partial", "type")


def span_f1_semeval(
    first: Iterable[Mark], second: Iterable[Mark], scheme: str
) -> float | Undefined:
    """F1 = 2 (right + half-right / 2) / (|A| + |B|) of two layers of one article.

    ValueError for a scheme that is none of SCHEMES.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"no such scheme: {scheme}; there are {', '.join(SCHEMES)}")
    corpus = between(first, second)
    if not corpus.marks:
        return Undefined("no_spans")
    found = edges(corpus, (0, 1), threshold=0.0, labelled=False)
    a, b = found.first, found.second
    place = (
        (corpus.start[a] == corpus.start[b])
        & (corpus.end[a] == corpus.end[b])
        & (corpus.split[a] == corpus.split[b])
    )
    tag = corpus.tag[a] == corpus.tag[b]
    credit = {
        "strict": place & tag,
        "exact": place,
        "partial": np.where(place, 1.0, 0.5),
        "type": tag,
    }[scheme].astype(float)
    rank = np.zeros((len(corpus.marks), len(corpus.marks)))
    earned = np.zeros_like(rank)
    rank[a, b] = 1 + 10 * tag + 100 * place
    earned[a, b] = credit
    rows, columns = linear_sum_assignment(rank, maximize=True)
    return float(2 * earned[rows, columns].sum() / len(corpus.marks))
