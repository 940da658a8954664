"""A look at the database that costs milliseconds, so that a start with nothing to do does nothing.

Alembic and SQLAlchemy take half a second to import. Which migration a database stands at is one
row, and which one is the newest stands in the files; both are read here without them.
"""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator import paths
from annotator.settings import Settings

_REVISION = re.compile(r"^(down_revision|revision)\b[^=\n]*= *(?:[\"']([^\"']+)[\"']|None)", re.M)


@dataclass(frozen=True)
class Glance:
    """What a database holds: its migration (None when it has no tables yet), and whether it has a
    project."""

    revision: str | None
    has_project: bool = False


def revisions(folder: Path | None = None) -> tuple[str, ...]:
    """All migrations in `folder`, the newest last. Raises ValueError unless they form one chain."""
    following: dict[str, str] = {}
    for path in (folder or paths.migrations() / "versions").glob("*.py"):
        found = dict(_REVISION.findall(path.read_text(encoding="utf-8")))
        following[found.get("down_revision", "")] = found["revision"]
    chain: list[str] = []
    while (last := chain[-1] if chain else "") in following:
        chain.append(following.pop(last))
    if following:
        raise ValueError(f"Migrations do not form one chain: nothing leads to {following}.")
    return tuple(chain)


def glance(settings: Settings) -> Glance:
    """Look at the database. A SQLite file that is not there is an empty database and is not made.

    Raises the driver's error when the database cannot be opened.
    """
    if not settings.is_sqlite:
        import psycopg

        address = settings.database_url.replace("postgresql+psycopg:", "postgresql:", 1)
        with psycopg.connect(address, connect_timeout=10) as connection:
            return _look(
                connection, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            )
    path = sqlite_path(settings)
    if not path.exists():
        return Glance(None)
    with closing(open_sqlite(path)) as connection:
        return _look(connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")


def _look(connection: Any, tables_query: str) -> Glance:
    tables = {name for (name,) in _rows(connection, tables_query)}
    if "alembic_version" not in tables:
        return Glance(None)
    found = _rows(connection, "SELECT version_num FROM alembic_version")
    has_project = "project" in tables and bool(_rows(connection, "SELECT 1 FROM project LIMIT 1"))
    return Glance(found[0][0] if found else None, has_project)


def _rows(connection: Any, query: str) -> Sequence[tuple[Any, ...]]:
    rows: Sequence[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows


def sqlite_path(settings: Settings) -> Path:
    """The file of an embedded database."""
    return Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0])


def open_sqlite(path: Path) -> Any:
    """A plain connection to an existing file, by the same SQLite library as `annotator.db` uses."""
    try:
        from pysqlite3 import dbapi2 as sqlite
    except ImportError:
        import sqlite3 as sqlite
    return sqlite.connect(f"file:{path}?mode=rw", uri=True, timeout=10)
