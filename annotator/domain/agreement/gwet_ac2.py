"""Gwet's AC2: AC1 for scales, where a near miss is half an agreement.

Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., section 3.5, with the weights of its
table 3.6.
"""

from typing import cast

import numpy as np

from annotator.domain.agreement.ratings import (
    Ratings,
    Tally,
    corrected,
    number,
    prevalence,
    same,
    settle,
)
from annotator.domain.agreement.sums import Floats
from annotator.domain.agreement.values import Undefined

WEIGHTS = ("identity", "linear", "quadratic", "ordinal")


def weights(values: tuple[object, ...], kind: str) -> Floats:
    """Agreement weights [q, q], 1 where equal. ValueError for an unknown kind."""
    q = len(values)
    if kind == "identity" or q < 2:
        return np.eye(q)
    if kind == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(q), np.arange(q)))
        crossed = (steps + 1) * steps / 2
        return cast(Floats, 1 - crossed / crossed.max())
    size = np.array(values if all(number(v) for v in values) else range(q), float)
    apart = np.abs(np.subtract.outer(size, size)) / (size.max() - size.min())
    if kind == "linear":
        return cast(Floats, 1 - apart)
    if kind == "quadratic":
        return cast(Floats, 1 - apart**2)
    raise ValueError(f"no such weights: {kind}; there are {', '.join(WEIGHTS)}")


def formula(tally: Tally, kind: str = "ordinal") -> Floats:
    """AC2 = (P_o − P_e) / (1 − P_e), P_e = T_w Σ_c p_c (1 − p_c) / (q (q − 1)), T_w = Σ w_ck."""
    share = prevalence(tally)
    q = share.shape[-1]
    weight = weights(tally.values, kind)
    expected = weight.sum() * (share * (1 - share)).sum(axis=-1) / max(q * (q - 1), 1)
    return corrected(same(tally, weight), expected, tally)


def gwet_ac2(ratings: Ratings, kind: str = "ordinal") -> float | Undefined:
    """AC2 of any number of annotators; the weights are named with every value shown."""
    tally = ratings.tally()
    return settle(tally, formula(tally, kind))
