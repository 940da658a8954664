"""The rows of a comparison: what is read for it, and how often the database is asked."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlmodel import Session

from annotator.domain import comparison as core
from annotator.domain.coverage import State
from annotator.services import comparison, demo
from annotator.services.comparison import Wish
from tests.conftest import Stage
from tests.factories import (
    make_annotation,
    make_article,
    make_coverage,
    make_event,
    make_link,
    make_relation,
    make_review,
)

#: The 20 cells in which an article is older than the event, by number of the article.
EARLIER = {
    "Саммит США": "4",
    "Соглашения с США": "4",
    "Государственный визит": "4",
    "Кто встречал": "24",
    "Неформальная встреча": "24",
    "«Старший товарищ»": "24",
    "Комплименты Трампу": "4",
    "Декларация о всеобъемлющем": "24",
    "Что записано": "24",
    "Были ли в Москве": "24",
    "Большой театр": "24",
    "Следующая встреча": "24",
}


@pytest.fixture
def grid(db: Session) -> core.Grid:
    """The demo project's grid."""
    project = demo.load(db)
    return comparison.grid(db, project).grid


def row(grid: core.Grid, title: str) -> core.EventRow:
    return next(row for row in grid.rows if row.event.title.startswith(title))


def test_the_airport_shows_who_contradicts_whom_and_why_three_say_nothing(grid: core.Grid) -> None:
    airport = row(grid, "Кто встречал")
    states = [cell.state for cell in airport.cells]
    assert states == [State.silent, State.covered, State.earlier, State.covered, State.earlier]
    (line,) = airport.relations
    assert line.relation.kind == "contradicts"
    assert line.relation.verdict == "open"
    assert {line.from_column, line.to_column} == {grid.columns[1].key, grid.columns[3].key}
    assert "Мантуров" in airport.cells[1].passages[0].text
    assert "сам президент" in airport.cells[3].passages[0].text
    assert airport.cells[0].signed_by == "Разметчик Б"
    assert [str(date) for date in airport.cells[2].earlier_reason or ()] == [
        "2025-11-06/2025-11-10",
        "2025-11-11",
    ]


def test_twenty_cells_are_earlier_than_their_event_and_no_other(grid: core.Grid) -> None:
    found = {
        (row.event.title, number)
        for row in grid.rows
        for number, cell in enumerate(row.cells)
        if cell.state is State.earlier
    }
    expected = {
        (row(grid, title).event.title, int(number))
        for title, numbers in EARLIER.items()
        for number in numbers
    }
    assert found == expected
    assert len(found) == 20


def test_every_shown_passage_is_its_slice(db: Session) -> None:
    from annotator.models import Article

    project = demo.load(db)
    grid = comparison.grid(db, project).grid
    texts = dict(db.execute(select(Article.id, Article.text)).all())  # type: ignore[call-overload]
    passages = [p for row in grid.rows for cell in row.cells for p in cell.passages]
    assert len(passages) == 164
    for passage in passages:
        words = " … ".join(texts[passage.article_id][s:e] for s, e in passage.fragments)
        assert passage.text == words


def test_two_unnamed_authors_are_two_columns(db: Session, stage: Stage) -> None:
    make_article(db, stage.project, title="Первая")
    make_article(db, stage.project, title="Вторая")
    make_article(db, stage.project, author="Иванов")
    make_article(db, stage.project, author="Иванов")
    columns = comparison.grid(db, stage.project).grid.columns
    assert [len(column.articles) for column in columns] == [1, 1, 2]


def test_a_relation_is_seen_only_while_both_passages_belong_to_the_event(
    db: Session, stage: Stage
) -> None:
    event = make_event(db, stage.project)
    article = make_article(db, stage.project)
    one = make_annotation(db, article, stage.alice, "Президент прилетел в Москву")
    two = make_annotation(db, article, stage.alice, "Мы союзники")
    link = make_link(db, one, event)
    make_link(db, two, event)
    make_relation(db, event, one, two)
    assert len(comparison.grid(db, stage.project).grid.rows[0].relations) == 1
    db.delete(link)
    db.flush()
    assert comparison.grid(db, stage.project).grid.rows[0].relations == ()


def test_deleted_passages_and_events_are_not_read(db: Session, stage: Stage) -> None:
    event = make_event(db, stage.project)
    make_event(db, stage.project, "Удалённое", deleted_at="2026-01-01T00:00:00.000000Z")
    article = make_article(db, stage.project)
    gone = make_annotation(
        db, article, stage.alice, "Мы союзники", deleted_at="2026-01-01T00:00:00.000000Z"
    )
    make_link(db, gone, event)
    (only,) = comparison.grid(db, stage.project).grid.rows
    assert only.shown == 0


def test_reviews_decide_the_status_and_the_filter_follows(db: Session, stage: Stage) -> None:
    event = make_event(db, stage.project)
    article = make_article(db, stage.project)
    for words, verdict in (("Мы союзники", "accepted"), ("соглашения на $17 млрд", "rejected")):
        annotation = make_annotation(db, article, stage.alice, words)
        make_link(db, annotation, event)
        make_review(db, annotation, stage.rita, verdict)
    accepted = Wish(show=core.Filter(statuses=frozenset({"accepted"})))
    (cell,) = comparison.grid(db, stage.project, accepted).grid.rows[0].cells
    assert [passage.text for passage in cell.passages] == ["Мы союзники"]
    assert cell.hidden == 1


def test_context_is_the_rest_of_the_sentence_and_one_more_on_each_side(
    db: Session, stage: Stage
) -> None:
    event = make_event(db, stage.project)
    text = "Первая фраза. Вторая фраза. Третья важная фраза. Четвёртая фраза. Пятая фраза."
    article = make_article(db, stage.project, text)
    annotation = make_annotation(db, article, stage.alice, "важная")
    make_link(db, annotation, event)
    view = comparison.grid(db, stage.project, Wish(context=True))
    assert view.around[annotation.id] == ("Вторая фраза. Третья ", " фраза. Четвёртая фраза.")
    whole = make_annotation(db, article, stage.alice, "Третья важная фраза.", "evaluation")
    make_link(db, whole, event)
    view = comparison.grid(db, stage.project, Wish(context=True))
    assert view.around[whole.id] == ("Вторая фраза. ", " Четвёртая фраза.")


def test_events_come_fifty_to_a_page(db: Session, stage: Stage) -> None:
    make_article(db, stage.project)
    for number in range(120):
        make_event(db, stage.project, f"Событие {number}")
    view = comparison.grid(db, stage.project, Wish(page=3))
    assert (view.page, view.pages, view.total) == (3, 3, 120)
    assert view.grid.rows[0].event.title == "Событие 100"
    assert len(view.grid.rows) == 20
    assert comparison.grid(db, stage.project, Wish(page=99)).page == 3


def test_filters_that_look_at_everything_page_what_is_left(db: Session, stage: Stage) -> None:
    article = make_article(db, stage.project)
    one = make_annotation(db, article, stage.alice, "Мы союзники")
    two = make_annotation(db, article, stage.bob, "и друзья")
    for number in range(70):
        event = make_event(db, stage.project, f"Событие {number}")
        make_link(db, one, event)
        make_link(db, two, event)
        if number % 2:
            make_relation(db, event, one, two, "differs" if number % 3 else "contradicts")
    differ = comparison.grid(db, stage.project, Wish(show=core.Filter(only_differences=True)))
    assert differ.total == 35
    clash = comparison.grid(db, stage.project, Wish(show=core.Filter(only_contradictions=True)))
    assert clash.total == len(clash.grid.rows) == 12


def test_authors_come_twelve_to_a_page_and_filters_see_them_all(db: Session, stage: Stage) -> None:
    event = make_event(db, stage.project)
    ends = []
    for number in range(30):
        article = make_article(db, stage.project, author=f"Автор {number}")
        ends.append(make_annotation(db, article, stage.alice, "Мы союзники"))
        make_link(db, ends[-1], event)
    make_relation(db, event, ends[0], ends[29])
    view = comparison.grid(db, stage.project, Wish(side=3))
    assert (view.side, view.sides) == (3, 3)
    assert view.grid.columns[0].author == "Автор 24"
    assert len(view.grid.rows[0].cells) == 6
    assert len(view.grid.rows[0].cells[5].relations) == 1
    clash = Wish(side=2, show=core.Filter(only_contradictions=True))
    assert len(comparison.grid(db, stage.project, clash).grid.rows) == 1
    assert len(comparison.grid(db, stage.project, clash).grid.rows[0].cells) == 12
    assert len(comparison.grid(db, stage.project, Wish(side=0)).grid.columns) == 30


def test_unknown_names_in_a_filter_are_named(db: Session, stage: Stage) -> None:
    make_article(db, stage.project, author="Иванов")
    make_event(db, stage.project, "Встреча")
    show = core.Filter(events=frozenset({"встреча", "ничто"}), authors=frozenset({"никто"}))
    view = comparison.grid(db, stage.project, Wish(show=show))
    assert set(view.grid.unknown) == {"ничто", "никто"}
    assert view.total == 1
    assert view.grid.columns == ()


def test_the_number_of_statements_does_not_grow(
    app: Flask,
    db: Session,
    stage: Stage,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    def fill(articles: int, events: int) -> None:
        made = [make_event(db, stage.project, f"Событие {n}") for n in range(events)]
        for number in range(articles):
            article = make_article(db, stage.project, author=f"Автор {number}")
            for event in made:
                annotation = make_annotation(db, article, stage.alice, "Мы союзники")
                make_link(db, annotation, event)
                make_review(db, annotation, stage.rita)
        db.commit()

    def ask() -> int:
        with app.extensions["database"].reading() as reader, statements() as seen:
            comparison.grid(reader, stage.project, Wish(context=True))
        return len(seen)

    fill(1, 1)
    ask()
    few = ask()
    fill(6, 12)
    assert ask() == few <= 12


def test_plain_data_says_what_the_page_shows(db: Session) -> None:
    project = demo.load(db)
    view = comparison.VIEWS["events"]
    data = view.data(view.load(db, project, Wish()))
    assert len(data["rows"]) == 33
    assert len(data["columns"]) == 5
    json.dumps(data)


def test_the_seeds_hold_the_links_that_were_worked_out_by_hand(grid: core.Grid) -> None:
    assert sum(len(row.relations) for row in grid.rows) == 68
    plant = row(grid, "АЭС")
    assert [len(cell.passages) for cell in plant.cells] == [1, 1, 0, 3, 0]
    opposed: dict[str, Any] = {
        row.event.title: sum(line.kind.conflicts for line in row.relations) for row in grid.rows
    }
    assert sum(opposed.values()) == 11


def test_coverage_that_was_taken_back_is_not_checked_again(db: Session, stage: Stage) -> None:
    event = make_event(db, stage.project)
    article = make_article(db, stage.project)
    make_coverage(db, event, article, stage.alice, "not_checked")
    (cell,) = comparison.grid(db, stage.project).grid.rows[0].cells
    assert cell.state is State.not_checked


def test_dates_may_be_known_in_part(db: Session, stage: Stage) -> None:
    make_article(db, stage.project, published="2025-11-06/2025-11-10", author="Раньше")
    make_article(db, stage.project, published="2025-11", author="Может быть")
    make_article(db, stage.project, published=None, author="Неизвестно")
    make_event(db, stage.project, date="2025-11-11", date_end="2025-11-12")
    cells = comparison.grid(db, stage.project).grid.rows[0].cells
    assert [cell.state for cell in cells] == [State.earlier, State.not_checked, State.not_checked]
