"""Events: what authors write about, on pages that people edit together."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import Session

from annotator.ids import new_id
from annotator.models import Annotation, Article, Coverage, Event, Relation
from annotator.models.base import table
from tests.conftest import Stage
from tests.factories import (
    make_annotation,
    make_article,
    make_event,
    make_link,
    make_project,
    make_relation,
)

Clients = Callable[[str], FlaskClient]

FIRST = "В аэропорту гостя встречал вице-премьер. Погода была ясной."
SECOND = "Президент встретил гостя лично. Переговоры длились три часа."


@pytest.fixture
def airport(db: Session, stage: Stage) -> Event:
    """An event with a passage of each of two authors, and an article that says nothing."""
    event = make_event(
        db,
        stage.project,
        "Кто встречал гостя",
        date="2025-11-11",
        place="Москва",
        aliases=["аэропорт"],
    )
    one = make_article(db, stage.project, FIRST, author="Иванов", title="Первая")
    two = make_article(db, stage.project, SECOND, author="Петров", title="Вторая")
    make_article(db, stage.project, "Ни слова о встрече.", title="Третья", published="2025-11-12")
    for article, words in ((one, "гостя встречал вице-премьер"), (two, "Президент встретил гостя")):
        make_link(db, make_annotation(db, article, stage.alice, words), event)
    db.commit()
    return event


def rows(db: Session, model: Any, **fields: str) -> list[Any]:
    """The rows of a table with these fields, in the order in which they were made."""
    query = select(model).filter_by(**fields).execution_options(populate_existing=True)
    columns = table(model).primary_key.columns
    found = list(db.execute(query.order_by(*columns)).scalars())
    db.commit()  # so that the application may write again
    return found


def one_of(db: Session, model: Any, **fields: str) -> Any:
    (row,) = rows(db, model, **fields)
    return row


def passages(db: Session) -> list[str]:
    return [row.id for row in rows(db, Annotation)]


def path(event: Event, *more: str) -> str:
    return "/".join(["/projects/visit/events", event.id, *more])


def test_vera_reads_the_list_and_one_event(client_of: Clients, airport: Event) -> None:
    vera = client_of("vera")
    listed = vera.get("/projects/visit/events").text
    assert "Кто встречал гостя" in listed
    assert "аэропорт" in listed
    page = vera.get(path(airport)).text
    assert "гостя встречал вице-премьер" in page
    assert "Президент встретил гостя" in page
    assert "Иванов" in page
    assert "Петров" in page


def test_vera_sees_no_form_and_may_change_nothing(
    client_of: Clients, airport: Event, db: Session
) -> None:
    vera = client_of("vera")
    assert "<textarea" not in vera.get(path(airport)).text
    one, two = passages(db)
    writes = [
        ("/projects/visit/events", {"title": "Новое"}),
        (path(airport), {"title": "Другое", "version": "1"}),
        (path(airport, "delete"), {"version": "1"}),
        (path(airport, "restore"), {}),
        (path(airport, "unlink"), {"annotation": one}),
        (path(airport, "coverage"), {"article": "x", "state": "silent"}),
        (path(airport, "relations"), {"from": one, "to": two, "kind": "agrees"}),
    ]
    for address, fields in writes:
        assert vera.post(address, data=fields).status_code == 403, address


def test_mallory_finds_nothing(client_of: Clients, airport: Event) -> None:
    mallory = client_of("mallory")
    assert mallory.get("/projects/visit/events").status_code == 404
    assert mallory.get(path(airport)).status_code == 404
    assert mallory.get("/projects/visit/events/suggest?q=кто").status_code == 404
    assert mallory.post(path(airport, "delete"), data={"version": "1"}).status_code == 404


def test_an_event_of_another_project_is_not_found_here(
    client_of: Clients, db: Session, stage: Stage
) -> None:
    other = make_event(db, make_project(db, "other"), "Чужое")
    db.commit()
    alice = client_of("alice")
    assert alice.get(f"/projects/visit/events/{other.id}").status_code == 404
    assert (
        alice.post(f"/projects/visit/events/{other.id}/delete", data={"version": "1"}).status_code
        == 404
    )


def test_alice_creates_an_event_once_however_often_the_form_is_sent(
    client_of: Clients, db: Session, stage: Stage
) -> None:
    alice = client_of("alice")
    form = {
        "title": "  Саммит  в Вашингтоне ",
        "kind": "event",
        "date": "2025-11-06",
        "aliases": "C5+1\r\nC5+1\r\n\r\nсаммит",
        "key": new_id(),
    }
    first = alice.post("/projects/visit/events", data=form)
    again = alice.post("/projects/visit/events", data=form)
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    made = one_of(db, Event)
    assert made.title == "Саммит в Вашингтоне"
    assert made.aliases == ["C5+1", "саммит"]
    assert made.created_by == stage.alice.id


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "   ", "needs a title"),
        ("date", "2025-13", "is not a date"),
        ("date", "вчера", "is not a date"),
        ("date", "2025-11-06/2025-11-07", "holds two dates"),
        ("date_end", "2025-11-05", "lies before"),
        ("kind", "miracle", "is no kind of event"),
        ("title", "x" * 301, "300 characters"),
        ("title", "a\0b", "no text"),
    ],
)
def test_a_wrong_field_is_refused_with_a_sentence_beside_it(
    client_of: Clients, stage: Stage, field: str, value: str, sentence: str
) -> None:
    alice = client_of("alice")
    form = {"title": "Встреча", "kind": "event", "date": "2025-11-06", field: value}
    answer = alice.post("/projects/visit/events", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_the_same_title_and_date_twice_is_refused(client_of: Clients, airport: Event) -> None:
    alice = client_of("alice")
    same = {"title": "кто встречал  ГОСТЯ", "date": "2025-11-11"}
    assert alice.post("/projects/visit/events", data=same).status_code == 422
    later = {"title": "Кто встречал гостя", "date": "2026-01-01"}
    assert alice.post("/projects/visit/events", data=later).status_code == 303


def test_bob_is_told_of_alices_edit_instead_of_overwriting_it(
    client_of: Clients, airport: Event, db: Session
) -> None:
    alice, bob = client_of("alice"), client_of("bob")
    first = alice.post(path(airport), data={"title": "Встреча в аэропорту", "version": "1"})
    assert first.status_code == 303
    late = bob.post(path(airport), data={"title": "Приезд", "version": "1"})
    assert late.status_code == 409
    assert "Встреча в аэропорту" in late.text
    assert "Приезд" in late.text
    assert one_of(db, Event).title == "Встреча в аэропорту"
    assert bob.post(path(airport), data={"title": "Приезд", "version": "2"}).status_code == 303


def test_a_deleted_event_can_be_brought_back_with_all_that_belonged_to_it(
    client_of: Clients, airport: Event
) -> None:
    alice = client_of("alice")
    gone = alice.post(path(airport, "delete"), data={"version": "1"})
    assert gone.status_code == 303
    offer = alice.get(gone.location).text
    assert path(airport, "restore") in offer
    assert alice.get(path(airport)).status_code == 410
    assert alice.post(path(airport, "restore")).status_code == 303
    page = alice.get(path(airport))
    assert page.status_code == 200
    assert "гостя встречал вице-премьер" in page.text


def test_the_list_finds_by_title_alias_inflection_and_kind(
    client_of: Clients, airport: Event, db: Session, stage: Stage
) -> None:
    make_event(db, stage.project, "Саммит в Вашингтоне", kind="topic")
    db.commit()
    vera = client_of("vera")
    for asked in ("q=аэропорту", "q=Кто+встр", "q=москва", "kind=event", "q=ГОСТЬ&kind=event"):
        found = vera.get(f"/projects/visit/events?{asked}").text
        assert "Кто встречал гостя" in found, asked
        assert "Саммит в Вашингтоне" not in found, asked
    assert "Nothing found" in vera.get("/projects/visit/events?q=zzz").text


def test_the_type_ahead_offers_events_and_a_new_one(
    client_of: Clients, airport: Event, db: Session
) -> None:
    alice = client_of("alice")
    annotation = passages(db)[0]
    answer = alice.get(f"/projects/visit/events/suggest?q=аэроп&annotation={annotation}").text
    assert f"/projects/visit/annotations/{annotation}/events" in answer
    assert f'name="event" value="{airport.id}"' in answer
    assert 'name="title" value="аэроп"' in answer
    exact = alice.get("/projects/visit/events/suggest?q=кто встречал гостя").text
    assert 'name="title"' not in exact
    assert (
        'name="title"' not in client_of("vera").get("/projects/visit/events/suggest?q=новое").text
    )


def test_alice_signs_that_an_author_is_silent_and_takes_it_back(
    client_of: Clients, airport: Event, db: Session, stage: Stage
) -> None:
    alice = client_of("alice")
    third = one_of(db, Article, title="Третья")
    fields = {"article": third.id, "state": "silent", "column": "n3"}
    cell = alice.post(path(airport, "coverage"), data=fields, headers={"HX-Request": "true"}).text
    assert cell.count("<td") == 1
    assert 'data-why="silent"' in cell
    assert "Alice" in cell
    row = one_of(db, Coverage)
    assert (row.state, row.signed_by) == ("silent", stage.alice.id)
    back = {"article": third.id, "state": "not_checked", "column": "n3"}
    cell = alice.post(path(airport, "coverage"), data=back, headers={"HX-Request": "true"}).text
    assert 'data-why="unchecked"' in cell
    assert alice.post(path(airport, "coverage"), data=fields).status_code == 303


def test_silence_is_refused_where_there_are_passages(
    client_of: Clients, airport: Event, db: Session
) -> None:
    alice = client_of("alice")
    first = one_of(db, Article, title="Первая")
    for fields in (
        {"article": first.id, "state": "silent"},
        {"article": first.id, "state": "asleep"},
        {"article": new_id(), "state": "silent"},
        {"state": "silent"},
    ):
        assert alice.post(path(airport, "coverage"), data=fields).status_code == 422, fields
    assert len(rows(db, Coverage)) == 0


def test_alice_relates_two_passages_once(client_of: Clients, airport: Event, db: Session) -> None:
    alice = client_of("alice")
    one, two = passages(db)
    form = {"from": one, "to": two, "kind": "contradicts", "aspect": "кто", "key": new_id()}
    assert alice.post(path(airport, "relations"), data=form).status_code == 303
    assert alice.post(path(airport, "relations"), data=form).status_code == 303
    assert len(rows(db, Relation)) == 1
    again = {**form, "key": new_id(), "from": two, "to": one}
    assert alice.post(path(airport, "relations"), data=again).status_code == 422
    page = client_of("vera").get(path(airport)).text
    assert page.count('data-rel="contradicts"') == 3  # seen from both passages, and in the list


def test_a_relation_needs_two_passages_of_the_event(
    client_of: Clients, airport: Event, db: Session, stage: Stage
) -> None:
    alice = client_of("alice")
    one, two = passages(db)
    article = one_of(db, Article, title="Вторая")
    stray = make_annotation(db, article, stage.bob, "Переговоры длились три часа").id
    db.commit()
    english = {"Accept-Language": "en"}
    for ends, sentence in (
        ((one, stray), "does not belong to"),
        ((one, one), "two different passages"),
        ((one, new_id()), "is not there"),
        (("", two), "is not there"),
    ):
        form = {"from": ends[0], "to": ends[1], "kind": "agrees"}
        answer = alice.post(path(airport, "relations"), data=form, headers=english)
        assert answer.status_code == 422
        assert sentence in answer.text
    wrong = {"from": one, "to": two, "kind": "loves"}
    assert alice.post(path(airport, "relations"), data=wrong).status_code == 422


def test_a_relation_is_changed_by_its_maker_and_by_rita_but_not_by_bob(
    client_of: Clients, airport: Event, db: Session, stage: Stage
) -> None:
    one, two = rows(db, Annotation)
    made = make_relation(db, airport, one, two, created_by=stage.alice.id)
    db.commit()
    where = path(airport, "relations", made.id)
    form = {"kind": "differs", "aspect": "место", "comment": "", "version": "1"}
    assert client_of("bob").post(where, data=form).status_code == 403
    assert client_of("bob").post(f"{where}/delete").status_code == 403
    assert client_of("alice").post(where, data=form).status_code == 303
    stale = client_of("rita").post(where, data=form | {"kind": "agrees"})
    assert stale.status_code == 409
    verdict = {"verdict": "supported", "verdict_source": "kremlin.ru", "version": "2"}
    assert client_of("alice").post(f"{where}/verdict", data=verdict).status_code == 403
    empty = verdict | {"verdict_source": " "}
    assert client_of("rita").post(f"{where}/verdict", data=empty).status_code == 422
    assert client_of("rita").post(f"{where}/verdict", data=verdict).status_code == 303
    assert "kremlin.ru" in client_of("vera").get(where).text
    assert client_of("alice").post(f"{where}/delete").status_code == 303
    assert f"{where}/restore" in client_of("alice").get(where).text
    assert client_of("alice").post(f"{where}/restore").status_code == 303
    assert "kremlin.ru" in client_of("vera").get(path(airport)).text


def test_unlinking_a_passage_takes_its_relation_out_of_sight(
    client_of: Clients, airport: Event, db: Session, stage: Stage
) -> None:
    one, two = rows(db, Annotation)
    make_relation(db, airport, one, two)
    db.commit()
    alice = client_of("alice")
    assert alice.post(path(airport, "unlink"), data={"annotation": one.id}).status_code == 303
    page = alice.get(path(airport)).text
    assert "гостя встречал вице-премьер" not in page
    assert "data-rel=" not in page


def test_absurd_input_is_answered_with_a_sentence(
    client_of: Clients, airport: Event, db: Session
) -> None:
    alice = client_of("alice")
    two = passages(db)[1]
    absurd = ["\ud800", "\0", "9" * 400, "'; DROP TABLE event; --", "<script>", "%00", "-1", ""]
    for value in absurd:
        raw = value.encode("utf-8", "surrogatepass")
        for address, fields in (
            ("/projects/visit/events", {"title": raw, "date": raw}),
            (path(airport), {"title": raw, "version": raw}),
            (path(airport, "delete"), {"version": raw}),
            (path(airport, "unlink"), {"annotation": raw}),
            (path(airport, "coverage"), {"article": raw, "state": raw, "query": raw}),
            (path(airport, "relations"), {"from": raw, "to": two, "kind": raw, "query": raw}),
        ):
            assert alice.post(address, data=fields).status_code < 500, (address, value)
        for asked in ("events", "events/suggest"):
            shown = alice.get(
                f"/projects/visit/{asked}",
                query_string={"q": raw, "page": raw, "kind": raw, "deleted": raw},
            )
            assert shown.status_code == 200


def test_the_list_asks_the_database_as_often_for_many_events_as_for_one(
    client_of: Clients,
    airport: Event,
    db: Session,
    stage: Stage,
    statements: Callable[[], Any],
) -> None:
    vera = client_of("vera")
    vera.get("/projects/visit/events")
    with statements() as few:
        vera.get("/projects/visit/events")
    for number in range(60):
        make_event(db, stage.project, f"Событие {number}")
    db.commit()
    with statements() as many:
        page = vera.get("/projects/visit/events")
    assert len(many) == len(few)
    assert len(re.findall(r"<tr>", page.text)) == 51
    assert "Событие 59" in vera.get("/projects/visit/events?page=2").text
