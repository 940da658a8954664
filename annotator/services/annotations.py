"""Annotations: tagging a passage, changing it, taking it out of sight and bringing it back.

Only its annotator changes an annotation. Every change goes up one version and into the log with
what was there before, so that undo needs nothing else. The text of an article is frozen, so new
annotations never collide; an edit names the version that it began from, and a stale one is refused
with the present state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy import update as sql_update
from sqlmodel import Session

from annotator.domain.codebook import check_attributes
from annotator.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from annotator.domain.messages import N_
from annotator.domain.spans import MAX_FRAGMENTS, Fragments, hull, slice_text, visible
from annotator.ids import new_id, now
from annotator.models import Annotation, Change, Project
from annotator.models.base import table
from annotator.services import log
from annotator.services.codebook import Codebook, StoredTag

_annotation: Any = table(Annotation)
_change: Any = table(Change)
_INSERT = insert(_annotation)

#: What an annotator writes; the log keeps these.
FIELDS = ("tag_id", "start", "end", "text", "fragments", "attributes", "note", "state")
STATES = ("draft", "submitted")
#: Characters that one annotation spans at most, from its first piece to its last.
MOST_CHARACTERS = 20_000
MOST_NOTE = 5_000
#: Saves of one tab that one of its own may have missed.
MOST_OWN_STEPS = 20


@dataclass(frozen=True)
class Saved:
    """What a write did: to which annotation, and under which number in the log.

    `seq` is None when there was nothing to change.
    """

    annotation_id: str
    seq: int | None
    version: int


def snapshot(row: Any) -> dict[str, Any]:
    """All stored fields of an annotation, for the log."""
    return {column.name: getattr(row, column.name) for column in _annotation.c}


def get(
    db: Session, project: Project, annotation_id: str, *, deleted: bool = False, lock: bool = False
) -> Annotation:
    """The annotation of this project with that id. Raises NotFound, also for a deleted one unless
    `deleted` asks for it. `lock` keeps other writers away until the end of the transaction.
    """
    query = select(Annotation).where(
        _annotation.c.id == annotation_id, _annotation.c.project_id == project.id
    )
    if lock:
        query = query.with_for_update()
    found: Annotation | None = db.execute(query).scalar()
    if found is None or (found.deleted_at is not None and not deleted):
        raise NotFound(
            "There is no such annotation in this project. It may have been deleted.", "annotation"
        )
    return found


def get_own(
    db: Session, project: Project, annotation_id: str, actor: log.Actor, *, deleted: bool = False
) -> Annotation:
    """An annotation that the actor made, locked for a change. Raises NotFound and Forbidden."""
    found = get(db, project, annotation_id, deleted=deleted, lock=True)
    if found.annotator_id != actor.user_id:
        raise Forbidden(
            "Only its annotator changes an annotation. Tag the passage yourself, or review it."
        )
    return found


# ------------------------------------------------------------------------------ checking


def check_place(text: str, fragments: Fragments) -> None:
    """Refuse what is too long, has too many pieces, or shows nothing. Raises Invalid."""
    start, end = hull(fragments)
    if len(fragments) > MAX_FRAGMENTS:
        raise Invalid(
            "A passage has at most {most} pieces; {count} were sent.",
            "fragments",
            most=MAX_FRAGMENTS,
            count=len(fragments),
        )
    if end - start > MOST_CHARACTERS:
        raise Invalid(
            "A passage spans at most {most} characters; {count} were selected. Select less.",
            "fragments",
            most=MOST_CHARACTERS,
            count=end - start,
        )
    if not any(visible(text[s:e]) for s, e in fragments):
        raise Invalid("Only blanks were selected. Select some words.", "fragments")


def _place(text: str, fragments: Fragments) -> dict[str, Any]:
    """The stored fields of a place in a text."""
    check_place(text, fragments)
    start, end = hull(fragments)
    several = [[s, e] for s, e in fragments] if len(fragments) > 1 else None
    return {
        "start": start,
        "end": end,
        "text": slice_text(text, fragments),
        "fragments": several,
    }


def _note(value: str) -> str:
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MOST_NOTE:
        raise Invalid(
            "A note takes {most} characters; {count} were sent. Shorten it and save again.",
            "note",
            most=MOST_NOTE,
            count=len(text),
        )
    if any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise Invalid("The note holds characters that are no text. Type it anew.", "note")
    return text


def _state(value: str) -> str:
    if value not in STATES:
        raise Invalid(
            "An annotation is a draft or submitted; “{value}” is neither.",
            "state",
            value=value[:80],
        )
    return value


# ------------------------------------------------------------------------------ writing


def create(
    db: Session,
    *,
    article: Any,
    text: str,
    tag: StoredTag,
    fragments: Fragments,
    actor: log.Actor,
    codebook_version: int = 1,
    attributes: Mapping[str, Any] | None = None,
    note: str = "",
    state: str = "submitted",
) -> Saved:
    """Tag a passage of an article (a row with `id` and `project_id`; `text` is its text).

    `fragments` are canonical and in code points. Raises Invalid, and log.Repeated when the actor's
    request was carried out before.
    """
    place = _place(text, fragments)
    clean = check_attributes(tag.definition, attributes) if attributes else {}
    log.guard(db, actor)
    at = now()
    values: dict[str, Any] = {
        "id": new_id(),
        "project_id": article.project_id,
        "article_id": article.id,
        "annotator_id": actor.user_id,
        "tag_id": tag.id,
        **place,
        "attributes": clean,
        "note": _note(note),
        "state": _state(state),
        "layer": "annotator",
        "origin": "human",
        "codebook_version": codebook_version,
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "deleted_at": None,
    }
    db.connection().execute(_INSERT, values)
    seq = log.record(
        db,
        actor=actor,
        noun="annotation",
        noun_id=values["id"],
        action="create",
        project_id=article.project_id,
        article_id=article.id,
        after=values,
        at=at,
    )
    return Saved(values["id"], seq, 1)


def update(
    db: Session,
    *,
    project: Project,
    annotation_id: str,
    version: int,
    actor: log.Actor,
    codebook: Codebook,
    tag: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    note: str | None = None,
    state: str | None = None,
    place: tuple[str, Fragments] | None = None,
) -> Saved:
    """Change an annotation that was read at `version`; what is None stays as it is.

    `attributes` holds some of the tag's attributes, an empty value takes one away. `place` is the
    article's text with the new fragments. A new tag keeps the attributes that it knows too.
    Raises NotFound, Forbidden, Invalid, and Conflict (current: the row now) when it was changed
    since, unless by the same browser tab.
    """
    row = get_own(db, project, annotation_id, actor)
    wanted: dict[str, Any] = {}
    if tag is not None and tag != codebook.by_id[row.tag_id].name:
        wanted["tag_id"] = codebook.usable_tag(tag).id
    definition = codebook.by_id[wanted.get("tag_id", row.tag_id)].definition
    if attributes is not None or "tag_id" in wanted:
        known = {
            k: v for k, v in (attributes or {}).items() if k in definition.by_name or not wanted
        }
        kept = {k: v for k, v in row.attributes.items() if k in definition.by_name}
        wanted["attributes"] = _fitting({**kept, **known}, definition, lenient="tag_id" in wanted)
    if note is not None:
        wanted["note"] = _note(note)
    if state is not None:
        wanted["state"] = _state(state)
    if place is not None:
        wanted.update(_place(*place))
    changed = {name: value for name, value in wanted.items() if value != getattr(row, name)}
    if not changed:
        return Saved(row.id, None, row.version)
    if row.version != version and not _only_by(db, row, version, actor):
        raise Conflict(
            "This annotation was changed since you opened it. Nothing was overwritten; "
            "compare both versions and choose.",
            current=row,
        )
    before = {name: getattr(row, name) for name in changed}
    return _write(db, row, changed, actor, "update", before=before, after=changed)


def _fitting(values: dict[str, Any], definition: Any, *, lenient: bool) -> dict[str, Any]:
    """The canonical attributes; when `lenient`, what does not fit the new tag is left out."""
    if not lenient:
        return check_attributes(definition, values)
    clean: dict[str, Any] = {}
    for name, value in values.items():
        try:
            clean.update(check_attributes(definition, {name: value}))
        except DomainError:
            continue
    return {name: clean[name] for name in definition.by_name if name in clean}


def _only_by(db: Session, row: Annotation, version: int, actor: log.Actor) -> bool:
    """Whether every change after `version` was made from the actor's own browser tab.

    Fields that are saved one after another in one tab must not get in each other's way.
    """
    missed = row.version - version
    if actor.client is None or not 0 < missed <= MOST_OWN_STEPS:
        return False
    newest = db.execute(
        select(_change.c.actor_id, _change.c.client)
        .where(_change.c.noun_id == row.id, _change.c.noun == "annotation")
        .order_by(_change.c.seq.desc())
        .limit(missed)
    ).all()
    return len(newest) == missed and set(newest) == {(actor.user_id, actor.client)}


def delete(
    db: Session,
    *,
    project: Project,
    annotation_id: str,
    actor: log.Actor,
    version: int | None = None,
    undoes: int | None = None,
) -> Saved:
    """Take an annotation out of sight; its links, reviews and relations stay for when it is back.

    Raises NotFound, Forbidden, and Conflict when a `version` is given and is not the present one.
    """
    row = get_own(db, project, annotation_id, actor)
    if version is not None and row.version != version:
        raise Conflict(
            "This annotation was changed since you opened it, and was not deleted. "
            "Look at it and delete it again.",
            current=row,
        )
    before = snapshot(row)
    return _write(
        db, row, {"deleted_at": now()}, actor, "delete", before=before, after={}, undoes=undoes
    )


def restore(
    db: Session,
    *,
    project: Project,
    annotation_id: str,
    actor: log.Actor,
    undoes: int | None = None,
) -> Saved:
    """Bring a deleted annotation back; nothing happens when it is there."""
    row = get_own(db, project, annotation_id, actor, deleted=True)
    if row.deleted_at is None:
        return Saved(row.id, None, row.version)
    after = {**snapshot(row), "deleted_at": None, "version": row.version + 1}
    return _write(
        db, row, {"deleted_at": None}, actor, "restore", before=None, after=after, undoes=undoes
    )


def put_back(
    db: Session,
    *,
    project: Project,
    annotation_id: str,
    actor: log.Actor,
    values: Mapping[str, Any],
    undoes: int,
) -> Saved:
    """Give some fields the values that they had, as an undo does."""
    row = get_own(db, project, annotation_id, actor)
    before = {name: getattr(row, name) for name in values}
    return _write(
        db, row, dict(values), actor, "update", before=before, after=dict(values), undoes=undoes
    )


def _write(
    db: Session,
    row: Annotation,
    values: dict[str, Any],
    actor: log.Actor,
    action: str,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    undoes: int | None = None,
) -> Saved:
    """Store values, one version up, and tell the log. The row must still be at its version."""
    at, version = now(), row.version + 1
    done = db.execute(
        sql_update(_annotation)
        .where(_annotation.c.id == row.id, _annotation.c.version == row.version)
        .values(**values, version=version, updated_at=at)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(
            N_("This annotation was changed at the same moment. Try again."), current=row
        )
    seq = log.record(
        db,
        actor=actor,
        noun="annotation",
        noun_id=row.id,
        action=action,
        project_id=row.project_id,
        article_id=row.article_id,
        before=before,
        after={**after, "version": version},
        undoes_seq=undoes,
        at=at,
    )
    db.expire(row)
    return Saved(row.id, seq, version)
