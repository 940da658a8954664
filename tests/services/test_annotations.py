"""Annotations, undo and live signals without the web."""

import pytest
from sqlalchemy import select
from sqlmodel import Session

from annotator.domain.errors import Conflict, Forbidden, Invalid, NotFound
from annotator.domain.spans import Span
from annotator.models import Annotation, Article, Change, Project
from annotator.services import annotations, codebook, history, live, log, progress, reading
from tests.conftest import Stage
from tests.factories import make_annotation, make_article


@pytest.fixture
def article(db: Session, stage: Stage) -> Article:
    return make_article(db, stage.project)


def tag(
    db: Session, stage: Stage, article: Article, *pieces: tuple[int, int], by: str = "alice"
) -> annotations.Saved:
    return annotations.create(
        db,
        article=article,
        text=article.text,
        tag=codebook.load(db, stage.project).usable_tag("claim"),
        fragments=tuple(Span(*piece) for piece in pieces),
        actor=log.Actor(stage.people[by].id),
    )


def row(db: Session, identifier: str) -> Annotation:
    found = select(Annotation).where(Annotation.id == identifier)
    return db.execute(found.execution_options(populate_existing=True)).scalar_one()


def test_the_stored_text_is_the_slice_over_the_hull(
    db: Session, stage: Stage, article: Article
) -> None:
    saved = tag(db, stage, article, (0, 9), (19, 27))
    made = row(db, saved.annotation_id)
    assert made.text == article.text[0:27]
    assert made.fragments == [[0, 9], [19, 27]]


def test_the_log_keeps_what_undo_needs(db: Session, stage: Stage, article: Article) -> None:
    saved = tag(db, stage, article, (0, 9))
    assert saved.seq is not None
    change = db.get(Change, saved.seq)
    assert change is not None
    assert change.before is None
    assert set(change.after or {}) == set(annotations.snapshot(row(db, saved.annotation_id)))


def test_a_passage_has_a_greatest_length(db: Session, stage: Stage) -> None:
    long = make_article(db, stage.project, "слово " * 5_000)
    with pytest.raises(Invalid, match="at most"):
        tag(db, stage, long, (0, annotations.MOST_CHARACTERS + 1))
    tag(db, stage, long, (0, annotations.MOST_CHARACTERS))


def test_blanks_alone_are_no_passage(db: Session, stage: Stage) -> None:
    blank = make_article(db, stage.project, "слово \u00a0 \u2028 слово")
    with pytest.raises(Invalid, match="blanks"):
        tag(db, stage, blank, (5, 9))


def test_only_the_annotator_changes_an_annotation(
    db: Session, stage: Stage, article: Article
) -> None:
    saved = tag(db, stage, article, (0, 9))
    bob = log.Actor(stage.bob.id)
    same = {"project": stage.project, "annotation_id": saved.annotation_id, "actor": bob}
    with pytest.raises(Forbidden):
        annotations.delete(db, **same)
    with pytest.raises(Forbidden):
        annotations.restore(db, **same)
    with pytest.raises(Forbidden):
        annotations.update(
            db, version=1, codebook=codebook.load(db, stage.project), note="x", **same
        )


def test_an_annotation_of_another_project_is_not_found(
    db: Session, stage: Stage, article: Article
) -> None:
    saved = tag(db, stage, article, (0, 9))
    other = Project(id="elsewhere", slug="other", title="", created_at="")
    with pytest.raises(NotFound):
        annotations.get(db, other, saved.annotation_id)


def test_a_stale_change_hands_over_the_present_row(
    db: Session, stage: Stage, article: Article
) -> None:
    saved = tag(db, stage, article, (0, 9))
    change = {
        "project": stage.project,
        "annotation_id": saved.annotation_id,
        "actor": log.Actor(stage.alice.id),
        "codebook": codebook.load(db, stage.project),
    }
    annotations.update(db, version=1, note="сейчас", **change)
    with pytest.raises(Conflict) as refused:
        annotations.update(db, version=1, note="давно", **change)
    assert refused.value.current.note == "сейчас"


def test_undo_and_redo_alternate_for_ever(db: Session, stage: Stage, article: Article) -> None:
    saved = tag(db, stage, article, (0, 9))
    alice = log.Actor(stage.alice.id)
    there = []
    for _ in range(3):
        steps = history.steps(db, article_id=article.id, actor_id=stage.alice.id)
        assert (steps.undo is None, steps.redo is None) == (False, True)
        assert steps.undo is not None
        history.undo(db, project=stage.project, seq=steps.undo, actor=alice)
        there.append(row(db, saved.annotation_id).deleted_at is None)
        steps = history.steps(db, article_id=article.id, actor_id=stage.alice.id)
        assert (steps.undo is None, steps.redo is None) == (True, False)
        assert steps.redo is not None
        assert history.undo(db, project=stage.project, seq=steps.redo, actor=alice).again
        there.append(row(db, saved.annotation_id).deleted_at is None)
    assert there == [False, True] * 3


def test_new_work_ends_what_could_be_done_again(
    db: Session, stage: Stage, article: Article
) -> None:
    tag(db, stage, article, (0, 9))
    alice = log.Actor(stage.alice.id)
    history.undo_last(db, project=stage.project, article_id=article.id, actor=alice)
    tag(db, stage, article, (0, 9))
    assert history.steps(db, article_id=article.id, actor_id=stage.alice.id).redo is None


def test_signals_name_the_rows_of_what_was_deleted_too(
    db: Session, stage: Stage, article: Article
) -> None:
    seq = log.last_seq(db, stage.project.id)
    saved = tag(db, stage, article, (0, 9), (article.length - 5, article.length))
    annotations.delete(
        db,
        project=stage.project,
        annotation_id=saved.annotation_id,
        actor=log.Actor(stage.alice.id),
    )
    found, read = live.signals(db, stage.project.id, seq)
    assert [signal.rows for signal in found] == [(1, 3), (1, 3)]
    assert live.signals(db, stage.project.id, read)[0] == []


def test_progress_is_told_once(db: Session, stage: Stage, article: Article) -> None:
    alice = log.Actor(stage.alice.id)
    said = [
        progress.put(db, article=article, state=state, actor=alice) is not None
        for state in ("new", "done", "done", "in_progress", "new", "new")
    ]
    assert said == [False, True, False, True, True, False]


def test_the_overview_of_many_marks_stays_small(
    db: Session, stage: Stage, article: Article
) -> None:
    for _ in range(50):
        make_annotation(db, article, stage.alice, "Президент")
    laid = reading.lay_out(article.text)
    found = reading.find(db, article.id).passages
    positions = {one.id: one.position for one in codebook.load(db, stage.project).tags}
    ticks = reading.overview(laid, found, positions)
    assert [(tick.tag, tick.row) for tick in ticks] == [(1, 1)]
    assert reading.overview(reading.lay_out(""), [], positions) == []


def test_layouts_are_kept_within_bounds(
    monkeypatch: pytest.MonkeyPatch, db: Session, stage: Stage
) -> None:
    monkeypatch.setattr(reading, "MOST_KEPT", 10)
    monkeypatch.setattr(reading, "_layouts", {})
    for text in ("первый текст", "второй текст"):
        made = make_article(db, stage.project, text)
        assert reading.layout(db, made.id, made.text_sha256).text == text
    assert [kept.text for kept in reading._layouts.values()] == ["второй текст"]
