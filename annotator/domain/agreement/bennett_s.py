"""S: chance is an even choice among the categories there are.

Bennett, Alpert & Goldstein (1954), "Communications through limited-response questioning"; for two
annotators the same as Brennan & Prediger's κ_n (1981, eq. 7), for more Randolph's free-marginal
κ (2005).
"""

import numpy as np

from annotator.domain.agreement.ratings import Ratings, Tally, corrected, same, settle
from annotator.domain.agreement.sums import Floats
from annotator.domain.agreement.values import Undefined


def formula(tally: Tally) -> Floats:
    """S = (P_o − 1/q) / (1 − 1/q), q categories."""
    q = max(tally.shares.shape[-1], 1)
    return corrected(same(tally), np.full(tally.items.shape, 1 / q), tally)


def bennett_s(ratings: Ratings) -> float | Undefined:
    """S of complete ratings; categories that nobody chose count when they were declared."""
    tally = ratings.tally()
    return settle(tally, formula(tally), needs="complete")
