"""The event stream: what is told, to whom, from where on, and how it ends."""

import json
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from sqlmodel import Session

from annotator.models import Article, Membership, User, UserSession
from annotator.services import live, log
from annotator.stopping import stopping
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_event
from tests.web.test_annotations import HTMX, form, one, stored, url

Client = Callable[[str], FlaskClient]


@pytest.fixture
def article(db: Session, stage: Stage) -> Article:
    made = make_article(db, stage.project)
    db.commit()
    return made


class Stream:
    """An open stream, read in a thread of its own; one that is to be closed is not read."""

    def __init__(
        self,
        client: FlaskClient,
        article: Article,
        query: str = "",
        read: bool = True,
        **headers: str,
    ):
        path = f"/projects/visit/stream?article={article.id}{query}"
        self.answer = client.get(path, headers=headers, buffered=False)
        self.lines: list[bytes] = []
        self.ended = False
        if read and self.answer.status_code == 200:
            Thread(target=self._read, daemon=True).start()
            wait_for(lambda: self.lines)

    def _read(self) -> None:
        for line in self.answer.response:
            self.lines.append(line)
        self.ended = True

    @property
    def events(self) -> list[dict[str, Any]]:
        return [
            json.loads(line.split(b"data: ")[1]) for line in self.lines if b"event: row" in line
        ]

    def wait(self, number: int = 1) -> list[dict[str, Any]]:
        wait_for(lambda: len(self.events) >= number)
        return self.events

    def close(self) -> None:
        self.answer.close()


def wait_for(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def nothing_left_open(app: Flask) -> Iterator[None]:
    app.config["LIVE_LIFE"] = 20.0
    yield
    if "live" in app.extensions:
        for subscription in list(hub(app)._open):
            subscription.put(None)
        hub(app)._open.clear()
        wait_for(lambda: hub(app)._thread is None or not hub(app)._thread.is_alive())
    stopping.clear()


def hub(app: Flask) -> live.Hub:
    found: live.Hub = app.extensions["live"]
    return found


def test_bob_is_told_which_rows_alice_changed(
    client_of: Client, db: Session, article: Article
) -> None:
    stream = Stream(client_of("bob"), article)
    assert stream.answer.mimetype == "text/event-stream"
    assert stream.answer.headers["Cache-Control"] == "no-store"
    assert stream.answer.headers["X-Accel-Buffering"] == "no"
    client_of("alice").post(url(article), data=form(article, "Стороны"), headers=HTMX)
    (event,) = stream.wait()
    assert (event["article"], event["rows"], event["by"]) == (article.id, [2], "tab-1")
    assert stream.lines[-1].startswith(b"id: %d\n" % event["seq"])


def test_edits_links_verdicts_deletes_and_undos_are_told_too(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    row = make_annotation(db, article, stage.alice, "Президент")
    event = make_event(db, stage.project)
    db.commit()
    stream = Stream(client_of("bob"), article)
    alice = client_of("alice")
    alice.post(one(row), data={"version": 1, "note": "новое"}, headers=HTMX)
    alice.post(f"{one(row)}/events", data={"event": event.id}, headers=HTMX)
    client_of("rita").post(f"{one(row)}/reviews", data={"verdict": "accepted"}, headers=HTMX)
    alice.post(f"{one(row)}/delete", headers=HTMX)
    alice.post(f"/projects/visit/articles/{article.id}/undo", headers=HTMX)
    assert [told["rows"] for told in stream.wait(5)] == [[1]] * 5


def test_moving_a_passage_tells_of_the_rows_it_left(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    row = make_annotation(db, article, stage.alice, "Президент")
    db.commit()
    stream = Stream(client_of("bob"), article)
    moved = form(article, "Стороны")
    data = {"version": 1, "fragments": moved["fragments"], "quote": moved["quote"]}
    client_of("alice").post(one(row), data=data, headers=HTMX)
    assert stream.wait()[0]["rows"] == [1, 2]


def test_other_articles_are_not_told(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    other = make_article(db, stage.project)
    db.commit()
    stream = Stream(client_of("bob"), article)
    alice = client_of("alice")
    alice.post(url(other), data=form(other, "Стороны"), headers=HTMX)
    alice.post(url(article), data=form(article, "Наблюдатели"), headers=HTMX)
    assert [event["rows"] for event in stream.wait()] == [[3]]


@pytest.mark.parametrize("how", ["since", "after", "header"])
def test_a_stream_begins_with_what_was_missed(
    client_of: Client, db: Session, article: Article, stage: Stage, how: str
) -> None:
    alice = client_of("alice")
    alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    seq = log.last_seq(db, stage.project.id)
    db.commit()
    alice.post(url(article), data=form(article, "Стороны"), headers=HTMX)
    if how == "header":
        stream = Stream(client_of("bob"), article, "&since=0", **{"Last-Event-ID": str(seq)})
    else:
        stream = Stream(client_of("bob"), article, f"&{how}={seq}")
    assert [event["rows"] for event in stream.wait()] == [[2]]
    alice.post(url(article), data=form(article, "Наблюдатели"), headers=HTMX)
    assert [event["rows"] for event in stream.wait(2)] == [[2], [3]]


def test_an_import_makes_the_page_fetch_everything(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    stream = Stream(client_of("bob"), article)
    log.record(
        db,
        actor=log.Actor(stage.lena.id),
        noun="article",
        noun_id=article.id,
        action="import",
        project_id=stage.project.id,
        article_id=article.id,
        after={"annotations": 9},
    )
    db.commit()
    wait_for(lambda: any(b"event: resync" in line for line in stream.lines))


def test_too_much_missed_is_one_resync(
    client_of: Client,
    db: Session,
    article: Article,
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "MOST_REPLAYED", 2)
    alice = client_of("alice")
    for _ in range(3):
        alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    stream = Stream(client_of("bob"), article, "&since=0")
    wait_for(lambda: any(b"event: resync" in line for line in stream.lines))
    assert stream.events == []


def test_a_stream_that_cannot_keep_up_fetches_everything_later() -> None:
    slow = live.Subscription("u", "p", "a")
    for seq in range(1, live.MOST_WAITING + 10):
        slow.put(live.Signal(seq, "a", (1,), None))
    got = [slow.get(0.1) for _ in range(live.MOST_WAITING)]
    assert got[-1] is not None
    assert got[-1].rows is None


@pytest.mark.parametrize(("person", "status"), [("mallory", 404), ("nobody", 401), ("vera", 200)])
def test_who_may_watch(client_of: Client, article: Article, person: str, status: int) -> None:
    stream = Stream(client_of(person), article, read=False)
    assert stream.answer.status_code == status
    stream.close()


def test_bad_addresses_of_streams_are_refused(client_of: Client, article: Article) -> None:
    bob = client_of("bob")
    unknown = "01a204cd-586b-7f09-b8d2-e6393ba37a2f"
    for query, status in (
        ("", 422),
        ("article=x", 422),
        (f"article={unknown}", 404),
        (f"article={article.id}&since=x", 422),
        (f"article={article.id}&since={'9' * 40}", 422),
        (f"article={article.id}&since=-1", 422),
    ):
        assert bob.get(f"/projects/visit/stream?{query}").status_code == status


def test_a_seventh_stream_of_one_person_is_refused(
    client_of: Client, app: Flask, article: Article
) -> None:
    bob = client_of("bob")
    streams = [Stream(bob, article, read=False) for _ in range(live.STREAMS_PER_USER)]
    assert Stream(bob, article).answer.status_code == 429
    streams[0].close()
    wait_for(lambda: hub(app).streams == live.STREAMS_PER_USER - 1)
    assert Stream(bob, article).answer.status_code == 200


@pytest.mark.parametrize("loss", ["session", "account", "membership"])
def test_a_stream_ends_when_its_reader_loses_the_right(
    client_of: Client, app: Flask, db: Session, article: Article, stage: Stage, loss: str
) -> None:
    app.config["LIVE_HEARTBEAT"] = 0.1
    stream = Stream(client_of("bob"), article)
    if loss == "session":
        db.execute(delete(UserSession))
    elif loss == "account":
        db.execute(update(User).where(User.name == "bob").values(is_active=False))
    else:
        db.execute(delete(Membership).where(Membership.user_id == stage.bob.id))
    db.commit()
    wait_for(lambda: stream.ended)
    assert hub(app).streams == 0


def test_a_quiet_stream_shows_that_it_lives(
    client_of: Client, app: Flask, article: Article
) -> None:
    app.config["LIVE_HEARTBEAT"] = 0.05
    stream = Stream(client_of("bob"), article)
    wait_for(lambda: stream.lines.count(b": \n\n") >= 3)


def test_a_stream_ends_after_its_life(client_of: Client, app: Flask, article: Article) -> None:
    app.config["LIVE_LIFE"] = 0.2
    stream = Stream(client_of("bob"), article)
    wait_for(lambda: stream.ended)


def test_all_streams_end_at_once_when_the_server_stops(
    client_of: Client, app: Flask, article: Article
) -> None:
    streams = [Stream(client_of("bob"), article), Stream(client_of("alice"), article)]
    began = time.monotonic()
    stopping.set()
    wait_for(lambda: all(stream.ended for stream in streams))
    assert time.monotonic() - began < 1.0


def test_the_watcher_ends_with_the_last_stream_and_begins_again(
    client_of: Client, app: Flask, db: Session, article: Article
) -> None:
    bob, alice = client_of("bob"), client_of("alice")
    first = Stream(bob, article, read=False)
    first.close()
    wait_for(lambda: hub(app)._thread is None)
    second = Stream(bob, article)
    alice.post(url(article), data=form(article, "Стороны"), headers=HTMX)
    assert second.wait()[0]["rows"] == [2]
    assert len(stored(db)) == 1


def test_a_stream_holds_no_connection(client_of: Client, app: Flask, article: Article) -> None:
    streams = [Stream(client_of("bob"), article) for _ in range(4)]
    engine = app.extensions["database"].read_engine
    # The one that may be out belongs to the watcher.
    wait_for(lambda: engine.pool.checkedout() <= 1)
    assert len(streams) == 4
