"""A project: a corpus with its codebook, people and events."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from annotator.models.base import STRICT


class Project(SQLModel, table=True):
    __tablename__ = "project"
    __table_args__ = (UniqueConstraint("slug"), STRICT)

    id: str = Field(primary_key=True, sa_type=Text)
    slug: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    #: The present codebook's number; annotations carry the number under which they were made.
    codebook_version: int = 1
    created_at: str = Field(sa_type=Text)


class Membership(SQLModel, table=True):
    """What one user may do in one project."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["project.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        CheckConstraint("role IN ('viewer', 'annotator', 'reviewer', 'manager')", name="role"),
        STRICT,
    )

    project_id: str = Field(primary_key=True, sa_type=Text)
    user_id: str = Field(primary_key=True, sa_type=Text, index=True)
    role: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
