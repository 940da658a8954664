"""Signing in by password and by link, going on in place, and signing out."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session

from annotator.services import sessions, users
from annotator.services.log import PROGRAM
from tests.conftest import Stage
from tests.factories import make_member, make_project

Client = Callable[[str], FlaskClient]

PAGE = {"Accept": "text/html"}
PASSWORD = "three odd horses"


@pytest.fixture
def alice(db: Session, stage: Stage) -> Stage:
    stage.alice.password_hash = sessions.hash_password(PASSWORD)
    db.add(stage.alice)
    db.commit()
    return stage


def sign_in(client: FlaskClient, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in", data={"name": "alice", "password": password, **more})


def test_a_stranger_is_led_to_the_form_and_back_to_where_they_were_going(
    app: Flask, alice: Stage
) -> None:
    client = app.test_client()
    led = client.get("/projects/visit/members?x=1", headers=PAGE)
    assert led.status_code == 303
    form = client.get(led.headers["Location"])
    assert 'value="/projects/visit/members?x=1"' in form.text
    entered = sign_in(client, next="/projects/visit/members?x=1")
    assert entered.headers["Location"] == "/projects/visit/members?x=1"
    assert client.get("/projects/visit/members", headers=PAGE).status_code == 200


def test_who_is_in_one_project_goes_straight_to_it(app: Flask, alice: Stage) -> None:
    assert sign_in(app.test_client()).headers["Location"] == "/projects/visit/"


def test_who_is_in_two_projects_chooses(app: Flask, alice: Stage, db: Session) -> None:
    make_member(db, make_project(db, "second"), alice.alice, "viewer")
    db.commit()
    assert sign_in(app.test_client()).headers["Location"] == "/"


def test_who_is_signed_in_is_not_asked_again(client_of: Client) -> None:
    assert client_of("alice").get("/sign-in").status_code == 303


def test_a_wrong_password_keeps_the_name_and_says_so(app: Flask, alice: Stage) -> None:
    response = sign_in(app.test_client(), password="wrong")
    assert response.status_code == 422
    assert "do not fit together" in response.text
    assert 'value="alice"' in response.text
    assert "wrong" not in response.text


def test_a_disabled_account_reads_like_a_wrong_password(
    app: Flask, alice: Stage, db: Session
) -> None:
    alice.alice.is_active = False
    db.add(alice.alice)
    db.commit()
    response = sign_in(app.test_client())
    assert response.status_code == 422
    assert "do not fit together" in response.text


# ------------------------------------------------------------------------ links


@pytest.fixture
def link(db: Session, stage: Stage) -> str:
    token = users.make_link(db, stage.bob, actor=PROGRAM)
    db.commit()
    return f"/sign-in/{token}"


def test_opening_a_link_uses_nothing_up_and_pressing_its_button_signs_in_once(
    app: Flask, link: str
) -> None:
    for _ in range(3):
        assert "Bob" in app.test_client().get(link).text
    browser = app.test_client()
    entered = browser.post(link)
    assert entered.status_code == 303
    assert entered.headers["Location"] == "/projects/visit/"
    assert browser.get("/account").status_code == 200
    late = app.test_client()
    assert late.post(link).status_code == 410
    assert late.get(link).status_code == 410
    assert late.get("/account", headers=PAGE).status_code == 303


def test_a_head_request_of_a_mail_scanner_uses_nothing_up(app: Flask, link: str) -> None:
    assert app.test_client().head(link).status_code == 200
    assert app.test_client().post(link).status_code == 303


def test_a_new_link_ends_the_one_before(app: Flask, link: str, db: Session, stage: Stage) -> None:
    newer = users.make_link(db, stage.bob, actor=PROGRAM)
    db.commit()
    assert app.test_client().post(link).status_code == 410
    assert app.test_client().post(f"/sign-in/{newer}").status_code == 303


def test_the_page_of_a_link_tells_its_address_to_nobody(app: Flask, link: str) -> None:
    assert '<meta name="referrer" content="no-referrer">' in app.test_client().get(link).text


# ------------------------------------------------------------------------ in place


def test_a_script_without_a_session_is_told_so(app: Flask, stage: Stage) -> None:
    client = app.test_client()
    for path in ("/account", "/projects/visit/"):
        assert client.get(path, headers={"HX-Request": "true"}).status_code == 401


def test_signing_in_in_place_gives_a_token_for_the_forms_that_wait(
    strict_app: Flask, alice: Stage
) -> None:
    client = strict_app.test_client()
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    form = client.get("/sign-in?again=1", headers=htmx).text
    assert "<html" not in form
    token = form.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"name": "alice", "password": PASSWORD, "csrf_token": token}
    refused = client.post("/sign-in", data={**data, "password": "no"}, headers=htmx)
    assert refused.status_code == 422
    assert "<html" not in refused.text
    entered = client.post("/sign-in", data=data, headers=htmx)
    assert entered.status_code == 204
    fresh = json.loads(entered.headers["HX-Trigger"])["signed-in"]["csrf"]
    saved = client.post("/account", headers={"X-CSRFToken": fresh})
    assert saved.status_code == 303
    # The token from before the sign-in, which somebody could have planted, is worth nothing.
    assert client.post("/account", headers={"X-CSRFToken": token}).status_code == 400


# ------------------------------------------------------------------------ language


def test_a_stranger_chooses_the_language(app: Flask, db: Session) -> None:
    client = app.test_client()
    chosen = client.post("/language", data={"locale": "ru", "next": "/sign-in"})
    assert chosen.status_code == 303
    page = client.get("/sign-in").text
    assert '<html lang="ru"' in page
    assert "Пароль" in page
    assert client.post("/language", data={"locale": "xx"}).status_code == 422
