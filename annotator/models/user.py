"""People who sign in, how they do it, and the sessions in which they are signed in."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from annotator.models.base import STRICT, Flag


class User(SQLModel, table=True):
    """Somebody who annotates. A layer that was imported belongs to a user who cannot sign in."""

    __tablename__ = "user"
    __table_args__ = (UniqueConstraint("name"), STRICT)

    id: str = Field(primary_key=True, sa_type=Text)
    #: The name with which one signs in, and which stands in exports.
    name: str = Field(sa_type=Text)
    display_name: str = Field(default="", sa_type=Text)
    #: argon2id; None for somebody who signs in by link only.
    password_hash: str | None = Field(default=None, sa_type=Text)
    is_admin: bool = Field(default=False, sa_type=Flag)
    is_active: bool = Field(default=True, sa_type=Flag)
    locale: str | None = Field(default=None, sa_type=Text)
    theme: str | None = Field(default=None, sa_type=Text)
    created_at: str = Field(sa_type=Text)


class UserSession(SQLModel, table=True):
    """One browser in which somebody is signed in. The cookie holds the token, we its sha256."""

    __tablename__ = "session"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        STRICT,
    )

    token_sha256: str = Field(primary_key=True, sa_type=Text)
    user_id: str = Field(sa_type=Text, index=True)
    created_at: str = Field(sa_type=Text)
    last_seen_at: str = Field(sa_type=Text)
    expires_at: str = Field(sa_type=Text)
    user_agent: str = Field(default="", sa_type=Text)


class SignInLink(SQLModel, table=True):
    """A link that signs one person in, once."""

    __tablename__ = "sign_in_link"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE"),
        STRICT,
    )

    token_sha256: str = Field(primary_key=True, sa_type=Text)
    user_id: str = Field(sa_type=Text, index=True)
    created_at: str = Field(sa_type=Text)
    expires_at: str = Field(sa_type=Text)
    used_at: str | None = Field(default=None, sa_type=Text)


class SignInAttempt(SQLModel, table=True):
    """Failed attempts by name and by address, counted to slow down whoever guesses passwords."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures"), STRICT)

    #: sha256 of the name or of the address that was tried.
    subject: str = Field(primary_key=True, sa_type=Text)
    failures: int = 0
    last_at: str = Field(sa_type=Text)
