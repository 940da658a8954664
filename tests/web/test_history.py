"""Undo: by the button, by the Z key, of an undo, and where it is refused."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session

from annotator.models import Annotation, Article, Change, EventLink, Review
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_event
from tests.web.test_annotations import HTMX, form, one, stored, url

Client = Callable[[str], FlaskClient]


@pytest.fixture
def article(db: Session, stage: Stage) -> Article:
    made = make_article(db, stage.project)
    db.commit()
    return made


def seqs(db: Session, noun: str = "annotation") -> list[int]:
    found = list(db.execute(select(Change.seq).where(Change.noun == noun).order_by(Change.seq)))
    db.commit()
    return [row.seq for row in found]


def undo(client: FlaskClient, seq: int) -> Any:
    return client.post(f"/projects/visit/undo/{seq}", headers=HTMX)


def z(client: FlaskClient, article: Article) -> Any:
    return client.post(f"/projects/visit/articles/{article.id}/undo", headers=HTMX)


def test_a_create_is_taken_back_and_done_again(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    answer = undo(alice, seqs(db)[-1])
    assert answer.status_code == 200
    assert "Taken back" in answer.text
    assert stored(db)[0].deleted_at is not None
    answer = undo(alice, seqs(db)[-1])
    assert "Done again" in answer.text
    assert stored(db)[0].deleted_at is None


def test_z_goes_back_step_by_step(client_of: Client, db: Session, article: Article) -> None:
    alice = client_of("alice")
    alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    (row,) = stored(db)
    alice.post(one(row), data={"version": 1, "note": "один"}, headers=HTMX)
    alice.post(one(row), data={"version": 2, "note": "два"}, headers=HTMX)
    notes = []
    for _ in range(3):
        assert z(alice, article).status_code == 200
        notes.append((stored(db)[0].note, stored(db)[0].deleted_at is None))
    assert notes == [("один", True), ("", True), ("", False)]
    assert z(alice, article).status_code == 404


def test_after_doing_it_again_z_takes_it_back_again(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    z(alice, article)
    undo(alice, seqs(db)[-1])
    assert stored(db)[0].deleted_at is None
    assert z(alice, article).status_code == 200
    assert stored(db)[0].deleted_at is not None


def test_what_was_changed_since_is_not_taken_back(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    (row,) = stored(db)
    alice.post(one(row), data={"version": 1, "note": "один"}, headers=HTMX)
    first, second = seqs(db)[-2:]
    alice.post(one(row), data={"version": 2, "note": "два"}, headers=HTMX)
    assert undo(alice, second).status_code == 409
    assert undo(alice, first).status_code == 409
    assert stored(db)[0].note == "два"


def test_a_double_click_on_undo_is_refused_the_second_time(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    seq = seqs(db)[-1]
    assert [undo(alice, seq).status_code for _ in range(2)] == [200, 409]


def test_a_repeated_undo_with_a_key_answers_like_the_first(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    alice.post(url(article), data=form(article, "Президент"), headers=HTMX)
    path, key = f"/projects/visit/undo/{seqs(db)[-1]}", {"key": str(uuid4())}
    answers = [alice.post(path, data=key, headers=HTMX).status_code for _ in range(3)]
    assert answers == [200, 200, 200]


def test_nobody_takes_back_a_colleagues_change(
    client_of: Client, db: Session, article: Article
) -> None:
    client_of("alice").post(url(article), data=form(article, "Президент"), headers=HTMX)
    seq = seqs(db)[-1]
    assert undo(client_of("bob"), seq).status_code == 403
    assert undo(client_of("vera"), seq).status_code == 403
    assert undo(client_of("mallory"), seq).status_code == 404
    assert z(client_of("bob"), article).status_code == 404
    assert stored(db)[0].deleted_at is None


def test_a_link_is_taken_back(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    row = make_annotation(db, article, stage.alice, "Президент")
    event = make_event(db, stage.project)
    db.commit()
    alice = client_of("alice")
    alice.post(f"{one(row)}/events", data={"event": event.id}, headers=HTMX)
    assert z(alice, article).status_code == 200
    assert db.execute(select(EventLink)).first() is None
    db.commit()
    assert undo(alice, seqs(db, "event_link")[-1]).status_code == 200
    assert db.execute(select(EventLink)).first() is not None


def test_a_verdict_is_taken_back(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    row = make_annotation(db, article, stage.alice, "Президент")
    db.commit()
    rita = client_of("rita")
    rita.post(f"{one(row)}/reviews", data={"verdict": "accepted"}, headers=HTMX)
    assert z(rita, article).status_code == 200
    assert db.execute(select(Review.withdrawn_at)).scalar() is not None


@pytest.mark.parametrize("seq", ["0", "99", "9223372036854775808", "999999999999999999999999"])
def test_unknown_changes_are_not_found(client_of: Client, stage: Stage, seq: str) -> None:
    answer = client_of("alice").post(f"/projects/visit/undo/{seq}", headers=HTMX)
    assert answer.status_code in (404, 422)


def test_a_sign_in_cannot_be_undone(client_of: Client, db: Session, stage: Stage) -> None:
    alice = client_of("alice")
    assert undo(alice, seqs(db, "session")[-1]).status_code == 404


def test_a_deleted_note_of_which_the_tag_was_used_stays_in_the_log(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    row = make_annotation(db, article, stage.alice, "Президент", note="важно")
    db.commit()
    client_of("alice").post(f"{one(row)}/delete", headers=HTMX)
    change = db.execute(select(Change).where(Change.action == "delete")).scalar_one()
    assert change.before["note"] == "важно"
    assert change.before["text"] == "Президент"
    assert isinstance(row, Annotation)
