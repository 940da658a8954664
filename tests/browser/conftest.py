"""Real browsers on a real server: the demo project, and an article of difficult signs, in a fresh
database. One server serves all tests, and what the cast did is wiped before each; a test that needs
a server of its own asks for `own_site`."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select

from annotator import db as database_module
from annotator.db import connect
from annotator.models import Article, Project
from annotator.services import demo, sessions
from annotator.web.access import SESSION_COOKIE
from tests.browser.site import CAST, Complaints, Desk, Site, opened, settings_for
from tests.factories import make_article, make_member, make_project, make_user
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


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo project, the cast and the difficult signs."""
    folder = tmp_path_factory.mktemp("demo")
    path = folder / "demo.sqlite"
    settings = settings_for(folder, path)
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


@pytest.fixture(scope="session")
def standing_site(demo_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    path = folder / "annotator.sqlite"
    shutil.copyfile(demo_template, path)
    with opened(folder, path) as site:
        yield site


@pytest.fixture
def site(standing_site: Site) -> Site:
    """The application, in which nobody of the cast has done anything yet."""
    standing_site.wipe()
    return standing_site


@pytest.fixture
def own_site(demo_template: Path, tmp_path: Path) -> Iterator[Site]:
    """The application on a server and a database of this test's own, to stop and to break."""
    path = tmp_path / "annotator.sqlite"
    shutil.copyfile(demo_template, path)
    with opened(tmp_path, path) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(chromium_path()), args=list(CHROMIUM_FLAGS)
        )
        yield launched
        launched.close()


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

    def open_page(
        name: str, *, width: int = 1280, dark: bool = False, locale: str = "ru", script: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            locale=locale,
            has_touch=width < 500,
            java_script_enabled=script,
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


@pytest.fixture
def desk_of(site: Site, page_of: Callable[..., Page]) -> Callable[..., Desk]:
    """Somebody's place before an article of the demo project (or the "signs"), which is open:
    `desk_of("alice", 3)`."""

    def sit(name: str, article: int | str = 3, *, query: str = "", **window: object) -> Desk:
        row: Article = site.signs if isinstance(article, str) else site.articles[article]
        address = site.signs_url if isinstance(article, str) else site.article(article)
        page = page_of(name, **window)
        return Desk(page=page, site=site, name=name, article=row, address=address).open(query)

    return sit
