"""The first tables: what they accept, what they refuse, and that data survive what comes later.

Rows are written as plain SQL, since a migration must be understood without the models of its day.
"""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from annotator import db as database_module
from annotator.db import Database
from annotator.settings import Settings

AT = "2026-11-22T10:00:00.000000Z"
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("user", {"id": "u", "name": "alice", "display_name": "", "is_admin": 0, "is_active": 1}),
    ("project", {"id": "p", "slug": "visit", "title": "Визит", "description": "",
                 "codebook_version": 1}),
    ("article", {"id": "a", "project_id": "p", "position": 1, "title": "Т", "sources": "{}",
                 "text": "Мы союзники 😀", "text_sha256": "0", "length": 13, "words": 2,
                 "import_changes": "[]", "version": 1}),
    ("tag", {"id": "t", "project_id": "p", "name": "claim", "position": 1, "content": "{}",
             "version": 1}),
    ("annotation", {"id": "n", "project_id": "p", "article_id": "a", "annotator_id": "u",
                    "tag_id": "t", "start": 3, "end": 11, "text": "союзники", "attributes": "{}",
                    "note": "", "state": "submitted", "layer": "annotator", "origin": "human",
                    "codebook_version": 1, "version": 1, "updated_at": AT}),
    ("event", {"id": "e", "project_id": "p", "position": 1, "title": "Встреча", "kind": "event",
               "place": "", "aliases": "[]", "description": "", "version": 1}),
    ("event_link", {"annotation_id": "n", "event_id": "e"}),
]  # fmt: skip


@pytest.fixture
def at_0001(settings: Settings, database: Database) -> Database:
    database_module.downgrade(settings, "base")
    database_module.upgrade(settings, "0001")
    return database


def insert(db: Session, table: str, values: dict[str, Any]) -> None:
    timed = values if table == "tag" else {**values, "created_at": AT}
    if db.get_bind().dialect.name == "postgresql":
        timed = {k: bool(v) if k in ("is_admin", "is_active") else v for k, v in timed.items()}
    columns = ", ".join(f'"{name}"' for name in timed)
    places = ", ".join(f":{name}" for name in timed)
    db.connection().execute(text(f'INSERT INTO "{table}" ({columns}) VALUES ({places})'), timed)  # noqa: S608 - names of our own


def insert_all(db: Session) -> None:
    for table, values in ROWS:
        insert(db, table, values)


def test_data_survive_the_way_up_to_the_newest_revision(
    settings: Settings, at_0001: Database
) -> None:
    with at_0001.writing() as db:
        insert_all(db)
    database_module.upgrade(settings, "head")
    with at_0001.reading() as db:
        row = (
            db.connection()
            .execute(
                text(
                    'SELECT n."text", e.title FROM annotation n JOIN event_link l ON '
                    "l.annotation_id = n.id JOIN event e ON e.id = l.event_id"
                )
            )
            .one()
        )
    assert tuple(row) == ("союзники", "Встреча")
    database_module.downgrade(settings, "0001")
    with at_0001.reading() as db:
        assert db.connection().execute(text('SELECT "end" FROM annotation')).scalar() == 11


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("annotation", {"start": -1}),
        ("annotation", {"start": 11}),
        ("annotation", {"start": "abc"}),
        ("annotation", {"end": 11.5}),
        ("annotation", {"state": "finished"}),
        ("annotation", {"layer": "other"}),
        ("annotation", {"article_id": "nowhere"}),
        ("annotation", {"annotator_id": "nobody"}),
        ("event", {"kind": "gossip"}),
        ("article", {"length": -1}),
        ("project", {"slug": None}),
    ],
    ids=str,
)
def test_the_database_itself_refuses(at_0001: Database, table: str, change: dict[str, Any]) -> None:
    if change == {"end": 11.5} and not at_0001.is_sqlite:
        # PostgreSQL rounds a float for an integer column, as its documentation says.
        change = {"end": "11.5"}
    names = [name for name, _ in ROWS]
    before = dict(ROWS[: names.index(table)])
    with at_0001.writer() as db:
        for name, values in before.items():
            insert(db, name, values)
        with pytest.raises(DBAPIError):
            insert(db, table, {**dict(ROWS)[table], **change})


def test_deleting_an_article_takes_its_annotations_and_their_links_along(
    at_0001: Database,
) -> None:
    with at_0001.writing() as db:
        insert_all(db)
        db.connection().execute(text("DELETE FROM article"))
    with at_0001.reading() as db:
        left = db.connection().execute(text("SELECT count(*) FROM event_link")).scalar()
    assert left == 0
