"""Fleiss' κ: chance draws from one distribution that all annotators share.

Fleiss (1971), "Measuring nominal scale agreement among many raters", Psychological Bulletin 76,
eq. 7, and eq. 13 for one category. With missing ratings: Gwet (2014), Handbook of Inter-Rater
Reliability, 4th ed., section 2.4, where an item's share of a category weighs 1 however many rated.
"""

import numpy as np

from annotator.domain.agreement.ratings import (
    Ratings,
    Tally,
    Value,
    corrected,
    prevalence,
    same,
    settle,
)
from annotator.domain.agreement.sums import Floats, ratio
from annotator.domain.agreement.values import Undefined


def formula(tally: Tally) -> Floats:
    """κ = (P_o − Σ_c p_c²) / (1 − Σ_c p_c²)."""
    return corrected(same(tally), (prevalence(tally) ** 2).sum(axis=-1), tally)


def fleiss_kappa(ratings: Ratings) -> float | Undefined:
    """κ of any number of annotators who all rated every item."""
    tally = ratings.tally()
    return settle(tally, formula(tally), needs="complete")


def fleiss_kappa_gwet(ratings: Ratings) -> float | Undefined:
    """κ with Gwet's treatment of missing ratings; of complete ratings it is Fleiss' own."""
    tally = ratings.tally()
    return settle(tally, formula(tally))


def fleiss_kappa_category(ratings: Ratings, category: Value) -> float | Undefined:
    """κ_c = 1 − Σ_u r_uc (r − r_uc) / (n r (r − 1) p_c (1 − p_c)): how well one category is told
    from the rest. Undefined for a category that nobody, or everybody always, chose."""
    tally = ratings.tally()
    if category not in tally.values:
        return Undefined("no_variation")
    place = tally.values.index(category)
    share = prevalence(tally)[place]
    met = tally.agreements[place]
    disagreed = (met.sum() - met[place]) / tally.agreements.sum() if tally.items > 0 else np.nan
    value = 1 - ratio(np.asarray(disagreed), np.asarray(share * (1 - share)))
    return settle(tally, value, needs="complete")
