"""The database: one engine to read with, one to write with, for SQLite or PostgreSQL.

SQLite takes its write lock late unless it is asked for early: a transaction that first reads and
then writes either loses an update or fails at once. Writers therefore open with BEGIN IMMEDIATE
and wait their turn, while readers open with plain BEGIN and never wait for a writer (write-ahead
log). On PostgreSQL both are one engine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import sessionmaker
from sqlmodel import Session

from annotator.settings import Settings

#: How long a writer waits for another writer, in milliseconds.
BUSY_TIMEOUT = 10_000
#: The first SQLite without the defect that could corrupt a database when its log was reset.
SAFE_SQLITE = (3, 51, 3)


class Database:
    """Two session factories over one database: readers must not write, writers commit or roll
    back."""

    def __init__(self, read_engine: Engine, write_engine: Engine) -> None:
        self.read_engine = read_engine
        self.write_engine = write_engine
        self._reader = sessionmaker(read_engine, class_=Session, expire_on_commit=False)
        self._writer = sessionmaker(write_engine, class_=Session, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        return self.read_engine.dialect.name == "sqlite"

    def reader(self) -> Session:
        """A session for reading: a snapshot that waits for nobody. The caller closes it."""
        return self._reader()

    def writer(self) -> Session:
        """A session for writing. The caller commits once and closes it."""
        return self._writer()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A reading session for the length of the block."""
        with self.reader() as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A writing session that commits at the end of the block; raising leaves all as it was."""
        with self.writer() as db:
            yield db
            db.commit()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.read_engine.dispose()
        self.write_engine.dispose()


def connect(settings: Settings) -> Database:
    """The engines for these settings. Opens no connection yet."""
    if not settings.is_sqlite:
        engine = create_engine(
            settings.database_url, pool_size=20, max_overflow=44, pool_pre_ping=True
        )
        return Database(engine, engine)
    return Database(
        sqlite_engine(settings.database_url, begin="BEGIN"),
        sqlite_engine(settings.database_url, begin="BEGIN IMMEDIATE"),
    )


def sqlite_engine(url: str, *, begin: str) -> Engine:
    """An engine over the SQLite that we ship, which opens transactions with `begin`."""
    engine = create_engine(
        url,
        module=_sqlite_module(),
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT / 1000},
        pool_size=20,
        max_overflow=44,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # The driver must not open transactions of its own: the listener below does.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT}",
            "journal_mode=wal",
            "synchronous=full",
            "foreign_keys=on",
            "temp_store=memory",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # Past SQLAlchemy's machinery, which would cost more than the statement.
        connection.connection.dbapi_connection.execute(begin)

    return engine


def _sqlite_module() -> Any:
    """The SQLite driver: the packaged one, or the standard library's where that is new enough."""
    import sqlite3

    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return sqlite3
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3
    return dbapi2


def sqlite_version() -> tuple[int, int, int]:
    """The version of the SQLite library that connect() uses."""
    version: tuple[int, int, int] = _sqlite_module().sqlite_version_info
    return version


def current_revision(database: Database) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    from sqlalchemy import inspect

    with database.reading() as db:
        if not inspect(db.connection()).has_table("alembic_version"):
            return None
        row = db.connection().execute(text("SELECT version_num FROM alembic_version")).first()
        return row[0] if row else None


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Bring the database to `revision` with Alembic."""
    from alembic import command

    command.upgrade(alembic_config(settings), revision)


def downgrade(settings: Settings, revision: str) -> None:
    """Take the database back to `revision` with Alembic."""
    from alembic import command

    command.downgrade(alembic_config(settings), revision)


def alembic_config(settings: Settings) -> Any:
    """Alembic's configuration for these settings; there is no alembic.ini."""
    from alembic.config import Config

    from annotator.paths import migrations

    config = Config()
    config.set_main_option("script_location", str(migrations()))
    config.set_main_option("path_separator", "os")
    config.attributes["settings"] = settings
    return config
