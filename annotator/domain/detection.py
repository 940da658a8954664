"""What a rule found in a text: a proposal for a person to accept, correct or refuse.

Nothing here is an annotation. A detection says where something stands, what it would be tagged
with, how sure the rule is, and why. Whoever shows it decides from which confidence on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.domain.spans import Fragments, hull, slice_text

#: Below this confidence a detection is more often wrong than right, and is not offered.
LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Detection:
    """A passage with attributes of the codebook's vocabulary; offsets are code points.

    `confidence` lies between 0 and 1; `reason` is a short English sentence of the catalogue.
    """

    fragments: Fragments
    attributes: Mapping[str, str | bool]
    confidence: float
    reason: str

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.fragments[0].start

    @property
    def end(self) -> int:
        """Where it ends, excluded."""
        return self.fragments[-1].end

    def to_dict(self, text: str) -> dict[str, Any]:
        """Return plain data; `text` is the text it was found in. One fragment is not listed."""
        start, end = hull(self.fragments)
        data: dict[str, Any] = {
            "start": start, "end": end, "text": slice_text(text, self.fragments),
        }  # fmt: skip
        if len(self.fragments) > 1:
            data["fragments"] = [list(span) for span in self.fragments]
        return data | {
            "attributes": dict(self.attributes),
            "confidence": self.confidence,
            "reason": self.reason,
        }


def vocabulary(listed: str) -> frozenset[str]:
    """Return the set of the words listed between blanks."""
    return frozenset(listed.split())
