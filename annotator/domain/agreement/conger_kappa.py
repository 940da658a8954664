"""Conger's κ: Cohen's for more than two, each annotator with habits of their own.

Conger (1980), "Integration and generalization of kappas for multiple raters", Psychological
Bulletin 88; the same as Hubert (1977) and Davies & Fleiss (1982) for complete ratings.
"""

import numpy as np

from annotator.domain.agreement.cohen_kappa import pairs
from annotator.domain.agreement.ratings import Ratings, Tally, corrected, settle
from annotator.domain.agreement.sums import Floats
from annotator.domain.agreement.values import Undefined


def formula(tally: Tally) -> Floats:
    """κ = (P_o − P_e) / (1 − P_e), both averaged over the pairs of annotators."""
    if tally.annotators < 2:
        return np.full(tally.items.shape, np.nan)
    observed, expected = pairs(tally)
    return corrected(observed.mean(axis=-1), expected.mean(axis=-1), tally)


def conger_kappa(ratings: Ratings) -> float | Undefined:
    """κ of any number of annotators who all rated every item."""
    tally = ratings.tally()
    return settle(tally, formula(tally), needs="complete")
