"""Who may do what inside a project: four roles, each including the ones before it."""

from enum import StrEnum

from annotator.domain.messages import N_


class Role(StrEnum):
    """A member's role in one project, from least to most."""

    viewer = "viewer"
    annotator = "annotator"
    reviewer = "reviewer"
    manager = "manager"

    @property
    def rank(self) -> int:
        """Position in the order viewer < annotator < reviewer < manager, from 0."""
        return _RANK[self]

    @property
    def label(self) -> str:
        """English name, a message id for translation."""
        return _LABEL[self]

    def includes(self, other: "Role") -> bool:
        """Whether this role may do everything that `other` may."""
        return self.rank >= other.rank

    @property
    def can_read(self) -> bool:
        """Every member reads: articles, annotations, comparisons, exports."""
        return True

    @property
    def can_annotate(self) -> bool:
        """Marks passages, links events, adds notes."""
        return self.includes(Role.annotator)

    @property
    def can_review(self) -> bool:
        """Accepts and rejects colleagues' annotations."""
        return self.includes(Role.reviewer)

    @property
    def can_manage(self) -> bool:
        """Changes codebook, members, articles and settings of the project."""
        return self.includes(Role.manager)


_RANK = {role: rank for rank, role in enumerate(Role)}
_LABEL = {
    Role.viewer: N_("Viewer"),
    Role.annotator: N_("Annotator"),
    Role.reviewer: N_("Reviewer"),
    Role.manager: N_("Manager"),
}
