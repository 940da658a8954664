"""Import and export of 5,000 articles with 20 spans each, beside raw SQLite and orjson.

The raw side does the least that could be called the same work: every line parsed, every slice
compared with its text, one row for each span in the same table with the same indexes; and every
row read and written as a line. Spans are as people make them: two thirds have attributes, all are
different, some lie in an event, some have a verdict.
"""

import hashlib
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from annotator.db import Database, connect, upgrade
from annotator.ids import new_id
from annotator.services import exports, imports, log, projects
from annotator.settings import Settings
from tests.benchmarks.result import Result

ARTICLES = 5_000
SPANS = 20
TIMES = 3

SENTENCE = (
    "визит переговоры соглашение президент министр рынок партнёр договор граница товарооборот "
    "коридор безопасность заявление эксперт наблюдатель союз развитие проект инвестиции страна"
)
WORDS = SENTENCE.split()


def corpus(path: Path, articles: int = ARTICLES, spans: int = SPANS) -> None:
    """Write a file of `annotator.article/1` lines; ids apart, always the same."""
    chance = random.Random(20251122)  # noqa: S311 - not for secrets
    events = [new_id() for _ in range(40)]
    with path.open("wb") as file:
        for number in range(articles):
            file.write(orjson.dumps(_article(number, spans, events, chance)) + b"\n")


def _article(number: int, spans: int, events: list[str], chance: random.Random) -> dict[str, Any]:
    text = " ".join(chance.choice(WORDS) for _ in range(280))
    made = []
    for n in range(spans):
        start = chance.randrange(0, len(text) - 80)
        end = start + chance.randrange(5, 80)
        label = ("claim", "evaluation", "quote", "figure")[n % 4]
        made.append(
            {
                "id": new_id(),
                "start": start,
                "end": end,
                "label": label,
                "text": text[start:end],
                "annotator": ("alice", "bob", "carol")[n % 3],
                "layer": "annotator",
                "status": "accepted" if n == 0 else "submitted",
                "origin": "human",
                "attributes": _attributes(label, n, number),
                "events": [events[(n + number) % 40]] if n % 3 == 0 else [],
                "note": "",
                "reviews": [_verdict()] if n == 0 else [],
                "comments": [],
                "created_at": "2025-11-22T10:00:00.000000Z",
                "updated_at": "2025-11-22T10:00:00.000000Z",
                "version": 1,
            }
        )
    made.sort(key=lambda span: (span["start"], span["end"]))
    return {
        "schema": "annotator.article/1",
        "id": new_id(),
        "text": text,
        "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "offset_unit": "codepoint",
        "meta": {
            "title": f"Статья {number}",
            "author": f"Автор {number % 50}",
            "outlet": None,
            "published": "2025-11-13",
            "published_precision": "day",
            "published_source": "in_text",
            "language": "ru",
            "url": None,
            "source_file": f"{number:05}.txt",
        },
        "spans": made,
    }


def _attributes(label: str, n: int, number: int) -> dict[str, Any]:
    if label == "evaluation":
        return {"holder": "author", "polarity": n % 5 - 2, "target": f"Страна {number % 500}"}
    if label == "figure":
        return {"measure": f"показатель {n}", "unit": "USD", "value": str(number * 100 + n)}
    if label == "quote":
        return {"form": "direct", "speaker": f"Человек {(number * 7 + n) % 900}"}
    return {}


def _verdict() -> dict[str, str]:
    return {"by": "rita", "verdict": "accepted", "reason": "", "at": "2025-11-23T10:00:00.000000Z"}


# ------------------------------------------------------------------------------ the raw side


def raw_import(database: Database, path: Path, project_id: str, tags: dict[str, str]) -> float:
    """Seconds for orjson, slices and executemany, in one transaction."""
    begin = time.perf_counter()
    with database.writing() as db:
        driver = db.connection().connection.driver_connection
        assert driver is not None
        users = {}
        for name in ("alice", "bob", "carol"):
            users[name] = new_id()
            row = (users[name], name, "", 0, 1, "")
            sql = "INSERT INTO user (id, name, display_name, is_admin, is_active, created_at) "
            driver.execute(sql + "VALUES (?, ?, ?, ?, ?, ?)", row)
        articles, rows = [], []
        with path.open("rb") as file:
            for position, line in enumerate(file, start=1):
                data = orjson.loads(line)
                text = data["text"]
                kept = (data["id"], project_id, position, data["meta"]["title"], "{}", text)
                articles.append((*kept, data["text_sha256"], len(text), 0, "[]", ""))
                for s in data["spans"]:
                    assert text[s["start"] : s["end"]] == s["text"]
                    names = (users[s["annotator"]], tags[s["label"]])
                    place = (s["start"], s["end"], s["text"])
                    said = (orjson.dumps(s["attributes"]).decode(), s["note"], "submitted")
                    made = (s["layer"], s["origin"], 1, 1, s["created_at"], s["updated_at"])
                    rows.append((s["id"], project_id, data["id"], *names, *place, *said, *made))
                if len(rows) >= 5_000:
                    _insert(driver, articles, rows)
                    articles, rows = [], []
        _insert(driver, articles, rows)
    return time.perf_counter() - begin


def _insert(driver: Any, articles: list[Any], rows: list[Any]) -> None:
    driver.executemany(
        "INSERT INTO article (id, project_id, position, title, sources, text, text_sha256, length, "
        "words, import_changes, created_at, version) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        articles,
    )
    driver.executemany(
        "INSERT INTO annotation (id, project_id, article_id, annotator_id, tag_id, start, "
        '"end", text, attributes, note, state, layer, origin, codebook_version, version, '
        "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def raw_export(database: Database, path: Path) -> float:
    """Seconds for every row of the table as a line of JSON."""
    begin = time.perf_counter()
    with database.reading() as db, path.open("wb") as file:
        driver = db.connection().connection.driver_connection
        assert driver is not None
        cursor = driver.execute("SELECT * FROM annotation ORDER BY article_id, start")
        names = [column[0] for column in cursor.description]
        for row in cursor:
            file.write(orjson.dumps(dict(zip(names, row, strict=True))) + b"\n")
    return time.perf_counter() - begin


# ------------------------------------------------------------------------------ ours


def our_import(database: Database, path: Path, slug: str = "bench") -> float:
    """Seconds from the file to the commit."""
    begin = time.perf_counter()
    with database.writing() as db:
        project = projects.create(db, slug, "Bench", log.PROGRAM)
        imports.import_files(
            db,
            project=project,
            files=[imports.SourceFile.from_path(path)],
            actor=log.PROGRAM,
        )
    return time.perf_counter() - begin


def our_export(database: Database, path: Path, name: str = "jsonl") -> float:
    """Seconds from the snapshot to the last byte in the file."""
    begin = time.perf_counter()
    with database.reading() as db, path.open("wb") as file:
        for piece in exports.stream(db, projects.by_slug(db, "bench"), format=name):
            file.write(piece)
    return time.perf_counter() - begin


@contextmanager
def _fresh(folder: Path) -> Iterator[Database]:
    """An empty database of today's shape."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        settings = Settings(Path(name), f"sqlite:///{name}/bench.sqlite", "not secret")
        upgrade(settings)
        database = connect(settings)
        try:
            yield database
        finally:
            database.dispose()


def measure() -> list[Result]:
    """Spans a second, in and out, and what it takes of memory."""
    spans = ARTICLES * SPANS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, target = folder / "corpus.jsonl", folder / "out.jsonl"
        corpus(source)
        times: dict[str, list[float]] = {
            key: [] for key in ("in", "out", "whole", "raw", "raw out")
        }
        for _ in range(TIMES):
            with _fresh(folder) as database:
                with database.writing() as db:
                    project = projects.create(db, "raw", "Raw", log.PROGRAM)
                    tags = dict(db.connection().exec_driver_sql("SELECT name, id FROM tag").all())
                times["raw"].append(raw_import(database, source, project.id, tags))
                times["raw out"].append(raw_export(database, target))
            with _fresh(folder) as database:
                times["in"].append(our_import(database, source))
                times["out"].append(our_export(database, target))
                times["whole"].append(our_export(database, target, "project"))
        best = {key: min(values) for key, values in times.items()}
        grown = _memory(folder)
    rate = {key: spans / seconds for key, seconds in best.items()}
    size = f"{ARTICLES:,} articles × {SPANS} spans"
    return [
        Result(
            "import, jsonl",
            rate["in"],
            "spans/s",
            40_000,
            better="more",
            detail=f"{size}; raw SQLite + orjson {rate['raw']:,.0f}: "
            f"{rate['raw'] / rate['in']:.1f} ×",
        ),
        Result(
            "export, jsonl",
            rate["out"],
            "spans/s",
            60_000,
            better="more",
            detail=f"raw SQLite + orjson {rate['raw out']:,.0f}: "
            f"{rate['raw out'] / rate['out']:.1f} ×",
        ),
        Result("export, project", rate["whole"], "spans/s", 60_000, better="more"),
        Result("memory of 4 × as many spans, in and out", grown, "MB more", 30),
    ]


def _memory(folder: Path) -> float:
    """Megabytes that a process needs more for 80,000 spans in and out than for 20,000."""
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-m", __name__, str(folder), str(articles)],
                check=True,
                capture_output=True,
            ).stdout
        )
        for articles in (1_000, 4_000)
    ]
    return (peaks[1] - peaks[0]) / 1024


def _peak(folder: Path, articles: int) -> None:
    source = folder / f"{articles}.jsonl"
    corpus(source, articles)
    with _fresh(folder) as database:
        our_import(database, source)
        our_export(database, folder / "peak.jsonl")
    sys.stdout.write(str(_kilobytes()))


def _kilobytes() -> int:
    """The most memory that this process ever held; what its parent held does not count."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.read_text().split("VmHWM:")[1].split()[0])


if __name__ == "__main__":
    _peak(Path(sys.argv[1]), int(sys.argv[2]))
