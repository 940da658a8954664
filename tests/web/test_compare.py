"""The comparison in the browser's eyes: its addresses, its cells, who may do what in them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from sqlmodel import Session

from annotator.ids import new_id
from annotator.models import Article, Event
from annotator.services import demo
from tests.conftest import Stage
from tests.factories import (
    make_annotation,
    make_article,
    make_event,
    make_link,
    make_member,
    make_relation,
    make_review,
)

Clients = Callable[[str], FlaskClient]
Statements = Callable[[], AbstractContextManager[list[str]]]

PAGE = "/projects/visit/compare/events"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def corpus(db: Session, stage: Stage) -> dict[str, str]:
    """Two authors who contradict each other on one event, and one event of which one speaks."""
    ivanov = make_article(
        db,
        stage.project,
        "Гостя встречал вице-премьер. Было холодно.",
        author="Иванов",
        title="Первая",
    )
    petrov = make_article(
        db,
        stage.project,
        "Гостя встретил сам президент. Было тепло.",
        author="Петров",
        title="Вторая",
    )
    airport = make_event(db, stage.project, "Кто встречал гостя", date="2025-11-11")
    weather = make_event(db, stage.project, "Погода", date="2026-01-01")
    one = make_annotation(db, ivanov, stage.alice, "встречал вице-премьер")
    two = make_annotation(
        db,
        petrov,
        stage.bob,
        "сам президент",
        "evaluation",
        attributes={"polarity": 2, "target": "Гость", "holder": "Песков"},
    )
    cold = make_annotation(db, ivanov, stage.alice, "Было холодно")
    for annotation, event in ((one, airport), (two, airport), (cold, weather)):
        make_link(db, annotation, event)
    make_relation(db, airport, one, two, created_by=stage.alice.id)
    make_review(db, two, stage.rita, "accepted")
    db.commit()
    ids = {"airport": airport, "weather": weather, "one": one, "two": two, "cold": cold}
    return {name: row.id for name, row in ids.items()} | {
        "ivanov": ivanov.id,
        "petrov": petrov.id,
    }


def soup(client: FlaskClient, address: str, **headers: str) -> BeautifulSoup:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html5lib")


def cells(page: BeautifulSoup, event: str) -> list[Tag]:
    return page.select(f"#e-{event} > td.cell")


def titles(page: BeautifulSoup) -> list[str]:
    return [head.get_text(strip=True) for head in page.select(".event-head > a")]


def test_vera_sees_authors_side_by_side(client_of: Clients, corpus: dict[str, str]) -> None:
    page = soup(client_of("vera"), PAGE)
    heads = [head.get_text(" ", strip=True) for head in page.select("thead th")]
    assert [head.split()[0] for head in heads] == ["Event", "Иванов", "Петров"]
    left, right = cells(page, corpus["airport"])
    assert left.select_one("mark").get_text() == "встречал вице-премьер"  # type: ignore[union-attr]
    assert right.select_one("mark").get_text() == "сам президент"  # type: ignore[union-attr]
    words = right.get_text(" ", strip=True)
    for fact in ("+2", "Гость", "Песков", "Bob", "Accepted"):
        assert fact in words, fact


def test_every_passage_leads_to_its_place_in_the_article(
    client_of: Clients, corpus: dict[str, str]
) -> None:
    page = soup(client_of("vera"), PAGE)
    links = [str(link["href"]) for link in page.select(".passage .quote a")]
    assert links == [
        f"/projects/visit/articles/{corpus['ivanov']}#a-{corpus['one']}",
        f"/projects/visit/articles/{corpus['petrov']}#a-{corpus['two']}",
        f"/projects/visit/articles/{corpus['ivanov']}#a-{corpus['cold']}",
    ]


def test_a_relation_is_said_on_both_sides_and_leads_across(
    client_of: Clients, corpus: dict[str, str]
) -> None:
    page = soup(client_of("vera"), PAGE)
    left, right = cells(page, corpus["airport"])
    for here, there, name in ((left, right, "Петров"), (right, left, "Иванов")):
        mark = here.select_one(".rel")
        assert mark is not None
        assert mark["data-sign"] == "≠"
        assert "contradicts" in mark.get_text()
        assert "open" in mark.get_text()
        link = mark.select_one("a[data-hot]")
        assert link is not None
        assert link.get_text() == name
        counterpart = page.select_one(str(link["href"]))
        assert counterpart is not None
        assert counterpart.find_parent("td") == there


def test_an_empty_cell_says_why(client_of: Clients, corpus: dict[str, str]) -> None:
    page = soup(client_of("vera"), PAGE)
    _covered, earlier = cells(page, corpus["weather"])
    assert earlier["data-why"] == "earlier"
    assert "13" in earlier.get_text()
    assert "2026" in earlier.get_text()
    hidden = soup(client_of("vera"), f"{PAGE}?tags=quote")
    assert {str(cell["data-why"]) for cell in cells(hidden, corpus["airport"])} == {"filtered"}


@pytest.mark.parametrize(
    ("asked", "events", "passages"),
    [
        ("", 2, 3),
        ("tags=claim", 2, 2),
        ("annotators=bob", 2, 1),
        ("status=accepted", 2, 1),
        ("authors=иванов", 2, 2),
        ("only=contradictions", 1, 2),
        ("only=differences&tags=claim", 0, 0),
        ("hide=earlier", 2, 3),
        ("layer=final", 2, 0),
    ],
)
def test_filters_stand_in_the_address(
    client_of: Clients, corpus: dict[str, str], asked: str, events: int, passages: int
) -> None:
    page = soup(client_of("vera"), f"{PAGE}?{asked}")
    assert len(page.select(".event-row")) == events
    assert len(page.select(".passage")) == passages


def test_one_event_and_one_author_by_the_address(
    client_of: Clients, corpus: dict[str, str]
) -> None:
    page = soup(client_of("vera"), f"{PAGE}?event={corpus['weather']}&authors={corpus['petrov']}")
    assert titles(page) == ["Погода"]
    assert len(cells(page, corpus["weather"])) == 1


def test_addresses_are_canonical_whatever_the_order(
    client_of: Clients, corpus: dict[str, str]
) -> None:
    vera = client_of("vera")
    ways = [
        "?tags=evaluation,claim&authors=петров&event=",
        "?event=&authors=петров&tags=claim&tags=evaluation&layer=&only=",
        "?tags=evaluation&nonsense=1&authors=петров&authors=&tags=claim&page=0",
    ]
    canonical = f"{PAGE}?authors={quote('петров')}&tags=claim,evaluation"
    bodies = set()
    for way in ways:
        page = soup(vera, PAGE + way)
        assert page.select_one("link[rel=canonical]")["href"] == canonical  # type: ignore[index]
        bodies.add(str(page.select_one("#view")))
        pushed = vera.get(PAGE + way, headers=HTMX).headers["HX-Push-Url"]
        assert pushed == canonical
    assert len(bodies) == 1


def test_htmx_gets_the_same_view_without_the_page_around_it(
    client_of: Clients, corpus: dict[str, str]
) -> None:
    vera = client_of("vera")
    part = vera.get(f"{PAGE}?tags=claim", headers=HTMX).text
    assert "<html" not in part
    whole = soup(vera, f"{PAGE}?tags=claim")
    view = whole.select_one("#view")
    assert view is not None
    again = BeautifulSoup(f'<div id="view">{part}</div>', "html5lib").select_one("#view")
    assert str(again) == str(view)


def test_context_is_shown_when_asked_for(client_of: Clients, corpus: dict[str, str]) -> None:
    vera = client_of("vera")
    assert not soup(vera, PAGE).select(".around")
    around = soup(vera, f"{PAGE}?context=1").select(".around")
    assert any("Было холодно" in piece.get_text() for piece in around)


def test_an_unknown_view_is_not_found_and_mallory_finds_none(
    client_of: Clients, corpus: dict[str, str]
) -> None:
    assert client_of("vera").get("/projects/visit/compare/nothing").status_code == 404
    assert client_of("mallory").get(PAGE).status_code == 404
    assert client_of("nobody").get(PAGE, headers={"Accept": "text/html"}).status_code == 303


def test_an_empty_project_says_what_to_do(client_of: Clients, stage: Stage) -> None:
    page = soup(client_of("alice"), PAGE)
    empty = page.select_one(".empty")
    assert empty is not None
    assert empty.select_one("a.button")


def test_what_the_filter_cannot_find_is_named(client_of: Clients, corpus: dict[str, str]) -> None:
    page = soup(client_of("vera"), f"{PAGE}?authors=Никто")
    assert "Никто" in page.select_one(".notice").get_text()  # type: ignore[union-attr]


def test_only_who_may_write_is_offered_buttons(client_of: Clients, corpus: dict[str, str]) -> None:
    assert not soup(client_of("vera"), PAGE).select("#view form, [data-pick], #relate")
    alice = soup(client_of("alice"), PAGE)
    assert alice.select("[data-pick]")
    assert alice.select_one("#relate")
    assert alice.select(".marking")


def test_alice_signs_silence_in_the_cell(client_of: Clients, corpus: dict[str, str]) -> None:
    alice = client_of("alice")
    form = cells(soup(alice, PAGE), corpus["weather"])[1].select_one("form")
    assert form is not None
    fields = {str(i["name"]): str(i["value"]) for i in form.select("input") if i["name"] != "query"}
    answer = alice.post(
        str(form["action"]), data=fields | {"state": "silent"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert answer.text.strip().startswith("<td")
    assert answer.text.strip().endswith("</td>")
    cell = cells(soup(alice, PAGE), corpus["weather"])[1]
    assert cell["data-why"] == "silent"
    assert "Alice" in cell.get_text()


def test_a_relation_made_in_the_grid_brings_its_row_anew(
    client_of: Clients, corpus: dict[str, str]
) -> None:
    alice = client_of("alice")
    fields = {"from": corpus["two"], "to": corpus["one"], "kind": "opposes", "key": new_id()}
    address = f"/projects/visit/events/{corpus['airport']}/relations"
    sent = {**fields, "query": "tags=claim,evaluation&context=1"}
    for _ in range(2):
        answer = alice.post(address, data=sent, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert f'hx-target="#e-{corpus["airport"]}"' in answer.text
        assert answer.text.count('data-rel="opposes"') == 3
        assert 'class="around"' in answer.text
    refused = alice.post(
        address, data={**fields, "to": corpus["cold"], "key": new_id()}, headers={"HX-Request": "1"}
    )
    assert refused.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        "page=999999999999999999999",
        "page=-1",
        "page=²",
        "event=%00&tags=%ff%fe&authors=%ed%a0%80",
        "only=everything&hide=all&layer=ocean&context=yes",
        "tags=" + ",".join(["x"] * 5000),
        "event=" + "9" * 5000,
        "authors[]=1&authors[$ne]=2",
        "status=' OR 1=1 --",
    ],
)
def test_absurd_addresses_are_answered(
    client_of: Clients, corpus: dict[str, str], query: str
) -> None:
    vera = client_of("vera")
    assert vera.get(f"{PAGE}?{query}").status_code == 200
    assert vera.get(f"{PAGE}?{query}", headers=HTMX).status_code == 200


def test_the_page_asks_the_database_as_often_for_much_as_for_little(
    client_of: Clients, corpus: dict[str, str], db: Session, stage: Stage, statements: Statements
) -> None:
    vera = client_of("vera")
    vera.get(PAGE)
    with statements() as few:
        vera.get(f"{PAGE}?context=1")
    for number in range(12):
        event = make_event(db, stage.project, f"Событие {number}")
        article = make_article(db, stage.project, author=f"Автор {number}")
        for words in ("Мы союзники", "и друзья"):
            make_link(db, make_annotation(db, article, stage.bob, words), event)
    db.commit()
    with statements() as many:
        vera.get(f"{PAGE}?context=1")
    assert len(many) == len(few)


# ----------------------------------------------------------------------------------- the demo


@pytest.fixture
def airport(db: Session, stage: Stage) -> str:
    """The event of the demo project about which its authors contradict one another."""
    project = demo.load(db)
    make_member(db, project, stage.vera, "viewer")
    db.commit()
    found = db.execute(
        Event.__table__.select().where(Event.title == "Кто встречал Токаева")  # type: ignore[attr-defined]
    ).one()
    db.rollback()
    return str(found.id)


def test_the_airport_on_the_demo_project(client_of: Clients, airport: str, db: Session) -> None:
    page = soup(client_of("vera"), f"/projects/demo/compare/events?event={airport}")
    row = cells(page, airport)
    whys = [cell.get("data-why") for cell in row]
    assert whys == ["silent", None, "earlier", None, "earlier"]
    assert "Мантуров" in row[1].get_text()
    assert "сам президент России" in row[3].get_text()
    for cell in (row[1], row[3]):
        mark = cell.select_one(".rel")
        assert mark is not None
        assert mark["data-rel"] == "contradicts"
        assert "contradicts" in mark.get_text()
    assert "Разметчик Б" in row[0].get_text()
    assert "Silent" in row[0].get_text()
    for number in (2, 4):
        assert "Earlier than the event" in row[number].get_text()


def test_unnamed_authors_of_the_demo_are_named_by_date_and_title(
    client_of: Clients, airport: str
) -> None:
    page = soup(client_of("vera"), "/projects/demo/compare/events")
    heads = [re.sub(r"\s+", " ", h.get_text(" ", strip=True)) for h in page.select("thead th")][1:]
    assert len(heads) == 5
    assert "November 13, 2025" in heads[0]
    assert "author not named" in heads[0]
    assert heads[2].startswith("Владимир Кузнецов")
    assert heads[3].startswith("Александр Константинов RTVI")


def test_every_link_of_the_demo_grid_leads_to_an_article_of_it(
    client_of: Clients, airport: str, db: Session
) -> None:
    page = soup(client_of("vera"), "/projects/demo/compare/events")
    known = {
        f"/projects/demo/articles/{row}"
        for (row,) in db.execute(
            Article.__table__.select().with_only_columns(Article.__table__.c.id)  # type: ignore[attr-defined]
        )
    }
    links = page.select(".passage .quote a")
    assert len(links) == 164
    assert {str(link["href"]).split("#")[0] for link in links} <= known
    identifiers = [str(tag["id"]) for tag in page.select("[id]")]
    assert len(identifiers) == len(set(identifiers))
    for link in page.select("a[data-hot]"):
        assert page.find(id=str(link["data-hot"])) is not None
