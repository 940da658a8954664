"""Taking changes back: by the button of a message, and by the Z key."""

from typing import Any

from flask import Blueprint, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from annotator.domain.roles import Role
from annotator.services import annotations, history, log, reading
from annotator.services.history import Undone
from annotator.web.access import actor, member
from annotator.web.annotations import answer_rows
from annotator.web.database import commit, reader, session
from annotator.web.rows import project_path

blueprint = Blueprint("history", __name__)


@blueprint.post("/projects/<slug:slug>/undo/<int:seq>")
@member(Role.annotator)
def undo(seq: int) -> ResponseReturnValue:
    """Take back one change of one's own."""
    try:
        undone = history.undo(session(), project=g.project, seq=seq, actor=actor())
        commit()
    except log.Repeated as repeated:
        undone = _again(repeated.change)
    return _answer(undone)


@blueprint.post("/projects/<slug:slug>/articles/<id:article_id>/undo")
@member(Role.annotator)
def undo_last(article_id: str) -> ResponseReturnValue:
    """Take back one's newest change in an article."""
    reading.frame(reader(), g.project, article_id)
    try:
        undone = history.undo_last(
            session(), project=g.project, article_id=article_id, actor=actor()
        )
        commit()
    except log.Repeated as repeated:
        undone = _again(repeated.change)
    return _answer(undone)


def _again(change: Any) -> Undone:
    """What a repeated request did the first time."""
    states = change["after"] or change["before"] or {}
    return Undone(
        change["seq"],
        states.get("annotation_id") or change["noun_id"],
        change["article_id"],
        change["noun"],
        change["action"],
        False,
    )


def _answer(undone: Undone) -> ResponseReturnValue:
    db = reader()
    row = annotations.get(db, g.project, undone.annotation_id, deleted=True)
    gone = row.deleted_at is not None
    steps = history.steps(db, article_id=undone.article_id, actor_id=g.user.id)
    deed = _(history.deed(undone.noun, undone.action))
    said = _("Done again") if undone.again else _("Taken back: %(deed)s", deed=deed)
    undo_path = f"{project_path()}/undo"
    return answer_rows(
        undone.article_id,
        row.fragments or [[row.start, row.end]],
        said,
        undone.seq,
        annotation_id=None if gone else undone.annotation_id,
        close=True,
        undo=f"{undo_path}/{steps.undo}" if steps.undo else None,
        redo=f"{undo_path}/{steps.redo}" if steps.redo else None,
    )
