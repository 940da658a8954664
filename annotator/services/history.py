"""Undo and history, both read from the log of changes.

A change is taken back by writing its opposite as a new change that names the old one, so an undo
can be undone and colleagues see it live like anything else. Only one's own changes are taken back,
and only while nothing has changed since what they changed: undo never overwrites anybody's later
work.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from annotator.domain.errors import Conflict, Forbidden, NotFound
from annotator.domain.messages import N_
from annotator.models import Annotation, Change, Event, EventLink, Project, User
from annotator.models.base import table
from annotator.services import annotations, events, log, reviews

_change: Any = table(Change)
_annotation: Any = table(Annotation)
_link: Any = table(EventLink)
_event: Any = table(Event)
_user: Any = table(User)

#: What can be taken back, with the sentence that tells of it.
DEEDS = {
    ("annotation", "create"): N_("Passage tagged"),
    ("annotation", "update"): N_("Annotation changed"),
    ("annotation", "delete"): N_("Annotation deleted"),
    ("annotation", "restore"): N_("Annotation brought back"),
    ("event_link", "create"): N_("Linked to an event"),
    ("event_link", "delete"): N_("Unlinked from an event"),
    ("review", "create"): N_("Verdict given"),
    ("review", "withdraw"): N_("Verdict taken back"),
    ("review", "renew"): N_("Verdict given again"),
}
#: How far back the Z key looks.
MOST_STEPS = 400
#: Fields that differ without anybody having changed anything that people write.
_IDLE = frozenset({"version", "updated_at", "deleted_at"})


class Undone(NamedTuple):
    """What was taken back: the change, the annotation it was about, and the new change's number."""

    seq: int
    annotation_id: str
    article_id: str
    noun: str
    action: str
    #: Whether it was itself an undo, so that something is done again.
    again: bool


def undo(db: Session, *, project: Project, seq: int, actor: log.Actor) -> Undone:
    """Take one change of one's own back.

    Raises NotFound, Forbidden when it is a colleague's, Conflict when something changed since or it
    was already taken back, and log.Repeated.
    """
    log.guard(db, actor)
    change = db.execute(
        select(_change).where(_change.c.seq == seq, _change.c.project_id == project.id)
    ).first()
    if change is None or (change.noun, change.action) not in DEEDS:
        raise NotFound("There is no such change, or it is not of the kind that can be taken back.")
    if change.actor_id != actor.user_id:
        raise Forbidden("This was a colleague's change; only its author takes it back.")
    new = _OPPOSITES[change.noun](db, project, change, actor)
    annotation_id = _annotation_of(change)
    return Undone(
        new, annotation_id, change.article_id, change.noun, change.action, _is_redo(db, change)
    )


def _is_redo(db: Session, change: Any) -> bool:
    """Whether taking this change back does something again that was undone."""
    undoes: dict[int, int | None] = {}
    step = change.undoes_seq
    undoes[change.seq] = step
    while step is not None:
        before = db.execute(select(_change.c.undoes_seq).where(_change.c.seq == step)).scalar()
        undoes[step] = before
        step = before
    return _is_undo(change.seq, undoes)


def _changed_since() -> Conflict:
    return Conflict(
        "It was changed since, or is already taken back. Nothing was changed; look at it again."
    )


def _undo_annotation(db: Session, project: Project, change: Any, actor: log.Actor) -> int:
    same = {"project": project, "annotation_id": change.noun_id, "actor": actor}
    row = annotations.get(db, project, change.noun_id, deleted=True, lock=True)
    if change.action == "delete":
        if row.deleted_at is None:
            raise _changed_since()
        return _done(annotations.restore(db, undoes=change.seq, **same))
    if row.deleted_at is not None or not _unchanged(row, change.after):
        raise _changed_since()
    if change.action == "update":
        before = {k: v for k, v in change.before.items() if k in annotations.FIELDS}
        return _done(annotations.put_back(db, values=before, undoes=change.seq, **same))
    return _done(annotations.delete(db, undoes=change.seq, **same))


def _unchanged(row: Annotation, after: Mapping[str, Any]) -> bool:
    """Whether the fields that a change wrote still hold what it wrote."""
    return all(
        getattr(row, name) == value
        for name, value in after.items()
        if name in annotations.FIELDS and name not in _IDLE
    )


def _done(saved: annotations.Saved) -> int:
    if saved.seq is None:
        raise _changed_since()
    return saved.seq


def _undo_link(db: Session, project: Project, change: Any, actor: log.Actor) -> int:
    pair = change.after if change.action == "create" else change.before
    annotation = annotations.get(db, project, pair["annotation_id"], lock=True)
    event = events.get(db, project, pair["event_id"])
    opposite = events.unlink if change.action == "create" else events.link
    if not opposite(db, annotation=annotation, event=event, actor=actor):
        raise _changed_since()
    return _mark_as_undo(db, change)


def _mark_as_undo(db: Session, change: Any) -> int:
    """The link's own service wrote the opposite change; note which one it takes back."""
    newest: int = db.execute(
        select(_change.c.seq)
        .where(_change.c.noun_id == change.noun_id, _change.c.noun == change.noun)
        .order_by(_change.c.seq.desc())
        .limit(1)
    ).scalar_one()
    db.execute(_change.update().where(_change.c.seq == newest).values(undoes_seq=change.seq))
    return newest


def _undo_review(db: Session, project: Project, change: Any, actor: log.Actor) -> int:
    opposite = reviews.renew if change.action == "withdraw" else reviews.withdraw
    return opposite(db, project=project, review_id=change.noun_id, actor=actor, undoes=change.seq)


_OPPOSITES: dict[str, Callable[[Session, Project, Any, log.Actor], int]] = {
    "annotation": _undo_annotation,
    "event_link": _undo_link,
    "review": _undo_review,
}


def _annotation_of(change: Any) -> str:
    """The id of the annotation that a change was about."""
    states = change.after or change.before or {}
    return str(states.get("annotation_id") or change.noun_id)


# ------------------------------------------------------------------------------ the Z key


class Steps(NamedTuple):
    """What Z and Shift+Z would take back in an article; None where there is nothing."""

    undo: int | None
    redo: int | None


def steps(db: Session, *, article_id: str, actor_id: str) -> Steps:
    """The newest change of this person in an article that still stands, and the newest undo that
    can itself be undone (nothing else was done after it).
    """
    rows = db.execute(
        select(_change.c.seq, _change.c.undoes_seq, _change.c.noun, _change.c.action)
        .where(_change.c.article_id == article_id, _change.c.actor_id == actor_id)
        .order_by(_change.c.seq.desc())
        .limit(MOST_STEPS)
    ).all()
    undoes = {row.seq: row.undoes_seq for row in rows}
    taken_back: set[int] = set()
    undo_step: int | None = None
    redo_step: int | None = None
    for row in rows:
        if row.seq in taken_back or (row.noun, row.action) not in DEEDS:
            continue
        if row.undoes_seq is not None:
            # What stands hides what it took back; taking an undo back shows it again.
            taken_back.add(row.undoes_seq)
        if _is_undo(row.seq, undoes):
            if undo_step is None and redo_step is None:
                redo_step = row.seq
        elif undo_step is None:
            undo_step = row.seq
    return Steps(undo_step, redo_step)


def _is_undo(seq: int, undoes: Mapping[int, int | None]) -> bool:
    """Whether a change takes something back: an undo does, the undo of an undo does it again."""
    odd = False
    step: int | None = seq
    while step is not None and (step := undoes.get(step)) is not None:
        odd = not odd
    return odd


def undo_last(db: Session, *, project: Project, article_id: str, actor: log.Actor) -> Undone:
    """Take back one's newest change in an article that still stands. Raises as `undo` does, and
    NotFound when there is none.
    """
    step = steps(db, article_id=article_id, actor_id=actor.user_id or "").undo
    if step is None:
        raise NotFound("There is nothing of yours to take back in this article.")
    return undo(db, project=project, seq=step, actor=actor)


# ------------------------------------------------------------------------------ history


class Entry(NamedTuple):
    """A line of history."""

    seq: int
    at: str
    by: str
    noun: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    is_undo: bool


def of_annotation(db: Session, annotation_id: str, *, limit: int = 50) -> list[Entry]:
    """What happened to an annotation, its links and its reviews, the newest first."""
    of_reviews = select(reviews._review.c.id).where(
        reviews._review.c.annotation_id == annotation_id
    )
    rows = db.execute(
        select(_change, _user.c.name, _user.c.display_name)
        .outerjoin(_user, _user.c.id == _change.c.actor_id)
        .where((_change.c.noun_id == annotation_id) | _change.c.noun_id.in_(of_reviews))
        .order_by(_change.c.seq.desc())
        .limit(limit)
    )
    return [
        Entry(
            row.seq,
            row.at,
            row.display_name or row.name or "",
            row.noun,
            row.action,
            row.before,
            row.after,
            row.undoes_seq is not None,
        )
        for row in rows
    ]


def deed(noun: str, action: str) -> str:
    """The English sentence (a message id) that tells of a change."""
    return DEEDS.get((noun, action), N_("Changed"))
