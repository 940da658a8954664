"""Relations: what one passage says to another about the same event.

A relation holds between two passages of one event, and is seen only while both still belong to
it. Whoever annotates makes relations; their maker or a reviewer changes and removes them. Whether
a contradiction can be resolved is a reviewer's verdict, which names its source and touches neither
passage.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy import update as sql_update
from sqlmodel import Session, col

from annotator.domain.comparison import RELATION_KINDS, VERDICTS
from annotator.domain.errors import Conflict, Forbidden, Invalid, NotFound
from annotator.domain.roles import Role
from annotator.domain.spans import shorten
from annotator.ids import new_id, now
from annotator.models import Annotation, Change, Event, EventLink, Relation, User
from annotator.services import log
from annotator.services.events import deletion, lock, one_line, plain

FIELDS = ("from_id", "to_id", "kind", "aspect", "comment", "verdict", "verdict_source")
MOST_ASPECT = 200
#: These verdicts say that somebody knows better, so they name whence.
NEED_SOURCE = frozenset({"supported"})


def get(db: Session, event: Event, relation_id: str, *, deleted: bool = False) -> Relation:
    """The relation of this event with that id. Raises NotFound."""
    found: Relation | None = db.execute(
        select(Relation).where(col(Relation.id) == relation_id, col(Relation.event_id) == event.id)
    ).scalar()
    if found is None or (found.deleted_at is not None and not deleted):
        raise NotFound("There is no such relation here. It may have been deleted.", "relation")
    return found


def snapshot(relation: Relation) -> dict[str, Any]:
    """What people wrote of a relation, for the log and for comparing versions."""
    return {"event_id": relation.event_id} | {name: getattr(relation, name) for name in FIELDS}


class Entry(NamedTuple):
    """A line of a relation's history; `before` and `after` hold the fields that changed."""

    at: str
    by: str
    action: str
    before: dict[str, Any]
    after: dict[str, Any]


def history(db: Session, relation: Relation) -> list[Entry]:
    """What happened to a relation, the oldest first."""
    rows = db.execute(
        select(
            col(Change.at),
            col(Change.action),
            col(Change.before),
            col(Change.after),
            col(User.name),
            col(User.display_name),
        )
        .outerjoin(User, col(User.id) == col(Change.actor_id))
        .where(col(Change.noun) == "relation", col(Change.noun_id) == relation.id)
        .order_by(col(Change.seq))
    )
    return [
        Entry(
            row.at,
            row.display_name or row.name or "",
            row.action,
            row.before or {},
            row.after or {},
        )
        for row in rows
    ]


def create(
    db: Session,
    *,
    event: Event,
    from_id: str,
    to_id: str,
    kind: str,
    actor: log.Actor,
    aspect: str = "",
    comment: str = "",
) -> Relation:
    """A relation from one passage of the event to another.

    Raises Invalid when a passage is not of this event, when both are one, when the kind is
    unknown or the same was said before; and log.Repeated.
    """
    log.guard(db, actor)
    lock(db, event)
    _check_ends(db, event, from_id, to_id)
    relation = Relation(
        id=new_id(),
        project_id=event.project_id,
        event_id=event.id,
        from_id=from_id,
        to_id=to_id,
        kind=_kind(kind),
        aspect=one_line("aspect", aspect, most=MOST_ASPECT),
        comment=plain("comment", comment),
        created_by=actor.user_id,
        created_at=now(),
    )
    _refuse_twin(db, relation)
    db.add(relation)
    db.flush()
    _record(db, relation, actor, "create", after=snapshot(relation))
    return relation


def update(
    db: Session,
    *,
    relation: Relation,
    version: int,
    actor: log.Actor,
    role: Role,
    kind: str,
    aspect: str,
    comment: str,
) -> Relation:
    """Change what a relation says. Raises Forbidden, Invalid, and Conflict when it is stale."""
    _check_right(relation, actor, role)
    values = {
        "kind": _kind(kind),
        "aspect": one_line("aspect", aspect, most=MOST_ASPECT),
        "comment": plain("comment", comment),
    }
    if relation.version == version and values["kind"] != relation.kind:
        _refuse_twin(db, relation, kind=values["kind"])
    return _change(db, relation, version, values, actor)


def judge(
    db: Session,
    *,
    relation: Relation,
    version: int,
    verdict: str,
    source: str,
    actor: log.Actor,
) -> Relation:
    """A reviewer's verdict on a relation. Raises Invalid, and Conflict when it is stale."""
    if verdict not in VERDICTS:
        raise Invalid(
            "“{value}” is no verdict. Choose one of: {known}.",
            "verdict",
            value=verdict[:80],
            known=", ".join(VERDICTS),
        )
    source = plain("verdict_source", source, most=1_000)
    if verdict in NEED_SOURCE and not source:
        raise Invalid("Name the source that supports one side, then save again.", "verdict_source")
    values = {"verdict": verdict, "verdict_source": source}
    return _change(db, relation, version, values, actor)


def delete(
    db: Session, *, relation: Relation, actor: log.Actor, role: Role, version: int | None = None
) -> int:
    """Take a relation out of sight. Returns the number of the change."""
    _check_right(relation, actor, role)
    before = snapshot(relation)
    _write(db, relation, version or relation.version, {"deleted_at": now()})
    return _record(db, relation, actor, "delete", before=before)


def restore(db: Session, *, relation: Relation, actor: log.Actor, role: Role) -> Relation:
    """Bring a deleted relation back. Nothing happens when it is there."""
    _check_right(relation, actor, role)
    if relation.deleted_at is not None:
        _refuse_twin(db, relation)
        _write(db, relation, relation.version, {"deleted_at": None})
        undone = deletion(db, relation.id)
        _record(db, relation, actor, "restore", after=snapshot(relation), undoes_seq=undone)
    return relation


def may_change(relation: Any, user_id: str | None, role: Role) -> bool:
    """Whether this person may change and remove the relation: its maker, and every reviewer."""
    return role.can_review or (role.can_annotate and relation.created_by == user_id)


def _check_right(relation: Relation, actor: log.Actor, role: Role) -> None:
    if not may_change(relation, actor.user_id, role):
        raise Forbidden("Only who made this relation, or a reviewer, may change it.")


def _kind(kind: str) -> str:
    if kind not in RELATION_KINDS:
        raise Invalid(
            "“{value}” is no kind of relation. Choose one of: {known}.",
            "kind",
            value=kind[:80],
            known=", ".join(RELATION_KINDS),
        )
    return kind


def _check_ends(db: Session, event: Event, from_id: str, to_id: str) -> None:
    """Refuse two ends that are one passage, and an end that does not belong to the event."""
    if from_id == to_id:
        raise Invalid("A relation joins two different passages. Choose another one.", "to")
    rows = db.execute(
        select(col(Annotation.id), col(Annotation.text), col(EventLink.event_id))
        .outerjoin(
            EventLink,
            and_(
                col(EventLink.annotation_id) == col(Annotation.id),
                col(EventLink.event_id) == event.id,
            ),
        )
        .where(
            col(Annotation.id).in_([from_id, to_id]),
            col(Annotation.project_id) == event.project_id,
            col(Annotation.deleted_at).is_(None),
        )
    ).all()
    known = {row.id: row for row in rows}
    for name, end in (("from", from_id), ("to", to_id)):
        row = known.get(end)
        if row is None:
            raise Invalid(
                "A relation joins two passages of one event. One of these passages is not there; "
                "it may have been deleted. Choose again.",
                name,
            )
        if row.event_id is None:
            raise Invalid(
                "A relation joins two passages of one event, and “{text}” does not belong to "
                "“{event}”. Link it to the event first.",
                name,
                text=shorten(row.text, 80),
                event=event.title,
            )


def _refuse_twin(db: Session, relation: Relation, *, kind: str | None = None) -> None:
    """Refuse to say the same of the same two passages twice."""
    kind = kind or relation.kind
    ends = and_(col(Relation.from_id) == relation.from_id, col(Relation.to_id) == relation.to_id)
    if RELATION_KINDS[kind].symmetric:
        swapped = and_(
            col(Relation.from_id) == relation.to_id, col(Relation.to_id) == relation.from_id
        )
        ends = or_(ends, swapped)
    twin = db.execute(
        select(col(Relation.id)).where(
            col(Relation.event_id) == relation.event_id,
            col(Relation.kind) == kind,
            col(Relation.deleted_at).is_(None),
            col(Relation.id) != relation.id,
            ends,
        )
    ).first()
    if twin is not None:
        raise Invalid(
            "These two passages are already related in this way. Change that relation instead.",
            "kind",
        )


def _change(
    db: Session,
    relation: Relation,
    version: int,
    values: Mapping[str, Any],
    actor: log.Actor,
) -> Relation:
    """Store those values that are new, and tell the log."""
    if relation.version != version:
        raise _stale(relation)
    before = snapshot(relation)
    fresh = {name: value for name, value in values.items() if value != before[name]}
    if fresh:
        _write(db, relation, version, fresh)
        old = {name: before[name] for name in fresh}
        _record(db, relation, actor, "update", before=old, after=fresh)
    return relation


def _write(db: Session, relation: Relation, version: int, values: Mapping[str, Any]) -> None:
    """Store values if the row is still at `version`; the number goes up by one."""
    done = db.execute(
        sql_update(Relation)
        .where(col(Relation.id) == relation.id, col(Relation.version) == version)
        .values(**values, version=version + 1)
    )
    db.refresh(relation)
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise _stale(relation)


def _stale(relation: Relation) -> Conflict:
    return Conflict(
        "Somebody changed this relation since you opened it. Nothing was overwritten; "
        "look at it and save again.",
        current=relation,
    )


def _record(db: Session, relation: Relation, actor: log.Actor, action: str, **states: Any) -> int:
    return log.record(
        db,
        actor=actor,
        noun="relation",
        noun_id=relation.id,
        action=action,
        project_id=relation.project_id,
        **states,
    )
