"""The log of changes: what everybody did, in order, and all that undo, history and live pages need.

A row is written in the transaction of the change that it tells of. `before` and `after` hold the
changed fields of the noun, so that a change can be taken back without asking anything else.
"""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from annotator.models.base import Json


class Change(SQLModel, table=True):
    __tablename__ = "change"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["actor_id"], ["user.id"]),
        UniqueConstraint("actor_id", "request_key"),
        Index("ix_change_project_id_seq", "project_id", "seq"),
        Index("ix_change_noun_id_seq", "noun_id", "seq"),
        Index("ix_change_article_id_seq", "article_id", "seq"),
        {"sqlite_strict": True, "sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True)
    project_id: str | None = Field(default=None, sa_type=Text)
    #: The article whose page shows the change, where there is one.
    article_id: str | None = Field(default=None, sa_type=Text)
    #: annotation, event, event_link, relation, coverage, review, article, project, member, user …
    noun: str = Field(sa_type=Text)
    noun_id: str = Field(sa_type=Text)
    #: create, update, delete, restore, import …
    action: str = Field(sa_type=Text)
    actor_id: str | None = Field(default=None, sa_type=Text)
    at: str = Field(sa_type=Text)
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)
    #: The change that this one takes back.
    undoes_seq: int | None = None
    #: The browser tab that asked for it, which need not be told of its own work.
    client: str | None = Field(default=None, sa_type=Text)
    #: What the client chose to make a repeated request harmless; unique for each actor.
    request_key: str | None = Field(default=None, sa_type=Text)
    #: sha256 of the request under that key: the same key with another request is refused.
    request_sha256: str | None = Field(default=None, sa_type=Text)
