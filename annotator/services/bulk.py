"""Many rows at once, straight through the driver, inside the session's own transaction.

An import writes hundreds of thousands of rows. Statements built for each of them would take
longer than the database, so rows are plain tuples here: SQLite takes them by `executemany`,
PostgreSQL by `COPY`. Values must be ready for the driver: JSON as text, truth values as bool.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any

import orjson
from sqlmodel import Session, SQLModel

Row = tuple[Any, ...]

#: Rows in one INSERT on SQLite: fewer statements to begin and to end, within its limit of values.
TOGETHER = 50


def driver(db: Session) -> Any:
    """The driver's connection that carries the session's transaction; what the session holds is
    flushed.
    """
    db.flush()
    return db.connection().connection.driver_connection


def is_postgres(db: Session) -> bool:
    return db.get_bind().dialect.name == "postgresql"


def insert(db: Session, model: type[SQLModel], columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Insert tuples whose values stand in the order of `columns`."""
    if not rows:
        return
    connection = driver(db)
    names = _names(tuple(columns))
    table = f'"{model.__tablename__}"'
    if is_postgres(db):
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({names}) FROM STDIN") as out,
        ):
            for row in rows:
                out.write_row(row)
        return
    head = f"INSERT INTO {table} ({names}) VALUES "  # noqa: S608
    marks = f"({', '.join('?' * len(columns))})"
    whole = len(rows) - len(rows) % TOGETHER
    if whole:
        together = (
            tuple(chain.from_iterable(rows[n : n + TOGETHER])) for n in range(0, whole, TOGETHER)
        )
        connection.executemany(head + ", ".join([marks] * TOGETHER), together)
    connection.executemany(head + marks, rows[whole:])


@cache
def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def select_in(
    db: Session, columns: str, table: str, where: str, keys: Iterable[str], *, more: str = ""
) -> list[Row]:
    """Rows of `table` whose column `where` is one of `keys`, however many; an index on it is used.

    `columns`, `table`, `where` and `more` are our own words, never a user's.
    """
    return fetch_in(driver(db), is_postgres(db), columns, table, where, keys, more=more)


def fetch_in(
    connection: Any,
    postgres: bool,
    columns: str,
    table: str,
    where: str,
    keys: Iterable[str],
    *,
    more: str = "",
) -> list[Row]:
    """As select_in, over a driver's connection."""
    wanted = list(keys)
    if not wanted:
        return []
    if postgres:
        sql = f"SELECT {columns} FROM {table} WHERE {where} = ANY(%s) {more}"  # noqa: S608
        with connection.cursor() as cursor:
            return list(cursor.execute(sql, (wanted,)).fetchall())
    sql = (
        f"SELECT {columns} FROM {table} "  # noqa: S608
        f"WHERE {where} IN (SELECT value FROM json_each(?)) {more}"
    )
    return list(connection.execute(sql, (orjson.dumps(wanted).decode(),)).fetchall())
