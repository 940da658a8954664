"""Imported texts, who wrote them, and the bytes from which they came."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from annotator.models.base import STRICT, Json


class Author(SQLModel, table=True):
    """A named author of articles in a project. "Not named" is no author: the article has none."""

    __tablename__ = "author"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "name"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)


class Original(SQLModel, table=True):
    """Bytes as they came in, kept when the stored text is not simply these bytes read as UTF-8."""

    __tablename__ = "original"
    __table_args__ = (STRICT,)

    sha256: str = Field(primary_key=True, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)


class Article(SQLModel, table=True):
    """An imported text. `text` was normalised once at import and never changes afterwards."""

    __tablename__ = "article"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["author_id"], ["author.id"]),
        ForeignKeyConstraint(["created_by"], ["user.id"]),
        UniqueConstraint("project_id", "position"),
        CheckConstraint("length >= 0", name="length"),
        CheckConstraint("words >= 0", name="words"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text)
    #: The order of import within the project, from 1.
    position: int
    title: str = Field(sa_type=Text)
    #: None: the author is not named.
    author_id: str | None = Field(default=None, sa_type=Text, index=True)
    outlet: str | None = Field(default=None, sa_type=Text)
    #: "2025", "2025-11" or "2025-11-13": as precise as it is known.
    published: str | None = Field(default=None, sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    url: str | None = Field(default=None, sa_type=Text)
    #: Where each of the fields above comes from: in_text, inferred, external or given.
    sources: dict[str, str] = Field(default_factory=dict, sa_type=Json)
    text: str = Field(sa_type=Text)
    text_sha256: str = Field(sa_type=Text, index=True)
    #: Code points and words of `text`, so that a list of articles need not read the texts.
    length: int
    words: int
    source_file: str | None = Field(default=None, sa_type=Text)
    #: Of the bytes that came in; they are in `original` under this hash where they differ from
    #: `text`.
    source_sha256: str | None = Field(default=None, sa_type=Text)
    #: What was taken out or changed at import: [{"kind": "crlf", "count": 12}, …].
    import_changes: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    created_by: str | None = Field(default=None, sa_type=Text)
    created_at: str = Field(sa_type=Text)
    version: int = 1


class Progress(SQLModel, table=True):
    """How far one annotator is with one article. No row: new."""

    __tablename__ = "progress"
    __table_args__ = (
        ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        CheckConstraint("state IN ('in_progress', 'done')", name="state"),
        STRICT,
    )

    article_id: str = Field(primary_key=True, sa_type=Text)
    user_id: str = Field(primary_key=True, sa_type=Text, index=True)
    state: str = Field(sa_type=Text)
    updated_at: str = Field(sa_type=Text)
