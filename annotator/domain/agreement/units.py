"""Units of a continuum: the pieces of text that an annotator gave one tag, overlaps made one."""

import numpy as np

from annotator.domain.agreement.corpus import Corpus
from annotator.domain.agreement.sums import Ints


def unions(corpus: Corpus) -> dict[tuple[int, int, int], Ints]:
    """(article, annotator, tag) → [units, 2] in code points of the article, in order.

    Pieces that overlap are one unit; pieces that only touch stay two.
    """
    mark, start, end = corpus.pieces
    order = np.lexsort((end, start, corpus.tag[mark], corpus.annotator[mark], corpus.article[mark]))
    made: dict[tuple[int, int, int], list[list[int]]] = {}
    for place in order.tolist():
        n = mark[place]
        base = corpus.starts[corpus.article[n]]
        key = (int(corpus.article[n]), int(corpus.annotator[n]), int(corpus.tag[n]))
        units = made.setdefault(key, [])
        begin, stop = int(start[place] - base), int(end[place] - base)
        if units and begin < units[-1][1]:
            units[-1][1] = max(units[-1][1], stop)
        else:
            units.append([begin, stop])
    return {key: np.array(units, dtype=np.int64) for key, units in made.items()}
