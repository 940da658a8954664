"""The page of one article: its text, the passages tagged in it, and what it takes to tag more."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlmodel import Session
from werkzeug.datastructures import MultiDict

from annotator.domain.codebook import in_locale
from annotator.domain.errors import Invalid
from annotator.domain.review import STATUS_LABELS
from annotator.domain.roles import Role
from annotator.domain.text import sentences
from annotator.ids import is_id, new_id
from annotator.services import codebook, progress, reading
from annotator.services.codebook import Codebook
from annotator.services.reading import Filter, Layout
from annotator.web import fragments
from annotator.web.access import actor, member
from annotator.web.database import commit, reader, session
from annotator.web.htmx import htmx
from annotator.web.rows import Pen, looks, numbers_of, project_path, strip

blueprint = Blueprint("reading", __name__)

#: Rows that one request may ask for.
MOST_ROWS = 400


@blueprint.get("/projects/<slug:slug>/articles/<id:article_id>")
@member(Role.viewer)
def page(article_id: str) -> ResponseReturnValue:
    db = reader()
    article = reading.article(db, g.project, article_id)
    # Read before the rows: a change in between is told twice, which is harmless, and never missed.
    seq = reading.newest_change(db, g.project)
    view = View.of(db, article, filter_of(request.args))
    found, people, total = reading.find(db, article.id)
    shown = view.wanted.choose(found, people, view.tag_names)
    open_row = sentences_row(view)
    pen = Pen(view.laid, view.codebook, people, article.id, open_row)
    pen.know(shown)
    rows = reading.rows(view.laid, shown, view.positions)
    said = reading.progress(db, article.id, g.user.id)
    return render_template(
        "reading/page.html",
        article=article,
        seq=seq,
        rows=pen.write(rows, sentence_form(view, open_row)),
        total=total,
        shown=len(shown),
        people=people.values(),
        tags=tags_shown(view.codebook),
        wanted=view.wanted,
        statuses=STATUS_LABELS,
        strip=strip(reading.overview(view.laid, shown, view.positions)),
        neighbours=reading.neighbours(db, g.project, article.position),
        progress=said or ("in_progress" if g.user.id in people else "new"),
        paths=Paths(article.id, view.wanted),
        key=new_id(),
        can=can(),
        tools=tools(view.codebook),
        saving_shown=can() != "read",
    )


@blueprint.get("/projects/<slug:slug>/articles/<id:article_id>/rows")
@member(Role.viewer)
def rows(article_id: str) -> ResponseReturnValue:
    """Some rows as they are now, under the filters of the page that asks."""
    db = reader()
    article = reading.frame(db, g.project, article_id)
    view = View.of(db, article, filter_of(request.args))
    numbers = list(numbers_of(request.args.getlist("n"), len(view.laid.paragraphs)))[:MOST_ROWS]
    return fragments.respond(*view.partials(db, numbers))


@blueprint.post("/projects/<slug:slug>/articles/<id:article_id>/progress")
@member(Role.annotator)
def set_progress(article_id: str) -> ResponseReturnValue:
    db = session()
    article = reading.frame(db, g.project, article_id)
    state = request.form.get("state", "")
    progress.put(db, article=article, state=state, actor=actor())
    commit()
    if not htmx:
        return redirect(url_for("reading.page", slug=g.project.slug, article_id=article_id), 303)
    said = {"done": _("Done"), "in_progress": _("In progress"), "new": _("New")}[state]
    html = render_template(
        "reading/_progress.html", progress=state, paths=Paths(article.id, current_filter())
    )
    return fragments.respond(
        fragments.partial("#progress", html, swap="outerHTML"), status_text(said)
    )


# ------------------------------------------------------------------------------ the view


@dataclass(frozen=True)
class View:
    """An article as one reader sees it: layout, codebook and filter."""

    article: Any
    laid: Layout
    codebook: Codebook
    wanted: Filter
    positions: dict[str, int]
    tag_names: dict[str, str]

    @classmethod
    def of(cls, db: Session, article: Any, wanted: Filter) -> "View":
        """The view of an article (a row as `reading.article` gives it)."""
        known = codebook.load(db, g.project, made=g.codebook_made)
        for name in wanted.tags:
            if name not in known.by_name:
                raise Invalid(
                    "The codebook has no tag “{name}”. It has: {known}.",
                    "tags",
                    name=name[:80],
                    known=", ".join(known.by_name),
                )
        return cls(
            article,
            reading.layout(db, article.id, article.text_sha256),
            known,
            wanted,
            {tag.id: tag.position for tag in known.tags},
            {tag.id: tag.name for tag in known.tags},
        )

    def partials(self, db: Session, numbers: Collection[int]) -> list[str]:
        """These rows as they are now, each for its place, and the number of all marks."""
        if not numbers:
            return []
        between = reading.span_of(self.laid, numbers)
        found, people, total = reading.find(db, self.article.id, between=between)
        shown = self.wanted.choose(found, people, self.tag_names)
        pen = Pen(self.laid, self.codebook, people, self.article.id)
        pen.know(shown)
        made = reading.rows(self.laid, shown, self.positions, frozenset(numbers))
        parts: list[str] = [
            fragments.partial(f"#r-{row.number}", Markup(pen.row(row)))  # noqa: S704 - a pen escapes
            for row in made
        ]
        html = fragments.small("reading/_count.html", total=total)
        return [*parts, fragments.partial("#marks-count", html, swap="outerHTML")]


@dataclass(frozen=True)
class Paths:
    """Addresses of one article's page."""

    article_id: str
    wanted: Filter

    @property
    def project(self) -> str:
        return project_path()

    @property
    def article(self) -> str:
        return f"{self.project}/articles/{self.article_id}"

    def with_filter(self, article_id: str | None = None, **changes: Any) -> str:
        """An article's page under the present filter, changed by `whose=…`."""
        pairs = filter_query(self.wanted, **changes)
        path = f"{self.project}/articles/{article_id or self.article_id}"
        return f"{path}?{urlencode(pairs)}" if pairs else path


def can() -> str:
    """What the reader may do, in the word that the scripts know."""
    return "review" if g.role.can_review else "annotate" if g.role.can_annotate else "read"


_tools: dict[tuple[str, int, str, str], Markup] = {}
#: Bars and sheets kept by one process.
MOST_TOOLS = 200


def tools(known: Codebook) -> Markup:
    """The bar of tags and the sheet of keys. They are the same on every article's page of a project
    until its codebook changes, so they are rendered once for each language and right.
    """
    key = (g.project.id, g.project.codebook_version, str(get_locale() or "en"), can())
    made = _tools.get(key)
    if made is None:
        html = render_template("reading/_tools.html", tags=tags_shown(known), can=can())
        made = Markup(html)  # noqa: S704 - a template's output
        if len(_tools) >= MOST_TOOLS:
            _tools.clear()
        if known.tags:
            _tools[key] = made
    return made


def tags_shown(known: Codebook) -> list[dict[str, Any]]:
    """The tags for the bar, the legend and the filter, in the language of the page."""
    look = looks(known)
    return [
        {
            "name": tag.name,
            "position": tag.position,
            "title": Markup(look[tag.id].title),  # noqa: S704 - escaped by looks()
            "badge": Markup(look[tag.id].badge),  # noqa: S704
            "key": tag.definition.key,
            "code": _key_code(in_locale(tag.definition.letter, "en")),
            "definition": in_locale(tag.definition.definition, str(get_locale() or "en")),
            "retired": tag.retired,
        }
        for tag in known.tags
    ]


def _key_code(letter: str) -> str | None:
    """The physical key of a tag's letter."""
    upper = letter.upper()
    return f"Key{upper}" if len(upper) == 1 and "A" <= upper <= "Z" else None


# ------------------------------------------------------------------------------ filters


def filter_of(args: MultiDict[str, str]) -> Filter:
    """The filter that an address asks for: `whose`, `annotators`, `tags`, `status`, `events`.

    Values may be repeated or joined by commas. Raises Invalid for words that mean nothing.
    """
    whose = args.get("whose") or "all"
    if whose not in reading.WHOSE:
        raise Invalid(
            "“{value}” names no layers. Choose all, mine or theirs.", "whose", value=whose[:80]
        )
    statuses = _words(args, "status")
    for status in statuses:
        if status not in reading.STATUSES:
            raise Invalid(
                "There is no status “{value}”. Choose among: {known}.",
                "status",
                value=status[:80],
                known=", ".join(reading.STATUSES),
            )
    return Filter(
        reader_id=g.user.id,
        whose=whose,
        annotators=_words(args, "annotators"),
        tags=_words(args, "tags"),
        statuses=statuses,
        events=frozenset(one for one in _words(args, "events") if is_id(one)),
    )


def _words(args: MultiDict[str, str], name: str) -> frozenset[str]:
    return frozenset(
        word for value in args.getlist(name) for word in value.split(",") if word.strip()
    )


def filter_query(wanted: Filter, **changes: Any) -> list[tuple[str, str]]:
    """A filter as pairs of an address."""
    pairs = [("whose", changes.get("whose", wanted.whose))]
    pairs = [pair for pair in pairs if pair[1] != "all"]
    named: Iterable[tuple[str, frozenset[str]]] = (
        ("annotators", wanted.annotators),
        ("tags", wanted.tags),
        ("status", wanted.statuses),
        ("events", wanted.events),
    )
    return pairs + [(name, value) for name, values in named for value in sorted(values)]


def current_filter() -> Filter:
    """The filter of the page from which htmx asks; one that shows everything elsewhere."""
    address = htmx.current_url if htmx else None
    if not address or "?" not in address or "/articles/" not in address:
        return Filter(g.user.id)
    from urllib.parse import parse_qsl

    try:
        return filter_of(MultiDict(parse_qsl(urlsplit(address).query, max_num_fields=200)))
    except (Invalid, ValueError):
        return Filter(g.user.id)


# ------------------------------------------------------------------------------ pieces of answers


def status_text(text: str) -> str:
    """Words for the page's status region."""
    return fragments.partial("#status", Markup("{}").format(text), swap="innerHTML")


def toast(text: str, *, undo: str | None = None, redo: str | None = None) -> str:
    """A message with the button that takes the change back."""
    html = fragments.small("history/_toast.html", text=text, undo=undo, redo=redo)
    return fragments.partial("#toast", html, swap="innerHTML")


# ------------------------------------------------------------------------------ without a selection


def sentences_row(view: View) -> int | None:
    """The row whose form for whole sentences the address asks to open."""
    if not g.role.can_annotate:
        return None
    numbers = numbers_of(request.args.getlist("sentences"), len(view.laid.paragraphs))
    return next(iter(numbers), None)


def sentence_form(view: View, row: int | None) -> Markup | str:
    """The form that tags whole sentences of one paragraph."""
    if row is None:
        return ""
    text = view.laid.text
    paragraph = view.laid.paragraphs[row - 1]
    html = render_template(
        "reading/_sentences.html",
        row=row,
        sentences=[text[s:e] for s, e in sentences(text, paragraph.start, paragraph.end)],
        tags=[tag for tag in tags_shown(view.codebook) if not tag["retired"]],
        paths=Paths(view.article.id, view.wanted),
        key=new_id(),
    )
    return Markup(html)  # noqa: S704 - a template's output
