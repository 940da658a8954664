"""The stage and the cast.

Every test that asks for `settings` (or anything built on it) gets a fresh database, copied from a
template that Alembic made once. `--db=both` runs each of them on SQLite and on PostgreSQL.

The cast: Alice and Bob annotate, Rita reviews, Lena manages, Vera only reads, Mallory is a
stranger, Ada is the administrator. They meet in the project "visit".
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import event
from sqlmodel import Session

from annotator import db as database_module
from annotator.app import create_app
from annotator.db import Database, connect
from annotator.models import Project, User
from annotator.services import sessions
from annotator.settings import Settings
from annotator.web.access import cookie_name
from tests.factories import make_member, make_project, make_user

pytest_plugins = ["tests.support.fixtures"]

# Machines that run tests are slow by turns: a deadline would only tell of that.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
hypothesis_settings.load_profile("house")

CAST = {
    "alice": "annotator",
    "bob": "annotator",
    "rita": "reviewer",
    "lena": "manager",
    "vera": "viewer",
    "mallory": None,
    "ada": None,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=["sqlite", "postgresql", "both"],
        default="sqlite",
        help="the databases on which to run every test that has one",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        wished = metafunc.config.getoption("--db")
        kinds = ["sqlite", "postgresql"] if wished == "both" else [wished]
        metafunc.parametrize("database_kind", kinds, scope="session")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    made = _settings(path.parent, f"sqlite:///{path}")
    database_module.upgrade(made)
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database that each test copies."""
    name = f"template_{os.getpid()}"
    with psycopg.connect(_plain(postgres_url), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    database_module.upgrade(
        _settings(tmp_path_factory.mktemp("pg"), _with_database(postgres_url, name))
    )
    return name


@pytest.fixture
def settings(
    database_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Settings]:
    """Settings of a fresh and empty database."""
    if database_kind == "sqlite":
        path = tmp_path / "annotator.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield _settings(tmp_path, f"sqlite:///{path}")
        return
    url = request.getfixturevalue("postgres_url")
    template = request.getfixturevalue("postgres_template")
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(_plain(url), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY WAL_LOG')
        yield _settings(tmp_path, _with_database(url, name))
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


_numbers = iter(range(10**9))


def _settings(folder: Path, url: str) -> Settings:
    return Settings(data_dir=folder, database_url=url, secret_key="only for tests", testing=True)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _with_database(url: str, name: str) -> str:
    from sqlalchemy import make_url

    made = make_url(url).set(drivername="postgresql+psycopg", database=name)
    return made.render_as_string(hide_password=False)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The test's own engines, beside those of the application."""
    opened = connect(settings)
    yield opened
    opened.dispose()


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """A writing session. Commit what the application is to see."""
    with database.writer() as session:
        yield session


@dataclass
class Stage:
    """The project and the cast, committed."""

    project: Project
    people: dict[str, User]

    def __getattr__(self, name: str) -> User:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None


@pytest.fixture
def stage(db: Session) -> Stage:
    project = make_project(db)
    people = {name: make_user(db, name, is_admin=name == "ada") for name in CAST}
    for name, role in CAST.items():
        if role:
            make_member(db, project, people[name], role)
    db.commit()
    return Stage(project, people)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    # Tokens have tests of their own (tests/web/test_security.py), with an application that wants
    # them.
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def strict_app(settings: Settings) -> Iterator[Flask]:
    """The application as people meet it, tokens and all."""
    made = create_app(replace(settings, testing=False))
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def client_of(app: Flask, db: Session, stage: Stage) -> Callable[[str], FlaskClient]:
    """A browser in which one of the cast is signed in; "nobody" is signed in nowhere."""

    def sign_in(name: str) -> FlaskClient:
        client = app.test_client()
        if name != "nobody":
            token = sessions.open_session(db, stage.people[name])
            db.commit()
            with app.test_request_context():
                client.set_cookie(cookie_name(), token)
        return client

    return sign_in


@pytest.fixture
def statements(app: Flask) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """Counts what the application asks of its database: `with statements() as seen: …`."""
    engines = {app.extensions["database"].read_engine, app.extensions["database"].write_engine}

    @contextlib.contextmanager
    def watching() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)

    return watching
