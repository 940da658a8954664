"""Light's κ: the mean of Cohen's κ over all pairs of annotators.

Light (1971), "Measures of response agreement for qualitative data", Psychological Bulletin 76.
"""

import numpy as np

from annotator.domain.agreement.cohen_kappa import pairs
from annotator.domain.agreement.ratings import Ratings, Tally, settle
from annotator.domain.agreement.sums import Floats, ratio
from annotator.domain.agreement.values import Undefined


def formula(tally: Tally) -> Floats:
    """κ_L = mean over pairs of (P_o − P_e) / (1 − P_e); none where one pair has none."""
    if tally.annotators < 2:
        return np.full(tally.items.shape, np.nan)
    observed, expected = pairs(tally)
    return np.asarray(ratio(observed - expected, 1 - expected).mean(axis=-1))


def light_kappa(ratings: Ratings) -> float | Undefined:
    """κ_L of any number of annotators; each pair over the items that both rated."""
    tally = ratings.tally()
    return settle(tally, formula(tally))
