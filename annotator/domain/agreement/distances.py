"""Distances between sets of values, for items that may carry several tags at once."""

from collections.abc import Collection, Hashable


def jaccard(a: Collection[Hashable], b: Collection[Hashable]) -> float:
    """1 − |A ∩ B| / |A ∪ B| (Jaccard 1912); 0 for two empty sets."""
    first, second = set(a), set(b)
    either = len(first | second)
    return 1 - len(first & second) / either if either else 0.0


def masi(a: Collection[Hashable], b: Collection[Hashable]) -> float:
    """1 − J · M (Passonneau 2006, LREC, section 4): M is 1 for equal sets, 2/3 where one holds
    the other, 1/3 where they overlap, 0 where they share nothing."""
    first, second = set(a), set(b)
    if first == second:
        return 0.0
    if not first & second:
        return 1.0
    monotone = 2 / 3 if first <= second or second <= first else 1 / 3
    return 1 - (1 - jaccard(first, second)) * monotone
