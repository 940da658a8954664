"""Canonical names: who speaks or is judged (entities), and what a figure counts (measures).

Annotations keep the name that the annotator gave. Which entity a name stands for is looked up
here, so that merging two entities is a matter of aliases and rewrites nobody's annotation.
"""

from sqlalchemy import ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from annotator.models.base import STRICT, Json


class Entity(SQLModel, table=True):
    __tablename__ = "entity"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "name"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    aliases: list[str] = Field(default_factory=list, sa_type=Json)


class Measure(SQLModel, table=True):
    __tablename__ = "measure"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        UniqueConstraint("project_id", "name"),
        STRICT,
    )

    id: str = Field(primary_key=True, sa_type=Text)
    project_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    aliases: list[str] = Field(default_factory=list, sa_type=Json)
    description: str = Field(default="", sa_type=Text)
