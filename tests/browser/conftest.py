"""Real browsers on a real server: the demo project, and an article of difficult signs, in a fresh
database each time."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import select
from sqlmodel import col

from annotator import db as database_module
from annotator.db import Database, connect
from annotator.models import Article, Project, User
from annotator.services import demo, sessions
from annotator.settings import Settings
from annotator.web.access import SESSION_COOKIE
from tests.factories import make_article, make_member, make_project, make_user
from tests.support.application import Running, serving
from tests.support.chromium import CHROMIUM_FLAGS, chromium_path

#: Paragraphs that trip up whoever counts in the wrong unit; the blank lines between them are not
#: rows.
SIGNS = "\n\n".join(
    [
        "Первый абзац стоит здесь один.",
        "Смайлик 😀 стоит посреди, а семья 👨\u200d👩\u200d👧 дальше.",
        "Уда\u0301рение и и\u0306 из двух знаков, не\u00a0разрывный пробел, мяг\u00adкий перенос.",
        "Слово שלום עולם внутри русской строки.",
        "Последний абзац.",
    ]
)
CAST = {"alice": "annotator", "bob": "annotator", "rita": "reviewer", "vera": "viewer"}


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


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo project, the cast and the difficult signs."""
    folder = tmp_path_factory.mktemp("demo")
    path = folder / "demo.sqlite"
    settings = _settings(folder, path)
    database_module.upgrade(settings)
    database = connect(settings)
    with database.writing() as db:
        demo.load(db)
        visit = db.scalars(select(Project).filter_by(slug="demo")).one()
        signs = make_project(db, "signs", title="Знаки")
        make_article(db, signs, SIGNS, title="Знаки")
        for name, role in CAST.items():
            user = make_user(db, name)
            make_member(db, visit, user, role)
            make_member(db, signs, user, role)
    with database.read_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture
def site(demo_template: Path, tmp_path: Path) -> Iterator[Site]:
    path = tmp_path / "annotator.sqlite"
    shutil.copyfile(demo_template, path)
    settings = _settings(tmp_path, path)
    database = connect(settings)
    with serving(settings) as server, database.reading() as db:
        people = {user.name: user for user in db.scalars(select(User))}
        projects = {project.slug: project.id for project in db.scalars(select(Project))}
        found = select(Article).order_by(col(Article.position))
        articles = list(db.scalars(found.filter_by(project_id=projects["demo"])))
        signs = db.scalars(found.filter_by(project_id=projects["signs"])).one()
        yield Site(server.url, settings, database, server, people, articles, signs)
    database.dispose()


def _settings(folder: Path, path: Path) -> Settings:
    return Settings(data_dir=folder, database_url=f"sqlite:///{path}", secret_key="only for tests")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(chromium_path()), args=list(CHROMIUM_FLAGS)
        )
        yield launched
        launched.close()


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


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Every page of `page_of` is watched; a complaint fails the test unless it was expected."""
    noted = Complaints()
    yield noted
    assert not noted.seen, "\n".join(noted.seen)


@pytest.fixture
def page_of(site: Site, browser: Browser, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """A page of a new browser in which somebody is signed in: `page_of("alice", width=390)`."""
    contexts: list[BrowserContext] = []

    def open_page(name: str, *, width: int = 1280, dark: bool = False, locale: str = "ru") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=locale,
            has_touch=width < 500,
        )
        contexts.append(context)
        if name != "nobody":
            with site.database.writing() as db:
                token = sessions.open_session(db, site.people[name])
            context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": site.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        complaints.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
