"""Events: the list, one event with its passages, relations and coverage, and the type-ahead.

Every write answers a plain form with a page and htmx with the piece that it changed. The pieces
are those of the comparison: a row and a cell look the same wherever they are drawn.
"""

from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask import current_app as app
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from annotator.domain import comparison as core
from annotator.domain.errors import Conflict, Invalid, NotFound
from annotator.domain.lookup import MAX_QUERY
from annotator.domain.roles import Role
from annotator.ids import is_id, new_id
from annotator.models import Event, Relation
from annotator.services import comparison, coverage, events, log, relations
from annotator.services.comparison import Wish
from annotator.web import forms
from annotator.web.access import actor, member
from annotator.web.compare import read_wish, show
from annotator.web.database import commit, reader, session
from annotator.web.errors import sentence
from annotator.web.fragments import partial, respond
from annotator.web.htmx import htmx
from annotator.web.security import safe_next

blueprint = Blueprint("events", __name__)

#: Fields of the form as they are sent; the service says what each may be.
FORM = ("title", "kind", "date", "date_end", "place", "aliases", "description")


# ------------------------------------------------------------------------------------- the list


@blueprint.get("/projects/<slug:slug>/events")
@member(Role.viewer)
def index() -> ResponseReturnValue:
    """The events of the project, those that `q` and `kind` ask for, a page at a time."""
    return _index()


def _index(error: Invalid | None = None, status: int = 200) -> ResponseReturnValue:
    kind = request.args.get("kind", "")
    number = request.args.get("page", "1")
    found = comparison.search(
        reader(),
        g.project,
        q=request.args.get("q", "").strip()[:MAX_QUERY],
        kind=kind if kind in core.EVENT_KINDS else "",
        page=int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1,
    )
    gone = request.args.get("deleted", "")
    values = {
        **show(found, Wish()),
        "q": request.args.get("q", "").strip()[:MAX_QUERY],
        "kind": kind,
        "event_kinds": core.EVENT_KINDS,
        "form": request.form if error else {},
        "error": error,
        "problem": sentence(error) if error else "",
        "key": request.form.get("key") or new_id(),
        "gone": _deleted(gone) if is_id(gone) else None,
    }
    name = "_list" if htmx.partial else "index"
    return make_response(render_template(f"events/{name}.html", **values), status)


def _deleted(event_id: str) -> Event | None:
    """The event that was just deleted, so that the list can offer it back."""
    try:
        event = events.get(reader(), g.project, event_id, deleted=True)
    except NotFound:
        return None
    return event if event.deleted_at else None


@blueprint.post("/projects/<slug:slug>/events")
@member(Role.annotator)
def create() -> ResponseReturnValue:
    """A new event from the form; the same form sent twice makes one."""
    try:
        made = events.create(session(), project=g.project, actor=actor(), **_fields())
    except log.Repeated as again:
        return redirect(_page(again.change["noun_id"]), code=303)
    except Invalid as error:
        if htmx:
            raise
        return _index(error, 422)
    commit()
    return redirect(_page(made.id), code=303)


def _fields() -> dict[str, Any]:
    """The fields that the form sent, as they are."""
    return {"title": ""} | {n: request.form[n] for n in FORM if n in request.form}


def _page(event_id: str, fragment: str = "") -> str:
    return url_for("events.page", slug=g.project.slug, event_id=event_id, _anchor=fragment or None)


@blueprint.get("/projects/<slug:slug>/events/suggest")
@member(Role.viewer)
def suggest() -> ResponseReturnValue:
    """The type-ahead: events that `q` may mean, as buttons that link them to `annotation`."""
    q = " ".join(request.args.get("q", "").split())[:MAX_QUERY]
    annotation = request.args.get("annotation", "")
    found = events.suggest(reader(), g.project, q)
    exact = any(events.same_name(q, item.title) for item in found)
    return render_template(
        "events/_suggest.html",
        q=q,
        found=found,
        exact=exact,
        annotation=annotation if is_id(annotation) else None,
        key=new_id(),
    )


# ------------------------------------------------------------------------------------ one event


@blueprint.get("/projects/<slug:slug>/events/<id:event_id>")
@member(Role.viewer)
def page(event_id: str) -> ResponseReturnValue:
    """One event: passages by author, relations, coverage, and the form that edits it."""
    return _show(event_id)


def _show(
    event_id: str, *, status: int = 200, error: Invalid | None = None, **more: Any
) -> ResponseReturnValue:
    event = events.get(reader(), g.project, event_id, deleted=True)
    if event.deleted_at is not None:
        return make_response(render_template("events/deleted.html", event=event), 410)
    wish = Wish(show=core.Filter(events=frozenset({event.id})), side=0)
    loaded = comparison.grid(reader(), g.project, wish)
    values: dict[str, Any] = {
        "event": event,
        "row": loaded.grid.rows[0],
        "event_kinds": core.EVENT_KINDS,
        "form": request.form if error else events.snapshot(event),
        "error": error,
        "problem": sentence(error) if error else "",
        "key": new_id(),
        "may_change": lambda row: relations.may_change(row, g.user.id, g.role),
        "stale": None,
        "coverage_states": coverage.STATES,
    }
    drawn = {**show(loaded, wish), **values, **more}
    return make_response(render_template("events/page.html", **drawn), status)


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>")
@member(Role.annotator)
def update(event_id: str) -> ResponseReturnValue:
    """Edit an event. A stale form is answered with both versions, and nothing is overwritten."""
    db = session()
    event = events.get(db, g.project, event_id)
    try:
        events.update(
            db,
            project=g.project,
            event=event,
            version=forms.number("version", least=1),
            actor=actor(),
            **{name: value for name, value in _fields().items() if name in request.form},
        )
    except Conflict as error:
        db.rollback()
        return _show(event_id, status=409, stale=request.form, problem=sentence(error))
    except Invalid as error:
        db.rollback()
        return _show(event_id, status=422, error=error, editing=True)
    commit()
    flash(gettext("Saved."))
    return redirect(_page(event_id), code=303)


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/delete")
@member(Role.annotator)
def delete(event_id: str) -> ResponseReturnValue:
    """Delete an event; the list that follows offers it back."""
    db = session()
    event = events.get(db, g.project, event_id)
    try:
        events.delete(db, event=event, version=forms.number("version", least=1), actor=actor())
    except Conflict as error:
        db.rollback()
        return _show(event_id, status=409, problem=sentence(error), stale={})
    commit()
    return redirect(url_for("events.index", slug=g.project.slug, deleted=event_id), code=303)


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/restore")
@member(Role.annotator)
def restore(event_id: str) -> ResponseReturnValue:
    """Bring a deleted event back."""
    db = session()
    event = events.get(db, g.project, event_id, deleted=True)
    events.restore(db, event=event, actor=actor())
    commit()
    return redirect(_page(event_id), code=303)


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/unlink")
@member(Role.annotator)
def unlink(event_id: str) -> ResponseReturnValue:
    """Say that a passage does not belong to the event after all."""
    db = session()
    event = events.get(db, g.project, event_id)
    annotation = events.passage(db, event, request.form.get("annotation", ""))
    events.unlink(db, annotation=annotation, event=event, actor=actor())
    commit()
    flash(gettext("The passage no longer belongs to this event."))
    return redirect(_back(_page(event_id, "passages")), code=303)


def _back(otherwise: str) -> str:
    """Where the form says that it stood, when that is a page of ours."""
    return safe_next(app, request.form.get("next")) or otherwise


# ------------------------------------------------------------------------------------- coverage


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/coverage")
@member(Role.annotator)
def mark(event_id: str) -> ResponseReturnValue:
    """Sign what articles say of the event. htmx gets the cell of the author in `column`."""
    db = session()
    event = events.get(db, g.project, event_id)
    coverage.mark(
        db,
        event=event,
        articles=frozenset(request.form.getlist("article")),
        state=request.form.get("state", ""),
        note=request.form.get("note", ""),
        actor=actor(),
    )
    commit()
    if not htmx:
        return redirect(_back(_page(event_id, "coverage")), code=303)
    row, values = _row(event_id, but_authors=True)
    wanted = request.form.get("column", "")
    cell = next((cell for cell in row.cells if cell.column == wanted), row.cells[0])
    return render_template("compare/_one_cell.html", row=row, cell=cell, **values)


def _row(event_id: str, *, but_authors: bool = False) -> tuple[core.EventRow, dict[str, Any]]:
    """The row of an event as the page that sent `query` shows it, and what draws it."""
    wish = read_wish(MultiDict(parse_qsl(request.form.get("query", "")[:4000])))
    shown = core.Filter(
        events=frozenset({event_id}),
        authors=frozenset() if but_authors else wish.show.authors,
        tags=wish.show.tags,
        annotators=wish.show.annotators,
        statuses=wish.show.statuses,
        layer=wish.show.layer,
    )
    asked = Wish(show=shown, side=0 if but_authors else wish.side, context=wish.context)
    loaded = comparison.grid(reader(), g.project, asked)
    if not loaded.grid.columns:
        return _row(event_id, but_authors=True)
    return loaded.grid.rows[0], {**show(loaded, wish), "picking": True}


# ------------------------------------------------------------------------------------ relations


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/relations")
@member(Role.annotator)
def relate(event_id: str) -> ResponseReturnValue:
    """A relation between two passages of the event. htmx gets the event's row of the grid."""
    db = session()
    event = events.get(db, g.project, event_id)
    try:
        relations.create(
            db,
            event=event,
            from_id=request.form.get("from", ""),
            to_id=request.form.get("to", ""),
            kind=request.form.get("kind", ""),
            aspect=request.form.get("aspect", ""),
            comment=request.form.get("comment", ""),
            actor=actor(),
        )
        commit()
    except log.Repeated:
        db.rollback()
    except Invalid as error:
        if htmx:
            raise
        db.rollback()
        return _show(event_id, status=422, relation_problem=sentence(error))
    if not htmx:
        return redirect(_back(_page(event_id, "relations")), code=303)
    row, values = _row(event_id)
    drawn = render_template("compare/_one_row.html", row=row, **values)
    said = gettext("Relation saved.")
    return respond(
        partial(f"#e-{event_id}", drawn, swap="outerHTML"),
        partial("#status", said, swap="innerHTML"),
    )


@blueprint.get("/projects/<slug:slug>/events/<id:event_id>/relations/<id:relation_id>")
@member(Role.viewer)
def relation(event_id: str, relation_id: str) -> ResponseReturnValue:
    """One relation with both passages in full, its history, and its forms."""
    return _relation(event_id, relation_id)


def _relation(
    event_id: str, relation_id: str, *, status: int = 200, **more: Any
) -> ResponseReturnValue:
    event = events.get(reader(), g.project, event_id)
    stored = relations.get(reader(), event, relation_id, deleted=True)
    wish = Wish(show=core.Filter(events=frozenset({event.id})), side=0, context=True)
    loaded = comparison.grid(reader(), g.project, wish)
    row = loaded.grid.rows[0]
    values: dict[str, Any] = {
        "event": event,
        "relation": stored,
        "row": row,
        "ends": _ends(row, stored),
        "changing": relations.may_change(stored, g.user.id, g.role),
        "problem": "",
        "stale": None,
        "history": relations.history(reader(), stored),
    }
    drawn = {**show(loaded, wish), **values, **more}
    return make_response(render_template("events/relation.html", **drawn), status)


def _ends(row: core.EventRow, stored: Relation) -> list[tuple[core.Cell, core.Passage]]:
    """The two passages of a relation, each in its cell; fewer when one left the event."""
    return [
        (cell, passage)
        for end in (stored.from_id, stored.to_id)
        for cell in row.cells
        for passage in cell.passages
        if any(annotation.id == end for annotation in passage.annotations)
    ]


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/relations/<id:relation_id>")
@member(Role.annotator)
def change(event_id: str, relation_id: str) -> ResponseReturnValue:
    """Change kind, aspect and comment of a relation: its maker, or a reviewer."""
    return _write_relation(
        event_id,
        relation_id,
        lambda db, stored: relations.update(
            db,
            relation=stored,
            version=forms.number("version", least=1),
            kind=request.form.get("kind", ""),
            aspect=request.form.get("aspect", ""),
            comment=request.form.get("comment", ""),
            actor=actor(),
            role=g.role,
        ),
    )


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/relations/<id:relation_id>/verdict")
@member(Role.reviewer)
def judge(event_id: str, relation_id: str) -> ResponseReturnValue:
    """A reviewer's verdict on a relation, with its source."""
    return _write_relation(
        event_id,
        relation_id,
        lambda db, stored: relations.judge(
            db,
            relation=stored,
            version=forms.number("version", least=1),
            verdict=request.form.get("verdict", ""),
            source=request.form.get("verdict_source", ""),
            actor=actor(),
        ),
    )


def _write_relation(event_id: str, relation_id: str, write: Any) -> ResponseReturnValue:
    """Carry out a write on a relation and show it, or show why not and what it is now."""
    db = session()
    event = events.get(db, g.project, event_id)
    stored = relations.get(db, event, relation_id)
    try:
        write(db, stored)
    except (Conflict, Invalid) as error:
        db.rollback()
        stale = request.form if isinstance(error, Conflict) else None
        status = 409 if stale is not None else 422
        return _relation(event_id, relation_id, status=status, problem=sentence(error), stale=stale)
    commit()
    flash(gettext("Saved."))
    address = url_for(
        "events.relation", slug=g.project.slug, event_id=event_id, relation_id=relation_id
    )
    return redirect(address, code=303)


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/relations/<id:relation_id>/delete")
@member(Role.annotator)
def remove(event_id: str, relation_id: str) -> ResponseReturnValue:
    """Delete a relation: its maker, or a reviewer. Its page stays and offers it back."""
    db = session()
    event = events.get(db, g.project, event_id)
    stored = relations.get(db, event, relation_id)
    relations.delete(db, relation=stored, actor=actor(), role=g.role)
    commit()
    address = url_for(
        "events.relation", slug=g.project.slug, event_id=event_id, relation_id=relation_id
    )
    return redirect(address, code=303)


@blueprint.post("/projects/<slug:slug>/events/<id:event_id>/relations/<id:relation_id>/restore")
@member(Role.annotator)
def bring_back(event_id: str, relation_id: str) -> ResponseReturnValue:
    """Bring a deleted relation back."""
    db = session()
    event = events.get(db, g.project, event_id)
    stored = relations.get(db, event, relation_id, deleted=True)
    relations.restore(db, relation=stored, actor=actor(), role=g.role)
    commit()
    return redirect(_page(event_id, "relations"), code=303)
