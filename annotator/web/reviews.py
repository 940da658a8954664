"""Verdicts: given from a note or from the page of review, and read by the annotator."""

from collections.abc import Callable

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from annotator.domain.errors import Invalid
from annotator.domain.review import STATUS_LABELS
from annotator.domain.roles import Role
from annotator.ids import is_id
from annotator.services import annotations, codebook, log, reviews
from annotator.web import fragments
from annotator.web.access import actor, member
from annotator.web.annotations import _version, answer_rows, strict_form, wants_json
from annotator.web.database import commit, reader, session
from annotator.web.htmx import htmx
from annotator.web.reading import status_text, tags_shown, toast
from annotator.web.rows import chip, looks, project_path

blueprint = Blueprint("reviews", __name__)

FIELDS = frozenset(("csrf_token", "client", "key", "verdict", "reason", "version", "then"))
#: Annotations on one page of the list.
PAGE = 50


@blueprint.get("/projects/<slug:slug>/review")
@member(Role.viewer)
def index() -> ResponseReturnValue:
    """What waits for my verdict, what I said, and what colleagues said of mine."""
    db = reader()
    known = codebook.load(db, g.project)
    tag = _chosen("tag", known.by_name)
    verdict = _chosen("verdict", ("accepted", "rejected"))
    annotator = request.args.get("annotator") or None
    after = request.args.get("after")
    waiting: list[reviews.Waiting] = []
    number = 0
    if g.role.can_review:
        waiting, number = reviews.waiting(
            db,
            g.project,
            g.user.id,
            tag_id=known.by_name[tag].id if tag else None,
            annotator=annotator,
            status=verdict,
            after=after if after and is_id(after) else None,
            limit=PAGE,
        )
    chosen = {"tag": tag, "verdict": verdict, "annotator": annotator}
    return render_template(
        "review/page.html",
        waiting=waiting,
        number=number,
        page_size=PAGE,
        remarks=reviews.said_of(db, g.project, g.user.id),
        unseen=reviews.unseen(db, g.project, g.user.id),
        annotators=reviews.annotators(db, g.project),
        tags=tags_shown(known),
        look=looks(known),
        chips=_chips(known),
        statuses=STATUS_LABELS,
        chosen={name: value for name, value in chosen.items() if value},
        project_path=project_path(),
    )


def _chips(known: codebook.Codebook) -> Callable[[reviews.Waiting], Markup]:
    """A function that gives the attributes of an annotation as chips."""
    locale = str(get_locale() or "en")

    def chips(one: reviews.Waiting) -> Markup:
        definition = known.by_id[one.tag_id].definition
        made = [
            chip(attribute, one.attributes[attribute.name], locale, full=True)
            for attribute in definition.attributes
            if attribute.name in one.attributes
        ]
        return Markup("".join(made))  # noqa: S704 - escaped by chip()

    return chips


def _chosen(name: str, known: object) -> str | None:
    """A filter of the address that must be one of the known words."""
    value = request.args.get(name) or None
    if value is not None and value not in known:  # type: ignore[operator]
        raise Invalid("“{value}” cannot be chosen here.", name, value=value[:80])
    return value


@blueprint.post("/projects/<slug:slug>/annotations/<id:annotation_id>/reviews")
@member(Role.reviewer)
def add(annotation_id: str) -> ResponseReturnValue:
    """Accept or reject a colleague's annotation. `then=list` answers for the page of review."""
    form = strict_form(FIELDS)
    db = session()
    try:
        seq = reviews.add(
            db,
            project=g.project,
            annotation_id=annotation_id,
            verdict=form["verdict"],
            reason=form["reason"],
            version=_version(form["version"]) if form["version"] else None,
            actor=actor(),
        )
        commit()
    except log.Repeated as repeated:
        seq = repeated.change["seq"]
    said = _("Accepted") if form["verdict"] == "accepted" else _("Rejected")
    if form["then"] == "list":
        return _listed(annotation_id, said, seq)
    return _noted(annotation_id, said, seq)


def _noted(annotation_id: str, said: str, seq: int) -> ResponseReturnValue:
    row = annotations.get(reader(), g.project, annotation_id)
    return answer_rows(
        row.article_id,
        row.fragments or [[row.start, row.end]],
        said,
        seq,
        annotation_id=annotation_id,
        editor=True,
    )


def _listed(annotation_id: str, said: str, seq: int) -> ResponseReturnValue:
    """The list of review: the line goes, the way back stays."""
    if not htmx:
        if wants_json():
            return {"seq": seq}, 201
        return redirect(url_for("reviews.index", slug=g.project.slug), 303)
    return fragments.respond(
        fragments.partial(f"#w-{annotation_id}", "", swap="delete"),
        status_text(said),
        toast(said, undo=f"{project_path()}/undo/{seq}"),
    )


@blueprint.post("/projects/<slug:slug>/reviews/<id:review_id>/withdraw")
@member(Role.reviewer)
def withdraw(review_id: str) -> ResponseReturnValue:
    db = session()
    seq = reviews.withdraw(db, project=g.project, review_id=review_id, actor=actor())
    annotation_id = reviews.annotation_of(db, review_id)
    commit()
    return _noted(annotation_id, _("Verdict taken back"), seq)


@blueprint.post("/projects/<slug:slug>/review/seen")
@member(Role.annotator)
def seen() -> ResponseReturnValue:
    """The annotator has read what colleagues said."""
    reviews.mark_seen(session(), g.project, actor())
    commit()
    return redirect(url_for("reviews.index", slug=g.project.slug), 303)
