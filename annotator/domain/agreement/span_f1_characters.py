"""F1 on characters (Dice 1945): how much of what either marked did both mark?

F1 = 2 |chars both| / (|A chars| + |B chars|), for each tag on the union of its passages. It is what
κ on characters comes to as unmarked text grows (Hripcsak & Rothschild 2005, section 3).
"""

from collections.abc import Iterable

from annotator.domain.agreement import characters, f1
from annotator.domain.agreement.corpus import between
from annotator.domain.agreement.slots import Slot
from annotator.domain.agreement.values import Mark, Undefined

formula = f1.formula
slots = characters.slots_f1


def span_f1_characters(first: Iterable[Mark], second: Iterable[Mark]) -> float | Undefined:
    """F1 of two layers of one article over all tags, each tag on its own."""
    corpus = between(first, second)
    found = slots(corpus)[Slot(None, ("1", "2"))].total()
    value = float(formula(found))
    reason = found.why(value, "")
    return value if reason is None else Undefined(reason)
