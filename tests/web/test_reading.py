"""The page of an article: the text to the character, marks and notes, filters, rights, statements."""

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
