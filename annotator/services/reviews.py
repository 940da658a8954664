"""Reviews: a colleague's verdict stands beside an annotation and never changes it.

Verdicts are added; the latest of each reviewer counts, and `domain.review` makes a status of them.
Nobody reviews their own work. A reviewer may take the latest verdict back, and the annotator sees
what was said and why.
"""

from typing import Any, NamedTuple

from sqlalchemy import and_, func, insert, select
from sqlalchemy import update as sql_update
from sqlmodel import Session

from annotator.domain.errors import Conflict, Forbidden, Invalid, NotFound
from annotator.domain.review import Verdict
from annotator.ids import new_id, now
from annotator.models import Annotation, Article, Project, Review, User
from annotator.models.base import table
from annotator.services import annotations, log

_annotation: Any = table(Annotation)
_article: Any = table(Article)
_review: Any = table(Review)
_user: Any = table(User)

MOST_REASON = 2_000


class Said(NamedTuple):
    """A verdict as it is shown. `old` tells that the annotation was changed after it."""

    id: str
    reviewer_id: str
    by: str
    verdict: str
    reason: str
    at: str
    old: bool
    seen: bool


def of(db: Session, annotation: Annotation) -> list[Said]:
    """The verdicts on an annotation that were not taken back, in order of time."""
    rows = db.execute(
        select(_review, _user.c.name, _user.c.display_name)
        .join(_user, _user.c.id == _review.c.reviewer_id)
        .where(_review.c.annotation_id == annotation.id, _review.c.withdrawn_at.is_(None))
        .order_by(_review.c.created_at, _review.c.id)
    )
    return [
        Said(
            row.id,
            row.reviewer_id,
            row.display_name or row.name,
            row.verdict,
            row.reason,
            row.created_at,
            row.annotation_version < annotation.version,
            row.seen_at is not None,
        )
        for row in rows
    ]


def add(
    db: Session,
    *,
    project: Project,
    annotation_id: str,
    verdict: str,
    reason: str,
    actor: log.Actor,
    version: int | None = None,
) -> int:
    """Judge a colleague's annotation. Returns the number of the change.

    Raises Forbidden for one's own, Invalid for another word than accepted or rejected and for a
    rejection without a reason, Conflict when the annotation is no longer at `version` (current:
    the row now), and log.Repeated.
    """
    if verdict not in list(Verdict):
        raise Invalid(
            "A verdict is “accepted” or “rejected”; “{value}” is neither.",
            "verdict",
            value=verdict[:80],
        )
    text = _reason(reason)
    if verdict == Verdict.rejected and not text:
        raise Invalid("Say why you reject it: the annotator reads your reason.", "reason")
    log.guard(db, actor)
    row = annotations.get(db, project, annotation_id, lock=True)
    if row.annotator_id == actor.user_id:
        raise Forbidden("Nobody reviews their own annotations. Ask a colleague.")
    if version is not None and row.version != version:
        raise Conflict(
            "The annotation was changed since you opened it, and your verdict was not stored. "
            "Look at it again.",
            current=row,
        )
    values: dict[str, Any] = {
        "id": new_id(),
        "annotation_id": row.id,
        "reviewer_id": actor.user_id,
        "verdict": verdict,
        "reason": text,
        "annotation_version": row.version,
        "created_at": now(),
    }
    db.execute(insert(_review), values)
    return _record(db, row, actor, values["id"], "create", after=values)


def _reason(value: str) -> str:
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MOST_REASON:
        raise Invalid(
            "A reason takes {most} characters; {count} were sent. Shorten it and send it again.",
            "reason",
            most=MOST_REASON,
            count=len(text),
        )
    if any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) <= 0xDFFF for c in text):
        raise Invalid("The reason holds characters that are no text. Type it anew.", "reason")
    return text


def withdraw(
    db: Session, *, project: Project, review_id: str, actor: log.Actor, undoes: int | None = None
) -> int:
    """Take one's own verdict back. Returns the number of the change."""
    return _turn(db, project, review_id, actor, "withdraw", now(), undoes)


def renew(
    db: Session, *, project: Project, review_id: str, actor: log.Actor, undoes: int | None = None
) -> int:
    """Let a verdict count again that was taken back."""
    return _turn(db, project, review_id, actor, "renew", None, undoes)


def _turn(
    db: Session,
    project: Project,
    review_id: str,
    actor: log.Actor,
    action: str,
    withdrawn_at: str | None,
    undoes: int | None,
) -> int:
    """Withdraw or renew a verdict of the actor's own."""
    found = db.execute(
        select(_review, _annotation.c.project_id, _annotation.c.article_id)
        .join(_annotation, _annotation.c.id == _review.c.annotation_id)
        .where(_review.c.id == review_id, _annotation.c.project_id == project.id)
    ).first()
    if found is None:
        raise NotFound("There is no such verdict in this project.", "review")
    if found.reviewer_id != actor.user_id:
        raise Forbidden("Only the reviewer who gave a verdict takes it back.")
    if (found.withdrawn_at is None) == (withdrawn_at is None):
        raise Conflict("The verdict was already taken back or given again. Nothing was changed.")
    db.execute(
        sql_update(_review).where(_review.c.id == review_id).values(withdrawn_at=withdrawn_at)
    )
    states = {"annotation_id": found.annotation_id, "verdict": found.verdict}
    return log.record(
        db,
        actor=actor,
        noun="review",
        noun_id=review_id,
        action=action,
        project_id=found.project_id,
        article_id=found.article_id,
        before=states if withdrawn_at else None,
        after=states,
        undoes_seq=undoes,
    )


def _record(
    db: Session, row: Annotation, actor: log.Actor, review_id: str, action: str, **states: Any
) -> int:
    return log.record(
        db,
        actor=actor,
        noun="review",
        noun_id=review_id,
        action=action,
        project_id=row.project_id,
        article_id=row.article_id,
        **states,
    )


# ------------------------------------------------------------------------------ lists


class Waiting(NamedTuple):
    """An annotation in a list of the review page."""

    id: str
    article_id: str
    article: str
    annotator_id: str
    annotator: str
    tag_id: str
    text: str
    start: int
    fragments: list[list[int]] | None
    attributes: dict[str, Any]
    note: str
    state: str
    version: int


def _listed() -> Any:
    return (
        select(
            _annotation.c.id,
            _annotation.c.article_id,
            _article.c.title.label("article"),
            _annotation.c.annotator_id,
            func.coalesce(func.nullif(_user.c.display_name, ""), _user.c.name).label("annotator"),
            _annotation.c.tag_id,
            _annotation.c.text,
            _annotation.c.start,
            _annotation.c.fragments,
            _annotation.c.attributes,
            _annotation.c.note,
            _annotation.c.state,
            _annotation.c.version,
        )
        .join(_article, _article.c.id == _annotation.c.article_id)
        .join(_user, _user.c.id == _annotation.c.annotator_id)
        .where(_annotation.c.deleted_at.is_(None))
        .order_by(_article.c.position, _annotation.c.start, _annotation.c.end, _annotation.c.id)
    )


def waiting(
    db: Session,
    project: Project,
    reviewer_id: str,
    *,
    tag_id: str | None = None,
    annotator: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[Waiting], int]:
    """Submitted annotations of colleagues on which the reviewer has not said anything yet, in the
    order of the articles, and how many there are. `status` instead asks for those that this
    reviewer "accepted" or "rejected". `after` is the id of the last one seen.
    """
    mine = (
        select(_review.c.verdict)
        .where(
            _review.c.annotation_id == _annotation.c.id,
            _review.c.reviewer_id == reviewer_id,
            _review.c.withdrawn_at.is_(None),
        )
        .order_by(_review.c.created_at.desc(), _review.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    there = and_(
        _annotation.c.project_id == project.id,
        _annotation.c.annotator_id != reviewer_id,
        _annotation.c.state == "submitted",
        mine == status if status else mine.is_(None),
    )
    if tag_id:
        there = and_(there, _annotation.c.tag_id == tag_id)
    if annotator:
        there = and_(there, _user.c.name == annotator)
    query = _listed().where(there)
    number: int = db.execute(
        select(func.count()).select_from(query.order_by(None).subquery())
    ).scalar_one()
    if after:
        query = _behind(db, query, after)
    return [Waiting(*row) for row in db.execute(query.limit(limit))], number


def _behind(db: Session, query: Any, after: str) -> Any:
    """The part of a list behind the annotation `after`."""
    last = db.execute(
        select(_article.c.position, _annotation.c.start, _annotation.c.end, _annotation.c.id)
        .join(_article, _article.c.id == _annotation.c.article_id)
        .where(_annotation.c.id == after)
    ).first()
    if last is None:
        return query
    order = (_article.c.position, _annotation.c.start, _annotation.c.end, _annotation.c.id)
    beyond = order[3] > last[3]
    for column, value in reversed(list(zip(order[:3], last[:3], strict=True))):
        beyond = (column > value) | ((column == value) & beyond)
    return query.where(beyond)


class Remark(NamedTuple):
    """What a colleague said of one of my annotations."""

    review_id: str
    by: str
    verdict: str
    reason: str
    at: str
    seen: bool
    annotation: Waiting


def said_of(db: Session, project: Project, annotator_id: str, *, limit: int = 100) -> list[Remark]:
    """What colleagues said of somebody's annotations, unseen first and the newest first."""
    reviewer = _user.alias("reviewer")
    rows = db.execute(
        _listed()
        .add_columns(
            _review.c.id.label("review_id"),
            func.coalesce(func.nullif(reviewer.c.display_name, ""), reviewer.c.name).label("by"),
            _review.c.verdict,
            _review.c.reason,
            _review.c.created_at.label("at"),
            _review.c.seen_at,
        )
        .join(_review, _review.c.annotation_id == _annotation.c.id)
        .join(reviewer, reviewer.c.id == _review.c.reviewer_id)
        .where(
            _annotation.c.project_id == project.id,
            _annotation.c.annotator_id == annotator_id,
            _review.c.withdrawn_at.is_(None),
        )
        .order_by(None)
        .order_by(_review.c.seen_at.is_not(None), _review.c.created_at.desc(), _review.c.id.desc())
        .limit(limit)
    )
    width = len(Waiting._fields)
    return [
        Remark(
            row.review_id,
            row.by,
            row.verdict,
            row.reason,
            row.at,
            row.seen_at is not None,
            Waiting(*row[:width]),
        )
        for row in rows
    ]


def unseen(db: Session, project: Project, annotator_id: str) -> int:
    """How many verdicts on somebody's annotations they have not seen."""
    number: int = db.execute(
        select(func.count())
        .select_from(_review.join(_annotation, _annotation.c.id == _review.c.annotation_id))
        .where(
            _annotation.c.project_id == project.id,
            _annotation.c.annotator_id == annotator_id,
            _annotation.c.deleted_at.is_(None),
            _review.c.withdrawn_at.is_(None),
            _review.c.seen_at.is_(None),
        )
    ).scalar_one()
    return number


def mark_seen(db: Session, project: Project, actor: log.Actor) -> int:
    """Note that the annotator has seen every verdict there is. Returns how many were new."""
    mine = select(_annotation.c.id).where(
        _annotation.c.project_id == project.id, _annotation.c.annotator_id == actor.user_id
    )
    done = db.execute(
        sql_update(_review)
        .where(
            _review.c.annotation_id.in_(mine),
            _review.c.seen_at.is_(None),
            _review.c.withdrawn_at.is_(None),
        )
        .values(seen_at=now())
    )
    number: int = done.rowcount  # type: ignore[attr-defined]
    if number:
        log.record(
            db,
            actor=actor,
            noun="review",
            noun_id=project.id,
            action="seen",
            project_id=project.id,
            after={"reviews": number},
        )
    return number


def annotation_of(db: Session, review_id: str) -> str:
    """The id of the annotation that a verdict is about."""
    found: str = db.execute(
        select(_review.c.annotation_id).where(_review.c.id == review_id)
    ).scalar_one()
    return found


def annotators(db: Session, project: Project) -> list[tuple[str, str]]:
    """(name, shown name) of everybody who has annotations in a project."""
    with_some = select(_annotation.c.annotator_id).where(
        _annotation.c.project_id == project.id, _annotation.c.deleted_at.is_(None)
    )
    rows = db.execute(
        select(_user.c.name, _user.c.display_name)
        .where(_user.c.id.in_(with_some))
        .order_by(_user.c.name)
    )
    return [(row.name, row.display_name or row.name) for row in rows]
