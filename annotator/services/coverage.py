"""Coverage: somebody has looked, and signs what one article says of one event.

Silence is never concluded from an empty place; it is an act with a name and a time. Taking it back
is an act too, so the row stays and says "not checked" from then on.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from annotator.domain.errors import Invalid
from annotator.domain.messages import N_
from annotator.ids import now
from annotator.models import Annotation, Article, Coverage, Event, EventLink
from annotator.services import log
from annotator.services.events import lock, plain

#: What people sign; `precedes_event` overrules dates that are missing or wrong.
STATES = {
    "silent": N_("Silent"),
    "covered": N_("Covered"),
    "precedes_event": N_("Earlier than the event"),
    "not_checked": N_("Not checked"),
}


def mark(
    db: Session,
    *,
    event: Event,
    articles: Collection[str],
    state: str,
    actor: log.Actor,
    note: str = "",
) -> list[Coverage]:
    """Sign one word about some articles on an event; saying the same again changes nothing.

    Raises Invalid for an unknown state or article, and for silence where there are passages.
    """
    if state not in STATES:
        raise Invalid(
            "“{value}” is no state of coverage. Choose one of: {known}.",
            "state",
            value=state[:80],
            known=", ".join(STATES),
        )
    note = plain("note", note, most=1_000)
    lock(db, event)
    _check_articles(db, event, articles, state)
    stored = {
        row.article_id: row
        for row in db.execute(
            select(Coverage).where(
                col(Coverage.event_id) == event.id, col(Coverage.article_id).in_(articles)
            )
        ).scalars()
    }
    return [
        _sign(db, event, article, stored.get(article), state, note, actor)
        for article in sorted(articles)
    ]


def _sign(
    db: Session,
    event: Event,
    article: str,
    row: Coverage | None,
    state: str,
    note: str,
    actor: log.Actor,
) -> Coverage:
    before = {"state": row.state, "note": row.note} if row else None
    after = {"state": state, "note": note}
    if row is not None and before == after:
        return row
    if row is None:
        row = Coverage(event_id=event.id, article_id=article, state=state, signed_at=now())
        db.add(row)
    else:
        row.version += 1
    row.state, row.note, row.signed_by, row.signed_at = state, note, actor.user_id, now()
    db.flush()
    ends: dict[str, Any] = {"event_id": event.id, "article_id": article}
    log.record(
        db,
        actor=actor,
        noun="coverage",
        noun_id=event.id,
        action="update" if before else "create",
        project_id=event.project_id,
        article_id=article,
        before=ends | before if before else None,
        after=ends | after,
        at=row.signed_at,
    )
    return row


def _check_articles(db: Session, event: Event, articles: Collection[str], state: str) -> None:
    """Refuse articles of other projects, and "silent" for one that has passages."""
    known = db.execute(
        select(col(Article.id)).where(
            col(Article.id).in_(articles), col(Article.project_id) == event.project_id
        )
    ).scalars()
    if not articles or set(articles) != set(known):
        raise Invalid("Choose articles of this project.", "article")
    if state in ("covered", "not_checked"):
        return
    speaking = db.execute(
        select(col(Article.title))
        .join(Annotation, col(Annotation.article_id) == col(Article.id))
        .join(EventLink, col(EventLink.annotation_id) == col(Annotation.id))
        .where(
            col(EventLink.event_id) == event.id,
            col(Annotation.article_id).in_(articles),
            col(Annotation.deleted_at).is_(None),
        )
        .limit(1)
    ).scalar()
    if speaking is not None:
        raise Invalid(
            "“{title}” is not silent: it has passages on this event. Unlink them first.",
            "state",
            title=speaking,
        )
