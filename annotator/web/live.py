"""The event stream of an article: which rows colleagues changed.

A stream holds a thread and nothing else: no database session, no lock. It begins with what was
missed, ends after ten minutes (the page connects again), and at once when the server stops, the
session ends or the person loses the project.
"""

import time
from collections.abc import Generator, Iterator
from queue import Empty
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from annotator.domain.errors import Invalid
from annotator.domain.roles import Role
from annotator.ids import is_id
from annotator.services import live, reading
from annotator.services.live import Hub, Signal
from annotator.web.access import cookie_name, member
from annotator.web.database import database, reader
from annotator.web.errors import STATUS_OF

blueprint = Blueprint("live", __name__)
STATUS_OF.setdefault(live.TooManyStreams, 429)

#: Seconds between two signs of life, each with a look at the reader's rights.
HEARTBEAT = 15.0
#: Seconds after which a stream ends.
LIFE = 600.0


@blueprint.get("/projects/<slug:slug>/stream")
@member(Role.viewer)
def stream() -> ResponseReturnValue:
    """`row` events of one article after `since` (or Last-Event-ID), `resync` for too many."""
    article_id = request.args.get("article", "")
    if not is_id(article_id):
        raise Invalid("Say which article to watch: ?article=….", "article")
    article = reading.frame(reader(), g.project, article_id)
    after = _since()
    hub = _hub()
    subscription = hub.subscribe(
        user_id=g.user.id,
        project_id=g.project.id,
        article_id=article.id,
        seq=reading.newest_change(reader(), g.project),
    )
    # From here on nothing may depend on the request: it is over before the first line is sent.
    lines = _Lines(
        hub,
        subscription,
        after,
        token=request.cookies.get(cookie_name(), ""),
        heartbeat=current_app.config.get("LIVE_HEARTBEAT", HEARTBEAT),
        life=current_app.config.get("LIVE_LIFE", LIFE),
        database=database(),
    )
    response = Response(lines, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _hub() -> Hub:
    """The hub of this process, made when it is first asked for."""
    opened = database()
    hub = current_app.extensions.get("live")
    if hub is None:
        hub = current_app.extensions.setdefault("live", Hub(opened))
    found: Hub = hub
    return found


def _since() -> int | None:
    """The number after which the reader wants to know: what the browser saw last, or the page."""
    for raw in (
        request.headers.get("Last-Event-ID"),
        request.args.get("since"),
        request.args.get("after"),
    ):
        if raw:
            if not (raw.isascii() and raw.isdigit() and len(raw) < 18):
                raise Invalid("“{value}” is no number of a change.", "since", value=raw[:40])
            return int(raw)
    return None


class _Lines:
    """The lines of one stream. A class and not a generator function, so that `close` unsubscribes
    even when nothing was ever read.
    """

    def __init__(
        self,
        hub: Hub,
        subscription: live.Subscription,
        after: int | None,
        *,
        token: str,
        heartbeat: float,
        life: float,
        database: Any,
    ) -> None:
        self._hub = hub
        self._subscription = subscription
        self._token = token
        self._heartbeat = heartbeat
        self._ends = time.monotonic() + life
        self._database = database
        self._lines = self._all(after)

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def close(self) -> None:
        self._lines.close()
        self._hub.unsubscribe(self._subscription)

    def _all(self, after: int | None) -> Generator[bytes, None, None]:
        try:
            yield b": connected\n\n"
            sent = 0
            if after is not None:
                for signal in self._missed(after):
                    sent = max(sent, signal.seq)
                    yield _event(signal)
            yield from self._coming(sent)
        finally:
            self._hub.unsubscribe(self._subscription)

    def _missed(self, after: int) -> list[Signal]:
        """What happened between the page and the stream."""
        watched = self._subscription
        most = live.MOST_REPLAYED
        with self._database.reading() as db:
            found, read = live.signals(
                db, watched.project_id, after, article_id=watched.article_id, limit=most + 1
            )
        if len(found) > most:
            return [Signal(read, watched.article_id, None, None)]
        return found

    def _coming(self, sent: int) -> Iterator[bytes]:
        checked = time.monotonic()
        while (left := self._ends - time.monotonic()) > 0:
            try:
                signal = self._subscription.get(timeout=min(self._heartbeat, left))
                if signal is None:
                    return
                if signal.seq > sent:
                    yield _event(signal)
            except Empty:
                yield b": \n\n"
            if time.monotonic() - checked >= self._heartbeat:
                checked = time.monotonic()
                if not self._may_go_on():
                    return

    def _may_go_on(self) -> bool:
        with self._database.reading() as db:
            return live.may_watch(db, self._token, self._subscription.project_id)


def _event(signal: Signal) -> bytes:
    """A signal as lines of text/event-stream."""
    if signal.rows is None:
        return b"id: %d\nevent: resync\ndata: {}\n\n" % signal.seq
    data = {
        "seq": signal.seq,
        "article": signal.article_id,
        "rows": signal.rows,
        "by": signal.client,
    }
    return b"id: %d\nevent: row\ndata: %b\n\n" % (signal.seq, orjson.dumps(data))
