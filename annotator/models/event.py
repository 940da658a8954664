"""What authors write about, which passages belong to it, how these relate, and who is silent."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlmodel import Field, SQLModel

from annotator.models.base import STRICT, Json

KINDS = "'event', 'topic', 'document', 'figure', 'quote', 'fact', 'frame'"
RELATIONS = (
    "'agrees', 'contradicts', 'apparent_conflict', 'differs', "
    "'restates', 'part_of', 'opposes', 'complements'"
)


class Event(SQLModel, table=True):
    """An event, topic, document, figure, quote, fact or frame."""

    __tablename__ = "event"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["parent_id"], ["event.id"]),
        ForeignKeyConstraint(["merged_into_id"], ["event.id"]),
        ForeignKeyConstraint(["created_by"], ["user.id"]),
        CheckConstraint(f"kind IN ({KINDS})", name="kind"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_event_project_id_position", "project_id", "position"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text)
    #: The order in lists and in the grid.
    position: int
    title: str = Field(sa_type=Text)
    kind: str = Field(default="event", sa_type=Text)
    #: "2025", "2025-11" or "2025-11-06"; `date_end` for what lasted.
    date: str | None = Field(default=None, sa_type=Text)
    date_end: str | None = Field(default=None, sa_type=Text)
    place: str = Field(default="", sa_type=Text)
    aliases: list[str] = Field(default_factory=list, sa_type=Json)
    description: str = Field(default="", sa_type=Text)
    parent_id: str | None = Field(default=None, sa_type=Text, index=True)
    merged_into_id: str | None = Field(default=None, sa_type=Text)
    created_by: str | None = Field(default=None, sa_type=Text)
    created_at: str = Field(sa_type=Text)
    version: int = 1
    deleted_at: str | None = Field(default=None, sa_type=Text)


class EventLink(SQLModel, table=True):
    """An annotation belongs to an event."""

    __tablename__ = "event_link"
    __table_args__ = (
        ForeignKeyConstraint(["annotation_id"], ["annotation.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["created_by"], ["user.id"]),
        STRICT,
    )

    annotation_id: str = Field(primary_key=True, sa_type=Text)
    event_id: str = Field(primary_key=True, sa_type=Text, index=True)
    created_by: str | None = Field(default=None, sa_type=Text)
    created_at: str = Field(sa_type=Text)


class Relation(SQLModel, table=True):
    """A typed link between two annotations inside one event."""

    __tablename__ = "relation"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["from_id"], ["annotation.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["to_id"], ["annotation.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["created_by"], ["user.id"]),
        CheckConstraint(f"kind IN ({RELATIONS})", name="kind"),
        CheckConstraint(
            "verdict IN ('open', 'reconciled', 'undecidable', 'supported')", name="verdict"
        ),
        CheckConstraint("from_id <> to_id", name="ends"),
        CheckConstraint("version >= 1", name="version"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text, index=True)
    event_id: str = Field(sa_type=Text, index=True)
    from_id: str = Field(sa_type=Text, index=True)
    to_id: str = Field(sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    aspect: str = Field(default="", sa_type=Text)
    comment: str = Field(default="", sa_type=Text)
    verdict: str = Field(default="open", sa_type=Text)
    verdict_source: str = Field(default="", sa_type=Text)
    created_by: str | None = Field(default=None, sa_type=Text)
    created_at: str = Field(sa_type=Text)
    version: int = 1
    deleted_at: str | None = Field(default=None, sa_type=Text)


class Coverage(SQLModel, table=True):
    """What somebody signed about one article on one event. Without a row nothing is known but
    what is computed."""

    __tablename__ = "coverage"
    __table_args__ = (
        ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["signed_by"], ["user.id"]),
        CheckConstraint(
            "state IN ('covered', 'silent', 'precedes_event', 'not_checked')", name="state"
        ),
        CheckConstraint("version >= 1", name="version"),
        STRICT,
    )

    event_id: str = Field(primary_key=True, sa_type=Text)
    article_id: str = Field(primary_key=True, sa_type=Text, index=True)
    state: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    signed_by: str | None = Field(default=None, sa_type=Text)
    signed_at: str = Field(sa_type=Text)
    version: int = 1
