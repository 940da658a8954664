"""What every comparing view is made of: the rows of a project as the core's values.

Each view is a function of one `Material`, which is read with a fixed number of statements however
large the project is. Where a filter needs no look at other events, only the events of one page are
read with their passages.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select, true
from sqlmodel import Session

from annotator.domain import comparison as core
from annotator.domain.coverage import CoverageMark
from annotator.domain.dates import PartialDate
from annotator.domain.lookup import Named, rank
from annotator.domain.messages import N_
from annotator.domain.review import status
from annotator.domain.spans import Span, hull
from annotator.domain.text import fold, paragraphs, sentences
from annotator.models import (
    Annotation,
    Article,
    Author,
    Coverage,
    Event,
    EventLink,
    Project,
    Relation,
    Review,
    User,
)
from annotator.models.base import table
from annotator.services import codebook

_annotation = table(Annotation)
_article = table(Article)
_author = table(Author)
_coverage = table(Coverage)
_event = table(Event)
_event_link = table(EventLink)
_relation = table(Relation)
_review = table(Review)
_user = table(User)

#: Events and authors on one page of a view.
PAGE = 50
SIDE = 12
#: Context is cut to this many characters on each side.
MOST_CONTEXT = 400


@dataclass(frozen=True, slots=True)
class Wish:
    """What a view is asked to show: the core's filter, the page, and whether with context.

    `page` counts pages of events and `side` pages of authors, both from 1; a `side` of 0 is all
    authors at once.
    """

    show: core.Filter = field(default_factory=core.Filter)
    page: int = 1
    side: int = 1
    context: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """An annotator by the name in addresses and the name that people read."""

    name: str
    display: str


@dataclass(frozen=True)
class EventsView:
    """The grid of one page, and what the page around it needs.

    `around` has the sentences before and after each annotation, by its id, when asked for.
    `total` counts the events that the filter lets through; `everyone` are all columns and
    `listed` all events as (id, title), from which the filter chooses.
    """

    grid: core.Grid
    page: int
    pages: int
    side: int
    sides: int
    total: int
    everyone: tuple[core.Column, ...]
    listed: tuple[tuple[str, str], ...]
    tags: Mapping[str, codebook.StoredTag]
    people: Mapping[str, Person]
    relations: Mapping[str, Row[Any]]
    around: Mapping[str, tuple[str, str]]

    @property
    def passages(self) -> int:
        """How many passages are shown."""
        return sum(row.shown for row in self.grid.rows)


def grid(db: Session, project: Project, wish: Wish | None = None) -> EventsView:
    """The Events view: rows events, columns authors.

    The number of statements does not depend on the number of articles, events or passages.
    """
    return _grid(db, project, wish or Wish(), lambda event: True)


def search(
    db: Session, project: Project, *, q: str = "", kind: str = "", page: int = 1
) -> EventsView:
    """The grid of the events that a few letters may mean and that are of a kind; "" is any."""

    def keep(event: core.EventValue) -> bool:
        named = Named(event.id, (event.title, *event.aliases, event.place))
        return kind in ("", event.kind) and bool(rank(q, [named]))

    return _grid(db, project, Wish(page=page, side=0), keep)


def _grid(
    db: Session, project: Project, wish: Wish, keep: Callable[[core.EventValue], bool]
) -> EventsView:
    everyone = core.columns(articles := _articles(db, project))
    events = _events(db, project)
    wanted = [event for event in _wanted(events, wish.show.events) if keep(event)]
    chosen = _chosen(everyone, wish.show.authors)
    # These filters decide about rows and columns by what stands in all of them.
    whole = wish.show.only_contradictions or wish.show.only_differences or wish.show.hide_earlier
    part = wanted if whole else _Part.of(wanted, wish.page, PAGE).items
    columns = chosen if whole else _Part.of(chosen, wish.side, SIDE).items
    stored = _relations(db, project, [event.id for event in part])
    part = _related(part, stored, wish.show)
    ids = [event.id for event in part]
    places = None
    if len(columns) < len(everyone):
        ends = {end for row in stored for end in (row.from_id, row.to_id)}
        places = ([a for column in columns for a in column.article_ids], sorted(ends))
    made = core.compare(
        articles,
        part,
        annotations=_annotations(db, project, ids, places),
        relations=map(_relation_value, stored),
        marks=_marks(db, ids),
        show=replace(
            wish.show,
            events=frozenset(),
            authors=frozenset(column.key for column in columns) or wish.show.authors,
        ),
    )
    rows = _Part.of(made.rows if whole else wanted, wish.page, PAGE)
    sides = _Part.of(made.columns if whole else chosen, wish.side, SIDE)
    if whole:
        made = _cut(made, rows.items, {column.key for column in sides.items})
    lost = [name for name in wish.show.events if not _wanted(events, {name})]
    lost += [name for name in wish.show.authors if not _chosen(everyone, {name})]
    return EventsView(
        grid=replace(made, unknown=tuple(sorted(lost))),
        page=rows.page,
        pages=rows.pages,
        side=sides.page,
        sides=sides.pages,
        total=rows.total,
        everyone=everyone,
        listed=tuple((event.id, event.title) for event in events),
        tags=codebook.load(db, project).by_name,
        people=people(db, project),
        relations={row.id: row for row in stored},
        around=context(db, made) if wish.context else {},
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One page of a list; a page beyond the last one is the last one."""

    items: Sequence[Any]
    page: int
    pages: int
    total: int

    @classmethod
    def of(cls, items: Sequence[Any], page: int, size: int) -> "_Part":
        """Page `page` of `items`, counted from 1; page 0 is everything."""
        if page == 0:
            return cls(items, 1, 1, len(items))
        pages = max(1, -(-len(items) // size))
        page = min(max(page, 1), pages)
        return cls(items[(page - 1) * size : page * size], page, pages, len(items))


def _related(
    events: Sequence[core.EventValue], stored: Sequence[Row[Any]], show: core.Filter
) -> Sequence[core.EventValue]:
    """The events that can pass the filters on relations: the others' passages need not be read."""
    if not (show.only_contradictions or show.only_differences):
        return events
    wished = {
        row.event_id
        for row in stored
        if core.RELATION_KINDS[row.kind].conflicts
        or (core.RELATION_KINDS[row.kind].differs and not show.only_contradictions)
    }
    return [event for event in events if event.id in wished]


def _cut(made: core.Grid, rows: Sequence[core.EventRow], keys: set[str]) -> core.Grid:
    """The grid with only these rows and columns."""
    kept = tuple(
        replace(row, cells=tuple(cell for cell in row.cells if cell.column in keys)) for row in rows
    )
    return replace(
        made, rows=kept, columns=tuple(column for column in made.columns if column.key in keys)
    )


def _chosen(everyone: Sequence[core.Column], names: Iterable[str]) -> list[core.Column]:
    """The columns that bear one of these names; all of them when none is named."""
    folded = {fold(name) for name in names}
    return [c for c in everyone if not folded or not folded.isdisjoint(c.names)]


def _wanted(events: Sequence[core.EventValue], names: Iterable[str]) -> list[core.EventValue]:
    """The events that bear one of these ids, titles or aliases; all of them when none is named."""
    folded = {fold(name) for name in names}
    if not folded:
        return list(events)
    return [e for e in events if not folded.isdisjoint(map(fold, (e.id, e.title, *e.aliases)))]


# ----------------------------------------------------------------------------- one query per table


def people(db: Session, project: Project) -> dict[str, Person]:
    """Everybody who has annotated in the project, by name."""
    annotators = select(_annotation.c.annotator_id).where(
        _annotation.c.project_id == project.id, _annotation.c.deleted_at.is_(None)
    )
    rows = db.execute(
        select(_user.c.name, _user.c.display_name)
        .where(_user.c.id.in_(annotators))
        .order_by(_user.c.name)
    )
    return {row.name: Person(row.name, row.display_name or row.name) for row in rows}


def _articles(db: Session, project: Project) -> list[core.ArticleValue]:
    rows = db.execute(
        select(
            _article.c.id,
            _article.c.title,
            _author.c.name.label("author"),
            _article.c.outlet,
            _article.c.published,
            _article.c.position,
            _article.c.length,
        )
        .outerjoin(_author, _author.c.id == _article.c.author_id)
        .where(_article.c.project_id == project.id)
        .order_by(_article.c.position)
    )
    return [
        core.ArticleValue(
            id=row.id,
            title=row.title,
            author=row.author,
            outlet=row.outlet,
            published=PartialDate.parse(row.published) if row.published else None,
            position=row.position,
            length=row.length,
        )
        for row in rows
    ]


def _events(db: Session, project: Project) -> list[core.EventValue]:
    rows = db.execute(
        select(
            _event.c.id,
            _event.c.title,
            _event.c.kind,
            _event.c.date,
            _event.c.date_end,
            _event.c.place,
            _event.c.aliases,
            _event.c.position,
        )
        .where(_event.c.project_id == project.id, _event.c.deleted_at.is_(None))
        .order_by(_event.c.position, _event.c.title, _event.c.id)
    )
    return [
        core.EventValue(
            id=row.id,
            title=row.title,
            kind=row.kind,
            date=PartialDate.between(row.date, row.date_end) if row.date else None,
            place=row.place,
            aliases=tuple(row.aliases),
            position=row.position,
        )
        for row in rows
    ]


def _annotations(
    db: Session,
    project: Project,
    events: list[str],
    places: tuple[list[str], list[str]] | None,
) -> list[core.AnnotationValue]:
    """The passages of these events. One row of the answer is one link.

    `places` are the articles whose passages are asked for, and single passages of others: those
    that relations lead to. None asks for all.
    """
    wanted: ColumnElement[bool] = true()
    if places is not None:
        wanted = or_(_annotation.c.article_id.in_(places[0]), _annotation.c.id.in_(places[1]))
    rows = db.execute(
        select(
            _event_link.c.event_id,
            _annotation.c.id,
            _annotation.c.article_id,
            _annotation.c.start,
            _annotation.c.end,
            _annotation.c.fragments,
            _annotation.c.text,
            _annotation.c.attributes,
            _annotation.c.state,
            _annotation.c.layer,
            _annotation.c.note,
            _annotation.c.tag_id,
            _user.c.name.label("annotator"),
        )
        .join(_annotation, _annotation.c.id == _event_link.c.annotation_id)
        .join(_user, _user.c.id == _annotation.c.annotator_id)
        .where(
            # Links stay inside one project; to ask for it again would lead SQLite to read
            # every passage of the project.
            _event_link.c.event_id.in_(events),
            _annotation.c.deleted_at.is_(None),
            wanted,
        )
    ).all()
    linked: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        linked[row.id].append(row.event_id)
    verdicts = _verdicts(db, events)
    tags = codebook.load(db, project).by_id
    first = {row.id: row for row in rows}
    return [
        core.AnnotationValue(
            id=row.id,
            article_id=row.article_id,
            fragments=tuple(Span(*f) for f in row.fragments or [(row.start, row.end)]),
            text=row.text,
            tag=tags[row.tag_id].name,
            event_ids=tuple(linked[row.id]),
            attributes=row.attributes,
            annotator=row.annotator,
            status=str(status(row.state, verdicts.get(row.id, ()))),
            layer=row.layer,
            note=row.note,
            tag_position=tags[row.tag_id].position,
        )
        for row in first.values()
    ]


def _verdicts(db: Session, events: list[str]) -> dict[str, list[tuple[str, str]]]:
    """The verdicts on the passages of these events, by annotation, in order of time."""
    rows = db.execute(
        select(_review.c.annotation_id, _review.c.reviewer_id, _review.c.verdict)
        .where(
            _review.c.annotation_id.in_(
                select(_event_link.c.annotation_id).where(_event_link.c.event_id.in_(events))
            ),
            _review.c.withdrawn_at.is_(None),
        )
        .order_by(_review.c.created_at, _review.c.id)
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        found[row.annotation_id].append((row.reviewer_id, row.verdict))
    return found


def _relations(db: Session, project: Project, events: list[str]) -> Sequence[Row[Any]]:
    """The relations of these events, oldest first, with their makers' names."""
    return db.execute(
        select(
            _relation.c.id,
            _relation.c.event_id,
            _relation.c.from_id,
            _relation.c.to_id,
            _relation.c.kind,
            _relation.c.aspect,
            _relation.c.comment,
            _relation.c.verdict,
            _relation.c.verdict_source,
            _relation.c.created_by,
            _relation.c.created_at,
            _relation.c.version,
            _user.c.name.label("by"),
            _user.c.display_name.label("by_display"),
        )
        .outerjoin(_user, _user.c.id == _relation.c.created_by)
        .where(
            _relation.c.event_id.in_(events),
            _relation.c.project_id == project.id,
            _relation.c.deleted_at.is_(None),
        )
        .order_by(_relation.c.created_at, _relation.c.id)
    ).all()


def _relation_value(row: Row[Any]) -> core.RelationValue:
    return core.RelationValue(
        id=row.id,
        event_id=row.event_id,
        from_id=row.from_id,
        to_id=row.to_id,
        kind=row.kind,
        aspect=row.aspect,
        comment=row.comment,
        verdict=row.verdict,
        by=row.by,
    )


def _marks(db: Session, events: list[str]) -> list[CoverageMark]:
    """What was signed about these events. A mark "not_checked" takes an earlier word back."""
    rows = db.execute(
        select(
            _coverage.c.event_id,
            _coverage.c.article_id,
            _coverage.c.state,
            _coverage.c.note,
            _coverage.c.signed_at,
            _user.c.name,
            _user.c.display_name,
        )
        .outerjoin(_user, _user.c.id == _coverage.c.signed_by)
        .where(_coverage.c.event_id.in_(events))
    )
    return [
        CoverageMark(
            event_id=row.event_id,
            article_id=row.article_id,
            state=row.state,
            by=row.display_name or row.name,
            at=row.signed_at,
            note=row.note,
        )
        for row in rows
    ]


# --------------------------------------------------------------------------------------- context


def context(db: Session, grid: core.Grid) -> dict[str, tuple[str, str]]:
    """What stands before and after each passage, by the id of its first annotation.

    The rest of its own sentences and one sentence on each side, in the same paragraph; one
    statement for all.
    """
    shown = [p for row in grid.rows for cell in row.cells for p in cell.passages]
    wanted = {passage.article_id for passage in shown}
    if not wanted:
        return {}
    rows = db.execute(
        select(_article.c.id, _article.c.text).where(_article.c.id.in_(sorted(wanted)))
    )
    texts = {row.id: row.text for row in rows}
    cut = {article: [(p.start, p.end) for p in paragraphs(t)] for article, t in texts.items()}
    return {
        passage.annotations[0].id: _around(
            texts[passage.article_id], cut[passage.article_id], hull(passage.fragments)
        )
        for passage in shown
    }


def _around(text: str, bounds: Sequence[tuple[int, int]], span: Span) -> tuple[str, str]:
    """The text before and after a span, from the sentence before to the sentence after."""
    touched = [(s, e) for s, e in bounds if s < span.end and span.start < e]
    if not touched:
        return "", ""
    low, high = touched[0][0], touched[-1][1]
    before = [s for s in sentences(text, low, high) if s.start < span.start]
    after = [s for s in sentences(text, low, high) if s.end > span.end]
    # The last sentence before may be the passage's own, cut by it: then one more is asked for.
    own = bool(before) and before[-1].end > span.start
    start = before[-2 if own and len(before) > 1 else -1].start if before else span.start
    own = bool(after) and after[0].start < span.end
    end = after[1 if own and len(after) > 1 else 0].end if after else span.end
    left, right = text[start : span.start], text[span.end : end]
    if len(left) > MOST_CONTEXT:
        left = "…" + left[-MOST_CONTEXT:]
    if len(right) > MOST_CONTEXT:
        right = right[:MOST_CONTEXT] + "…"
    return left, right


# ----------------------------------------------------------------------------------------- views


@dataclass(frozen=True, slots=True)
class View:
    """One way of comparing: `load` reads what it shows, `templates/compare/_<name>.html` draws
    it, and `data` is the same as plain JSON values.
    """

    name: str
    title: str
    load: Callable[[Session, Project, Wish], Any]
    data: Callable[[Any], dict[str, Any]]


#: A new view is a line here, a template, and its function of the rows above.
VIEWS: dict[str, View] = {
    view.name: view
    for view in (View("events", N_("Events"), grid, lambda view: core.as_data(view.grid)),)
}
