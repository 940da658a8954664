"""The first administrator: without one, nobody could sign in to make another."""

from sqlalchemy import select, true
from sqlmodel import Session, col

from annotator.models import User
from annotator.services import log, users

ADMINISTRATOR = "admin"


def administrator(db: Session) -> tuple[User, bool]:
    """The longest-serving active administrator, and whether it had to be made now."""
    found = db.execute(
        select(User)
        .where(col(User.is_admin).is_(true()), col(User.is_active).is_(true()))
        .order_by(col(User.created_at), col(User.id))
        .limit(1)
    ).scalar()
    if found is not None:
        return found, False
    user = users.add(
        db,
        name=_free_name(db),
        display_name="Administrator",
        is_admin=True,
        actor=log.PROGRAM,
    )
    return user, True


def _free_name(db: Session) -> str:
    """`admin`, or `admin-2`, `admin-3` … where somebody without the right bears that name."""
    number, name = 1, ADMINISTRATOR
    while users.by_name(db, name) is not None:
        number += 1
        name = f"{ADMINISTRATOR}-{number}"
    return name
