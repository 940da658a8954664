"""Every route says who may use it, and keeps to it.

The table below is the promise: a route that is not in it fails the tests, and so does one whose
code says otherwise. Then everybody knocks at every door.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from annotator.domain.roles import Role
from annotator.web.security import csrf
from tests.conftest import CAST, Stage
from tests.factories import (
    make_annotation,
    make_article,
    make_event,
    make_link,
    make_member,
    make_project,
    make_relation,
    make_review,
    make_user,
)

Client = Callable[[str], FlaskClient]

P = "/projects/<slug:slug>"
ANNOTATION = P + "/annotations/<id:annotation_id>"
ARTICLE = P + "/articles/<id:article_id>"
EVENT = P + "/events/<id:event_id>"
RELATION = EVENT + "/relations/<id:relation_id>"

#: (method, rule) → who may: "public", "signed_in", "admin", or the least role in the project.
PROMISED = {
    ("GET", "/healthz"): "public",
    ("GET", "/static/<version>/<path:name>"): "public",
    ("GET", "/sign-in"): "public",
    ("POST", "/sign-in"): "public",
    ("GET", "/sign-in/<token>"): "public",
    ("POST", "/sign-in/<token>"): "public",
    ("POST", "/sign-out"): "public",
    ("POST", "/language"): "public",
    ("GET", "/"): "signed_in",
    ("GET", "/account"): "signed_in",
    ("POST", "/account"): "signed_in",
    ("POST", "/account/password"): "signed_in",
    ("POST", "/account/sessions/end"): "signed_in",
    ("POST", "/projects"): "admin",
    ("GET", "/users"): "admin",
    ("POST", "/users"): "admin",
    ("POST", "/users/<id:user_id>/active"): "admin",
    ("POST", "/users/<id:user_id>/admin"): "admin",
    ("POST", "/users/<id:user_id>/link"): "admin",
    ("GET", P + "/"): "viewer",
    ("GET", P + "/palette.css"): "viewer",
    ("GET", P + "/compare/<view>"): "viewer",
    ("GET", P + "/export"): "viewer",
    ("GET", P + "/export/download"): "viewer",
    ("GET", P + "/members"): "viewer",
    ("POST", P + "/members"): "manager",
    ("POST", P + "/members/<id:user_id>/role"): "manager",
    ("POST", P + "/members/<id:user_id>/remove"): "manager",
    ("GET", P + "/articles/new"): "manager",
    ("POST", P + "/articles/new"): "manager",
    ("GET", ARTICLE): "viewer",
    ("GET", ARTICLE + "/rows"): "viewer",
    ("GET", ARTICLE + "/edit"): "manager",
    ("POST", ARTICLE + "/edit"): "manager",
    ("POST", ARTICLE + "/annotations"): "annotator",
    ("POST", ARTICLE + "/progress"): "annotator",
    ("POST", ARTICLE + "/undo"): "annotator",
    ("POST", P + "/undo/<int:seq>"): "annotator",
    ("GET", P + "/stream"): "viewer",
    ("GET", ANNOTATION): "viewer",
    ("POST", ANNOTATION): "annotator",
    ("GET", ANNOTATION + "/edit"): "viewer",
    ("POST", ANNOTATION + "/delete"): "annotator",
    ("POST", ANNOTATION + "/events"): "annotator",
    ("POST", ANNOTATION + "/events/<id:event_id>/unlink"): "annotator",
    ("POST", ANNOTATION + "/reviews"): "reviewer",
    ("GET", P + "/review"): "viewer",
    ("POST", P + "/review/seen"): "annotator",
    ("POST", P + "/reviews/<id:review_id>/withdraw"): "reviewer",
    ("GET", P + "/events"): "viewer",
    ("POST", P + "/events"): "annotator",
    ("GET", P + "/events/suggest"): "viewer",
    ("GET", EVENT): "viewer",
    ("POST", EVENT): "annotator",
    ("POST", EVENT + "/delete"): "annotator",
    ("POST", EVENT + "/restore"): "annotator",
    ("POST", EVENT + "/coverage"): "annotator",
    ("POST", EVENT + "/unlink"): "annotator",
    ("POST", EVENT + "/relations"): "annotator",
    ("GET", RELATION): "viewer",
    ("POST", RELATION): "annotator",
    ("POST", RELATION + "/delete"): "annotator",
    ("POST", RELATION + "/restore"): "annotator",
    ("POST", RELATION + "/verdict"): "reviewer",
}

#: Who has just enough of a role, and owns what the rows of the world's own project belong to.
OWNER = {"viewer": "vera", "annotator": "alice", "reviewer": "rita", "manager": "lena"}
SAFE = {"GET", "HEAD", "OPTIONS"}


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(method, rule, endpoint) of everything that can be asked for."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, rule.rule, rule.endpoint


def declared(app: Flask, endpoint: str) -> str:
    access = getattr(app.view_functions[endpoint], "access", "nothing declared")
    return str(access).removeprefix("member:")


def test_every_route_is_in_the_table_and_the_table_holds_no_other(app: Flask) -> None:
    assert {(method, rule) for method, rule, _ in routes(app)} == set(PROMISED)


def test_every_route_declares_what_the_table_promises(app: Flask) -> None:
    said = {
        f"{method} {rule}": declared(app, endpoint)
        for method, rule, endpoint in routes(app)
        if declared(app, endpoint) != PROMISED.get((method, rule))
    }
    assert said == {}


def test_no_route_is_exempt_from_tokens(app: Flask) -> None:
    assert not csrf._exempt_views
    assert not csrf._exempt_blueprints


@dataclass
class World:
    """Ids for the places in rules: one project's own, and those of another project."""

    own: dict[str, Any]
    other: dict[str, Any]


@pytest.fixture
def world(db: Session, stage: Stage) -> World:
    elsewhere = make_project(db, "elsewhere", title="Другой проект")
    own, other = (_things(db, project, stage) for project in (stage.project, elsewhere))
    db.commit()
    return World(own, other)


def _things(db: Session, project: Any, stage: Stage) -> dict[str, Any]:
    article = make_article(db, project, author="Анна Иванова")
    first = make_annotation(db, article, stage.alice, "Президент")
    second = make_annotation(db, article, stage.bob, "в Москву")
    event = make_event(db, project)
    make_link(db, first, event).created_by = stage.alice.id
    make_link(db, second, event)
    relation = make_relation(db, event, first, second, created_by=stage.alice.id)
    review = make_review(db, first, stage.rita)
    guest = make_user(db, f"guest-of-{project.slug}")
    make_member(db, project, guest, "viewer")
    return {
        "slug": project.slug,
        "article_id": article.id,
        "annotation_id": first.id,
        "event_id": event.id,
        "relation_id": relation.id,
        "review_id": review.id,
        "user_id": guest.id,
        "view": "events",
        "seq": 1,
        "token": "no-such-token",
        "version": "x",
        "name": "app.css",
    }


def address(rule: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        for converter in ("slug:", "id:", "int:", "path:", ""):
            rule = rule.replace(f"<{converter}{name}>", str(value))
    assert "<" not in rule, f"no value for {rule}"
    return rule


def knock(client: FlaskClient, method: str, path: str, **headers: str) -> int:
    response = client.open(path, method=method, headers={"Accept": "text/html", **headers})
    status = response.status_code
    response.close()
    return status


def in_projects() -> list[tuple[str, str]]:
    return [key for key, access in PROMISED.items() if access in set(Role)]


@pytest.mark.parametrize(("method", "rule"), in_projects())
def test_who_gets_in(method: str, rule: str, client_of: Client, world: World, app: Flask) -> None:
    path = address(rule, world.own)
    least = Role(PROMISED[method, rule])
    for person, role in CAST.items():
        status = knock(client_of(person), method, path)
        assert status < 500, f"{person} broke {method} {path}"
        if person == "mallory":
            assert status == 404, f"a stranger learns of {method} {path}"
        elif person != "ada" and not Role(str(role)).includes(least):
            assert status == 403, f"{person} was not refused by {method} {path}"
        elif person == OWNER[least]:
            assert status not in (401, 403), f"{person} was refused by {method} {path}"
    nobody = client_of("nobody")
    assert knock(nobody, method, path) == (303 if method == "GET" else 401)
    assert knock(nobody, method, path, **{"HX-Request": "true"}) == 401


@pytest.mark.parametrize(
    ("method", "rule"), [key for key, access in PROMISED.items() if access == "admin"]
)
def test_only_administrators_find_the_accounts(
    method: str, rule: str, client_of: Client, world: World
) -> None:
    path = address(rule, world.own)
    for person in ("lena", "mallory"):
        assert knock(client_of(person), method, path) == 404
    assert knock(client_of("nobody"), method, path) in (303, 401)
    assert knock(client_of("ada"), method, path) in (200, 303, 422)


@pytest.mark.parametrize(
    ("method", "rule"),
    [(method, rule) for method, rule in in_projects() if "<id:" in rule and "user_id" not in rule],
)
def test_things_of_another_project_are_not_found(
    method: str, rule: str, client_of: Client, world: World
) -> None:
    foreign = {**world.other, "slug": world.own["slug"]}
    names = [name for name in foreign if f"<id:{name}>" in rule]
    # Each id in turn is the other project's, while the rest of the address is right.
    for name in names:
        path = address(rule, {**world.own, name: foreign[name]})
        assert knock(client_of("lena"), method, path) in (404, 422), path
        assert knock(client_of("ada"), method, path) in (404, 422), path


@pytest.mark.parametrize("rule", [rule for method, rule in PROMISED if method == "GET"])
def test_a_get_writes_nothing(rule: str, client_of: Client, world: World, statements: Any) -> None:
    client = client_of("ada")
    with statements() as seen:
        knock(client, "GET", address(rule, world.own))
    verbs = {statement.split()[0].upper() for statement in seen}
    assert not verbs & {"INSERT", "UPDATE", "DELETE", "REPLACE"}


@pytest.mark.parametrize(("method", "rule"), [key for key in PROMISED if key[0] not in SAFE])
def test_a_write_without_a_token_is_refused(
    method: str, rule: str, strict_app: Flask, client_of: Client, world: World
) -> None:
    signed_in = client_of("ada").get_cookie("annotator_session")
    client = strict_app.test_client()
    assert signed_in is not None
    client.set_cookie("annotator_session", signed_in.value)
    assert knock(client, method, address(rule, world.own)) == 400
