"""Percent agreement: not corrected for chance, and shown only beside what is."""

from annotator.domain.agreement.ratings import Ratings, Tally, same, settle
from annotator.domain.agreement.sums import Floats
from annotator.domain.agreement.values import Undefined


def formula(tally: Tally) -> Floats:
    """P_o = mean over items of the share of agreeing pairs of ratings (Fleiss 1971, eq. 2–3)."""
    return same(tally)


def percent_agreement(ratings: Ratings) -> float | Undefined:
    """Observed agreement of any number of annotators, from 0 to 1."""
    tally = ratings.tally()
    return settle(tally, formula(tally))
