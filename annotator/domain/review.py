"""What reviewers' verdicts make of an annotation.

A verdict stands beside an annotation and never changes it. Its status is computed: what the
annotator said of it (draft or submitted) until somebody judges, then what the judges agree on.
"""

from collections.abc import Iterable
from enum import StrEnum

from annotator.domain.messages import N_


class Verdict(StrEnum):
    """One reviewer's judgement on one annotation."""

    accepted = "accepted"
    rejected = "rejected"

    @property
    def label(self) -> str:
        """English name, a message id for translation."""
        return STATUS_LABELS[self.value]


class Status(StrEnum):
    """Where an annotation stands."""

    draft = "draft"
    submitted = "submitted"
    accepted = "accepted"
    rejected = "rejected"
    disputed = "disputed"

    @property
    def label(self) -> str:
        """English name, a message id for translation."""
        return STATUS_LABELS[self.value]


STATUS_LABELS = {
    "draft": N_("Draft"),
    "submitted": N_("Submitted"),
    "accepted": N_("Accepted"),
    "rejected": N_("Rejected"),
    "disputed": N_("Disputed"),
}


def status(state: str, verdicts: Iterable[tuple[str, str]]) -> Status:
    """Return the status of an annotation.

    `state` is the annotator's own word, "draft" or "submitted". `verdicts` are pairs of reviewer
    and verdict, each reviewer's own in order of time: only the last of each counts. All accepted
    gives accepted, all rejected gives rejected, both give disputed, none gives `state`.
    Raises ValueError for an unknown state or verdict.
    """
    latest = {reviewer: Verdict(verdict) for reviewer, verdict in verdicts}
    said = set(latest.values())
    if not said:
        return Status(state)
    if len(said) > 1:
        return Status.disputed
    return Status(said.pop().value)
