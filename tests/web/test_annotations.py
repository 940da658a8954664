"""Writes to annotations through the web: creating, editing, deleting, linking; rights and bad
input.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlmodel import Session

from annotator.domain.text import Offsets
from annotator.models import Annotation, Article, Change, Event, EventLink
from tests.conftest import Stage
from tests.factories import TEXT, make_annotation, make_article, make_event, make_link

Client = Callable[[str], FlaskClient]
HTMX = {"HX-Request": "true", "X-Client": "tab-1"}
JSON = {"Accept": "application/json"}


def spot(text: str, words: str) -> list[list[int]]:
    """The place of some words as a browser counts it."""
    start = text.index(words)
    units = Offsets(text)
    return [[units.to_utf16(start), units.to_utf16(start + len(words))]]


def form(article: Article, words: str, tag: str = "claim", **fields: Any) -> dict[str, Any]:
    return {
        "tag": tag,
        "fragments": json.dumps(spot(article.text, words)),
        "quote": words,
        "key": str(uuid4()),
        **fields,
    }


def url(article: Article) -> str:
    return f"/projects/visit/articles/{article.id}/annotations"


def one(row: Annotation) -> str:
    return f"/projects/visit/annotations/{row.id}"


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


def stored(db: Session) -> list[Annotation]:
    """The annotations as they are now. Ends the transaction, which would hold the write lock."""
    fresh = select(Annotation).order_by(Annotation.id).execution_options(populate_existing=True)
    rows = list(db.execute(fresh).scalars())
    db.commit()
    return rows


# ------------------------------------------------------------------------------ creating


def test_alice_tags_a_passage_and_gets_the_row_back(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    answer = client_of("alice").post(
        url(article), data=form(article, "глава правительства", "quote"), headers=HTMX
    )

    page = BeautifulSoup(answer.text, "html5lib")
    row = page.select_one('hx-partial[hx-target="#r-1"]')
    assert answer.status_code == 200
    assert [p["hx-target"] for p in page.select("hx-partial")] == [
        "#r-1", "#marks-count", "#status", "#toast",
    ]  # fmt: skip
    assert row.select_one("mark").text == "глава правительства"
    assert row.select_one("p.para").text == article.text.split("\n")[0]
    assert "paragraph 1" in page.select_one('[hx-target="#status"]').text
    assert page.select_one("[data-undo]")["hx-post"].startswith("/projects/visit/undo/")
    (made,) = stored(db)
    assert made.text == "глава правительства" == article.text[made.start : made.end]
    assert (made.annotator_id, made.version, made.state) == (stage.alice.id, 1, "submitted")
    change = db.execute(select(Change).where(Change.noun_id == made.id)).scalar_one()
    assert (change.action, change.client) == ("create", "tab-1")
    assert change.after["text"] == made.text


def test_without_htmx_the_browser_goes_to_the_new_note(
    client_of: Client, db: Session, article: Article
) -> None:
    answer = client_of("alice").post(url(article), data=form(article, "Президент"))
    (made,) = stored(db)
    assert answer.status_code == 303
    assert answer.location == f"/projects/visit/articles/{article.id}#a-{made.id}"


def test_a_script_gets_json(client_of: Client, db: Session, article: Article) -> None:
    answer = client_of("alice").post(url(article), data=form(article, "Президент"), headers=JSON)
    (made,) = stored(db)
    assert answer.status_code == 201
    assert answer.json["id"] == made.id


def test_a_passage_behind_an_emoji_is_counted_in_code_points(
    client_of: Client, db: Session, article: Article
) -> None:
    client_of("alice").post(url(article), data=form(article, "😀 историческим"), headers=HTMX)
    (made,) = stored(db)
    assert article.text[made.start : made.end] == "😀 историческим"


def test_an_interrupted_quote_is_one_annotation_of_two_pieces(
    client_of: Client, db: Session, article: Article
) -> None:
    pieces = ["«Мы союзники»", "«и друзья»"]
    place = [spot(article.text, piece)[0] for piece in pieces]
    data = form(article, pieces[0], "quote")
    data |= {"fragments": json.dumps(place[::-1]), "quote": " … ".join(pieces)}
    answer = client_of("alice").post(url(article), data=data, headers=HTMX)
    (made,) = stored(db)
    assert answer.status_code == 200
    assert [article.text[s:e] for s, e in made.fragments] == pieces
    assert made.text == article.text[made.start : made.end]


def test_a_passage_over_two_paragraphs_changes_both_rows(
    client_of: Client, db: Session, article: Article
) -> None:
    text = article.text
    start, end = text.index("встретил"), text.index("Стороны") + len("Стороны")
    quote = text[start:end].replace("\n\n", "\n")
    data = form(article, "Стороны")
    data |= {"fragments": json.dumps([[start, end]]), "quote": quote}
    answer = client_of("alice").post(url(article), data=data, headers=HTMX)
    targets = [p["hx-target"] for p in BeautifulSoup(answer.text, "html5lib").select("hx-partial")]
    assert targets[:2] == ["#r-1", "#r-2"]
    assert stored(db)[0].text == text[start:end]


def test_one_passage_takes_several_tags(client_of: Client, db: Session, article: Article) -> None:
    alice = client_of("alice")
    for tag in ("claim", "evaluation"):
        alice.post(url(article), data=form(article, "историческим", tag), headers=HTMX)
    assert len(stored(db)) == 2


def test_the_same_key_twenty_times_makes_one_annotation(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    cookie = alice._cookies
    data = form(article, "Президент")

    def send(_n: int) -> tuple[int, bool]:
        client = alice.application.test_client()
        client._cookies = dict(cookie)
        answer = client.post(url(article), data=data, headers=HTMX)
        return answer.status_code, 'hx-target="#r-1"' in answer.text

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(send, range(20)))
    assert answers == {(200, True)}
    assert len(stored(db)) == 1


def test_the_same_key_for_other_words_is_refused(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    data = form(article, "Президент")
    alice.post(url(article), data=data, headers=HTMX)
    other = form(article, "в Москву") | {"key": data["key"]}
    assert alice.post(url(article), data=other, headers=HTMX).status_code == 422
    assert len(stored(db)) == 1


def test_a_repeated_create_after_a_delete_shows_the_row_as_it_is_now(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    data = form(article, "Президент")
    alice.post(url(article), data=data, headers=HTMX)
    (made,) = stored(db)
    alice.post(f"{one(made)}/delete", headers=HTMX)
    again = alice.post(url(article), data=data, headers=HTMX)
    assert again.status_code == 200
    assert "<mark" not in again.text


def test_an_annotation_can_be_linked_to_an_event_at_once(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    event = make_event(db, stage.project)
    db.commit()
    client_of("alice").post(
        url(article), data=form(article, "Президент", event=event.id), headers=HTMX
    )
    (link,) = db.execute(select(EventLink)).scalars()
    assert link.event_id == event.id


def test_sentences_are_tagged_without_a_selection(
    client_of: Client, db: Session, article: Article
) -> None:
    alice = client_of("alice")
    opened = alice.get(f"/projects/visit/articles/{article.id}?sentences=1")
    page = BeautifulSoup(opened.text, "html5lib")
    assert len(page.select("#r-1 details.plain input[name=sentence]")) == 2
    data = {"row": "1", "sentence": ["0", "1"], "tag": "claim"}
    answer = alice.post(url(article), data=data)
    (made,) = stored(db)
    assert answer.status_code == 303
    assert made.text == article.text.split("\n")[0]
    assert made.fragments is None


@pytest.mark.parametrize(
    ("person", "status"), [("vera", 403), ("mallory", 404), ("nobody", 401), ("rita", 200)]
)
def test_who_may_tag(
    client_of: Client, db: Session, article: Article, person: str, status: int
) -> None:
    answer = client_of(person).post(url(article), data=form(article, "Президент"), headers=HTMX)
    assert answer.status_code == status
    assert len(stored(db)) == (1 if status == 200 else 0)


def test_an_article_of_another_project_is_not_found(
    client_of: Client, db: Session, article: Article
) -> None:
    from tests.factories import make_project

    other = make_article(db, make_project(db, "other"))
    db.commit()
    answer = client_of("alice").post(url(other), data=form(other, "Президент"), headers=HTMX)
    assert answer.status_code == 404


UNKNOWN = "01a204cd-586b-7f09-b8d2-e6393ba37a2f"
LONG = json.dumps([[n * 2, n * 2 + 1] for n in range(200)])


@pytest.mark.parametrize(
    "change",
    [
        {"tag": ""},
        {"tag": "nonsense"},
        {"tag": "claim\0"},
        {"fragments": ""},
        {"fragments": "[]"},
        {"fragments": "null"},
        {"fragments": "{}"},
        {"fragments": "[[0,9],[0"},
        {"fragments": "[" * 3000},
        {"fragments": "[[0,-9]]"},
        {"fragments": "[[9,0]]"},
        {"fragments": "[[0,0]]"},
        {"fragments": "[[0,9000]]"},
        {"fragments": '[["0","9"]]'},
        {"fragments": "[[0,9.0]]"},
        {"fragments": "[[true,9]]"},
        {"fragments": "[[0,18446744073709551616]]"},
        {"fragments": "[[0,1e400]]"},
        {"fragments": "[[NaN,9]]"},
        {"fragments": "[[0,9,9]]"},
        {"fragments": LONG},
        {"quote": "Президенд"},
        {"quote": ""},
        {"quote": "a\0"},
        {"key": ""},
        {"key": "x" * 500},
        {"key": "'; DROP TABLE annotation"},
        {"event": "no-id"},
        {"event": UNKNOWN},
        {"row": "1"},
        {"bogus": "1"},
    ],
    ids=lambda change: str(change)[:40],
)
def test_bad_input_is_refused_with_a_sentence(
    client_of: Client, db: Session, article: Article, change: dict[str, str]
) -> None:
    data = form(article, "Президент") | change
    answer = client_of("alice").post(url(article), data=data, headers=HTMX)
    assert 400 <= answer.status_code < 500
    assert len(BeautifulSoup(answer.text, "html5lib").select_one(".problem-text").text) > 20
    assert stored(db) == []


def test_half_an_emoji_is_refused(client_of: Client, db: Session, article: Article) -> None:
    (place,) = spot(article.text, "😀")
    data = form(article, "😀") | {"fragments": json.dumps([[place[0] + 1, place[1] + 3]])}
    answer = client_of("alice").post(url(article), data=data, headers=HTMX)
    assert answer.status_code == 422
    assert "middle of a character" in answer.text


@pytest.mark.parametrize(
    "data",
    [
        {"row": "0", "sentence": "0", "tag": "claim"},
        {"row": "99", "sentence": "0", "tag": "claim"},
        {"row": "1", "sentence": "7", "tag": "claim"},
        {"row": "1", "sentence": "-1", "tag": "claim"},
        {"row": "1", "sentence": "²", "tag": "claim"},
        {"row": "1", "tag": "claim"},
        {"row": "9" * 40, "sentence": "0", "tag": "claim"},
        {"tag": "claim"},
        {"tag": ["claim", "quote"], "row": "1", "sentence": "0"},
    ],
)
def test_bad_choices_of_sentences_are_refused(
    client_of: Client, db: Session, article: Article, data: dict[str, Any]
) -> None:
    assert client_of("alice").post(url(article), data=data).status_code == 422
    assert stored(db) == []


def test_the_words_in_the_refusal_name_both_texts(client_of: Client, article: Article) -> None:
    data = form(article, "Президент") | {"quote": "Премьер"}
    answer = client_of("alice").post(url(article), data=data, headers=JSON)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert "Президент" in answer.json["detail"]
    assert "Премьер" in answer.json["detail"]


def test_creating_asks_the_same_number_of_statements_however_many_there_are(
    client_of: Client, db: Session, article: Article, stage: Stage, statements: Any
) -> None:
    alice = client_of("alice")

    def count() -> int:
        with statements() as seen:
            answer = alice.post(url(article), data=form(article, "в Москву"), headers=HTMX)
        assert answer.status_code == 200
        return len(seen)

    count()
    few = count()
    for _ in range(60):
        make_annotation(db, article, stage.bob, "в Москву")
    db.commit()
    assert count() == few <= 16


# ------------------------------------------------------------------------------ editing


def test_the_editor_has_a_field_for_every_attribute(client_of: Client, claim: Annotation) -> None:
    answer = client_of("alice").get(f"{one(claim)}/edit", headers=HTMX)
    page = BeautifulSoup(answer.text, "html5lib")
    names = {field["name"] for field in page.select("#edit-fields [name]")}
    assert {"a.modality", "a.attribution", "a.frame_role", "note", "state", "label"} <= names
    assert "<html" not in answer.text


def test_the_editor_is_a_page_of_its_own_without_htmx(client_of: Client, claim: Annotation) -> None:
    answer = client_of("alice").get(f"{one(claim)}/edit")
    assert answer.status_code == 200
    assert "<html" in answer.text


def test_colleagues_read_a_note_and_cannot_edit_it(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    bob = client_of("bob")
    assert "edit-form" not in bob.get(f"{one(claim)}/edit", headers=HTMX).text
    answer = bob.post(one(claim), data={"version": 1, "note": "x"}, headers=HTMX)
    assert answer.status_code == 403
    assert bob.post(f"{one(claim)}/delete", headers=HTMX).status_code == 403
    assert stored(db)[0].note == ""


def test_alice_fills_in_attributes_one_after_another(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    alice = client_of("alice")
    answer = alice.post(one(claim), data={"version": 1, "a.modality": "reported"}, headers=HTMX)
    assert answer.status_code == 200
    assert 'id="edit-version" value="2"' in answer.text
    alice.post(one(claim), data={"version": 2, "a.attribution": "МИД"}, headers=HTMX)
    alice.post(one(claim), data={"version": 3, "a.modality": ""}, headers=HTMX)
    (row,) = stored(db)
    assert row.attributes == {"attribution": "МИД"}
    assert row.version == 4


def test_one_tab_does_not_collide_with_itself(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    alice = client_of("alice")
    for data in ({"a.modality": "denied"}, {"note": "кто говорит?"}):
        answer = alice.post(one(claim), data={"version": 1, **data}, headers=HTMX)
        assert answer.status_code == 200
    (row,) = stored(db)
    assert (row.attributes, row.note) == ({"modality": "denied"}, "кто говорит?")


def test_a_stale_edit_is_refused_and_shows_both_versions(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    alice = client_of("alice")
    other = {"HX-Request": "true", "X-Client": "tab-2"}
    alice.post(one(claim), data={"version": 1, "note": "первая"}, headers=other)
    answer = alice.post(one(claim), data={"version": 1, "note": "вторая"}, headers=HTMX)
    page = BeautifulSoup(answer.text, "html5lib")
    assert answer.status_code == 409
    versions = [version.p.text for version in page.select(".stale .version")]
    assert versions == ["вторая", "первая"]
    assert stored(db)[0].note == "первая"
    keep = {
        field["name"]: field["value"]
        for field in page.select(".stale form input")
        if field["name"] != "csrf_token"
    }
    assert alice.post(one(claim), data=keep, headers=HTMX).status_code == 200
    assert stored(db)[0].note == "вторая"


def test_a_new_tag_keeps_what_it_knows_and_undo_brings_the_rest_back(
    client_of: Client, db: Session, article: Article, stage: Stage
) -> None:
    row = make_annotation(db, article, stage.alice, "союзники", attributes={"modality": "asserted"})
    db.commit()
    alice = client_of("alice")
    answer = alice.post(one(row), data={"version": 1, "label": "evaluation"}, headers=HTMX)
    assert answer.status_code == 200
    assert 'hx-target="#editor"' in answer.text
    assert stored(db)[0].attributes == {}
    undo = BeautifulSoup(answer.text, "html5lib").select_one("[data-undo]")["hx-post"]
    assert alice.post(undo, headers=HTMX).status_code == 200
    assert stored(db)[0].attributes == {"modality": "asserted"}


def test_the_edges_of_a_passage_can_be_moved(
    client_of: Client, db: Session, claim: Annotation, article: Article
) -> None:
    words = "Президент прилетел в Москву"
    data = {"version": 1, "fragments": json.dumps(spot(article.text, words)), "quote": words}
    assert client_of("alice").post(one(claim), data=data, headers=HTMX).status_code == 200
    (row,) = stored(db)
    assert (row.id, row.text, row.version) == (claim.id, words, 2)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"version": "x"},
        {"version": "99999999999"},
        {"version": "1", "a.modality": "nonsense"},
        {"version": "1", "a.bogus": "1"},
        {"version": "1", "a.attribution": "a\0b"},
        {"version": "1", "a.attribution": "x" * 5000},
        {"version": "1", "note": "x" * 6000},
        {"version": "1", "note": "a\0b"},
        {"version": "1", "state": "accepted"},
        {"version": "1", "label": "nonsense"},
        {"version": "1", "start": "0"},
        {"version": "1", "fragments": "[[0,3]]", "quote": "нет"},
    ],
    ids=lambda data: str(data)[:40],
)
def test_bad_edits_are_refused(
    client_of: Client, db: Session, claim: Annotation, data: dict[str, str]
) -> None:
    assert client_of("alice").post(one(claim), data=data, headers=HTMX).status_code == 422
    assert stored(db)[0].version == 1


def test_an_edit_that_changes_nothing_makes_no_version(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    client_of("alice").post(one(claim), data={"version": 1, "note": ""}, headers=HTMX)
    assert stored(db)[0].version == 1
    assert db.execute(select(func.count()).select_from(Change)).scalar() == 1  # the sign-in


def test_the_address_of_an_annotation_leads_to_its_place(
    client_of: Client, claim: Annotation, article: Article
) -> None:
    answer = client_of("vera").get(one(claim))
    assert answer.location == f"/projects/visit/articles/{article.id}#a-{claim.id}"


@pytest.mark.parametrize("path", ["", "/edit"])
def test_unknown_annotations_are_not_found(client_of: Client, path: str, stage: Stage) -> None:
    answer = client_of("alice").get(f"/projects/visit/annotations/{uuid4()}{path}")
    assert answer.status_code == 404


# ------------------------------------------------------------------------------ deleting


def test_a_deleted_note_goes_from_the_page_and_can_come_back(
    client_of: Client, db: Session, claim: Annotation, article: Article
) -> None:
    alice = client_of("alice")
    answer = alice.post(f"{one(claim)}/delete?version=1", headers=HTMX)
    page = BeautifulSoup(answer.text, "html5lib")
    assert answer.status_code == 200
    assert page.select("mark") == []
    assert stored(db)[0].deleted_at is not None
    back = alice.post(page.select_one("[data-undo]")["hx-post"], headers=HTMX)
    assert f'id="a-{claim.id}"' in back.text
    (row,) = stored(db)
    assert row.deleted_at is None
    assert row.version == 3


def test_deleting_what_was_changed_meanwhile_is_refused(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    alice = client_of("alice")
    alice.post(one(claim), data={"version": 1, "note": "новое"}, headers=HTMX)
    assert alice.post(f"{one(claim)}/delete?version=1", headers=HTMX).status_code == 409
    assert alice.post(f"{one(claim)}/delete?version=x", headers=HTMX).status_code == 422
    assert stored(db)[0].deleted_at is None


# ------------------------------------------------------------------------------ events


def test_a_passage_is_linked_and_unlinked(
    client_of: Client, db: Session, claim: Annotation, stage: Stage
) -> None:
    event = make_event(db, stage.project, "Встреча")
    db.commit()
    alice = client_of("alice")
    answer = alice.post(f"{one(claim)}/events", data={"event": event.id}, headers=HTMX)
    assert answer.status_code == 200
    assert "Встреча" in BeautifulSoup(answer.text, "html5lib").select_one(".note .event").text
    answer = alice.post(f"{one(claim)}/events/{event.id}/unlink", headers=HTMX)
    assert answer.status_code == 200
    assert db.execute(select(EventLink)).first() is None


def test_a_new_event_is_made_from_a_passage(
    client_of: Client, db: Session, claim: Annotation
) -> None:
    answer = client_of("alice").post(
        f"{one(claim)}/events", data={"title": "Саммит", "key": str(uuid4())}, headers=HTMX
    )
    assert answer.status_code == 200
    assert db.execute(select(Event.title)).scalar() == "Саммит"
    assert db.execute(select(EventLink.annotation_id)).scalar() == claim.id


def test_typing_alone_makes_no_event(client_of: Client, db: Session, claim: Annotation) -> None:
    alice = client_of("alice")
    answer = alice.post(f"{one(claim)}/events", data={"q": "Сам"}, headers=HTMX)
    assert answer.status_code == 422
    assert db.execute(select(Event)).first() is None


def test_bob_does_not_unlink_what_alice_linked(
    client_of: Client, db: Session, claim: Annotation, stage: Stage
) -> None:
    event = make_event(db, stage.project)
    link = make_link(db, claim, event)
    link.created_by = stage.alice.id
    db.commit()
    path = f"{one(claim)}/events/{event.id}/unlink"
    assert client_of("bob").post(path, headers=HTMX).status_code == 403
    assert client_of("vera").post(path, headers=HTMX).status_code == 403
    assert client_of("lena").post(path, headers=HTMX).status_code == 200
    assert client_of("lena").post(path, headers=HTMX).status_code == 404


@pytest.mark.parametrize("data", [{}, {"event": "x"}, {"event": UNKNOWN}, {"title": "x" * 999}])
def test_bad_links_are_refused(client_of: Client, claim: Annotation, data: dict[str, str]) -> None:
    answer = client_of("alice").post(f"{one(claim)}/events", data=data, headers=HTMX)
    assert answer.status_code in (404, 422)


def test_the_text_of_the_factory_is_what_these_tests_think() -> None:
    assert TEXT.count("\n\n") == 2
