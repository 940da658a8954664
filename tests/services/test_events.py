"""Events and links as services: what other screens and the command line call."""

import pytest
from sqlalchemy import select
from sqlmodel import Session

from annotator.domain.errors import Conflict, Invalid, NotFound
from annotator.ids import new_id
from annotator.models import Change
from annotator.models.base import table
from annotator.services import events, log
from annotator.services.log import Actor
from tests.conftest import Stage
from tests.factories import make_annotation, make_article, make_event, make_project


def changes(db: Session, noun: str) -> list[str]:
    log_ = table(Change).c
    rows = db.execute(select(log_.action).where(log_.noun == noun).order_by(log_.seq))
    return list(rows.scalars())


def test_every_write_is_in_the_log_with_what_was_and_what_is(db: Session, stage: Stage) -> None:
    alice = Actor(stage.alice.id)
    event = events.create(db, project=stage.project, title="Встреча", actor=alice)
    events.update(
        db, project=stage.project, event=event, version=1, actor=alice, title="Приезд", place=""
    )
    events.delete(db, event=event, version=2, actor=alice)
    events.restore(db, event=event, actor=alice)
    assert changes(db, "event") == ["create", "update", "delete", "restore"]
    log_ = table(Change).c
    edit = db.execute(select(table(Change)).where(log_.action == "update")).one()
    assert edit.before == {"title": "Встреча"}
    assert edit.after == {"title": "Приезд"}
    assert event.version == 4
    back = db.execute(select(table(Change)).where(log_.action == "restore")).one()
    gone = db.execute(select(table(Change)).where(log_.action == "delete")).one()
    assert back.undoes_seq == gone.seq


def test_a_repeated_create_makes_nothing_new(db: Session, stage: Stage) -> None:
    alice = Actor(stage.alice.id, request_key=new_id(), request_sha256="x")
    made = events.create(db, project=stage.project, title="Встреча", actor=alice)
    db.commit()
    with pytest.raises(log.Repeated) as again:
        events.create(db, project=stage.project, title="Встреча", actor=alice)
    assert again.value.change["noun_id"] == made.id


def test_linking_twice_and_unlinking_twice_is_harmless(db: Session, stage: Stage) -> None:
    alice = Actor(stage.alice.id)
    event = make_event(db, stage.project)
    annotation = make_annotation(db, make_article(db, stage.project), stage.bob, "Мы союзники")
    assert events.link(db, annotation=annotation, event=event, actor=alice)
    assert not events.link(db, annotation=annotation, event=event, actor=alice)
    assert events.unlink(db, annotation=annotation, event=event, actor=alice)
    assert not events.unlink(db, annotation=annotation, event=event, actor=alice)
    assert changes(db, "event_link") == ["create", "delete"]


def test_a_passage_is_not_linked_to_an_event_of_another_project(db: Session, stage: Stage) -> None:
    other = make_event(db, make_project(db, "other"))
    annotation = make_annotation(db, make_article(db, stage.project), stage.bob, "Мы союзники")
    with pytest.raises(NotFound):
        events.link(db, annotation=annotation, event=other, actor=Actor(stage.alice.id))


def test_a_stale_edit_is_refused_with_the_present_state(db: Session, stage: Stage) -> None:
    alice = Actor(stage.alice.id)
    event = events.create(db, project=stage.project, title="Встреча", actor=alice)
    edit = {"db": db, "project": stage.project, "event": event, "version": 1, "actor": alice}
    events.update(**edit, title="Приезд")
    with pytest.raises(Conflict) as refused:
        events.update(**edit, title="Отъезд")
    assert refused.value.current.title == "Приезд"


def test_an_event_is_not_below_itself(db: Session, stage: Stage) -> None:
    alice = Actor(stage.alice.id)
    top = events.create(db, project=stage.project, title="Визит", actor=alice)
    below = events.create(db, project=stage.project, title="Встреча", actor=alice, parent_id=top.id)
    for parent in (top.id, below.id, new_id()):
        with pytest.raises(Invalid):
            events.update(
                db, project=stage.project, event=top, version=1, actor=alice, parent_id=parent
            )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("сам", "Саммит США – Центральная Азия"),
        ("саммита", "Саммит США – Центральная Азия"),
        ("C5", "Саммит США – Центральная Азия"),
        ("азии центр", "Саммит США – Центральная Азия"),
        ("старш", "«Старший товарищ»"),
        ("ТОВАРИЩА", "«Старший товарищ»"),
        ("актерский", "Актёрский состав"),
        ("нет такого", None),
    ],
)
def test_a_few_letters_find_the_event(
    db: Session, stage: Stage, typed: str, expected: str | None
) -> None:
    make_event(db, stage.project, "Саммит США – Центральная Азия", aliases=["C5+1"])
    make_event(db, stage.project, "«Старший товарищ»")
    make_event(db, stage.project, "Актёрский состав")
    make_event(db, stage.project, "Удалённый саммит", deleted_at="2026-01-01T00:00:00.000000Z")
    found = events.suggest(db, stage.project, typed)
    assert [item.title for item in found] == ([expected] if expected else [])
    for item in found:
        joined = "".join(text for text, _met in item.pieces)
        assert joined in (item.title, "C5+1")


def test_the_better_match_comes_first(db: Session, stage: Stage) -> None:
    make_event(db, stage.project, "Итоги: что дала встреча в Москве")
    make_event(db, stage.project, "Встреча")
    make_event(db, stage.project, "Встреча в Кремле")
    found = [item.title for item in events.suggest(db, stage.project, "встреча")]
    assert found == ["Встреча", "Встреча в Кремле", "Итоги: что дала встреча в Москве"]
    assert len(events.suggest(db, stage.project, "", limit=2)) == 2
