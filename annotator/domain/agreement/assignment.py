"""The best one-to-one matching of two sets, when only some pairs are possible.

Pairs that share nobody, over any number of steps, do not disturb one another; so the problem falls
into parts, nearly all of them one pair, and only the rest needs the Hungarian method (Kuhn 1955;
solved as by Crouse 2016).
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from annotator.domain.agreement.sums import Floats, Ints

#: Says what pairs of one part are worth, all above 0: from their places in the list of pairs, and
#: the rank of either side within the part.
Worth = Callable[[Ints, Ints, Ints], Floats]


def assign(first: Ints, second: Ints, worth: Worth) -> Ints:
    """The pairs to take, as places in the list: each first and each second once at most, worth the
    most together. `first` and `second` number the sides of every possible pair."""
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    size = int(first.max()) + 1
    whole = size + int(second.max()) + 1
    ones = np.ones(len(first), np.int8)
    graph = csr_array((ones, (first, second + size)), shape=(whole, whole))
    _, label = connected_components(graph, directed=False)
    part = label[first]
    alone = np.bincount(part)[part] == 1
    rest = np.flatnonzero(~alone)
    rest = rest[np.argsort(part[rest], kind="stable")]
    cuts = np.flatnonzero(np.diff(part[rest])) + 1
    taken = [np.flatnonzero(alone)]
    taken += [_solve(first, second, worth, pairs) for pairs in np.split(rest, cuts) if len(pairs)]
    return np.sort(np.concatenate(taken))


def _solve(first: Ints, second: Ints, worth: Worth, pairs: Ints) -> Ints:
    rows, row = np.unique(first[pairs], return_inverse=True)
    columns, column = np.unique(second[pairs], return_inverse=True)
    table = np.zeros((len(rows), len(columns)))
    place = np.full(table.shape, -1)
    table[row, column] = worth(pairs, row, column)
    place[row, column] = pairs
    one, two = linear_sum_assignment(table, maximize=True)
    chosen: Ints = place[one, two]
    return chosen[chosen >= 0]
