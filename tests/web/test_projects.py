"""The list of projects, and new ones."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session

from annotator.ids import new_id
from annotator.models import Membership, Project
from annotator.web.projects import slug_of
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_project

Client = Callable[[str], FlaskClient]


def test_one_sees_ones_own_projects_with_role_and_counts(
    client_of: Client, db: Session, stage: Stage
) -> None:
    make_project(db, "secret", title="Чужой проект")
    article = make_article(db, stage.project)
    make_annotation(db, article, stage.alice, "Президент")
    make_annotation(db, article, stage.bob, "Президент", deleted_at=article.created_at)
    db.commit()
    page = client_of("alice").get("/").text
    assert "Визит" in page
    assert "Annotator</span>" in page
    assert "1 article<" in page
    assert "1 annotation<" in page
    assert "Чужой проект" not in page
    assert "Чужой проект" in client_of("ada").get("/").text


def test_who_is_in_no_project_reads_what_to_do(client_of: Client) -> None:
    page = client_of("mallory").get("/").text
    assert "You are in no project yet" in page
    assert "<strong>mallory</strong>" in page


def test_an_administrator_makes_a_project_and_manages_it(
    client_of: Client, db: Session, stage: Stage
) -> None:
    ada = client_of("ada")
    form = {"title": "Саммит: ШОС 2025", "description": "О чём писали", "key": new_id()}
    made = ada.post("/projects", data=form)
    assert made.headers["Location"] == "/projects/sammit-shos-2025/"
    again = ada.post("/projects", data=form)
    assert again.headers["Location"] == made.headers["Location"]
    db.rollback()
    project = db.execute(select(Project).where(Project.slug == "sammit-shos-2025")).scalar_one()
    assert db.get_one(Membership, (project.id, stage.ada.id)).role == "manager"
    page = ada.get(made.headers["Location"]).text
    assert "No articles yet" in page
    assert "Add articles" in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "Ещё", "slug": "visit"}, "slug"),
        ({"title": "Ещё", "slug": "no spaces"}, "slug"),
        ({"title": "Ещё", "slug": "-x"}, "slug"),
        ({"title": "Ещё", "slug": "new"}, "slug"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    form: dict[str, str], field: str, client_of: Client
) -> None:
    response = client_of("ada").post("/projects", data={**form, "description": "Об этом"})
    assert response.status_code == 422
    assert f'id="{field}-error"' in response.text
    assert "Об этом" in response.text


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Визит Токаева", "vizit-tokaeva"),
        ("Щука, ёж и съезд — 2025!", "shchuka-ezh-i-sezd-2025"),
        ("Қазақстан", "qazaqstan"),
        ("Élysée & Straße", "elysee-strasse"),
        ("й" * 90, "y" * 40),
        ("日本", "project"),
        ("...", "project"),
    ],
)
def test_addresses_are_made_from_titles(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_the_list_asks_as_much_for_many_projects_as_for_one(
    client_of: Client, db: Session, stage: Stage, statements: object
) -> None:
    ada = client_of("ada")
    ada.get("/")
    with statements() as few:  # type: ignore[operator]
        ada.get("/")
    for number in range(8):
        make_project(db, f"more-{number}")
    db.commit()
    with statements() as many:  # type: ignore[operator]
        ada.get("/")
    assert len(many) == len(few)
