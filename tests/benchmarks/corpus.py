"""Databases to measure on: a project with an article of any length and number of spans."""

import contextlib
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annotator import db as database_module
from annotator.db import Database, connect
from annotator.models import Article, Project, User
from annotator.services import sessions
from annotator.settings import Settings
from tests.factories import make_annotation, make_article, make_member, make_project, make_user

#: Articles to write in.
BLANK = 16
TAGS = ("claim", "evaluation", "quote", "figure")
SENTENCES = (
    "Президент Казахстана прибыл в Москву с государственным визитом, о котором говорили давно.",
    "Стороны подписали декларацию о всеобъемлющем стратегическом партнёрстве и союзничестве.",
    "По словам участников переговоров, товарооборот превысил 27 млрд долларов и будет расти.",
    "«Мы высоко ценим нашу дружбу», — сказал гость за чаем, который продолжался почти два часа.",
)


@dataclass(frozen=True)
class Corpus:
    """A database with articles, and a session of somebody who may tag in them."""

    settings: Settings
    database: Database
    cookie: str
    small: Article
    large: Article
    #: As long as the small one and with as many spans, to write in.
    blank: list[Article]


def make_text(bytes_wanted: int, *, seed: int = 1) -> str:
    """Paragraphs of Russian prose of about so many bytes of UTF-8."""
    chance = random.Random(seed)  # noqa: S311 - the same text in every run
    paragraphs: list[str] = []
    size = 0
    while size < bytes_wanted:
        paragraph = " ".join(chance.choices(SENTENCES, k=chance.randint(2, 6)))
        paragraphs.append(paragraph)
        size += len(paragraph.encode()) + 1
    return "\n".join(paragraphs)


def spans(text: str, count: int, *, seed: int = 1) -> list[tuple[int, int]]:
    """So many spans of 10 to 120 characters, spread evenly, some overlapping, none over a break."""
    chance = random.Random(seed)  # noqa: S311 - the same spans in every run
    found: list[tuple[int, int]] = []
    while len(found) < count:
        around = len(found) * (len(text) - 140) // count
        start = min(max(0, around + chance.randint(-60, 60)), len(text) - 140)
        end = start + chance.randint(10, 120)
        line_end = text.find("\n", start, end)
        if line_end != -1:
            end = line_end
        if end - start >= 5:
            found.append((start, end))
    return found


@contextlib.contextmanager
def corpus() -> Iterator[Corpus]:
    """6 kB with 20 spans, and 200 kB with 2,000, on SQLite in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data_dir=Path(folder),
            database_url=f"sqlite:///{folder}/annotator.sqlite",
            secret_key="only for measuring",
        )
        database_module.upgrade(settings)
        database = connect(settings)
        with database.writing() as db:
            project = make_project(db, "bench")
            alice = make_user(db, "alice")
            make_member(db, project, alice, "annotator")
            # Somebody who has already signed in has a person behind every layer.
            small = _article(db, project, alice, 6_000, 20)
            large = _article(db, project, alice, 200_000, 2_000)
            blank = [_article(db, project, alice, 6_000, 20) for _ in range(BLANK)]
            cookie = sessions.open_session(db, alice)
        try:
            yield Corpus(settings, database, cookie, small, large, blank)
        finally:
            database.dispose()


def _article(db, project: Project, user: User, size: int, count: int) -> Article:  # type: ignore[no-untyped-def]
    text = make_text(size)
    article = make_article(db, project, text)
    for number, span in enumerate(spans(text, count)):
        attributes = {"polarity": number % 5 - 2} if number % 4 == 1 else {}
        make_annotation(db, article, user, span, TAGS[number % len(TAGS)], attributes=attributes)
    return article
