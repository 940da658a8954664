"""Events: what authors write about, and which passages belong to each.

An event is edited by whoever annotates, so every edit names the version that it began from and a
stale one is refused with the present state. A deleted event stays and can come back: its links,
relations and coverage are not touched, they only cease to be seen, and they are back when it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, insert, select
from sqlalchemy import update as sql_update
from sqlmodel import Session, col

from annotator.domain.comparison import EVENT_KINDS
from annotator.domain.dates import PartialDate
from annotator.domain.errors import Conflict, Invalid, NotFound
from annotator.domain.lookup import Named, bold, rank
from annotator.domain.text import fold
from annotator.ids import new_id, now
from annotator.models import Annotation, Change, Event, EventLink, Project
from annotator.services import log

#: The fields that people write; the log keeps them, and a stale edit shows both versions of them.
FIELDS = ("title", "kind", "date", "date_end", "place", "aliases", "description", "parent_id")

MOST_TITLE = 300
MOST_TEXT = 5_000
MOST_ALIASES = 50

_event: Any = Event.__table__  # type: ignore[attr-defined]
_link: Any = EventLink.__table__  # type: ignore[attr-defined]


class Suggestion(NamedTuple):
    """One line of the type-ahead.

    `pieces` cut the name that matched; `alias_of` is the title when that name is an alias.
    """

    id: str
    title: str
    kind: str
    date: str | None
    pieces: list[tuple[str, bool]]
    alias_of: str | None

    @property
    def kind_label(self) -> str:
        """The kind in English, a message id."""
        return EVENT_KINDS[self.kind]


# ------------------------------------------------------------------------------ reading


def get(db: Session, project: Project, event_id: str, *, deleted: bool = False) -> Event:
    """The event of this project with that id. Raises NotFound, also for one that was deleted
    unless `deleted` asks for it.
    """
    event: Event | None = db.execute(
        select(Event).where(_event.c.id == event_id, _event.c.project_id == project.id)
    ).scalar()
    if event is None or (event.deleted_at is not None and not deleted):
        raise NotFound("There is no such event in this project. It may have been deleted.", "event")
    return event


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same when they are compared as names are."""
    return fold(one.strip()) == fold(other.strip())


def passage(db: Session, event: Event, annotation_id: str) -> Annotation:
    """A live annotation of the event's project. Raises NotFound."""
    found: Annotation | None = db.execute(
        select(Annotation).where(
            col(Annotation.id) == annotation_id,
            col(Annotation.project_id) == event.project_id,
            col(Annotation.deleted_at).is_(None),
        )
    ).scalar()
    if found is None:
        raise NotFound("There is no such passage. It may have been deleted.", "annotation")
    return found


def lock(db: Session, event: Event) -> None:
    """Let one writer at a time add things to an event, so that nothing is added twice.

    SQLite has one writer anyway.
    """
    db.execute(select(_event.c.id).where(_event.c.id == event.id).with_for_update())


def snapshot(event: Event) -> dict[str, Any]:
    """What people wrote of an event, for the log and for comparing versions."""
    return {name: getattr(event, name) for name in FIELDS}


def suggest(db: Session, project: Project, q: str, limit: int = 8) -> list[Suggestion]:
    """Events whose title or an alias `q` may mean, best first; the newest when `q` is empty."""
    rows = db.execute(
        select(_event.c.id, _event.c.title, _event.c.kind, _event.c.date, _event.c.aliases)
        .where(_event.c.project_id == project.id, _event.c.deleted_at.is_(None))
        .order_by(_event.c.position.desc() if not q.strip() else _event.c.position)
    ).all()
    by_id = {row.id: row for row in rows}
    matches = rank(q, (Named(row.id, (row.title, *row.aliases)) for row in rows), limit=limit)
    return [_suggestion(by_id[match.id], match.name, q) for match in matches]


def _suggestion(row: Any, name: str, q: str) -> Suggestion:
    alias_of = None if name == row.title else row.title
    return Suggestion(row.id, row.title, row.kind, row.date, bold(name, q), alias_of)


# ------------------------------------------------------------------------------ writing


def create(db: Session, *, project: Project, title: str, actor: log.Actor, **fields: Any) -> Event:
    """A new event at the end of the list. Other fields as in FIELDS.

    Raises Invalid for a bad field or for an event of the same title and date, and log.Repeated.
    """
    log.guard(db, actor)
    values = clean({**fields, "title": title})
    _refuse_twin(db, project, values)
    _check_parent(db, project, values.get("parent_id"), None)
    last = db.execute(
        select(func.max(_event.c.position)).where(_event.c.project_id == project.id)
    ).scalar()
    event = Event(
        id=new_id(),
        project_id=project.id,
        position=(last or 0) + 1,
        created_by=actor.user_id,
        created_at=now(),
        **values,
    )
    db.add(event)
    db.flush()
    _record(db, event, actor, "create", after=snapshot(event))
    return event


def update(
    db: Session, *, project: Project, event: Event, version: int, actor: log.Actor, **fields: Any
) -> Event:
    """Change some fields of an event that was read at `version`.

    Raises Invalid for a bad field, and Conflict (current: the event now) when somebody else was
    quicker.
    """
    before = snapshot(event)
    merged = clean({**before, **fields})
    values = {name: value for name, value in merged.items() if value != before[name]}
    if event.version != version:
        raise _stale(event)
    if not values:
        return event
    _check_parent(db, project, values.get("parent_id"), event.id)
    if "title" in values or "date" in values:
        _refuse_twin(db, project, {**before, **values}, but=event.id)
    _write(db, event, version, values)
    old = {name: before[name] for name in values}
    _record(db, event, actor, "update", before=old, after=values)
    return event


def delete(db: Session, *, event: Event, version: int, actor: log.Actor) -> int:
    """Take an event out of sight. Returns the number of the change, by which to take it back."""
    if event.version != version:
        raise _stale(event)
    before = snapshot(event)
    _write(db, event, version, {"deleted_at": now()})
    return _record(db, event, actor, "delete", before=before)


def restore(db: Session, *, event: Event, actor: log.Actor) -> Event:
    """Bring a deleted event back with all that belonged to it; nothing happens when it is there."""
    if event.deleted_at is None:
        return event
    _write(db, event, event.version, {"deleted_at": None})
    undone = deletion(db, event.id)
    _record(db, event, actor, "restore", after=snapshot(event), undoes_seq=undone)
    return event


def deletion(db: Session, noun_id: str) -> int | None:
    """The number of the change that deleted something last."""
    seq: int | None = db.execute(
        select(func.max(col(Change.seq))).where(
            col(Change.noun_id) == noun_id, col(Change.action) == "delete"
        )
    ).scalar()
    return seq


def link(db: Session, *, annotation: Annotation, event: Event, actor: log.Actor) -> bool:
    """Say that a passage belongs to an event. Returns whether that is news; twice is harmless."""
    if event.project_id != annotation.project_id or event.deleted_at is not None:
        raise NotFound("There is no such event in this project. It may have been deleted.", "event")
    lock(db, event)
    if _linked(db, annotation.id, event.id):
        return False
    values = {"annotation_id": annotation.id, "event_id": event.id}
    db.execute(insert(_link), {**values, "created_by": actor.user_id, "created_at": now()})
    _record_link(db, annotation, actor, "create", after=values)
    return True


def unlink(db: Session, *, annotation: Annotation, event: Event, actor: log.Actor) -> bool:
    """Say that a passage does not belong to an event. Returns whether it did.

    Relations of the passage inside the event stay stored and are seen again when the link comes
    back.
    """
    if not _linked(db, annotation.id, event.id):
        return False
    values = {"annotation_id": annotation.id, "event_id": event.id}
    db.execute(
        sql_delete(_link).where(
            _link.c.annotation_id == annotation.id, _link.c.event_id == event.id
        )
    )
    _record_link(db, annotation, actor, "delete", before=values)
    return True


def _linked(db: Session, annotation_id: str, event_id: str) -> bool:
    found = db.execute(
        select(_link.c.event_id).where(
            _link.c.annotation_id == annotation_id, _link.c.event_id == event_id
        )
    ).first()
    return found is not None


def _write(db: Session, event: Event, version: int, values: Mapping[str, Any]) -> None:
    """Store values if the row is still at `version`; the number goes up by one."""
    done = db.execute(
        sql_update(_event)
        .where(_event.c.id == event.id, _event.c.version == version)
        .values(**values, version=version + 1)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        db.refresh(event)
        raise _stale(event)
    db.refresh(event)


def _stale(event: Event) -> Conflict:
    return Conflict(
        "Somebody changed “{title}” since you opened it. Nothing was overwritten; "
        "compare both versions and save again.",
        current=event,
        title=event.title,
    )


def _record(db: Session, event: Event, actor: log.Actor, action: str, **states: Any) -> int:
    return log.record(
        db,
        actor=actor,
        noun="event",
        noun_id=event.id,
        action=action,
        project_id=event.project_id,
        **states,
    )


def _record_link(
    db: Session, annotation: Annotation, actor: log.Actor, action: str, **states: Any
) -> int:
    return log.record(
        db,
        actor=actor,
        noun="event_link",
        noun_id=annotation.id,
        action=action,
        project_id=annotation.project_id,
        article_id=annotation.article_id,
        **states,
    )


# ------------------------------------------------------------------------------ checking


def clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical values of the fields of an event. Raises Invalid naming the field."""
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise TypeError(f"an event has no {sorted(unknown)}")
    values: dict[str, Any] = {name: _CLEAN[name](name, value) for name, value in fields.items()}
    if values.get("date_end") and not values.get("date"):
        raise Invalid(
            "An event that ends on {end} begins some day too. Write the first day, or leave the "
            "last one empty.",
            "date",
            end=values["date_end"],
        )
    if values.get("date_end"):
        first = PartialDate.parse(values["date"]).first
        if PartialDate.parse(values["date_end"]).last < first:
            raise Invalid(
                "The last day {end} lies before the first day {start}.",
                "date_end",
                end=values["date_end"],
                start=values["date"],
            )
    return values


def one_line(name: str, value: Any, *, most: int = MOST_TITLE) -> str:
    """Text of one line: blanks joined, control characters refused (Invalid names the field)."""
    return " ".join(plain(name, value, most=most).split())


def plain(name: str, value: Any, *, most: int = MOST_TEXT) -> str:
    """Text of several lines, without what is no text (Invalid names the field)."""
    text = str(value or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > most:
        raise Invalid(
            "This field takes {most} characters; {count} were sent. Shorten it and save again.",
            name,
            most=most,
            count=len(text),
        )
    if any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise Invalid("The text holds characters that are no text. Type it anew.", name)
    return text


def _title(name: str, value: Any) -> str:
    title = one_line(name, value)
    if not title:
        raise Invalid("An event needs a title, such as “Summit in Washington”.", name)
    return title


def _kind(name: str, value: Any) -> str:
    if value not in EVENT_KINDS:
        raise Invalid(
            "“{value}” is no kind of event. Choose one of: {known}.",
            name,
            value=str(value)[:80],
            known=", ".join(EVENT_KINDS),
        )
    return str(value)


def _date(name: str, value: Any) -> str | None:
    text = str(value or "").strip()
    if not text:
        return None
    try:
        parsed = PartialDate.parse(text, field=name)
    except Invalid:
        raise Invalid(
            "“{value}” is not a date. Write a day as 2025-11-06, a month as 2025-11 or a year as "
            "2025.",
            name,
            value=text[:80],
        ) from None
    if parsed.precision == "interval":
        raise Invalid(
            "“{value}” holds two dates. Write the first day here and the last one in its own "
            "field.",
            name,
            value=text[:80],
        )
    return str(parsed)


def _aliases(name: str, value: Any) -> list[str]:
    """Each alias once, in order; a text is read line by line."""
    lines = value.splitlines() if isinstance(value, str) else list(value or ())
    kept: dict[str, str] = {}
    for line in lines:
        alias = one_line(name, line)
        if alias:
            kept.setdefault(fold(alias), alias)
    if len(kept) > MOST_ALIASES:
        raise Invalid(
            "An event takes {most} aliases; {count} were sent.",
            name,
            most=MOST_ALIASES,
            count=len(kept),
        )
    return list(kept.values())


_CLEAN: dict[str, Callable[[str, Any], Any]] = {
    "title": _title,
    "kind": _kind,
    "date": _date,
    "date_end": _date,
    "place": one_line,
    "aliases": _aliases,
    "description": plain,
    "parent_id": lambda name, value: str(value) if value else None,
}


def _refuse_twin(
    db: Session, project: Project, values: Mapping[str, Any], *, but: str | None = None
) -> None:
    """Refuse a second event of the same title (as it is compared) and the same date."""
    rows = db.execute(
        select(_event.c.id, _event.c.title, _event.c.date).where(
            _event.c.project_id == project.id, _event.c.deleted_at.is_(None)
        )
    ).all()
    wanted = fold(values["title"])
    for row in rows:
        if row.id != but and row.date == values.get("date") and fold(row.title) == wanted:
            raise Invalid(
                "There is already an event “{title}”. Use it, or give this one another title "
                "or date.",
                "title",
                title=row.title,
            )


def _check_parent(
    db: Session, project: Project, parent_id: str | None, event_id: str | None
) -> None:
    """Refuse a parent of another project, or one that is itself below this event."""
    seen = {event_id}
    while parent_id is not None:
        row = db.execute(
            select(_event.c.parent_id).where(
                _event.c.id == parent_id,
                _event.c.project_id == project.id,
                _event.c.deleted_at.is_(None),
            )
        ).first()
        if row is None or parent_id in seen:
            raise Invalid(
                "The event above this one must be another event of this project that is not "
                "below it.",
                "parent_id",
            )
        seen.add(parent_id)
        parent_id = row.parent_id


def titles(db: Session, project: Project, ids: Iterable[str] = ()) -> Sequence[Any]:
    """(id, title) of the events of a project in order, or of some of them."""
    query = select(_event.c.id, _event.c.title).where(
        _event.c.project_id == project.id, _event.c.deleted_at.is_(None)
    )
    wanted = list(ids)
    if wanted:
        query = query.where(_event.c.id.in_(wanted))
    return db.execute(query.order_by(_event.c.position, _event.c.id)).all()
