"""Writes to annotations, and the editor of one of them.

Creating is the hot path of the product. What can be checked without the database's write lock
(place, words, tag) is checked before it is taken, the lock is held for two inserts and a commit,
and afterwards only the rows that the passage touches are rendered.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlmodel import Session

from annotator.domain import spans
from annotator.domain.codebook import in_locale, missing
from annotator.domain.errors import Conflict, Forbidden, Invalid, NotFound
from annotator.domain.review import STATUS_LABELS, status
from annotator.domain.roles import Role
from annotator.domain.spans import Fragments, Span
from annotator.domain.text import sentences
from annotator.ids import is_id
from annotator.services import annotations, events, history, known_names, log, reading, reviews
from annotator.services import codebook as codebooks
from annotator.services.reading import Layout
from annotator.web import fragments
from annotator.web.access import actor, member
from annotator.web.database import commit, reader, session
from annotator.web.htmx import htmx
from annotator.web.reading import (
    View,
    current_filter,
    status_text,
    tags_shown,
    toast,
)
from annotator.web.rows import chip, looks, project_path

blueprint = Blueprint("annotations", __name__)

#: Fields of the form that creates an annotation: by a selection, or by whole sentences.
CREATE_FIELDS = frozenset(
    ("csrf_token", "key", "client", "tag", "fragments", "quote", "event", "row", "sentence")
)
#: Bytes of the fragments' JSON.
MOST_JSON = 16_384


# ------------------------------------------------------------------------------ creating


@blueprint.post("/projects/<slug:slug>/articles/<id:article_id>/annotations")
@member(Role.annotator)
def create(article_id: str) -> ResponseReturnValue:
    db = reader()
    article = reading.frame(db, g.project, article_id)
    view = View.of(db, article, current_filter())
    form = strict_form(CREATE_FIELDS, many=frozenset(["sentence"]))
    tag = view.codebook.usable_tag(form["tag"])
    place = _place(view.laid, form)
    event_id = form["event"]
    db = session()
    try:
        saved = annotations.create(
            db,
            article=article,
            text=view.laid.text,
            tag=tag,
            fragments=place,
            actor=actor(),
            codebook_version=g.project.codebook_version,
        )
        if event_id:
            _link_new(db, saved.annotation_id, event_id)
        identifier, seq = saved.annotation_id, saved.seq
    except log.Repeated as repeated:
        identifier, seq = repeated.change["noun_id"], repeated.change["seq"]
    # The rows are read in the transaction that wrote: another one would cost as much as the write.
    response = _created(view, identifier, seq, place, tag.id)
    commit()
    return response


def _link_new(db: Session, annotation_id: str, event_id: str) -> None:
    """Link an annotation that was just made to an event."""
    made = annotations.get(db, g.project, annotation_id)
    event = events.get(db, g.project, _id(event_id, "event"))
    events.link(db, annotation=made, event=event, actor=actor())


def _created(
    view: View, annotation_id: str, seq: int | None, place: Fragments, tag_id: str
) -> ResponseReturnValue:
    """Tell of a new annotation in the way in which it was asked for."""
    numbers = view.laid.touched(place)
    if htmx:
        definition = view.codebook.by_id[tag_id].definition
        title = in_locale(definition.title, str(get_locale() or "en"))
        said = _("%(tag)s added, paragraph %(n)s", tag=title, n=min(numbers))
        parts = view.partials(session(), numbers)
        if not any(annotation_id in part for part in parts):
            said = f"{said}. {_('The filter hides it.')}"
        return fragments.respond(
            *parts,
            status_text(said),
            toast(said, undo=f"{project_path()}/undo/{seq}"),
        )
    if wants_json():
        return {"id": annotation_id, "seq": seq, "version": 1}, 201
    return _to_place(view.article.id, annotation_id)


def _to_place(article_id: str, annotation_id: str) -> ResponseReturnValue:
    address = url_for("reading.page", slug=g.project.slug, article_id=article_id)
    return redirect(f"{address}#a-{annotation_id}", 303)


def wants_json() -> bool:
    """Whether a script asks, and not a browser."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return bool(best == "application/json")


# ------------------------------------------------------------------------------ reading forms


def strict_form(known: frozenset[str], *, many: frozenset[str] = frozenset()) -> dict[str, str]:
    """The fields of the form, "" where absent. Raises Invalid for unknown and for repeated ones."""
    counts = Counter(name for name, _value in request.form.items(multi=True))
    for name, count in counts.items():
        if name not in known:
            raise Invalid("This form has no field “{name}”.", name[:80], name=name[:80])
        if count > 1 and name not in many:
            raise Invalid("The field “{name}” came twice.", name, name=name)
    if htmx and "key" in known and "tag" in known and not is_id(request.form.get("key")):
        raise Invalid("The request carries no key. Reload the page and try again.", "key")
    key = request.form.get("key")
    if key and not is_id(key):
        raise Invalid("The key of a request is a UUID in small letters.", "key")
    return {name: request.form.get(name, "") for name in known}


def _place(laid: Layout, form: dict[str, str]) -> Fragments:
    """Which passage a form means, in code points: a selection, or sentences of a paragraph."""
    if form["fragments"] and (form["row"] or request.form.getlist("sentence")):
        raise Invalid("Send either a selection or sentences, not both.", "fragments")
    if form["row"]:
        return _of_sentences(laid, form["row"], request.form.getlist("sentence"))
    place = from_browser(laid, form["fragments"])
    if not form["quote"]:
        raise Invalid("The words of the passage were not sent with it.", "quote")
    spans.check(laid.text, place, form["quote"], field="quote")
    return place


def from_browser(laid: Layout, raw: str) -> Fragments:
    """The one place where a browser's UTF-16 offsets become code points. Raises Invalid."""
    if len(raw) > MOST_JSON:
        raise Invalid("The passage has too many pieces.", "fragments")
    try:
        sent = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        raise Invalid("The place of the passage is not valid JSON.", "fragments") from None
    in_units = spans.parse_fragments(sent, length=laid.offsets.length_utf16)
    to_codepoints = laid.offsets.to_codepoints
    try:
        return tuple(Span(to_codepoints(start), to_codepoints(end)) for start, end in in_units)
    except ValueError:
        raise Invalid(
            "The selection ends in the middle of a character. Select it again.", "fragments"
        ) from None


def _of_sentences(laid: Layout, row: str, chosen: Sequence[str]) -> Fragments:
    """The chosen sentences of a paragraph; those that follow one another become one piece."""
    number = _number(row, "row", 1, len(laid.paragraphs))
    paragraph = laid.paragraphs[number - 1]
    found = sentences(laid.text, paragraph.start, paragraph.end)
    picked = sorted({_number(one, "sentence", 0, len(found) - 1) for one in chosen})
    if not picked:
        raise Invalid("Choose at least one sentence.", "sentence")
    pieces: list[Span] = []
    for before, index in zip([-2, *picked], picked, strict=False):
        start = pieces.pop().start if before == index - 1 else found[index].start
        pieces.append(Span(start, found[index].end))
    return tuple(pieces)


def _number(raw: str, field: str, least: int, most: int) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and least <= int(raw) <= most):
        raise Invalid(
            "“{name}” must be a whole number from {least} to {most}; “{value}” is not.",
            field,
            name=field,
            least=least,
            most=most,
            value=raw[:40],
        )
    return int(raw)


def _version(raw: str) -> int:
    return _number(raw, "version", 1, 2**31 - 1)


def _id(raw: str, field: str) -> str:
    if not is_id(raw):
        raise Invalid("“{value}” is not an identifier.", field, value=raw[:80])
    return raw


# ------------------------------------------------------------------------------ one annotation


@blueprint.get("/projects/<slug:slug>/annotations/<id:annotation_id>")
@member(Role.viewer)
def place(annotation_id: str) -> ResponseReturnValue:
    """The place of an annotation in its article."""
    found = annotations.get(reader(), g.project, annotation_id)
    return _to_place(found.article_id, annotation_id)


@blueprint.get("/projects/<slug:slug>/annotations/<id:annotation_id>/edit")
@member(Role.viewer)
def edit(annotation_id: str) -> ResponseReturnValue:
    """The editor: a fragment for the article's page, a page of its own otherwise."""
    db = reader()
    row = annotations.get(db, g.project, annotation_id)
    values = editor_values(db, row)
    if htmx:
        return render_template("annotation/_editor.html", **values)
    return render_template(
        "annotation/page.html", article=reading.article(db, g.project, row.article_id), **values
    )


def editor_values(db: Session, row: Any) -> dict[str, Any]:
    """Everything that the editor of an annotation shows."""
    known = codebooks.load(db, g.project)
    tag = known.by_id[row.tag_id]
    locale = str(get_locale() or "en")
    said = reviews.of(db, row)
    own = row.annotator_id == g.user.id and g.role.can_annotate
    lists = known_names.of(db, g.project) if own else known_names.Names((), ())
    return {
        "annotation": row,
        "tag": tag,
        "look": dict(looks(known).items()),
        "tags": tags_shown(known),
        "fields": [
            {
                "definition": attribute,
                "name": f"a.{attribute.name}",
                "id": f"f-{attribute.name}",
                "title": in_locale(attribute.title, locale),
                "help": in_locale(attribute.help, locale) if attribute.help else "",
                "value": row.attributes.get(attribute.name),
                "options": [
                    (option.value, in_locale(option.title, locale)) for option in attribute.options
                ],
                "chip": Markup(  # noqa: S704 - escaped by chip()
                    chip(attribute, row.attributes[attribute.name], locale)
                )
                if attribute.name in row.attributes
                else "",
            }
            for attribute in tag.definition.attributes
        ],
        "missing": missing(tag.definition, row.attributes),
        "words": _words_of(db, row),
        "annotator": reading.person(db, row.annotator_id),
        "status": status(row.state, [(one.reviewer_id, one.verdict) for one in said]).value,
        "statuses": STATUS_LABELS,
        "said": said,
        "events": _events_of(db, row.id),
        "history": history.of_annotation(db, row.id, limit=20),
        "deed": history.deed,
        "known": lists,
        "own": own,
        "may_review": g.role.can_review and row.annotator_id != g.user.id,
        "may_link": g.role.can_annotate,
        "path": f"{project_path()}/annotations/{row.id}",
        "project_path": project_path(),
        "stale": None,
    }


def _words_of(db: Session, row: Any) -> str:
    if not row.fragments:
        return str(row.text)
    pieces = [row.text[start - row.start : end - row.start] for start, end in row.fragments]
    return spans.JOINT.join(pieces)


def _events_of(db: Session, annotation_id: str) -> list[tuple[str, str]]:
    return reading.events_of(db, annotation_id)


UPDATE_FIELDS = frozenset(
    ("csrf_token", "client", "key", "version", "note", "state", "label", "fragments", "quote")
)


@blueprint.post("/projects/<slug:slug>/annotations/<id:annotation_id>")
@member(Role.annotator)
def update(annotation_id: str) -> ResponseReturnValue:
    """Save some fields of one's own annotation: `label` (the tag), `a.<attribute>`, `note`,
    `state`, or its place (`fragments` with `quote`). `?close` ends the editor.
    """
    form = request.form
    given = {name.removeprefix("a."): value for name, value in form.items() if name[:2] == "a."}
    strict = strict_form(UPDATE_FIELDS | {f"a.{name}" for name in given})
    version = _version(strict["version"])
    read = reader()
    before = annotations.get(read, g.project, annotation_id)
    article = reading.frame(read, g.project, before.article_id)
    view = View.of(read, article, current_filter())
    moved = None
    if strict["fragments"]:
        moved = from_browser(view.laid, strict["fragments"])
        spans.check(view.laid.text, moved, strict["quote"], field="quote")
    try:
        saved = annotations.update(
            session(),
            project=g.project,
            annotation_id=annotation_id,
            version=version,
            actor=actor(),
            codebook=view.codebook,
            tag=strict["label"] or None,
            attributes=given or None,
            note=strict["note"] if "note" in form else None,
            state=strict["state"] or None,
            place=(view.laid.text, moved) if moved else None,
        )
        commit()
    except Conflict as conflict:
        return _stale(annotation_id, conflict)
    return _updated(view, annotation_id, before, saved)


def _updated(
    view: View, annotation_id: str, before: Any, saved: annotations.Saved
) -> ResponseReturnValue:
    """Show what a save did: the rows, the editor's version, and the way back."""
    if not htmx:
        if wants_json():
            return {"id": annotation_id, "seq": saved.seq, "version": saved.version}
        return _to_place(view.article.id, annotation_id)
    db = reader()
    row = annotations.get(db, g.project, annotation_id)
    numbers = view.laid.touched(_pieces(before)) | view.laid.touched(_pieces(row))
    parts = view.partials(db, numbers) if saved.seq else []
    if "close" in request.args:
        parts.append(fragments.partial("#editor", "", swap="innerHTML"))
    elif row.tag_id != before.tag_id or _rewritten(row):
        html = render_template("annotation/_editor.html", **editor_values(db, row))
        parts.append(fragments.partial("#editor", html, swap="innerMorph"))
    else:
        html = render_template("annotation/_version.html", version=saved.version)
        parts.append(fragments.partial("#edit-version", html, swap="outerHTML"))
        parts += _needs(view, row)
    if saved.seq:
        said = _("Saved")
        parts += [status_text(said), toast(said, undo=f"{project_path()}/undo/{saved.seq}")]
    return fragments.respond(*parts)


def _needs(view: View, row: Any) -> list[str]:
    """What the editor says of required fields, told anew without touching what is being typed."""
    definition = view.codebook.by_id[row.tag_id].definition
    lacking = missing(definition, row.attributes)
    return [
        fragments.partial(
            f"#need-{one.name}", _("needed") if one.name in lacking else "", swap="textContent"
        )
        for one in definition.attributes
        if one.required
    ]


def _rewritten(row: Any) -> bool:
    """Whether saving made other values of what was typed (1,5 became 1.5), so that the editor is
    drawn anew.
    """
    typed = {name[2:]: value for name, value in request.form.items() if name[:2] == "a."}
    return any(
        value.strip() and str(row.attributes.get(name)).lower() != value.lower()
        for name, value in typed.items()
    )


def _pieces(row: Any) -> Sequence[Sequence[int]]:
    return row.fragments or [[row.start, row.end]]


def _stale(annotation_id: str, conflict: Conflict) -> ResponseReturnValue:
    """409 with both versions side by side, and a button for each."""
    from annotator.web.errors import sentence

    if wants_json():
        raise conflict
    session().rollback()
    db = reader()
    row = annotations.get(db, g.project, annotation_id)
    values = editor_values(db, row)
    names = {field["name"]: field["title"] for field in values["fields"]}
    names |= {"note": _("Note"), "state": _("State"), "label": _("Tag")}
    now = {f"a.{name}": str(value) for name, value in row.attributes.items()}
    now |= {"note": row.note, "state": row.state, "label": values["tag"].name}
    typed = {
        name: value
        for name, value in request.form.items()
        if name in names or name.startswith("a.")
    }
    values["stale"] = {
        "sentence": sentence(conflict),
        "yours": typed,
        "lines": [
            (names.get(name, name), value, now.get(name, ""))
            for name, value in typed.items()
            if value != now.get(name, "")
        ],
    }
    if htmx:
        html = render_template("annotation/_editor.html", **values)
        return fragments.respond(
            fragments.partial("#editor", html, swap="innerHTML"),
            render_template("problem/_problem.html", status=409, text=sentence(conflict)),
            status=409,
        )
    article = reading.article(db, g.project, row.article_id)
    return render_template("annotation/page.html", article=article, **values), 409


# ------------------------------------------------------------------------------ deleting


@blueprint.post("/projects/<slug:slug>/annotations/<id:annotation_id>/delete")
@member(Role.annotator)
def delete(annotation_id: str) -> ResponseReturnValue:
    raw = request.args.get("version") or request.form.get("version")
    version = _version(raw) if raw else None
    before = annotations.get(reader(), g.project, annotation_id, deleted=True)
    db = session()
    annotations.delete(
        db, project=g.project, annotation_id=annotation_id, actor=actor(), version=version
    )
    seq = log.last_seq(db, g.project.id)
    commit()
    return answer_rows(before.article_id, _pieces(before), _("Annotation deleted"), seq, close=True)


def answer_rows(
    article_id: str,
    pieces: Sequence[Sequence[int]],
    said: str,
    seq: int | None,
    *,
    annotation_id: str | None = None,
    close: bool = False,
    editor: bool = False,
    undo: str | None = None,
    redo: str | None = None,
) -> ResponseReturnValue:
    """The rows that a change touched, with words on it and the way back; the article's page without
    htmx. `editor` draws the open editor anew, `close` ends it.
    """
    if not htmx:
        if wants_json():
            return {"seq": seq}
        address = url_for("reading.page", slug=g.project.slug, article_id=article_id)
        return redirect(f"{address}#a-{annotation_id}" if annotation_id else address, 303)
    db = reader()
    view = View.of(db, reading.frame(db, g.project, article_id), current_filter())
    parts = view.partials(db, view.laid.touched(pieces))
    if close:
        parts.append(fragments.partial("#editor", "", swap="innerHTML"))
    if editor and annotation_id:
        values = editor_values(db, annotations.get(db, g.project, annotation_id))
        html = render_template("annotation/_editor.html", **values)
        parts.append(fragments.partial("#editor", html, swap="innerMorph"))
    undo = undo or (f"{project_path()}/undo/{seq}" if seq and not redo else None)
    parts += [status_text(said), toast(said, undo=undo, redo=redo)]
    return fragments.respond(*parts)


# ------------------------------------------------------------------------------ its events


@blueprint.post("/projects/<slug:slug>/annotations/<id:annotation_id>/events")
@member(Role.annotator)
def link(annotation_id: str) -> ResponseReturnValue:
    """Link a passage to an event (`event`), or to a new one (`title`)."""
    form = strict_form(frozenset(("csrf_token", "client", "key", "event", "title", "q")))
    db = session()
    row = annotations.get(db, g.project, annotation_id, lock=True)
    who = actor()
    try:
        if form["event"]:
            event = events.get(db, g.project, _id(form["event"], "event"))
        elif title := (form["title"] or ("" if htmx else form["q"])).strip():
            event = events.create(db, project=g.project, title=title, actor=who)
        else:
            raise Invalid("Choose an event, or write the title of a new one.", "event")
        news = events.link(db, annotation=row, event=event, actor=who)
    except log.Repeated as repeated:
        raise Conflict(
            "This was already done. Reload the page to see it.", current=repeated.change
        ) from None
    seq = log.last_seq(db, g.project.id) if news else None
    title = event.title
    commit()
    said = _("Linked to “%(title)s”", title=title)
    return answer_rows(
        row.article_id, _pieces(row), said, seq, annotation_id=annotation_id, editor=True
    )


@blueprint.post("/projects/<slug:slug>/annotations/<id:annotation_id>/events/<id:event_id>/unlink")
@member(Role.annotator)
def unlink(annotation_id: str, event_id: str) -> ResponseReturnValue:
    """Take a passage from an event: its annotator does it, who linked it, or a manager."""
    db = session()
    row = annotations.get(db, g.project, annotation_id, lock=True)
    event = events.get(db, g.project, event_id, deleted=True)
    creator = reading.linked_by(db, annotation_id, event_id)
    if g.user.id not in (row.annotator_id, creator) and not g.role.can_manage:
        raise Forbidden("Only its annotator, or whoever linked it, takes a passage from an event.")
    if not events.unlink(db, annotation=row, event=event, actor=actor()):
        raise NotFound("The passage is not linked to this event.", "event")
    seq = log.last_seq(db, g.project.id)
    title = event.title
    commit()
    said = _("No longer linked to “%(title)s”", title=title)
    return answer_rows(
        row.article_id, _pieces(row), said, seq, annotation_id=annotation_id, editor=True
    )
