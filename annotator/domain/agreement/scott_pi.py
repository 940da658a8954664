"""Scott's π: chance draws from one distribution that both annotators share.

Scott (1955), "Reliability of content analysis: the case of nominal scale coding", Public Opinion
Quarterly 19, p. 323.
"""

import numpy as np

from annotator.domain.agreement.ratings import Ratings, Tally, corrected, settle
from annotator.domain.agreement.sums import Floats, ratio
from annotator.domain.agreement.values import Undefined


def formula(tally: Tally) -> Floats:
    """π = (P_o − Σ_c p_c²) / (1 − Σ_c p_c²), p_c over the ratings of items that both rated."""
    pooled = tally.coincidences
    total = pooled.sum(axis=(-1, -2))
    share = ratio(pooled.sum(axis=-1), total[..., None])
    observed = ratio(np.trace(pooled, axis1=-2, axis2=-1), total)
    return corrected(observed, (share**2).sum(axis=-1), tally)


def scott_pi(ratings: Ratings) -> float | Undefined:
    """π of two annotators; items that one of them did not rate are left out."""
    tally = ratings.tally()
    return settle(tally, formula(tally), needs="two")
