"""What a start has to see to: a database of today's shape, the demo project, somebody who can sign
in."""

from contextlib import closing

from sqlalchemy import select
from sqlmodel import Session, col

from annotator import db as database
from annotator.glance import open_sqlite, sqlite_path
from annotator.models import User
from annotator.services import log, users
from annotator.settings import Settings

ADMINISTRATOR = "admin"


def upgrade(settings: Settings, *, revision: str | None) -> None:
    """Migrate the database, which stands at `revision`; an embedded one is copied first, beside
    itself."""
    if settings.is_sqlite and revision is not None:
        path = sqlite_path(settings)
        copy = path.with_name(f"{path.stem}-before-upgrade-from-{revision}{path.suffix}")
        copy.unlink(missing_ok=True)
        with closing(open_sqlite(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        copy.chmod(0o600)
    database.upgrade(settings)


def administrator(db: Session) -> tuple[User, bool]:
    """The longest-serving active administrator, made when there is none; and whether it was made
    now."""
    found = db.execute(
        select(User)
        .where(col(User.is_admin).is_(True), col(User.is_active).is_(True))
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
