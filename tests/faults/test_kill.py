"""kill -9 in the middle of a stream of creates.

What was acknowledged must be there afterwards, and what was not is sent again under its key, as
the browser does: then it is there exactly once, whether the first attempt had reached the disk or
not.
"""

import http.client
import random
import threading
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from annotator.db import Database
from annotator.models import Annotation, Article, Change, table
from annotator.services import sessions
from annotator.settings import Settings
from annotator.web.access import SESSION_COOKIE
from tests.conftest import Stage
from tests.factories import make_article
from tests.support.application import Client, Running, free_port, start

WRITERS = 4
ROUNDS = 3


@dataclass
class Writer:
    """Somebody who tags without pause, and remembers what the server acknowledged."""

    article: Article
    cookie: str
    port: int
    seed: int
    acknowledged: list[str] = field(default_factory=list)
    waiting: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - a test that can be repeated
        self.path = f"/projects/visit/articles/{self.article.id}"

    def client(self) -> Client:
        client = Client(self.port, {SESSION_COOKIE: self.cookie})
        assert client.open(self.path).status == 200
        return client

    def send(self, client: Client, key: str, passage: tuple[int, int]) -> None:
        start, end = passage
        quote = self.article.text[start:end]
        answer = client.tag(f"{self.path}/annotations", passage, quote, tag="claim", key=key)
        assert answer.status == 200, answer.text
        self.acknowledged.append(key)
        self.waiting.pop(key, None)

    def until_cut_off(self, stop: threading.Event) -> None:
        with suppress(OSError, http.client.HTTPException), self.client() as client:
            while not stop.is_set():
                start = self.random.randrange(0, len(self.article.text) - 20)
                key, passage = str(uuid.uuid4()), (start, start + self.random.randrange(5, 20))
                self.waiting[key] = passage
                self.send(client, key, passage)

    def again(self) -> None:
        with self.client() as client:
            for key, passage in list(self.waiting.items()):
                self.send(client, key, passage)


@pytest.fixture
def article(db: Session, stage: Stage) -> Article:
    made = make_article(db, stage.project, "Слово за словом идёт рассказ без конца. " * 50)
    db.commit()
    return made


@pytest.mark.timeout(180)
def test_kill_9_loses_no_acknowledged_annotation_and_doubles_none(
    settings: Settings, database: Database, db: Session, stage: Stage, article: Article
) -> None:
    cookies = [sessions.open_session(db, stage.alice) for _ in range(WRITERS)]
    db.commit()
    port = free_port()
    writers = [Writer(article, cookie, port, seed) for seed, cookie in enumerate(cookies)]
    lengths = random.Random(7)  # noqa: S311 - a test that can be repeated
    for _ in range(ROUNDS):
        running = start(settings, port=port)
        _write_until_killed(writers, running, after=lengths.uniform(0.5, 1.2))
    running = start(settings, port=port)
    try:
        for writer in writers:
            writer.again()
    finally:
        running.stop()
    _check(database, writers)


def _write_until_killed(writers: list[Writer], running: Running, *, after: float) -> None:
    stop = threading.Event()
    threads = [threading.Thread(target=writer.until_cut_off, args=[stop]) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(after)
    running.kill()
    stop.set()
    for thread in threads:
        thread.join(30)


def _check(database: Database, writers: list[Writer]) -> None:
    sent = [key for writer in writers for key in writer.acknowledged]
    assert len(sent) == len(set(sent)), "a key was acknowledged twice to the same writer"
    assert len(sent) > WRITERS * ROUNDS, "the writers hardly wrote: this proves nothing"
    with database.reading() as db:
        change = table(Change).c
        made = Counter(
            db.execute(select(change.request_key).where(change.action == "create")).scalars()
        )
        stored = db.execute(select(table(Annotation).c.id)).scalars().all()
        assert set(made) == set(sent)
        assert set(made.values()) == {1}
        assert len(stored) == len(sent)
        if database.is_sqlite:
            assert db.connection().execute(text("PRAGMA integrity_check")).scalar() == "ok"
            assert not db.connection().execute(text("PRAGMA foreign_key_check")).all()
