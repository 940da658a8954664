"""Tagged passages and colleagues' verdicts on them."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlmodel import Field, SQLModel

from annotator.models.base import STRICT, Json


class Annotation(SQLModel, table=True):
    """A tagged passage. Only its annotator changes it; a deleted one stays and can come back."""

    __tablename__ = "annotation"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["annotator_id"], ["user.id"]),
        ForeignKeyConstraint(["tag_id"], ["tag.id"]),
        CheckConstraint("start >= 0", name="start"),
        CheckConstraint('"end" > start', name="end"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("state IN ('draft', 'submitted')", name="state"),
        CheckConstraint("layer IN ('annotator', 'final')", name="layer"),
        CheckConstraint("origin IN ('human', 'import', 'suggestion')", name="origin"),
        Index("ix_annotation_article_id_start", "article_id", "start"),
        Index("ix_annotation_project_id_tag_id", "project_id", "tag_id"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text)
    article_id: str = Field(sa_type=Text)
    annotator_id: str = Field(sa_type=Text, index=True)
    tag_id: str = Field(sa_type=Text)
    #: Code points of the article's text: the hull of all fragments. text ==
    #: article.text[start:end].
    start: int
    end: int
    text: str = Field(sa_type=Text)
    #: [[start, end], …] where the passage has several pieces; None where it is one.
    fragments: list[list[int]] | None = Field(default=None, sa_type=Json)
    attributes: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    note: str = Field(default="", sa_type=Text)
    #: draft or submitted; what reviewers say stands in `review`.
    state: str = Field(default="submitted", sa_type=Text)
    layer: str = Field(default="annotator", sa_type=Text)
    origin: str = Field(default="human", sa_type=Text)
    codebook_version: int = 1
    version: int = 1
    created_at: str = Field(sa_type=Text)
    updated_at: str = Field(sa_type=Text)
    deleted_at: str | None = Field(default=None, sa_type=Text)


class Review(SQLModel, table=True):
    """A colleague's verdict on an annotation. Verdicts are added, and the latest of each reviewer
    counts."""

    __tablename__ = "review"
    __table_args__ = (
        ForeignKeyConstraint(["annotation_id"], ["annotation.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["reviewer_id"], ["user.id"]),
        CheckConstraint("verdict IN ('accepted', 'rejected')", name="verdict"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    annotation_id: str = Field(sa_type=Text, index=True)
    reviewer_id: str = Field(sa_type=Text, index=True)
    verdict: str = Field(sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    #: The version of the annotation that was judged.
    annotation_version: int = 1
    created_at: str = Field(sa_type=Text)
    #: Set when its author took the verdict back.
    withdrawn_at: str | None = Field(default=None, sa_type=Text)
    #: Set when the annotator has seen it.
    seen_at: str | None = Field(default=None, sa_type=Text)
