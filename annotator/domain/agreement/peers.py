"""What other tools compute under similar names, to explain a number that somebody brings along.

None of it is offered as a metric here.
"""

from collections.abc import Iterable, Sequence

from annotator.domain.agreement.values import Undefined


def share_of_pairs(ious: Sequence[float], threshold: float) -> float | Undefined:
    """Label Studio's share of overlapping pairs whose IoU reaches a threshold."""
    if not ious:
        return Undefined("no_spans")
    return sum(iou >= threshold for iou in ious) / len(ious)


def label_studio_f1(pairs: Iterable[tuple[float, bool]], threshold: float) -> float | Undefined:
    """Label Studio's F1 at an IoU threshold, from (IoU, same label) of overlapping pairs.

    A wrong label counts as a false positive only, a small overlap as a false negative only, so
    that it changes when the annotators change places.
    """
    known = list(pairs)
    right = sum(same and iou >= threshold for iou, same in known)
    positive = sum(not same and iou >= threshold for iou, same in known)
    negative = sum(same and iou < threshold for iou, same in known)
    if not right + positive + negative:
        return Undefined("no_spans")
    return 2 * right / (2 * right + positive + negative)
