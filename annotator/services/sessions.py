"""Signing in and out: one-time links, passwords, and the sessions that both open.

A cookie holds a random token and the database its sha256, so that a copy of the database opens no
session, and a session ends when its row does. Guessing is slowed by counting failures for each
name and for each address.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import bindparam, delete, select, true, update
from sqlmodel import Session, col

from annotator.domain.errors import DomainError, Invalid
from annotator.ids import as_datetime, moment, now
from annotator.models import SignInAttempt, SignInLink, User, UserSession, table
from annotator.services import log

IDLE = timedelta(hours=12)
LIFETIME = timedelta(days=7)
LINK_LIFETIME = timedelta(hours=24)
#: A session's row is touched at most this often.
TOUCH = timedelta(minutes=10)
#: After so many failures each further one doubles the waiting time, up to MOST_WAIT.
FREE_FAILURES = 5
MOST_WAIT = timedelta(minutes=15)

PASSWORD_LENGTH = (10, 256)

_hasher = PasswordHasher()
#: One hash takes 64 MiB; two at a time are enough for people and too few to fill the memory.
_hashing = BoundedSemaphore(2)
#: Checked when there is no such user, so that the answer takes as long as for a real one.
_DUMMY = (
    "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$"
    "RdescudvJCsgt3ub+b0dWRWJTmaaJObG6i2h2C8cN8w"
)


class Throttled(DomainError):
    """Too many failures; `seconds` says how long to wait (web: 429)."""


def token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """argon2id of a password. Raises Invalid when it is too short or too long."""
    least, most = PASSWORD_LENGTH
    if not least <= len(password) <= most:
        raise Invalid(
            "A password has {least} to {most} characters; this one has {length}.",
            field="password",
            least=least,
            most=most,
            length=len(password),
        )
    with _hashing:
        return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(password_hash, password)
        except (Argon2Error, InvalidHashError):
            return False


def make_link(db: Session, user: User) -> str:
    """A token that signs `user` in once, within a day. Only its sha256 is stored."""
    token = secrets.token_urlsafe(32)
    made = datetime.now(UTC)
    db.add(
        SignInLink(
            token_sha256=token_sha256(token),
            user_id=user.id,
            created_at=moment(made),
            expires_at=moment(made + LINK_LIFETIME),
        )
    )
    db.flush()
    return token


def link_user(db: Session, token: str) -> User | None:
    """Whom a link would sign in; None when it is unknown, used or too old."""
    link = db.get(SignInLink, token_sha256(token))
    if link is None or link.used_at is not None or link.expires_at < now():
        return None
    user = db.get(User, link.user_id)
    return user if user is not None and user.is_active else None


def use_link(db: Session, token: str) -> User:
    """Sign in by link. Raises Invalid when the link is unknown, used or too old."""
    used = db.execute(
        update(SignInLink)
        .where(
            col(SignInLink.token_sha256) == token_sha256(token),
            col(SignInLink.used_at).is_(None),
            col(SignInLink.expires_at) >= now(),
        )
        .values(used_at=now())
        .returning(col(SignInLink.user_id))
    ).first()
    user: User | None = db.get(User, used.user_id) if used else None
    if user is None or not user.is_active:
        raise Invalid(
            "This sign-in link was already used or is too old. "
            "Ask an administrator for a new one, or start the server again to have one printed."
        )
    return user


def check_password(db: Session, name: str, password: str, *, address: str) -> User:
    """Sign in by password. Raises Invalid, and Throttled after many failures.

    The caller commits in both cases: a failure that is not stored would not count.
    """
    subjects = [token_sha256(f"name {name.casefold()}"), token_sha256(f"address {address}")]
    _refuse_if_throttled(db, subjects)
    user: User | None = db.execute(select(User).where(col(User.name) == name)).scalars().first()
    stored = user.password_hash if user else None
    right = _matches(stored or _DUMMY, password) and stored is not None
    if user is None or not right or not user.is_active:
        for subject in subjects:
            _count_failure(db, subject)
        raise Invalid(
            "The name and the password do not fit together. Nothing was changed; try again.",
            field="password",
        )
    db.execute(delete(SignInAttempt).where(col(SignInAttempt.subject) == subjects[0]))
    if stored and _hasher.check_needs_rehash(stored):
        user.password_hash = hash_password(password)
    return user


def _refuse_if_throttled(db: Session, subjects: list[str]) -> None:
    for subject in subjects:
        attempt = db.get(SignInAttempt, subject)
        if attempt is None or attempt.failures < FREE_FAILURES:
            continue
        wait = min(timedelta(seconds=2 ** min(attempt.failures - FREE_FAILURES, 16)), MOST_WAIT)
        left = as_datetime(attempt.last_at) + wait - datetime.now(UTC)
        if left > timedelta(0):
            raise Throttled(
                "Too many attempts. Try again in {seconds} seconds.",
                seconds=int(left.total_seconds()) + 1,
            )


def _count_failure(db: Session, subject: str) -> None:
    attempt = db.get(SignInAttempt, subject)
    if attempt is None:
        db.add(SignInAttempt(subject=subject, failures=1, last_at=now()))
    else:
        day_old = as_datetime(attempt.last_at) < datetime.now(UTC) - timedelta(days=1)
        attempt.failures = 1 if day_old else attempt.failures + 1
        attempt.last_at = now()
    db.flush()


def open_session(db: Session, user: User, *, user_agent: str = "") -> str:
    """A new session; returns the token for the cookie."""
    token = secrets.token_urlsafe(32)
    opened = datetime.now(UTC)
    db.add(
        UserSession(
            token_sha256=token_sha256(token),
            user_id=user.id,
            created_at=moment(opened),
            last_seen_at=moment(opened),
            expires_at=moment(opened + LIFETIME),
            user_agent=user_agent[:200],
        )
    )
    log.record(db, actor=log.Actor(user.id), noun="session", noun_id=user.id, action="sign_in")
    return token


class LiveSession(NamedTuple):
    """A session that has not ended."""

    token_sha256: str
    last_seen_at: str


# Every request asks this, so the statement is made once and fills no objects but the user.
_session, _user = table(UserSession).c, table(User).c
_FIND = (
    select(_session.last_seen_at, *_user)
    .join_from(table(UserSession), table(User), _user.id == _session.user_id)
    .where(
        _session.token_sha256 == bindparam("token"),
        _session.expires_at >= bindparam("now"),
        _session.last_seen_at >= bindparam("idle_since"),
        _user.is_active.is_(true()),
    )
)


def find(db: Session, token: str) -> tuple[LiveSession, User] | None:
    """The live session of a token with its user; None when it ended or the user was disabled.

    The user is a value, not a row of `db`: whoever changes a user gets it again.
    """
    identifier = token_sha256(token)
    moment_now = datetime.now(UTC)
    row = (
        db.connection()
        .execute(
            _FIND,
            {
                "token": identifier,
                "now": moment(moment_now),
                "idle_since": moment(moment_now - IDLE),
            },
        )
        .first()
    )
    if row is None:
        return None
    values = dict(row._mapping)
    session = LiveSession(identifier, values.pop("last_seen_at"))
    return session, User(**values)


def needs_touch(session: LiveSession) -> bool:
    """Whether it is time to note that the session is in use."""
    return session.last_seen_at < moment(datetime.now(UTC) - TOUCH)


def touch(db: Session, session: LiveSession) -> None:
    """Note that the session is in use."""
    db.execute(
        update(UserSession)
        .where(col(UserSession.token_sha256) == session.token_sha256)
        .values(last_seen_at=now())
    )


def close_session(db: Session, token: str) -> None:
    """Sign out this browser."""
    db.execute(delete(UserSession).where(col(UserSession.token_sha256) == token_sha256(token)))


def close_all(db: Session, user: User) -> None:
    """Sign out every browser of one person."""
    db.execute(delete(UserSession).where(col(UserSession.user_id) == user.id))
