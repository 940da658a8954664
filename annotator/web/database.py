"""The request's database session.

A GET reads; everything else writes. The session opens when it is first asked for and is closed
when the request ends; what was not committed by then never happened. After `commit()` the request
goes on reading, on a reader, so that the write lock is held no longer than the write.
"""

from flask import Flask, current_app, g, request
from sqlmodel import Session

from annotator.db import Database

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def database() -> Database:
    """The application's database."""
    found: Database = current_app.extensions["database"]
    return found


def reader() -> Session:
    """The session with which this request reads."""
    if "reader" not in g:
        g.reader = database().reader()
    found: Session = g.reader
    return found


def session() -> Session:
    """The session in which this request does its work: a writer for all but safe methods."""
    if request.method in SAFE_METHODS or g.get("committed"):
        return reader()
    if "writer" not in g:
        # A reader that is still open would go on seeing the world before the write.
        _close("reader")
        g.writer = database().writer()
    found: Session = g.writer
    return found


def commit() -> None:
    """Make this request's changes last: called once, by the route, before it renders."""
    if "writer" in g:
        g.writer.commit()
        _close("writer")
    g.committed = True


def _close(name: str) -> None:
    opened: Session | None = g.pop(name, None)
    if opened is not None:
        opened.close()


def init_app(app: Flask, opened: Database) -> None:
    app.extensions["database"] = opened

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        _close("writer")
        _close("reader")
