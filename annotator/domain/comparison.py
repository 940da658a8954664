"""Authors side by side, event by event: the rows that every comparing view is made of.

Columns are authors, rows are events, and a cell holds the passages themselves, what relates them
to other columns, and, when it is empty, why. The grid is a pure function of articles, events,
annotations, relations and signed coverage. Filters only ever hide: what a cell *is* (covered,
silent, earlier, not checked) is decided from everything, so that a filter can turn "covered"
into "nothing matches the filter" and never into "silent".

A column is an author, however many articles; an article whose author is not named is a column of
its own, because nobody knows that two unnamed authors are one. Relations hold between
annotations inside one event (after de Marneffe et al., 2008: only statements about one event
can contradict one another).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotator.domain.coverage import (
    ArticleCoverage,
    CoverageMark,
    State,
    article_coverage,
    combine,
    signature,
)
from annotator.domain.dates import PartialDate
from annotator.domain.messages import N_
from annotator.domain.spans import JOINT, Fragments, hull
from annotator.domain.text import fold

# ------------------------------------------------------------------------------ kinds of relation


@dataclass(frozen=True, slots=True)
class RelationKind:
    """A kind of relation between two passages.

    `label` reads from the first to the second passage and `inverse` the other way round; both are
    message ids. `sign` and `inverse_sign` are characters of ordinary fonts, `icon` the name of a
    drawing. `differs` counts for "only differences", `conflicts` for "only contradictions".
    """

    name: str
    label: str
    sign: str
    inverse: str
    inverse_sign: str
    differs: bool = False
    conflicts: bool = False

    @property
    def symmetric(self) -> bool:
        """Whether it reads the same in both directions."""
        return self.inverse == self.label

    @property
    def icon(self) -> str:
        """Name of the drawing, for style sheets and sprites."""
        return self.name.replace("_", "-")


def _kind(
    name: str, label: str, sign: str, inverse: str = "", inverse_sign: str = "", **flags: bool
) -> RelationKind:
    return RelationKind(name, label, sign, inverse or label, inverse_sign or sign, **flags)


RELATION_KINDS: dict[str, RelationKind] = {
    kind.name: kind
    for kind in (
        _kind("agrees", N_("agrees"), "="),
        _kind("contradicts", N_("contradicts"), "≠", differs=True, conflicts=True),
        _kind("apparent_conflict", N_("seems to conflict"), "≈", differs=True),
        _kind("differs", N_("differs"), "↔", differs=True),
        _kind("restates", N_("restates"), "~", N_("is restated by")),
        _kind("part_of", N_("is part of"), "⊂", N_("has as part"), "⊃"),
        _kind("opposes", N_("opposes"), "⇄", differs=True),
        _kind("complements", N_("complements"), "+"),
    )
}

VERDICTS: dict[str, str] = {
    "open": N_("open"),
    "reconciled": N_("reconciled"),
    "undecidable": N_("undecidable"),
    "supported": N_("supported by a source"),
}

EVENT_KINDS: dict[str, str] = {
    "event": N_("event"),
    "topic": N_("topic"),
    "document": N_("document"),
    "figure": N_("figure"),
    "quote": N_("quote"),
    "fact": N_("fact"),
    "frame": N_("frame"),
}

# ------------------------------------------------------------------------------------- what goes in


@dataclass(frozen=True, slots=True)
class ArticleValue:
    """What a comparison needs of an article; `author` is None when not named.

    `position` is its number in the project, `length` its code points.
    """

    id: str
    title: str
    author: str | None = None
    outlet: str | None = None
    published: PartialDate | None = None
    position: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class EventValue:
    """What authors write about. `date` spans the whole event, or is None when it has none."""

    id: str
    title: str
    kind: str = "event"
    date: PartialDate | None = None
    place: str = ""
    aliases: tuple[str, ...] = ()
    position: int = 0


@dataclass(frozen=True, slots=True)
class AnnotationValue:
    """A tagged passage as it stands: `text` is the slice over the hull of `fragments`."""

    id: str
    article_id: str
    fragments: Fragments
    text: str
    tag: str
    event_ids: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    annotator: str = ""
    status: str = "submitted"
    layer: str = "annotator"
    note: str = ""
    tag_position: int = 0

    @property
    def polarity(self) -> int | None:
        """From −2 to +2, or None where nothing is evaluated."""
        value = self.attributes.get("polarity")
        return value if isinstance(value, int) else None

    @property
    def holder(self) -> str | None:
        """Who evaluates, asserts or speaks: "author", a name, or None when it is not said."""
        for name in ("holder", "attribution", "speaker"):
            value = self.attributes.get(name)
            if isinstance(value, str) and value:
                return value
        return None


@dataclass(frozen=True, slots=True)
class RelationValue:
    """A typed link from one annotation to another inside one event."""

    id: str
    event_id: str
    from_id: str
    to_id: str
    kind: str
    aspect: str = ""
    comment: str = ""
    verdict: str = "open"
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show; an empty set shows all.

    `events` may name ids, titles or aliases, `authors` keys or labels of columns, author names
    or article ids. `layer` is "" or "all", "annotator" or "final".
    """

    events: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    annotators: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    layer: str = ""
    only_differences: bool = False
    only_contradictions: bool = False
    hide_earlier: bool = False

    def shows(self, annotation: AnnotationValue) -> bool:
        """Whether the annotation itself passes."""
        return (
            (not self.tags or annotation.tag in self.tags)
            and (not self.annotators or annotation.annotator in self.annotators)
            and (not self.statuses or annotation.status in self.statuses)
            and self.layer in ("", "all", annotation.layer)
        )


# ------------------------------------------------------------------------------- what comes out


@dataclass(frozen=True, slots=True)
class Column:
    """An author with all articles, or one article whose author is not named.

    `key` is stable and readable, for URLs; `label` is the author's name, else the outlet, else
    date and short title. `author` is None when not named.
    """

    key: str
    label: str
    author: str | None
    articles: tuple[ArticleValue, ...]

    @property
    def article_ids(self) -> tuple[str, ...]:
        """Ids of the column's articles, in the order of the project."""
        return tuple(article.id for article in self.articles)

    @property
    def names(self) -> frozenset[str]:
        """All names by which a filter may ask for the column, folded."""
        said = (self.key, self.label, self.author or "", *self.article_ids)
        return frozenset(fold(name) for name in said if name)


@dataclass(frozen=True, slots=True)
class RelationMark:
    """A relation seen from one passage: what it says about which other column.

    `annotation_id` stands on this side, `other_id` and `other_column` on the other.
    """

    relation: RelationValue
    outgoing: bool
    annotation_id: str
    other_id: str
    other_column: str

    @property
    def kind(self) -> RelationKind:
        """The kind of the relation."""
        return RELATION_KINDS[self.relation.kind]

    @property
    def label(self) -> str:
        """How it reads from here, a message id."""
        return self.kind.label if self.outgoing else self.kind.inverse

    @property
    def sign(self) -> str:
        """Its character, read from here."""
        return self.kind.sign if self.outgoing else self.kind.inverse_sign


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of one article on one event: all annotations of exactly these fragments."""

    article_id: str
    fragments: Fragments
    annotations: tuple[AnnotationValue, ...]
    relations: tuple[RelationMark, ...] = ()

    @property
    def text(self) -> str:
        """The marked words; pieces are joined by " … "."""
        start = hull(self.fragments).start
        whole = self.annotations[0].text
        return JOINT.join(whole[s - start : e - start] for s, e in self.fragments)

    @property
    def event_ids(self) -> tuple[str, ...]:
        """All events that any of its annotations belongs to."""
        return tuple(sorted({event for a in self.annotations for event in a.event_ids}))


@dataclass(frozen=True, slots=True)
class Cell:
    """One author on one event.

    `hidden` counts passages that the filter hides: a covered cell without passages then says
    that nothing matches the filter. `mark` is the signed word behind the state, if any;
    `coverage` has the state of each article.
    """

    column: str
    state: State
    passages: tuple[Passage, ...] = ()
    hidden: int = 0
    mark: CoverageMark | None = None
    coverage: tuple[ArticleCoverage, ...] = ()

    @property
    def relations(self) -> tuple[RelationMark, ...]:
        """The relation marks of all passages, each relation once."""
        seen = {mark.relation.id: mark for p in self.passages for mark in p.relations}
        return tuple(seen.values())

    @property
    def signed_by(self) -> str | None:
        """Who signed the state, or None when it is computed."""
        return self.mark.by if self.mark else None

    @property
    def signed_at(self) -> str | None:
        """When it was signed, an ISO time."""
        return self.mark.at if self.mark else None

    @property
    def earlier_reason(self) -> tuple[PartialDate, PartialDate] | None:
        """The dates of the article (the latest) and the event that make it earlier."""
        dates = [part.dates for part in self.coverage if part.dates]
        if self.state is not State.earlier or not dates:
            return None
        return max(dates, key=lambda pair: pair[0].last)


@dataclass(frozen=True, slots=True)
class RelationLine:
    """A relation of a row with both of its columns."""

    relation: RelationValue
    from_column: str
    to_column: str

    @property
    def kind(self) -> RelationKind:
        """The kind of the relation."""
        return RELATION_KINDS[self.relation.kind]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: a cell for every column, and the relations between shown passages."""

    event: EventValue
    cells: tuple[Cell, ...]
    relations: tuple[RelationLine, ...] = ()

    def cell(self, key: str) -> Cell:
        """Return the cell of a column; KeyError when it is not shown."""
        for cell in self.cells:
            if cell.column == key:
                return cell
        raise KeyError(key)

    @property
    def shown(self) -> int:
        """Number of passages shown."""
        return sum(len(cell.passages) for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """The Events view. `unknown` are names in the filter that fit no author and no event."""

    columns: tuple[Column, ...]
    rows: tuple[EventRow, ...]
    unknown: tuple[str, ...] = ()

    def row(self, event_id: str) -> EventRow:
        """Return the row of an event; KeyError when it is not shown."""
        for row in self.rows:
            if row.event.id == event_id:
                return row
        raise KeyError(event_id)

    def column(self, key: str) -> Column:
        """Return a column by key; KeyError when it is not shown."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)


# ----------------------------------------------------------------------------------------- columns

_NOT_WORD = re.compile(r"[\W_]+")
SHORT_TITLE = 40


def columns(articles: Iterable[ArticleValue]) -> tuple[Column, ...]:
    """Return a column for each named author and one for each article without a named author.

    In the order of the project. Labels are made distinct by date and short title where outlets
    repeat; two unnamed authors are never merged.
    """
    named: dict[str, list[ArticleValue]] = {}
    for article in sorted(articles, key=lambda a: (a.position, a.id)):
        named.setdefault(_author_key(article), []).append(article)
    outlets = [a[0].outlet for a in named.values() if a[0].author is None]
    taken = {a[0].author for a in named.values()}
    found: list[Column] = []
    keys: set[str] = set()
    for group in named.values():
        first = group[0]
        repeated = outlets.count(first.outlet) > 1 or first.outlet in taken
        label = first.author or _unnamed_label(first, repeated=repeated)
        key = _slug(first.author) if first.author else f"n{first.position}"
        key = key if key and key not in keys else first.id
        keys.add(key)
        found.append(Column(key, label, first.author, tuple(group)))
    return tuple(found)


def _author_key(article: ArticleValue) -> str:
    """Return what makes articles one column: the author's name, else the article itself."""
    return f"author {article.author}" if article.author else f"article {article.id}"


def _unnamed_label(article: ArticleValue, *, repeated: bool) -> str:
    """Label an unnamed author: outlet; date and short title where that is not enough."""
    if article.outlet and not repeated:
        return article.outlet
    date = str(article.published) if article.published else ""
    parts = (article.outlet, date, short_title(article.title))
    return " · ".join(filter(None, parts)) or f"n{article.position}"


def short_title(title: str, *, most: int = SHORT_TITLE) -> str:
    """Return at most `most` characters of a title, cut between words."""
    if len(title) <= most:
        return title
    cut = title[:most].rsplit(" ", 1)[0]
    return cut.rstrip(" ,.;:—–-") + "…"


def _slug(name: str) -> str:
    """Return a name for URLs: small letters and hyphens, Cyrillic kept."""
    return _NOT_WORD.sub("-", fold(name)).strip("-")


# -------------------------------------------------------------------------------------------- grid


def compare(
    articles: Iterable[ArticleValue],
    events: Iterable[EventValue],
    *,
    annotations: Iterable[AnnotationValue],
    relations: Iterable[RelationValue] = (),
    marks: Iterable[CoverageMark] = (),
    show: Filter | None = None,
) -> Grid:
    """Return the grid of events and authors, showing what the filter lets through.

    Annotations of articles or events that are not given are left out, and so are relations one of
    whose ends is.
    """
    show = show or Filter()
    everyone = columns(articles)
    chosen = tuple(c for c in everyone if _asked(show.authors, c.names))
    listed = sorted(events, key=lambda e: (e.position, e.title, e.id))
    wanted = [e for e in listed if _asked(show.events, _event_names(e))]
    stock = _Stock(everyone, annotations, relations, marks)
    rows = tuple(_row(event, chosen, stock, show) for event in wanted)
    if show.only_contradictions:
        rows = tuple(r for r in rows if any(line.kind.conflicts for line in r.relations))
    if show.only_differences:
        rows = tuple(r for r in rows if any(line.kind.differs for line in r.relations))
    known = frozenset().union(*(c.names for c in everyone), *(_event_names(e) for e in listed))
    unknown = tuple(sorted(n for n in show.authors | show.events if fold(n) not in known))
    grid = Grid(chosen, rows, unknown)
    return _without_earlier(grid) if show.hide_earlier else grid


def _asked(names: frozenset[str], own: frozenset[str]) -> bool:
    """Whether a filter of names lets something with these names through."""
    return not names or any(fold(name) in own for name in names)


def _event_names(event: EventValue) -> frozenset[str]:
    return frozenset(fold(name) for name in (event.id, event.title, *event.aliases))


class _Stock:
    """All that was given, indexed once."""

    def __init__(
        self,
        everyone: Sequence[Column],
        annotations: Iterable[AnnotationValue],
        relations: Iterable[RelationValue],
        marks: Iterable[CoverageMark],
    ) -> None:
        self.column_of = {a.id: column.key for column in everyone for a in column.articles}
        self.linked: dict[str, list[AnnotationValue]] = defaultdict(list)
        for annotation in annotations:
            if annotation.article_id in self.column_of:
                for event_id in dict.fromkeys(annotation.event_ids):
                    self.linked[event_id].append(annotation)
        self.relations: dict[str, list[RelationValue]] = defaultdict(list)
        for relation in relations:
            self.relations[relation.event_id].append(relation)
        self.marks = {(mark.event_id, mark.article_id): mark for mark in marks}


def _row(event: EventValue, chosen: Sequence[Column], stock: _Stock, show: Filter) -> EventRow:
    """Return the row of one event."""
    linked = stock.linked.get(event.id, [])
    where = {a.id: stock.column_of[a.article_id] for a in linked}
    lines = tuple(
        RelationLine(relation, where[relation.from_id], where[relation.to_id])
        for relation in stock.relations.get(event.id, [])
        if relation.from_id in where and relation.to_id in where
    )
    related: dict[str, list[RelationMark]] = defaultdict(list)
    for line in lines:
        one, two = line.relation.from_id, line.relation.to_id
        related[one].append(RelationMark(line.relation, True, one, two, line.to_column))
        related[two].append(RelationMark(line.relation, False, two, one, line.from_column))
    by_article: dict[str, list[AnnotationValue]] = defaultdict(list)
    for annotation in linked:
        by_article[annotation.article_id].append(annotation)
    cells = tuple(_cell(event, column, by_article, related, stock, show) for column in chosen)
    seen = {a.id for cell in cells for p in cell.passages for a in p.annotations}
    both = tuple(n for n in lines if {n.relation.from_id, n.relation.to_id} <= seen)
    return EventRow(event, cells, both)


def _cell(
    event: EventValue,
    column: Column,
    by_article: Mapping[str, list[AnnotationValue]],
    related: Mapping[str, list[RelationMark]],
    stock: _Stock,
    show: Filter,
) -> Cell:
    """Return the cell of one author on one event."""
    shown: list[Passage] = []
    total = 0
    parts: list[ArticleCoverage] = []
    for article in column.articles:
        everything = passages(by_article.get(article.id, []))
        total += len(everything)
        parts.append(
            article_coverage(
                article.id,
                published=article.published,
                date=event.date,
                passages=len(everything),
                mark=stock.marks.get((event.id, article.id)),
            )
        )
        for passage in everything:
            kept = tuple(a for a in passage.annotations if show.shows(a))
            if kept:
                own = tuple(mark for a in kept for mark in related.get(a.id, ()))
                shown.append(replace(passage, annotations=kept, relations=own))
    state = combine(parts)
    mark = signature(parts, state)
    return Cell(column.key, state, tuple(shown), total - len(shown), mark, tuple(parts))


def passages(annotations: Iterable[AnnotationValue]) -> list[Passage]:
    """Group annotations of equal fragments in one article into passages, in reading order.

    Within a passage annotations stand in the order of the codebook, then by annotator.
    """
    groups: dict[tuple[str, Fragments], list[AnnotationValue]] = {}
    for annotation in annotations:
        groups.setdefault((annotation.article_id, annotation.fragments), []).append(annotation)
    found = []
    for (article_id, fragments), group in groups.items():
        group.sort(key=lambda a: (a.tag_position, a.tag, a.annotator, a.id))
        found.append(Passage(article_id, fragments, tuple(group)))
    found.sort(key=lambda p: (p.article_id, p.fragments))
    return found


def _without_earlier(grid: Grid) -> Grid:
    """Leave out columns and rows in which there is nothing but "earlier than the event"."""
    keep = {
        cell.column for row in grid.rows for cell in row.cells if cell.state is not State.earlier
    }
    rows = tuple(
        replace(row, cells=tuple(cell for cell in row.cells if cell.column in keep))
        for row in grid.rows
        if any(cell.state is not State.earlier for cell in row.cells)
    )
    return replace(grid, columns=tuple(c for c in grid.columns if c.key in keep), rows=rows)


# -------------------------------------------------------------------------------------- plain data


def as_data(grid: Grid) -> dict[str, Any]:
    """Return the grid as plain JSON values: what scripts get where people see the page."""
    return {
        "columns": [
            {
                "key": c.key,
                "label": c.label,
                "author": c.author,
                "articles": [
                    {
                        "id": a.id,
                        "title": a.title,
                        "outlet": a.outlet,
                        "published": str(a.published) if a.published else None,
                    }
                    for a in c.articles
                ],
            }
            for c in grid.columns
        ],
        "rows": [_row_data(row) for row in grid.rows],
        "unknown": list(grid.unknown),
    }


def _row_data(row: EventRow) -> dict[str, Any]:
    event = row.event
    return {
        "event": {
            "id": event.id,
            "title": event.title,
            "kind": event.kind,
            "date": str(event.date) if event.date else None,
            "place": event.place,
        },
        "cells": [_cell_data(cell) for cell in row.cells],
        "relations": [
            {
                "id": line.relation.id,
                "kind": line.relation.kind,
                "from": line.relation.from_id,
                "to": line.relation.to_id,
                "from_column": line.from_column,
                "to_column": line.to_column,
                "aspect": line.relation.aspect,
                "comment": line.relation.comment,
                "verdict": line.relation.verdict,
            }
            for line in row.relations
        ],
    }


def _cell_data(cell: Cell) -> dict[str, Any]:
    return {
        "column": cell.column,
        "state": str(cell.state),
        "hidden": cell.hidden,
        "signed_by": cell.signed_by,
        "signed_at": cell.signed_at,
        "passages": [
            {
                "article": passage.article_id,
                "start": hull(passage.fragments).start,
                "end": hull(passage.fragments).end,
                "fragments": [list(span) for span in passage.fragments],
                "text": passage.text,
                "annotations": [
                    {
                        "id": a.id,
                        "label": a.tag,
                        "annotator": a.annotator,
                        "status": a.status,
                        "layer": a.layer,
                        "attributes": dict(a.attributes),
                    }
                    for a in passage.annotations
                ],
            }
            for passage in cell.passages
        ],
    }
