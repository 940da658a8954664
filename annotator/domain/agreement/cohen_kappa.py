"""Cohen's κ: chance keeps each annotator's own habits.

Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological
Measurement 20, eq. 1; weighted: Cohen (1968), Psychological Bulletin 70, eq. 3; standard error:
Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, eq. 13.
"""

import math
from collections.abc import Callable

import numpy as np

from annotator.domain.agreement.ratings import Ratings, Tally, Value, corrected, settle
from annotator.domain.agreement.sums import Floats, ratio
from annotator.domain.agreement.values import Undefined


def pairs(tally: Tally) -> tuple[Floats, Floats]:
    """P_o and P_e of each pair of annotators: [..., p] each."""
    total = tally.tables.sum(axis=(-1, -2))
    observed = ratio(np.trace(tally.tables, axis1=-2, axis2=-1), total)
    rows = ratio(tally.tables.sum(axis=-1), total[..., None])
    columns = ratio(tally.tables.sum(axis=-2), total[..., None])
    return observed, (rows * columns).sum(axis=-1)


def formula(tally: Tally) -> Floats:
    """κ = (P_o − P_e) / (1 − P_e), P_e = Σ_c p_1c p_2c, of the first pair of annotators."""
    if tally.annotators != 2:
        return np.full(tally.items.shape, np.nan)
    observed, expected = pairs(tally)
    return corrected(observed[..., 0], expected[..., 0], tally)


def cohen_kappa(ratings: Ratings) -> float | Undefined:
    """κ of two annotators; items that one of them did not rate are left out."""
    tally = ratings.tally()
    return settle(tally, formula(tally), needs="two")


def weighted_kappa(
    ratings: Ratings, distance: Callable[[Value, Value], float]
) -> float | Undefined:
    """κ_w = 1 − Σ v_ck p_ck / Σ v_ck p_c. p_.k for disagreement weights v (0 where equal)."""
    tally = ratings.tally()
    if tally.annotators != 2:
        return settle(tally, np.float64(np.nan), needs="two")  # type: ignore[arg-type]
    table = tally.tables[0]
    weights = np.array([[distance(c, k) for k in tally.values] for c in tally.values], float)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0))
    value = 1 - ratio((weights * table).sum() * table.sum(), (weights * expected).sum())
    return settle(tally, value, needs="two")


def cohen_kappa_se(ratings: Ratings) -> float | Undefined:
    """The large-sample standard error of κ (for an interval, not for a test of κ = 0)."""
    tally = ratings.tally()
    kappa = cohen_kappa(ratings)
    if isinstance(kappa, Undefined):
        return kappa
    n = float(tally.tables[0].sum())
    p = tally.tables[0] / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    expected = float(rows @ columns)
    diagonal = np.diag(p) * (1 - (rows + columns) * (1 - kappa)) ** 2
    off = p * (columns[:, None] + rows[None, :]) ** 2
    a = float(diagonal.sum())
    b = (1 - kappa) ** 2 * float(off.sum() - np.trace(off))
    c = (kappa - expected * (1 - kappa)) ** 2
    return math.sqrt(max(a + b - c, 0.0) / n) / (1 - expected)
