"""The real application for a browser: its server, its database, and somebody's place before one
article."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from playwright.sync_api import ConsoleMessage, Page
from sqlalchemy import delete, select
from sqlmodel import col

from annotator.db import Database, connect
from annotator.models import Annotation, Article, Project, Review, Tag, User, UserSession
from annotator.settings import Settings
from tests.browser.hands import SAVED, Hands
from tests.support.application import Running, serving, start

CAST = {
    "alice": "annotator",
    "bob": "annotator",
    "rita": "reviewer",
    "lena": "manager",
    "vera": "viewer",
}


@dataclass
class Site:
    """A running server and what is in its database."""

    url: str
    settings: Settings
    database: Database
    server: Running
    people: dict[str, User]
    articles: list[Article]
    signs: Article

    def article(self, number: int) -> str:
        """The address of an article of the demo project, by its place there from 0."""
        return f"{self.url}/projects/demo/articles/{self.articles[number].id}"

    @property
    def signs_url(self) -> str:
        return f"{self.url}/projects/signs/articles/{self.signs.id}"

    def made_by(self, name: str) -> list[Annotation]:
        """What somebody has annotated by hand, the oldest first; what was deleted is not there."""
        asked = select(Annotation).filter_by(annotator_id=self.people[name].id, deleted_at=None)
        with self.database.reading() as db:
            return list(db.scalars(asked.order_by(col(Annotation.created_at), col(Annotation.id))))

    def tag_of(self, annotation: Annotation) -> str:
        with self.database.reading() as db:
            return db.get_one(Tag, annotation.tag_id).name

    def wipe(self) -> None:
        """Undo what the cast did: their passages with all that belongs to them, their sessions."""
        cast = [user.id for user in self.people.values() if user.name in CAST]
        with self.database.writing() as db:
            db.execute(delete(Review).where(col(Review.reviewer_id).in_(cast)))
            db.execute(delete(Annotation).where(col(Annotation.annotator_id).in_(cast)))
            db.execute(delete(UserSession))

    def start_again(self) -> None:
        """A stopped server comes back on the same port."""
        self.server = start(self.settings, port=self.server.port)


@contextmanager
def opened(folder: Path, database_file: Path) -> Iterator[Site]:
    """Serve a database of the stage for the length of the block."""
    settings = settings_for(folder, database_file)
    database = connect(settings)
    with serving(settings) as server, database.reading() as db:
        people = {user.name: user for user in db.scalars(select(User))}
        projects = {project.slug: project.id for project in db.scalars(select(Project))}
        found = select(Article).order_by(col(Article.position))
        articles = list(db.scalars(found.filter_by(project_id=projects["demo"])))
        signs = db.scalars(found.filter_by(project_id=projects["signs"])).one()
        db.expunge_all()
        site = Site(server.url, settings, database, server, people, articles, signs)
        yield site
        if site.server is not server:
            site.server.stop()
    database.dispose()


def settings_for(folder: Path, path: Path) -> Settings:
    return Settings(data_dir=folder, database_url=f"sqlite:///{path}", secret_key="only for tests")


@dataclass
class Complaints:
    """What pages complained of: errors in the console, exceptions, violations of the policy."""

    allowed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.seen.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(part in text for part in self.allowed):
            self.seen.append(text)


@dataclass
class Desk(Hands):
    """Somebody's place before one article of the site."""

    site: Site
    name: str
    article: Article
    address: str

    @property
    def text(self) -> str:
        return self.article.text

    def open(self, query: str = "") -> Self:
        self.page.goto(self.address + query)
        self.page.wait_for_function("document.fonts.status === 'loaded'")
        return self

    def tag(self, key: str = "1") -> Annotation:
        """Press a key and wait until the annotation is saved and shown; returns it as stored."""
        before = self.page.locator(".note").count()
        self.page.keyboard.press(key)
        self.page.wait_for_function(SAVED, arg=before)
        return self.site.made_by(self.name)[-1]

    def words(self, annotation: Annotation) -> str:
        """The code points that an annotation covers, cut from the article's text."""
        pieces = annotation.fragments or [[annotation.start, annotation.end]]
        return " … ".join(self.text[start:end] for start, end in pieces)

    def number_of(self, words: str) -> int:
        """The number of the first paragraph with these words."""
        lines = [line for line in self.text.split("\n") if line.strip()]
        return 1 + next(n for n, line in enumerate(lines) if words in line)
