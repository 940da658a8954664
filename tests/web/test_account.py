"""One's own account: name, language, theme, password, open sessions."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session, col

from annotator.models import Change
from annotator.services import sessions
from tests.conftest import Stage

Client = Callable[[str], FlaskClient]

PAGE = {"Accept": "text/html"}


def test_name_language_and_theme_are_kept_and_shown(client_of: Client, db: Session) -> None:
    client = client_of("alice")
    wished = {"display_name": "  Алиса   Л. ", "locale": "ru", "theme": "dark"}
    page = client.post("/account", data=wished, follow_redirects=True).text
    assert '<html lang="ru" data-theme="dark">' in page
    assert "Алиса Л." in page
    assert "Сохранено." in page
    change = db.execute(select(Change).where(col(Change.noun) == "user")).scalars().all()[-1]
    assert change.after == {"display_name": "Алиса Л.", "locale": "ru", "theme": "dark"}
    db.rollback()
    client.post("/account", data={"display_name": "", "locale": "", "theme": ""})
    assert "data-theme" not in client.get("/account").text.split("<head>")[0]


def test_a_wrong_choice_is_a_sentence_beside_its_field(client_of: Client) -> None:
    response = client_of("alice").post("/account", data={"theme": "pink", "display_name": "А"})
    assert response.status_code == 422
    assert 'id="theme-error"' in response.text
    assert 'value="А"' in response.text


def test_a_password_is_set_then_changed_only_by_who_knows_it(client_of: Client, app: Flask) -> None:
    client, elsewhere = client_of("alice"), client_of("alice")
    first = {"new": "three odd horses", "again": "three odd horses"}
    assert client.post("/account/password", data=first).status_code == 303
    assert elsewhere.get("/", headers=PAGE).status_code == 303
    assert client.get("/", headers=PAGE).status_code == 200

    second = {"new": "four odd horses", "again": "four odd horses"}
    refused = client.post("/account/password", data={**second, "current": "wrong"})
    assert refused.status_code == 422
    assert 'id="current-error"' in refused.text
    changed = client.post("/account/password", data={**second, "current": "three odd horses"})
    assert changed.status_code == 303
    entered = app.test_client().post(
        "/sign-in", data={"name": "alice", "password": "four odd horses"}
    )
    assert entered.status_code == 303


def test_guessing_the_present_password_is_slowed_down_too(client_of: Client) -> None:
    client = client_of("alice")
    client.post("/account/password", data={"new": "three odd horses", "again": "three odd horses"})
    seen = {
        client.post("/account/password", data={"current": "no", "new": "x"}).status_code
        for _ in range(sessions.FREE_FAILURES + 3)
    }
    assert 429 in seen


def test_new_passwords_have_to_agree_and_to_be_long_enough(client_of: Client) -> None:
    client = client_of("alice")
    differ = client.post("/account/password", data={"new": "three odd horses", "again": "x"})
    assert differ.status_code == 422
    assert 'id="again-error"' in differ.text
    short = client.post("/account/password", data={"new": "short", "again": "short"})
    assert 'id="new-error"' in short.text
    assert "short" not in short.text.split("<main")[1].replace("Sign", "")


def test_signing_out_everywhere_leaves_only_this_browser(client_of: Client, stage: Stage) -> None:
    here, there, bob = client_of("alice"), client_of("alice"), client_of("bob")
    assert here.get("/account").text.count('class="item-title"') == 2
    assert here.post("/account/sessions/end").status_code == 303
    assert here.get("/", headers=PAGE).status_code == 200
    assert there.get("/", headers=PAGE).status_code == 303
    assert bob.get("/", headers=PAGE).status_code == 200
