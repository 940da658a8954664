"""The codebook: tags with their typed attributes, and each version that annotations were made
under."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from annotator.models.base import STRICT, Json


class Tag(SQLModel, table=True):
    """An entry of the codebook. Titles and letters are {"ru": …, "en": …}."""

    __tablename__ = "tag"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "name"),
        CheckConstraint("position >= 1", name="position"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text)
    #: What stands in exports: "claim".
    name: str = Field(sa_type=Text)
    position: int
    #: domain.codebook.TagDef.to_dict(): title, letter, key, colours, definition, attributes …
    content: dict[str, Any] = Field(sa_type=Json)
    retired_at: str | None = Field(default=None, sa_type=Text)
    version: int = 1


class CodebookVersion(SQLModel, table=True):
    """The whole codebook as it stood under one number."""

    __tablename__ = "codebook_version"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["created_by"], ["user.id"]),
        STRICT,
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_type=Json)
    created_by: str | None = Field(default=None, sa_type=Text)
    created_at: str = Field(sa_type=Text)
