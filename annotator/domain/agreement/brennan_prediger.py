"""Brennan & Prediger's coefficient where ratings may be missing.

Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., section 2.4 and eq. 3.14: P_o over items
with two or more ratings, P_e = 1/q.
"""

from annotator.domain.agreement.bennett_s import formula as formula
from annotator.domain.agreement.ratings import Ratings, settle
from annotator.domain.agreement.values import Undefined


def brennan_prediger(ratings: Ratings) -> float | Undefined:
    """The coefficient of any number of annotators, missing ratings allowed."""
    tally = ratings.tally()
    return settle(tally, formula(tally))
