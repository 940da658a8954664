"""The articles of a project: the list, new ones, and what is said about each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from annotator.domain.errors import Conflict, DomainError, Invalid
from annotator.domain.messages import N_
from annotator.domain.roles import Role
from annotator.models import Project
from annotator.services import articles, codebook, imports
from annotator.services.articles import Filters, Metadata
from annotator.web import forms
from annotator.web.access import member
from annotator.web.database import commit, reader, session
from annotator.web.errors import STATUS_OF, sentence

blueprint = Blueprint("articles", __name__)

MOST_FILES = 500


@blueprint.get("/projects/<slug:slug>/")
@member(Role.viewer)
def index() -> ResponseReturnValue:
    """The list, filtered and sorted as the address says."""
    filters = _filters()
    listing = articles.listing(reader(), g.project, me=g.user, filters=filters)
    return render_template(
        "articles/index.html",
        listing=listing,
        filters=filters,
        book=codebook.load(reader(), g.project),
        states=articles.STATES,
        sources=articles.SOURCES,
        address=_address(filters),
    )


def _filters() -> Filters:
    """What the address asks for; what makes no sense is left out."""
    asked = request.args
    sort = asked.get("sort", "position")
    page = asked.get("page", "1")
    state = asked.get("state", "")
    return Filters(
        words=" ".join(asked.get("q", "")[:200].split()),
        author=asked.get("author", "")[:64],
        outlet=asked.get("outlet", "")[:500],
        state=state if state in articles.STATES else "",
        sort=sort if sort in articles.SORTS else "position",
        descending=asked.get("dir") == "desc",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def _address(filters: Filters) -> Any:
    """A function that gives the address of this list with some values changed."""

    def address(**changes: Any) -> str:
        wished = replace(filters, **changes)
        asked: dict[str, Any] = {
            "q": wished.words,
            "author": wished.author,
            "outlet": wished.outlet,
            "state": wished.state,
            "sort": wished.sort if wished.sort != "position" else "",
            "dir": "desc" if wished.descending else "",
            "page": wished.page if wished.page > 1 else "",
        }
        given = {name: value for name, value in asked.items() if value}
        return url_for("articles.index", slug=g.project.slug, **given)

    return address


@blueprint.get("/projects/<slug:slug>/articles/new")
@member(Role.manager)
def new() -> ResponseReturnValue:
    return _new_page()


@blueprint.post("/projects/<slug:slug>/articles/new")
@member(Role.manager)
def add() -> ResponseReturnValue:
    """Store the files or the pasted text; each file as a whole or not at all."""
    try:
        files = list(_sent_files()) or list(_pasted_text())
        if not files:
            raise Invalid("Choose at least one file, or paste a text.", field="files")
    except Invalid as error:
        return _new_page(error)
    outcomes = _import_each(files)
    stored = [outcome for outcome in outcomes if outcome.report is not None]
    if stored:
        commit()
    html = render_template(
        "articles/report.html",
        outcomes=outcomes,
        stored=stored,
        nouns=NOUNS,
        changes=CHANGES,
        remark=lambda remark: gettext(remark.template).format(**remark.params),
    )
    return html, 200 if stored else 422


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file: a report, or the sentence that says why it was left alone."""

    file: str
    report: imports.Report | None = None
    error: str = ""


#: What a report counts, with a message for each number.
NOUNS = {
    "articles": lambda n: ngettext("%(num)s article", "%(num)s articles", n),
    "annotations": lambda n: ngettext("%(num)s annotation", "%(num)s annotations", n),
    "events": lambda n: ngettext("%(num)s event", "%(num)s events", n),
    "links": lambda n: ngettext("%(num)s link to an event", "%(num)s links to events", n),
    "relations": lambda n: ngettext("%(num)s relation", "%(num)s relations", n),
    "coverage": lambda n: ngettext("%(num)s coverage", "%(num)s coverages", n),
    "reviews": lambda n: ngettext("%(num)s verdict", "%(num)s verdicts", n),
    "tags": lambda n: ngettext("%(num)s tag", "%(num)s tags", n),
    "users": lambda n: ngettext("%(num)s account", "%(num)s accounts", n),
}
#: What normalising took out of a text or put in its place (domain.text), by its kind.
CHANGES = {
    "date_header": N_("The date before the text went into the metadata."),
    "bom": N_("A byte order mark was taken out."),
    "crlf": N_("Line ends were written as one character (CR LF → LF)."),
    "cr": N_("Line ends were written in today's way (CR → LF)."),
    "nul": N_("Characters with the code 0 were taken out."),
    "surrogate": N_("Halves of characters were taken out."),
    "control": N_("Control characters were taken out."),
}


def _import_each(files: list[imports.SourceFile]) -> list[Outcome]:
    """Import file by file, each in a savepoint: a bad one leaves the others in."""
    db = session()
    outcomes = []
    for file in files:
        project = db.get_one(Project, g.project.id)
        point = db.begin_nested()
        try:
            (report,) = imports.import_files(
                db, project=project, files=[file], actor=forms.writer()
            )
            point.commit()
            outcomes.append(Outcome(file.name, report))
        except DomainError as error:
            point.rollback()
            outcomes.append(Outcome(file.name, error=sentence(error)))
    return outcomes


def _sent_files() -> Iterator[imports.SourceFile]:
    sent = [file for file in request.files.getlist("files") if file.filename]
    if len(sent) > MOST_FILES:
        raise Invalid(
            "At most {most} files at once. Send them in parts, or use the command line.",
            field="files",
            most=MOST_FILES,
        )
    for file in sent:
        yield imports.SourceFile.from_bytes(_base_name(file.filename or ""), file.stream.read())


def _base_name(name: str) -> str:
    """The last part of what a browser calls a file, without what no name should hold."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:200] or "file.txt"


def _pasted_text() -> Iterator[imports.SourceFile]:
    # A browser sends every line end of a text area as CR LF, whatever was pasted.
    text = request.form.get("text", "").replace("\r\n", "\n")
    if not text.strip():
        return
    wished = _wished()
    articles.check(replace(wished, title=wished.title or "-"))
    given = {
        name: getattr(wished, name)
        for name in ("title", "author", "outlet", "published", "language", "url")
        if getattr(wished, name)
    }
    record = {"schema": "annotator.article/1", "text": text, "meta": given}
    yield imports.SourceFile.from_bytes("pasted.jsonl", orjson.dumps(record))


def _new_page(error: DomainError | None = None) -> ResponseReturnValue:
    html = render_template(
        "articles/new.html",
        error={"field": error.field, "text": sentence(error)} if error else None,
        values=request.form,
    )
    return html, STATUS_OF.get(type(error), 422) if error else 200


@blueprint.get("/projects/<slug:slug>/articles/<id:article_id>/edit")
@member(Role.manager)
def edit(article_id: str) -> ResponseReturnValue:
    """What is said about an article. Its text is shown elsewhere and changed nowhere."""
    article, author = articles.get(reader(), g.project, article_id)
    return _edit_page(article_id, article.version, articles.metadata(article, author))


@blueprint.post("/projects/<slug:slug>/articles/<id:article_id>/edit")
@member(Role.manager)
def save(article_id: str) -> ResponseReturnValue:
    """Correct it, unless somebody else did since the form was opened."""
    try:
        wished = _wished()
    except Invalid as error:
        return _edit_page(article_id, 0, None, error=error)
    try:
        version = forms.number("version", least=1)
        articles.update_metadata(
            session(),
            project=g.project,
            article_id=article_id,
            version=version,
            wished=wished,
            actor=forms.writer(),
        )
    except Conflict as conflict:
        return _edit_page(article_id, conflict.current[0], wished, now=conflict.current[1])
    except Invalid as error:
        return _edit_page(article_id, 0, wished, error=error)
    commit()
    flash(gettext("Saved."))
    return redirect(url_for("articles.edit", slug=g.project.slug, article_id=article_id), code=303)


def _wished() -> Metadata:
    source = forms.line("published_source", most=20)
    return Metadata(
        title=forms.line("title", most=300),
        author=forms.line("author", most=200) or None,
        outlet=forms.line("outlet", most=200) or None,
        published=forms.line("published", most=40) or None,
        language=forms.line("language", most=10).lower() or None,
        url=forms.line("url", most=2000) or None,
        sources={"published": source} if source else {},
    )


def _edit_page(
    article_id: str,
    version: int,
    wished: Metadata | None,
    *,
    now: Metadata | None = None,
    error: DomainError | None = None,
) -> ResponseReturnValue:
    """The form: fresh, with an error beside a field, or stale with both versions (`now`)."""
    article, author = articles.get(reader(), g.project, article_id)
    html = render_template(
        "articles/edit.html",
        article=article,
        version=version or request.form.get("version", article.version),
        wished=wished or articles.metadata(article, author),
        now=now,
        source_options=[(name, gettext(words)) for name, words in articles.SOURCES.items()],
        error={"field": error.field, "text": sentence(error)} if error else None,
    )
    status = 409 if now else STATUS_OF.get(type(error), 422) if error else 200
    return html, status
