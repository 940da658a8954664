"""People: who may sign in, how they are called, and what they prefer.

An account is never deleted, since annotations, verdicts and the log of changes name it; it is
switched off.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, true, update
from sqlmodel import Session, col

from annotator.domain.errors import Invalid, NotFound
from annotator.ids import new_id, now
from annotator.models import Annotation, Membership, SignInLink, User, UserSession
from annotator.services import log, sessions

#: Letters and digits of any script, then also . _ and - ; what one can type, say and grep.
_NAME = re.compile(r"[^\W_][\w.-]{1,63}")


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what one wants to know before changing it."""

    user: User
    projects: int
    annotations: int
    last_seen: str | None


def listing(db: Session) -> list[Person]:
    """Every account by name, the active ones first. Four statements, however many there are."""
    projects = _by_person(db, select(col(Membership.user_id), func.count()), Membership.user_id)
    annotations = _by_person(
        db,
        select(col(Annotation.annotator_id), func.count()).where(
            col(Annotation.deleted_at).is_(None)
        ),
        Annotation.annotator_id,
    )
    seen = _by_person(
        db,
        select(col(UserSession.user_id), func.max(col(UserSession.last_seen_at))),
        UserSession.user_id,
    )
    everybody = db.execute(select(User)).scalars().all()
    ordered = sorted(everybody, key=lambda user: (not user.is_active, user.name.casefold()))
    return [
        Person(
            user=user,
            projects=projects.get(user.id, 0),
            annotations=annotations.get(user.id, 0),
            last_seen=seen.get(user.id),
        )
        for user in ordered
    ]


def by_id(db: Session, user_id: str) -> User:
    """The account. Raises NotFound."""
    user = db.get(User, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return user


def by_name(db: Session, name: str) -> User | None:
    """The account with this name, however its letters are capitalised; None when there is none."""
    wished = clean(name)
    exact: User | None = db.execute(select(User).where(col(User.name) == wished)).scalar()
    if exact is not None:
        return exact
    # SQLite folds ASCII only, so the comparison is ours; there are few accounts.
    for user_id, found in db.execute(select(col(User.id), col(User.name))):
        if found.casefold() == wished.casefold():
            return db.get(User, user_id)
    return None


def clean(name: str) -> str:
    """A name as it is compared and stored: composed letters, no blanks around it."""
    return unicodedata.normalize("NFC", name).strip()


def add(
    db: Session,
    *,
    name: str,
    actor: log.Actor,
    display_name: str = "",
    is_admin: bool = False,
) -> User:
    """A new account, which signs in by link until it has a password. Raises Invalid."""
    name = clean(name)
    if not _NAME.fullmatch(name):
        raise Invalid(
            "“{name}” cannot be a name to sign in with. Use 2 to 64 letters, digits, dots, "
            "hyphens or underscores, and begin with a letter or a digit.",
            field="name",
            name=name,
        )
    if by_name(db, name) is not None:
        raise Invalid("There is already somebody with the name “{name}”.", field="name", name=name)
    user = User(
        id=new_id(),
        name=name,
        display_name=display_name,
        is_admin=is_admin,
        created_at=now(),
    )
    db.add(user)
    db.flush()
    log.record(
        db,
        actor=actor,
        noun="user",
        noun_id=user.id,
        action="create",
        after={"name": name, "display_name": display_name, "is_admin": is_admin},
    )
    return user


def make_link(db: Session, user: User, *, actor: log.Actor) -> str:
    """A token that signs `user` in once; links made before and not used end. Raises Invalid."""
    if not user.is_active:
        raise Invalid("“{name}” is switched off. Switch the account on first.", name=user.name)
    db.execute(
        delete(SignInLink).where(
            col(SignInLink.user_id) == user.id, col(SignInLink.used_at).is_(None)
        )
    )
    token = sessions.make_link(db, user)
    log.record(db, actor=actor, noun="user", noun_id=user.id, action="link")
    return token


def set_active(db: Session, user: User, active: bool, *, actor: log.Actor) -> None:
    """Switch an account on or off; off ends its sessions and links.

    Raises Invalid when nobody could administer any more.
    """
    if user.is_active == active:
        return
    if not active and user.is_admin and _other_administrators(db, user) == 0:
        raise Invalid("“{name}” is the only administrator. Make another one first.", name=user.name)
    user.is_active = active
    db.add(user)
    if not active:
        sessions.close_all(db, user)
        db.execute(delete(SignInLink).where(col(SignInLink.user_id) == user.id))
    _record(db, user, actor, before={"is_active": not active}, after={"is_active": active})


def set_admin(db: Session, user: User, is_admin: bool, *, actor: log.Actor) -> None:
    """Give or take the right to administer. Raises Invalid when nobody could any more."""
    if user.is_admin == is_admin:
        return
    if not is_admin and _other_administrators(db, user) == 0:
        raise Invalid("“{name}” is the only administrator. Make another one first.", name=user.name)
    user.is_admin = is_admin
    db.add(user)
    _record(db, user, actor, before={"is_admin": not is_admin}, after={"is_admin": is_admin})


def save_profile(
    db: Session,
    user: User,
    *,
    display_name: str,
    locale: str | None,
    theme: str | None,
    actor: log.Actor,
) -> None:
    """How one is called and what one prefers; None follows the browser."""
    wished = {"display_name": display_name, "locale": locale, "theme": theme}
    before = {name: getattr(user, name) for name in wished if getattr(user, name) != wished[name]}
    if not before:
        return
    for name in before:
        setattr(user, name, wished[name])
    db.add(user)
    _record(db, user, actor, before=before, after={name: wished[name] for name in before})


def set_password(
    db: Session, user: User, *, password_hash: str, keep_token: str | None, actor: log.Actor
) -> None:
    """Store a password made by `sessions.hash_password`; ends all sessions but `keep_token`'s."""
    user.password_hash = password_hash
    db.add(user)
    close_others(db, user, keep_token=keep_token)
    log.record(db, actor=actor, noun="user", noun_id=user.id, action="password")


def open_sessions(db: Session, user: User) -> list[UserSession]:
    """The browsers in which somebody is signed in, the latest used first."""
    rows = db.execute(
        select(UserSession)
        .where(col(UserSession.user_id) == user.id, col(UserSession.expires_at) >= now())
        .order_by(col(UserSession.last_seen_at).desc())
    ).scalars()
    return list(rows)


def close_others(db: Session, user: User, *, keep_token: str | None) -> None:
    """Sign out every browser of one person but the one with this token; unused links end too."""
    query = delete(UserSession).where(col(UserSession.user_id) == user.id)
    if keep_token is not None:
        query = query.where(col(UserSession.token_sha256) != sessions.token_sha256(keep_token))
    db.execute(query)
    db.execute(
        update(SignInLink)
        .where(col(SignInLink.user_id) == user.id, col(SignInLink.used_at).is_(None))
        .values(used_at=now())
    )


def _other_administrators(db: Session, user: User) -> int:
    query = select(func.count()).where(
        col(User.is_admin).is_(true()), col(User.is_active).is_(true()), col(User.id) != user.id
    )
    return db.execute(query).scalar() or 0


def _by_person(db: Session, query: Any, person: Any) -> dict[str, Any]:
    """A number (or whatever the query asks for second) by id of the person."""
    return {row[0]: row[1] for row in db.execute(query.group_by(person))}


def _record(
    db: Session, user: User, actor: log.Actor, *, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """Tell the log what of a user was changed."""
    log.record(
        db,
        actor=actor,
        noun="user",
        noun_id=user.id,
        action="update",
        before=before,
        after=after,
    )
