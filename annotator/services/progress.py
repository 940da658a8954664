"""How far somebody is with an article: nothing said (new), in progress, or done."""

from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from annotator.domain.errors import Invalid
from annotator.ids import now
from annotator.models import Progress
from annotator.models.base import table
from annotator.services import log

STATES = ("in_progress", "done")

_progress: Any = table(Progress)


def put(db: Session, *, article: Any, state: str, actor: log.Actor) -> int | None:
    """Say how far the actor is with an article; "new" takes back what was said.

    Returns the number of the change, None when nothing changed. Raises Invalid for other words.
    """
    if state not in (*STATES, "new"):
        raise Invalid(
            "An article is new, in progress or done; “{value}” is none of them.",
            "state",
            value=state[:80],
        )
    here = (_progress.c.article_id == article.id) & (_progress.c.user_id == actor.user_id)
    before = db.execute(select(_progress.c.state).where(here)).scalar()
    if (before or "new") == state:
        return None
    at = now()
    if state == "new":
        db.execute(delete(_progress).where(here))
    elif before is None:
        values = {"article_id": article.id, "user_id": actor.user_id}
        db.execute(insert(_progress), {**values, "state": state, "updated_at": at})
    else:
        db.execute(update(_progress).where(here).values(state=state, updated_at=at))
    return log.record(
        db,
        actor=actor,
        noun="progress",
        noun_id=article.id,
        action="update",
        project_id=article.project_id,
        article_id=article.id,
        before={"state": before},
        after={"state": state},
        at=at,
    )
