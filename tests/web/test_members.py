"""Who takes part in a project, and who may sign in at all."""

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session, col

from annotator.db import Database
from annotator.models import Change, Membership, User
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_review, make_user

Client = Callable[[str], FlaskClient]

MEMBERS = "/projects/visit/members"
PAGE = {"Accept": "text/html"}


def role(database: Database, stage: Stage, name: str) -> str | None:
    """The role that somebody has now; asked outside of the test's own transaction."""
    with database.reading() as db:
        user = db.execute(select(User).where(col(User.name) == name)).scalar_one()
        found = db.get(Membership, (stage.project.id, user.id))
        return found.role if found else None


def test_the_list_shows_what_everybody_did(client_of: Client, db: Session, stage: Stage) -> None:
    article = make_article(db, stage.project)
    mark = make_annotation(db, article, stage.alice, "Президент")
    layer = make_user(db, "sample-a", is_active=False)
    make_annotation(db, article, layer, "Москву")
    make_review(db, mark, stage.rita)
    db.commit()
    page = client_of("vera").get(MEMBERS).text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert re.search(r"Alice alice Annotator 1 0 0 ", text)
    assert re.search(r"Rita rita Reviewer 0 1 0 ", text)
    assert "Sample-A sample-a switched off no member; only annotations 1" in text
    assert "<select" not in page


def test_a_manager_adds_somebody_who_is_there(
    client_of: Client, database: Database, stage: Stage
) -> None:
    lena = client_of("lena")
    added = lena.post(MEMBERS, data={"name": " MALLORY ", "role": "viewer"})
    assert added.status_code == 303
    assert role(database, stage, "mallory") == "viewer"
    assert client_of("mallory").get("/projects/visit/").status_code == 200
    again = lena.post(MEMBERS, data={"name": "mallory", "role": "annotator"})
    assert again.status_code == 422
    assert "is a member already" in again.text


def test_only_an_administrator_adds_somebody_new_and_sees_the_link_once(
    client_of: Client, app: Flask, db: Session, database: Database, stage: Stage
) -> None:
    refused = client_of("lena").post(MEMBERS, data={"name": "новенький", "role": "viewer"})
    assert refused.status_code == 422
    assert "Nobody has the name" in refused.text
    assert 'value="новенький"' in refused.text

    ada = client_of("ada")
    added = ada.post(MEMBERS, data={"name": "новенький", "role": "annotator"})
    assert added.status_code == 200
    link = re.search(r"http://localhost(/sign-in/[\w-]+)", added.text)
    assert link is not None
    assert link[1] not in ada.get(MEMBERS).text
    browser = app.test_client()
    assert browser.post(link[1]).headers["Location"] == "/projects/visit/"
    assert role(database, stage, "новенький") == "annotator"
    stored = db.execute(select(Change)).scalars().all()
    assert not any(link[1].split("/")[-1] in str((row.before, row.after)) for row in stored)


def test_a_manager_changes_roles_and_ends_memberships(
    client_of: Client, db: Session, database: Database, stage: Stage
) -> None:
    lena = client_of("lena")
    lena.post(f"{MEMBERS}/{stage.bob.id}/role", data={"role": "reviewer"})
    assert role(database, stage, "bob") == "reviewer"
    assert lena.post(f"{MEMBERS}/{stage.bob.id}/remove").status_code == 303
    assert role(database, stage, "bob") is None
    assert client_of("bob").get("/projects/visit/").status_code == 404
    actions = db.execute(select(Change.action).where(col(Change.noun) == "member"))  # type: ignore[call-overload]
    assert list(actions.scalars()) == ["update", "delete"]


def test_the_last_manager_stays(client_of: Client, database: Database, stage: Stage) -> None:
    lena = client_of("lena")
    for path, data in (("remove", {}), ("role", {"role": "viewer"})):
        refused = lena.post(f"{MEMBERS}/{stage.lena.id}/{path}", data=data)
        assert refused.status_code == 422
        assert "A project needs a manager" in refused.text
    assert role(database, stage, "lena") == "manager"
    lena.post(f"{MEMBERS}/{stage.rita.id}/role", data={"role": "manager"})
    gone = lena.post(f"{MEMBERS}/{stage.lena.id}/remove")
    assert gone.headers["Location"] == "/"
    assert role(database, stage, "lena") is None


def test_a_role_that_is_none_is_refused(
    client_of: Client, database: Database, stage: Stage
) -> None:
    refused = client_of("lena").post(f"{MEMBERS}/{stage.bob.id}/role", data={"role": "king"})
    assert refused.status_code == 422
    assert role(database, stage, "bob") == "annotator"


# ------------------------------------------------------------------------ accounts


def test_an_administrator_makes_accounts_and_links(client_of: Client, app: Flask) -> None:
    ada = client_of("ada")
    made = ada.post("/users", data={"name": "carol", "display_name": "Кэрол"})
    link = re.search(r"http://localhost(/sign-in/[\w-]+)", made.text)
    assert link is not None
    assert app.test_client().post(link[1]).headers["Location"] == "/"
    again = ada.post("/users", data={"name": "Carol"})
    assert again.status_code == 422
    assert "already somebody" in again.text
    for name in ("", "a", "-x", "two words", "a/b", "x" * 65, "ca\u202erol"):
        assert ada.post("/users", data={"name": name}).status_code == 422, name


def test_a_switched_off_account_is_out_and_keeps_what_it_made(
    client_of: Client, database: Database, stage: Stage
) -> None:
    ada, bob = client_of("ada"), client_of("bob")
    assert ada.post(f"/users/{stage.bob.id}/active", data={"active": "0"}).status_code == 303
    assert bob.get("/", headers=PAGE).status_code == 303
    assert ada.post(f"/users/{stage.bob.id}/link").status_code == 422
    assert role(database, stage, "bob") == "annotator"
    ada.post(f"/users/{stage.bob.id}/active", data={"active": "1"})
    assert ada.post(f"/users/{stage.bob.id}/link").status_code == 200


def test_there_is_always_an_administrator(client_of: Client, stage: Stage) -> None:
    ada = client_of("ada")
    for path, data in (("active", {"active": "0"}), ("admin", {"is_admin": "0"})):
        refused = ada.post(f"/users/{stage.ada.id}/{path}", data=data)
        assert refused.status_code == 422
        assert "only administrator" in refused.text
    ada.post(f"/users/{stage.rita.id}/admin", data={"is_admin": "1"})
    assert client_of("rita").get("/users").status_code == 200
    assert ada.post(f"/users/{stage.ada.id}/admin", data={"is_admin": "0"}).status_code == 303
    assert ada.get("/users").status_code == 404
