"""The page of an article: the text to the character, marks, notes, filters, rights, statements."""

from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from annotator.domain.segments import Mark, cut
from annotator.domain.text import normalise
from annotator.services import reading
from annotator.services.codebook import Codebook
from annotator.web.rows import Pen
from tests.conftest import Stage
from tests.factories import (
    make_annotation,
    make_article,
    make_event,
    make_link,
    make_review,
)

Client = Callable[[str], FlaskClient]


def soup(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.get_data(as_text=True), "html5lib")


def test_the_page_shows_the_text_the_marks_and_the_notes(
    client_of: Client, db: Session, stage: Stage
) -> None:
    article = make_article(db, stage.project, author="Анна Иванова")
    claim = make_annotation(db, article, stage.alice, "Президент прилетел в Москву")
    make_annotation(db, article, stage.bob, "в Москву", "quote", attributes={"speaker": "Путин"})
    event = make_event(db, stage.project, "Визит в Москву")
    make_link(db, claim, event)
    make_review(db, claim, stage.rita, "accepted")
    db.commit()

    response = client_of("alice").get(f"/projects/visit/articles/{article.id}")
    page = soup(response)

    assert response.status_code == 200
    assert page.h1.text == article.title
    assert [p.text for p in page.select("p.para")] == [
        line for line in article.text.split("\n") if line.strip()
    ]
    note = page.select_one(f"#a-{claim.id}")
    assert note.select_one(".who").text == "Alice"
    assert note.select_one(".state")["data-state"] == "accepted"
    assert note.select_one(".event").text == "Визит в Москву"
    marks = page.select("#p-1 mark")
    assert [mark.text for mark in marks] == ["Президент прилетел ", "в Москву"]
    assert marks[1]["class"] == ["s", "t3", "a1", "b3"]
    assert page.select_one("#article")["data-can"] == "annotate"
    assert "2 marks" in page.select_one("#marks-count").text


def test_strangers_see_404_and_viewers_read(client_of: Client, db: Session, stage: Stage) -> None:
    article = make_article(db, stage.project)
    db.commit()
    path = f"/projects/visit/articles/{article.id}"
    assert client_of("mallory").get(path).status_code == 404
    assert client_of("nobody").get(path, headers={"Accept": "text/html"}).status_code == 303
    page = soup(client_of("vera").get(path))
    assert page.select_one("#article")["data-can"] == "read"
    assert page.select("#tagbar, #annotate, a.plain, [data-delete]") == []
    assert client_of("vera").get(f"{path}?sentences=1").status_code == 200
    unknown = "/projects/visit/articles/01a204cd-586b-7f09-b8d2-e6393ba37a2f"
    assert client_of("alice").get(unknown).status_code == 404


def test_only_ones_own_notes_have_a_delete_button(
    client_of: Client, db: Session, stage: Stage
) -> None:
    article = make_article(db, stage.project)
    mine = make_annotation(db, article, stage.alice, "Президент")
    make_annotation(db, article, stage.bob, "Президент")
    db.commit()
    page = soup(client_of("alice").get(f"/projects/visit/articles/{article.id}"))
    (button,) = page.select("[data-delete]")
    assert button.find_parent("li")["id"] == f"a-{mine.id}"


def test_markup_in_texts_and_names_is_only_text(
    client_of: Client, db: Session, stage: Stage
) -> None:
    evil = "<script>alert(1)</script> & \"x\" 'y' &amp; конец"
    article = make_article(db, stage.project, evil, title=evil, author=evil, outlet=evil)
    made = make_annotation(
        db,
        article,
        stage.alice,
        (0, len(evil)),
        "evaluation",
        attributes={"target": '"><img src=x>', "polarity": -2},
    )
    event = make_event(db, stage.project, '"><img src=x>')
    make_link(db, made, event)
    stage.people["alice"].display_name = '"><img src=x>'
    db.add(stage.people["alice"])
    db.commit()
    page = soup(client_of("bob").get(f"/projects/visit/articles/{article.id}"))
    assert page.select("img") == []
    assert [s for s in page.select("script") if "alert(1)" in s.text] == []
    assert page.select_one("p.para").text == evil
    assert page.select_one(".pol")["data-p"] == "−2"


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("", ["Президент", "Стороны", "союзники", "Наблюдатели"]),
        ("?whose=mine", ["Президент", "союзники"]),
        ("?whose=theirs", ["Стороны", "Наблюдатели"]),
        ("?annotators=bob", ["Стороны", "Наблюдатели"]),
        ("?annotators=bob,alice&tags=quote", ["Стороны", "союзники"]),
        ("?tags=quote&tags=claim", ["Президент", "Стороны", "союзники", "Наблюдатели"]),
        ("?status=accepted", ["Стороны"]),
        ("?status=draft,accepted", ["Стороны", "Наблюдатели"]),
        ("?annotators=nobody-here", []),
    ],
)
def test_the_filter_chooses_whose_layers_are_shown(
    client_of: Client, db: Session, stage: Stage, query: str, texts: list[str]
) -> None:
    article = make_article(db, stage.project)
    make_annotation(db, article, stage.alice, "Президент")
    seen = make_annotation(db, article, stage.bob, "Стороны", "quote")
    make_annotation(db, article, stage.alice, "союзники", "quote")
    make_annotation(db, article, stage.bob, "Наблюдатели", state="draft")
    make_review(db, seen, stage.rita)
    db.commit()
    alice = client_of("alice")
    path = f"/projects/visit/articles/{article.id}"
    page = soup(alice.get(path + query))
    assert [note.text for note in page.select(".note-text")] == texts
    assert [mark.text for mark in page.select("mark")] == texts
    rows = soup(alice.get(f"{path}/rows{query or '?'}&n=1,2&n=3"))
    assert [note.text for note in rows.select(".note-text")] == texts
    answer = alice.post(
        f"{path}/annotations",
        data={"tag": "claim", "fragments": "[[0,9]]", "quote": "Президент", "key": KEY},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://localhost{path}{query}"},
    )
    shown = soup(answer).select("#r-1 .note-text")
    first = [text for text in texts if text == "Президент"]
    visible = query in ("", "?whose=mine", "?annotators=bob,alice") or "claim" in query
    assert [note.text for note in shown] == first + (["Президент"] if visible else [])
    assert ("The filter hides it" in answer.text) == (not visible)


KEY = "01a204cd-586b-4f09-b8d2-e6393ba37a2f"


@pytest.mark.parametrize("query", ["whose=hers", "status=good", "tags=nonsense", "whose=%00"])
def test_filters_that_mean_nothing_are_refused(
    client_of: Client, db: Session, stage: Stage, query: str
) -> None:
    article = make_article(db, stage.project)
    db.commit()
    answer = client_of("alice").get(f"/projects/visit/articles/{article.id}?{query}")
    assert answer.status_code == 422


@pytest.mark.parametrize("query", ["", "n=", "n=0", "n=99", "n=x", "n=-1", "n=²", "n=" + "9" * 30])
def test_rows_that_do_not_exist_are_left_out(
    client_of: Client, db: Session, stage: Stage, query: str
) -> None:
    article = make_article(db, stage.project)
    db.commit()
    answer = client_of("alice").get(f"/projects/visit/articles/{article.id}/rows?{query}")
    assert (answer.status_code, answer.text) == (200, "")


def test_the_neighbours_keep_the_filter(client_of: Client, db: Session, stage: Stage) -> None:
    first, second, third = (make_article(db, stage.project) for _ in range(3))
    db.commit()
    page = soup(client_of("alice").get(f"/projects/visit/articles/{second.id}?whose=mine"))
    assert page.select_one("a[rel=prev]")["href"].endswith(f"{first.id}?whose=mine")
    assert page.select_one("a[rel=next]")["href"].endswith(f"{third.id}?whose=mine")


def test_progress_is_set_and_taken_back(client_of: Client, db: Session, stage: Stage) -> None:
    article = make_article(db, stage.project)
    db.commit()
    alice = client_of("alice")
    path = f"/projects/visit/articles/{article.id}"
    assert "Done" in alice.post(f"{path}/progress", data={"state": "done"}, headers=HTMX).text
    assert soup(alice.get(path)).select_one("#progress .state").text == "Done"
    assert alice.post(f"{path}/progress", data={"state": "new"}).status_code == 303
    assert soup(alice.get(path)).select_one("#progress .state").text == "New"
    assert alice.post(f"{path}/progress", data={"state": "x"}).status_code == 422
    assert client_of("vera").post(f"{path}/progress", data={"state": "done"}).status_code == 403


HTMX = {"HX-Request": "true"}


def test_an_empty_article_says_so(client_of: Client, db: Session, stage: Stage) -> None:
    article = make_article(db, stage.project, "\n \n")
    db.commit()
    answer = client_of("alice").get(f"/projects/visit/articles/{article.id}")
    assert answer.status_code == 200
    assert soup(answer).select_one(".empty") is not None


def test_statements_do_not_grow_with_the_marks(
    client_of: Client, db: Session, stage: Stage, statements: Any
) -> None:
    article = make_article(db, stage.project, author="Иванова")
    event = make_event(db, stage.project)
    alice = client_of("alice")
    counts = []
    for _ in range(2):
        for person in ("alice", "bob", "rita"):
            for _ in range(15):
                made = make_annotation(db, article, stage.people[person], "Стороны")
                make_link(db, made, event)
                make_review(db, made, stage.lena)
        db.commit()
        alice.get(f"/projects/visit/articles/{article.id}")
        with statements() as seen:
            assert alice.get(f"/projects/visit/articles/{article.id}").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 14


# ------------------------------------------------------------------------------ text content

CHARACTERS = "абв ё\u0306и\u0306\u00a0\u00ad\u2028\u200d😀👨‍👩‍👧<&>\"'\t\n\u0301 &amp;﷽"


@given(st.data())
def test_the_text_content_of_a_paragraph_is_the_stored_text(data: st.DataObject) -> None:
    text = normalise(data.draw(st.text(st.sampled_from(CHARACTERS) | st.characters()))).text
    laid = reading.lay_out(text)
    if not text:
        return
    places = st.tuples(st.integers(0, len(text) - 1), st.integers(1, 40))
    marks = [
        Mark(f"m{n}", 1, start, min(start + length, len(text)))
        for n, (start, length) in enumerate(data.draw(st.lists(places, max_size=8)))
    ]
    pen = Pen(laid, Codebook(1, ()), {}, "x")
    pen.__dict__["_descriptions"] = {mark.id: "Claim, Alice" for mark in marks}
    for number, start, end in laid.paragraphs:
        row = reading.Row(number, start, end, 0, cut(start, end, marks))
        parsed = html5lib.parse(f"<p>{pen.text(row)}</p>", namespaceHTMLElements=False)
        assert "".join(parsed.find("body/p").itertext()) == text[start:end]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), min_size=1, max_size=5))
def test_touched_rows_are_those_that_show_a_piece(places: list[tuple[int, int]]) -> None:
    text = "\n\nпервый абзац\n \nвторой\nтретий абзац подлиннее\n\nпоследний\n\n"
    laid = reading.lay_out(text)
    pieces = [(start, min(start + length, len(text))) for start, length in places]
    shown = {p.number for p in laid.paragraphs for s, e in pieces if s < p.end and e > p.start}
    touched = laid.touched(pieces)
    assert shown <= touched <= shown | {laid.home(min(s for s, _ in pieces))}
