"""Who watches an article is told which of its rows changed.

The log of changes is the only source: a watcher of each process reads what is new in it and hands
"rows 3 and 4 of this article changed" to the streams of that article. A stream that was away reads
from the log what it missed. Signals carry no content; whoever gets one asks for the rows with
rights and filters of their own.

The watcher notices commits cheaply: SQLite counts those of other connections (PRAGMA data_version,
3 µs), and on PostgreSQL it looks into the log five times a second. It runs only while somebody
watches.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from threading import Lock, Thread
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlmodel import Session

from annotator.db import Database
from annotator.domain.errors import DomainError
from annotator.models import Annotation, Article, Change, Membership, Project
from annotator.models.base import table
from annotator.services import reading, sessions
from annotator.stopping import stopping

_annotation: Any = table(Annotation)
_article: Any = table(Article)
_change: Any = table(Change)
_membership: Any = table(Membership)

#: Seconds between two looks.
POLL_SQLITE = 0.06
POLL_POSTGRES = 0.2
#: Signals that wait for one slow stream; what is more makes it fetch everything anew.
MOST_WAITING = 256
#: Missed changes that are told one by one.
MOST_REPLAYED = 500
STREAMS_PER_USER = 6
STREAMS_PER_PROCESS = 200

_logger = logging.getLogger(__name__)


class TooManyStreams(DomainError):
    """No further stream is opened now; the page works without it (web: 429)."""


class Signal(NamedTuple):
    """Rows of an article changed with one change; `rows` is None when everything did."""

    seq: int
    article_id: str
    rows: tuple[int, ...] | None
    client: str | None


# ------------------------------------------------------------------------------ reading the log


def signals(
    db: Session, project_id: str, after: int, *, article_id: str | None = None, limit: int = 2_000
) -> tuple[list[Signal], int]:
    """What happened in a project's articles (or in one of them) after a number of the log, and the
    number up to which the log was read.
    """
    there = and_(_change.c.project_id == project_id, _change.c.seq > after)
    if article_id is not None:
        there = and_(there, _change.c.article_id == article_id)
    rows = db.execute(
        select(
            _change.c.seq,
            _change.c.article_id,
            _change.c.noun,
            _change.c.noun_id,
            _change.c.action,
            _change.c.before,
            _change.c.after,
            _change.c.client,
        )
        .where(there)
        .order_by(_change.c.seq)
        .limit(limit)
    ).all()
    if not rows:
        return [], after
    changes = [row for row in rows if row.article_id is not None]
    places = _places(db, {_about(row) for row in changes if row.noun in _ABOUT})
    layouts: dict[str, reading.Layout] = {}
    found = []
    for row in changes:
        if row.noun == "article":
            found.append(Signal(row.seq, row.article_id, None, row.client))
        elif row.noun in _ABOUT and _about(row) in places:
            laid = layouts.get(row.article_id)
            if laid is None:
                laid = layouts[row.article_id] = _layout(db, row.article_id)
            pieces = [*places[_about(row)], *_former_place(row)]
            found.append(
                Signal(row.seq, row.article_id, tuple(sorted(laid.touched(pieces))), row.client)
            )
    return found, rows[-1].seq


#: Nouns of the log that are about one annotation.
_ABOUT = ("annotation", "event_link", "review")


def _about(row: Any) -> str:
    """The id of the annotation that a change is about."""
    states = row.after or row.before or {}
    return str(states.get("annotation_id") or row.noun_id)


def _former_place(row: Any) -> list[list[int]]:
    """Where an annotation stood before its edges were moved."""
    before = row.before or {}
    if before.get("fragments"):
        return list(before["fragments"])
    if "start" in before or "end" in before:
        start = before.get("start", before.get("end", 1) - 1)
        return [[start, before.get("end", start + 1)]]
    return []


def _places(db: Session, ids: set[str]) -> dict[str, list[list[int]]]:
    """The pieces of annotations by their id, deleted ones included."""
    if not ids:
        return {}
    rows = db.execute(
        select(
            _annotation.c.id, _annotation.c.start, _annotation.c.end, _annotation.c.fragments
        ).where(_annotation.c.id.in_(sorted(ids)))
    )
    return {row.id: row.fragments or [[row.start, row.end]] for row in rows}


def _layout(db: Session, article_id: str) -> reading.Layout:
    sha = db.execute(select(_article.c.text_sha256).where(_article.c.id == article_id)).scalar_one()
    return reading.layout(db, article_id, sha)


def may_watch(db: Session, token: str, project_id: str) -> bool:
    """Whether the session of a token still lives and its user may still read the project."""
    found = sessions.find(db, token)
    if found is None:
        return False
    if found[1].is_admin:
        return db.get(Project, project_id) is not None
    role = db.execute(
        select(_membership.c.role).where(
            _membership.c.project_id == project_id, _membership.c.user_id == found[1].id
        )
    ).scalar()
    return role is not None


# ------------------------------------------------------------------------------ handing it out


@dataclass(eq=False)
class Subscription:
    """One open stream. `None` out of `get` means that the server stops."""

    user_id: str
    project_id: str
    article_id: str
    queue: "Queue[Signal | None]" = field(default_factory=lambda: Queue(MOST_WAITING))
    overflowed: bool = False

    def put(self, signal: Signal | None) -> None:
        """Never waits: a stream that cannot keep up fetches everything later."""
        try:
            self.queue.put_nowait(signal)
        except Full:
            self.overflowed = True

    def get(self, timeout: float) -> Signal | None:
        """The next signal. Raises queue.Empty when nothing comes in `timeout` seconds."""
        signal = self.queue.get(timeout=timeout)
        if signal is not None and self.overflowed and self.queue.empty():
            self.overflowed = False
            return Signal(signal.seq, self.article_id, None, None)
        return signal


class Hub:
    """The streams of this process and the thread that feeds them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._open: list[Subscription] = []
        #: Up to which number of the log each watched project was read.
        self._read: dict[str, int] = {}
        self._thread: Thread | None = None

    def subscribe(
        self, *, user_id: str, project_id: str, article_id: str, seq: int
    ) -> Subscription:
        """Open a stream of what comes after the change `seq`. Raises TooManyStreams."""
        made = Subscription(user_id, project_id, article_id)
        with self._lock:
            mine = Counter(one.user_id for one in self._open)[user_id]
            if mine >= STREAMS_PER_USER or len(self._open) >= STREAMS_PER_PROCESS:
                raise TooManyStreams(
                    "Too many pages are open at once; this one shows changes when it is reloaded."
                )
            self._open.append(made)
            self._read.setdefault(project_id, seq)
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="live", daemon=True)
                self._thread.start()
        return made

    def unsubscribe(self, subscription: Subscription) -> None:
        with self._lock:
            if subscription in self._open:
                self._open.remove(subscription)
            if all(one.project_id != subscription.project_id for one in self._open):
                self._read.pop(subscription.project_id, None)

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._open)

    def _watch(self) -> None:
        """The thread: look, hand out, wait; it ends with the last stream or with the server."""
        look, close = self._look()
        poll = POLL_SQLITE if self._database.is_sqlite else POLL_POSTGRES
        try:
            while not stopping.wait(poll):
                with self._lock:
                    if not self._open:
                        self._thread = None
                        return
                try:
                    if look():
                        self._hand_out()
                except Exception:
                    # A busy or vanished database must not end live updates for good.
                    _logger.exception("live updates: the log could not be read")
                    stopping.wait(1)
        finally:
            close()
            with self._lock:
                if stopping.is_set():
                    for one in self._open:
                        one.put(None)

    def _look(self) -> tuple[Callable[[], bool], Callable[[], None]]:
        """A function that says whether the database changed since it was last asked."""
        if not self._database.is_sqlite:
            return lambda: True, lambda: None
        connection: Any = self._database.read_engine.raw_connection()
        seen: list[int] = [-1]

        def look() -> bool:
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            changed = version != seen[0]
            seen[0] = version
            return bool(changed)

        return look, connection.close

    def _hand_out(self) -> None:
        with self._lock:
            projects = dict(self._read)
        for project_id, after in projects.items():
            with self._database.reading() as db:
                found, read = signals(db, project_id, after)
            with self._lock:
                if project_id in self._read:
                    self._read[project_id] = max(self._read[project_id], read)
                watching = [one for one in self._open if one.project_id == project_id]
            for signal in found:
                for one in watching:
                    if one.article_id == signal.article_id:
                        one.put(signal)


__all__ = ["Empty", "Hub", "Signal", "Subscription", "TooManyStreams", "may_watch", "signals"]
