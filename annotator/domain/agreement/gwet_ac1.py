"""Gwet's AC1: chance agreement is what is left to guess, so rare categories do not ruin it.

Gwet (2008), "Computing inter-rater reliability and its variance in the presence of high
agreement", British Journal of Mathematical and Statistical Psychology 61, eq. 5; any number of
annotators with missing ratings: Gwet (2014), Handbook, 4th ed., section 2.4.
"""

from annotator.domain.agreement.ratings import Ratings, Tally, corrected, prevalence, same, settle
from annotator.domain.agreement.sums import Floats
from annotator.domain.agreement.values import Undefined


def formula(tally: Tally) -> Floats:
    """AC1 = (P_o − P_e) / (1 − P_e), P_e = Σ_c p_c (1 − p_c) / (q − 1)."""
    share = prevalence(tally)
    q = share.shape[-1]
    return corrected(same(tally), (share * (1 - share)).sum(axis=-1) / max(q - 1, 1), tally)


def gwet_ac1(ratings: Ratings) -> float | Undefined:
    """AC1 of any number of annotators, missing ratings allowed."""
    tally = ratings.tally()
    return settle(tally, formula(tally))
