"""Creating an annotation and opening an article, over HTTP, beside a bare Flask request and a
bare commit.

Requests of both servers and commits are taken in turns, so that whatever else the machine does at
the moment weighs on all of them alike.
"""

import os
import signal
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from annotator.db import sqlite_engine
from annotator.web.access import SESSION_COOKIE
from tests.benchmarks.corpus import Corpus, corpus, spans
from tests.benchmarks.result import Result, spread
from tests.benchmarks.server import bare_flask_server
from tests.support.application import Client, serving

ROUNDS = 300
WARM_UP = 20


def measure() -> list[Result]:
    with corpus() as made, serving(made.settings) as server:
        bare, bare_port = bare_flask_server()
        try:
            client = Client(server.port, {SESSION_COOKIE: made.cookie})
            return [
                *_create(made, client, Client(bare_port)),
                *_open(made, client),
            ]
        finally:
            os.killpg(bare.pid, signal.SIGKILL)
            bare.wait()


def _create(made: Corpus, client: Client, bare: Client) -> list[Result]:
    """One durable annotation against (bare Flask request + one durable commit)."""
    for article in made.blank:
        assert client.open(f"/projects/bench/articles/{article.id}").status == 200
    # Every article in turn, so that none grows beyond what a person tags in one.
    each = -(-(ROUNDS + WARM_UP) // len(made.blank))
    places = ((a, span) for span in spans(made.small.text, each, seed=5) for a in made.blank)
    commit = _committer(made.settings.data_dir)

    def create() -> None:
        article, (start, end) = next(places)
        path = f"/projects/bench/articles/{article.id}/annotations"
        quote = article.text[start:end]
        answer = client.tag(path, (start, end), quote, tag="claim", key=str(uuid.uuid4()))
        assert answer.status == 200, answer.text

    form = {"tag": "claim", "fragments": "[[0,10]]", "quote": "x" * 40, "key": str(uuid.uuid4())}
    ours, flask, disk = _in_turns(create, lambda: bare.post("/", form), commit)
    floor = statistics.median(flask) + statistics.median(disk)
    return [
        Result("bare Flask request", statistics.median(flask), "ms", detail=spread(flask)),
        Result("one durable SQLite commit", statistics.median(disk), "ms", detail=spread(disk)),
        Result(
            "create one annotation, durable", statistics.median(ours), "ms", detail=spread(ours)
        ),
        Result("… as a multiple of the two above", statistics.median(ours) / floor, "×", 3),
    ]


def _committer(folder: Path) -> Callable[[], None]:
    engine = sqlite_engine(f"sqlite:///{folder}/bare.sqlite", begin="BEGIN IMMEDIATE")
    raw = engine.raw_connection()
    raw.cursor().execute("CREATE TABLE row (content TEXT)")

    def commit() -> None:
        cursor = raw.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("INSERT INTO row VALUES (?)", ("x" * 300,))
        cursor.execute("COMMIT")

    return commit


def _in_turns(*actions: Callable[[], object]) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in actions]
    for number in range(ROUNDS + WARM_UP):
        for index, action in enumerate(actions):
            began = time.perf_counter()
            action()
            if number >= WARM_UP:
                times[index].append((time.perf_counter() - began) * 1000)
    return times


def _open(made: Corpus, client: Client) -> list[Result]:
    results = []
    # The small article has grown by what was created above; a fresh database gives the true one.
    with corpus() as fresh, serving(fresh.settings) as server:
        reader = Client(server.port, {SESSION_COOKIE: fresh.cookie})
        for words, article, bar in (
            ("open an article of 6 kB with 20 spans", fresh.small, 10),
            ("open an article of 200 kB with 2,000 spans", fresh.large, 80),
        ):
            path = f"/projects/bench/articles/{article.id}"
            times = []
            for number in range(60):
                began = time.perf_counter()
                answer = reader.get(path)
                if number >= 10:
                    times.append((time.perf_counter() - began) * 1000)
            assert answer.text.count("<mark") > 15
            size = f"{len(answer.body) / 1000:.0f} kB of HTML; {spread(times)}"
            results.append(Result(words, statistics.median(times), "ms", bar, detail=size))
    return results
