"""What a start has to see to: a database of today's shape, the demo project, somebody who can sign in."""

from contextlib import closing

from sqlalchemy import select
from sqlmodel import Session

from annotator import db as database
from annotator.glance import open_sqlite, sqlite_path
from annotator.ids import new_id, now
from annotator.models import User
from annotator.services import log
from annotator.settings import Settings

ADMINISTRATOR = "admin"


def upgrade(settings: Settings, *, revision: str | None) -> None:
    """Migrate the database, which stands at `revision`; an embedded one is copied first, beside itself."""
    if settings.is_sqlite and revision is not None:
        path = sqlite_path(settings)
        copy = path.with_name(f"{path.stem}-before-upgrade-from-{revision}{path.suffix}")
        copy.unlink(missing_ok=True)
        with closing(open_sqlite(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        copy.chmod(0o600)
    database.upgrade(settings)


def administrator(db: Session) -> tuple[User, bool]:
    """The longest-serving active administrator, made when there is none; and whether it was made now."""
    found = db.execute(
        select(User)
        .where(User.is_admin.is_(True), User.is_active.is_(True))  # type: ignore[attr-defined]
        .order_by(User.created_at, User.id)  # type: ignore[arg-type]
        .limit(1)
    ).scalar()
    if found is not None:
        return found, False
    user = User(
        id=new_id(), name=_free_name(db), display_name="Administrator", is_admin=True, created_at=now()
    )
    db.add(user)
    db.flush()
    log.record(db, actor=log.PROGRAM, noun="user", noun_id=user.id, action="create")
    return user, True


def _free_name(db: Session) -> str:
    """`admin`, or `admin-2`, `admin-3` … where somebody without the right bears that name."""
    taken = set(db.execute(select(User.name)).scalars())  # type: ignore[call-overload]
    number, name = 1, ADMINISTRATOR
    while name in taken:
        number += 1
        name = f"{ADMINISTRATOR}-{number}"
    return name
