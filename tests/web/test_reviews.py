"""Verdicts: who gives them, what becomes of them, and how the annotator learns of them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session

from annotator.models import Annotation, Article, Review
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_review
from tests.web.test_annotations import HTMX, one

Client = Callable[[str], FlaskClient]


@pytest.fixture
def article(db: Session, stage: Stage) -> Article:
    made = make_article(db, stage.project)
    db.commit()
    return made


@pytest.fixture
def claim(db: Session, stage: Stage, article: Article) -> Annotation:
    made = make_annotation(db, article, stage.alice, "прилетел в Москву")
    db.commit()
    return made


def judge(client: FlaskClient, row: Annotation, verdict: str = "accepted", **fields: Any) -> Any:
    return client.post(f"{one(row)}/reviews", data={"verdict": verdict, **fields}, headers=HTMX)


def state(answer: Any, row: Annotation) -> str:
    note = BeautifulSoup(answer.text, "html5lib").select_one(f"#a-{row.id} .state")
    return str(note["data-state"])


def test_rita_accepts_and_the_note_says_so(client_of: Client, claim: Annotation) -> None:
    answer = judge(client_of("rita"), claim)
    assert answer.status_code == 200
    assert state(answer, claim) == "accepted"


def test_two_reviewers_who_differ_make_it_disputed(client_of: Client, claim: Annotation) -> None:
    judge(client_of("rita"), claim)
    answer = judge(client_of("lena"), claim, "rejected", reason="Это не утверждение.")
    assert state(answer, claim) == "disputed"


def test_the_latest_verdict_of_a_reviewer_counts(client_of: Client, claim: Annotation) -> None:
    rita = client_of("rita")
    judge(rita, claim, "rejected", reason="слишком длинно")
    assert state(judge(rita, claim), claim) == "accepted"


def test_a_verdict_is_withdrawn_by_its_author_only(
    client_of: Client, db: Session, claim: Annotation, stage: Stage
) -> None:
    review = make_review(db, claim, stage.rita)
    db.commit()
    path = f"/projects/visit/reviews/{review.id}/withdraw"
    assert client_of("lena").post(path, headers=HTMX).status_code == 403
    answer = client_of("rita").post(path, headers=HTMX)
    assert state(answer, claim) == "submitted"
    assert client_of("rita").post(path, headers=HTMX).status_code == 409


@pytest.mark.parametrize(
    ("person", "status"), [("alice", 403), ("bob", 403), ("vera", 403), ("mallory", 404)]
)
def test_who_may_not_review(client_of: Client, claim: Annotation, person: str, status: int) -> None:
    assert judge(client_of(person), claim).status_code == status


def test_nobody_reviews_their_own(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    row = make_annotation(db, article, stage.rita, "Москву")
    db.commit()
    assert judge(client_of("rita"), row).status_code == 403


@pytest.mark.parametrize(
    "data",
    [
        {"verdict": "maybe"},
        {"verdict": ""},
        {"verdict": "rejected"},
        {"verdict": "rejected", "reason": " \n"},
        {"verdict": "accepted", "reason": "x" * 3000},
        {"verdict": "accepted", "reason": "a\0"},
        {"verdict": "accepted", "version": "x"},
        {"verdict": "accepted", "bogus": "1"},
    ],
)
def test_bad_verdicts_are_refused(
    client_of: Client, db: Session, claim: Annotation, data: dict[str, str]
) -> None:
    answer = client_of("rita").post(f"{one(claim)}/reviews", data=data, headers=HTMX)
    assert answer.status_code == 422
    assert db.execute(select(Review)).first() is None


def test_a_verdict_on_an_older_version_is_refused(client_of: Client, claim: Annotation) -> None:
    client_of("alice").post(one(claim), data={"version": 1, "note": "новое"}, headers=HTMX)
    assert judge(client_of("rita"), claim, version=1).status_code == 409


def test_a_repeated_verdict_is_stored_once(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    rita, key = client_of("rita"), str(uuid4())
    assert [judge(rita, claim, key=key).status_code for _ in range(3)] == [200] * 3
    assert len(db.execute(select(Review)).all()) == 1


def test_the_annotator_reads_what_was_said_and_marks_it_seen(
    client_of: Client, claim: Annotation
) -> None:
    judge(client_of("rita"), claim, "rejected", reason="Это слух, а не факт.")
    alice = client_of("alice")
    page = alice.get("/projects/visit/review").text
    assert "Это слух, а не факт." in page
    assert "1 new verdict on yours" in page
    assert alice.post("/projects/visit/review/seen").status_code == 303
    page = alice.get("/projects/visit/review").text
    assert "Это слух, а не факт." in page
    assert "new verdict" not in page


def test_the_note_shows_the_reason(client_of: Client, claim: Annotation) -> None:
    judge(client_of("rita"), claim, "rejected", reason="Это слух.")
    editor = client_of("alice").get(f"{one(claim)}/edit", headers=HTMX).text
    assert "Это слух." in editor
    assert "Rita" in editor


def test_the_list_holds_what_waits_for_my_verdict(
    client_of: Client, db: Session, article: Article, stage: Stage, claim: Annotation
) -> None:
    make_annotation(db, article, stage.bob, "Стороны", "quote")
    make_annotation(db, article, stage.rita, "союзники")
    make_annotation(db, article, stage.bob, "визит", state="draft")
    db.commit()
    rita = client_of("rita")

    def listed(query: str = "") -> list[str]:
        page = BeautifulSoup(rita.get(f"/projects/visit/review{query}").text, "html5lib")
        return [item.select_one("[dir=auto]").text for item in page.select("#waiting > .item")]

    assert listed() == ["прилетел в Москву", "Стороны"]
    assert listed("?tag=quote") == ["Стороны"]
    assert listed("?annotator=alice") == ["прилетел в Москву"]
    answer = judge(rita, claim, then="list")
    assert f'hx-target="#w-{claim.id}"' in answer.text
    assert listed() == ["Стороны"]
    assert listed("?verdict=accepted") == ["прилетел в Москву"]
    assert listed(f"?after={claim.id}") == ["Стороны"]
    assert rita.get("/projects/visit/review?tag=nonsense").status_code == 422
    assert rita.get("/projects/visit/review?verdict=nonsense").status_code == 422
    assert rita.get("/projects/visit/review?after=nonsense").status_code == 200


def test_statements_of_the_list_do_not_grow(
    client_of: Client, db: Session, article: Article, stage: Stage, statements: Any
) -> None:
    rita = client_of("rita")
    counts = []
    for _ in range(2):
        for _ in range(8):
            make_annotation(db, article, stage.alice, "Стороны")
        db.commit()
        rita.get("/projects/visit/review")
        with statements() as seen:
            rita.get("/projects/visit/review")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_viewers_see_the_page_without_a_list(client_of: Client, claim: Annotation) -> None:
    answer = client_of("vera").get("/projects/visit/review")
    assert answer.status_code == 200
    assert "waiting" not in answer.text
    assert client_of("mallory").get("/projects/visit/review").status_code == 404
