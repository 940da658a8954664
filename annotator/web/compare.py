"""Comparing authors: one address for each view of the same rows.

The whole state of a view stands in its address, and every address we write is the canonical one:
parameters in one order, values sorted, nothing empty. What people type or send in another order
means the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from babel.dates import format_skeleton
from flask import Blueprint, abort, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, get_locale, gettext, ngettext
from markupsafe import Markup

from annotator.domain import comparison as core
from annotator.domain.review import STATUS_LABELS
from annotator.domain.roles import Role
from annotator.ids import as_datetime
from annotator.services import comparison
from annotator.services.comparison import VIEWS, Wish
from annotator.web.access import member
from annotator.web.database import reader
from annotator.web.filters import partial_date, signed
from annotator.web.htmx import htmx
from annotator.web.language import titled

blueprint = Blueprint("compare", __name__)

#: At most so many values of one parameter count, and so many characters of each.
MOST_VALUES = 200
MOST_LENGTH = 300

#: Characters of a title where a column is only mentioned.
MOST_BRIEF = 20

ONLY = ("contradictions", "differences")
LAYERS = ("annotator", "final")


@blueprint.get("/projects/<slug:slug>/compare/<view>")
@member(Role.viewer)
def page(view: str) -> ResponseReturnValue:
    """A view as a page, or only its part when htmx asks for that."""
    chosen = VIEWS.get(view)
    if chosen is None:
        abort(404)
    wish = read_wish(request.args)
    loaded = chosen.load(reader(), g.project, wish)
    part = "_view" if htmx.partial else "page"
    html = render_template(
        f"compare/{part}.html",
        view=chosen,
        views=VIEWS.values(),
        picking=True,
        **show(loaded, wish),
    )
    response = make_response(html)
    if htmx:
        # The form of filters sends its fields in its own order; the address bar gets the canonical.
        response.headers["HX-Push-Url"] = address(view, wish)
    return response


# --------------------------------------------------------------------------- the state in the URL


def read_wish(source: Mapping[str, Any]) -> Wish:
    """What the parameters of an address ask for. Nothing in them can be wrong, only unknown."""
    lists = {name: _values(source, name) for name in _LISTS}
    only = _values(source, "only")
    layer = next(iter(_values(source, "layer") & set(LAYERS)), "")
    return Wish(
        show=core.Filter(
            events=lists["event"],
            authors=lists["authors"],
            tags=lists["tags"],
            annotators=lists["annotators"],
            statuses=lists["status"],
            layer=layer,
            only_contradictions="contradictions" in only,
            only_differences="differences" in only and "contradictions" not in only,
            hide_earlier="earlier" in _values(source, "hide"),
        ),
        page=_number(source, "page"),
        side=_number(source, "side"),
        context="1" in _values(source, "context"),
    )


_LISTS = ("event", "authors", "tags", "annotators", "status")


def _values(source: Mapping[str, Any], name: str) -> frozenset[str]:
    """The values of a parameter, given once with commas or several times."""
    given: Iterable[str] = (
        source.getlist(name) if hasattr(source, "getlist") else [source.get(name, "")]
    )
    cut = [value.strip()[:MOST_LENGTH] for text in given for value in text.split(",")]
    return frozenset([value for value in cut if value][:MOST_VALUES])


def _number(source: Mapping[str, Any], name: str) -> int:
    """The number of a page, from 1."""
    text = next(iter(_values(source, name)), "")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def query(wish: Wish) -> str:
    """The canonical query string of a wish; empty when it asks for everything."""
    show = wish.show
    only = "contradictions" if show.only_contradictions else ""
    only = only or ("differences" if show.only_differences else "")
    fields = {
        "event": sorted(show.events),
        "authors": sorted(show.authors),
        "tags": sorted(show.tags),
        "annotators": sorted(show.annotators),
        "layer": [show.layer],
        "status": sorted(show.statuses),
        "only": [only],
        "hide": ["earlier" if show.hide_earlier else ""],
        "context": ["1" if wish.context else ""],
        "page": [str(wish.page) if wish.page > 1 else ""],
        "side": [str(wish.side) if wish.side > 1 else ""],
    }
    pairs = [(name, ",".join(values)) for name, values in fields.items() if any(values)]
    return urlencode(pairs, safe=",", quote_via=quote, errors="replace")


def address(view: str, wish: Wish) -> str:
    """The canonical address of a view."""
    asked = query(wish)
    path = url_for("compare.page", slug=g.project.slug, view=view)
    return f"{path}?{asked}" if asked else path


# ------------------------------------------------------------------------------- what templates ask


def show(loaded: comparison.EventsView, wish: Wish) -> dict[str, Any]:
    """Everything with which templates draw a grid, a row or a cell."""
    return {
        "loaded": loaded,
        "grid": loaded.grid,
        "wish": wish,
        "show": wish.show,
        "query": query(wish),
        "columns": {column.key: column for column in loaded.everyone},
        "heads": {column.key: head(column) for column in loaded.everyone},
        # A grid says the same few words hundreds of times: each is looked up once.
        "_": cache(gettext),
        "ngettext": cache(ngettext),
        "badge": cache(partial(_badge, loaded)),
        "polarity": cache(partial(_polarity, loaded)),
        "dated": cache(lambda date: partial_date(str(date))),
        "day": cache(day),
        "event_url": _Addresses("events.page", "event_id"),
        "article_url": _Addresses("reading.page", "article_id"),
        "with_": lambda **fields: _with(wish, **fields),
        "statuses": STATUS_LABELS,
        "kinds": core.RELATION_KINDS,
        "verdicts": core.VERDICTS,
        "anchor": anchor,
        "anchors": anchors,
        "groups": groups,
        "looks": looks,
    }


class _Addresses(dict[str, str]):
    """Addresses of one kind of page by the id of what they show: `event_url[event.id]`."""

    def __init__(self, endpoint: str, name: str) -> None:
        self._endpoint, self._name = endpoint, name

    def __missing__(self, identifier: str) -> str:
        values: dict[str, Any] = {"slug": g.project.slug, self._name: identifier}
        made = url_for(self._endpoint, **values)
        self[identifier] = made
        return made


def day(moment: str | None) -> str:
    """The day of a stored moment, as the page's language writes it."""
    return str(format_date(as_datetime(moment), "medium")) if moment else ""


def _with(wish: Wish, **fields: Any) -> str:
    """The query of the same wish with other fields of its filter, or another page."""
    own = {name: fields.pop(name) for name in ("page", "side", "context") if name in fields}
    return query(replace(wish, show=replace(wish.show, **fields), **own))


class Head(NamedTuple):
    """What stands over a column: who, the line below it, and a short name for links to it."""

    name: str
    below: str
    short: str


def head(column: core.Column) -> Head:
    """Nobody guesses an author: such a column is named by outlet, or by date and short title."""
    first = column.articles[0]
    dates = ", ".join(partial_date(str(a.published)) for a in column.articles if a.published)
    if column.author:
        below = " · ".join(filter(None, (first.outlet, dates)))
        return Head(column.author, below, column.author)
    below = " · ".join(filter(None, (gettext("author not named"), dates)))
    if first.outlet and column.label == first.outlet:
        return Head(first.outlet, below, first.outlet)
    title = core.short_title(first.title)
    brief = core.short_title(first.title, most=MOST_BRIEF)
    return Head(f"«{title}»", below, ", ".join(filter(None, (f"«{brief}»", _brief_date(first)))))


def _brief_date(article: core.ArticleValue) -> str:
    """The day of an article without its year, or as much as is known."""
    if article.published is None:
        return ""
    if article.published.precision == "day":
        return str(format_skeleton("MMMd", article.published.first, locale=get_locale() or "en"))
    return partial_date(str(article.published))


def anchor(row: core.EventRow, annotation_id: str) -> str:
    """The id of a passage's element: a passage of two events is on the page twice."""
    return f"x-{row.event.id[-12:]}-{annotation_id[-12:]}"


def anchors(row: core.EventRow) -> dict[str, str]:
    """The element of each shown annotation of a row, by the annotation's id."""
    return {
        annotation.id: anchor(row, passage.annotations[0].id)
        for cell in row.cells
        for passage in cell.passages
        for annotation in passage.annotations
    }


def groups(passage: core.Passage) -> list[tuple[str, str, list[core.AnnotationValue]]]:
    """The annotations of a passage by annotator and status: one line of facts for each."""
    found: dict[tuple[str, str], list[core.AnnotationValue]] = {}
    for annotation in passage.annotations:
        found.setdefault((annotation.annotator, annotation.status), []).append(annotation)
    return [(who, status, members) for (who, status), members in found.items()]


def looks(passage: core.Passage) -> str:
    """The classes of a passage: the tag of its first annotation, and up to three for its bar."""
    positions = tuple(dict.fromkeys(a.tag_position for a in passage.annotations))
    return _looks(positions)


@lru_cache(maxsize=500)
def _looks(positions: tuple[int, ...]) -> str:
    lanes = "".join(f" {lane}{n}" for lane, n in zip("abc", positions, strict=False))
    return f"t{positions[0]} k{min(len(positions), 3)}{lanes}"


def _badge(loaded: comparison.EventsView, name: str) -> Markup:
    """The letter of a tag on its colour; its name for who sees neither."""
    tag = loaded.tags[name]
    return Markup(
        '<span class="badge t{}" role="img" title="{title}" aria-label="{title}">{}</span>'
    ).format(
        tag.position, titled(dict(tag.definition.letter)), title=titled(dict(tag.definition.title))
    )


def _polarity(loaded: comparison.EventsView, name: str, value: int) -> Markup:
    """A polarity as sign and word: "−2 very negative"."""
    attribute = loaded.tags[name].definition.by_name.get("polarity")
    word = attribute.title_of(value, str(get_locale() or "en")) if attribute else ""
    return Markup('<span class="pol" data-p="{sign}"><b>{sign}</b> {}</span>').format(
        "" if word == str(value) else word, sign=signed(value)
    )
