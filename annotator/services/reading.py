"""What the page of an article shows: the frozen text in rows of paragraphs, and the passages tagged
in it.

A paragraph is the unit of the screen. Its row holds the text cut where marks begin and end, and the
notes of the passages that begin in it, so that a change re-renders the rows it touches and nothing
else. The text never changes: how it falls into paragraphs is computed once for each text and kept.
Passages are read with one statement for each table, however many there are, as plain columns.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Text, and_, bindparam, func, literal, select, type_coerce, union_all
from sqlmodel import Session

from annotator.domain import review
from annotator.domain.errors import NotFound
from annotator.domain.segments import Mark, Segment, by_paragraph, cut
from annotator.domain.text import Offsets, Paragraph, paragraphs
from annotator.models import Annotation, Article, Author, Event, EventLink, Progress, Project, User
from annotator.models import Review as ReviewRow
from annotator.models.base import table
from annotator.services import log

_annotation: Any = table(Annotation)
_article: Any = table(Article)
_author: Any = table(Author)
_event: Any = table(Event)
_link: Any = table(EventLink)
_progress: Any = table(Progress)
_review: Any = table(ReviewRow)
_user: Any = table(User)

# ------------------------------------------------------------------------------ the text

#: Characters of text that one process keeps with their layout.
MOST_KEPT = 8_000_000


@dataclass(frozen=True)
class Layout:
    """A text with its paragraphs and offsets; computed once, since the text never changes."""

    text: str
    paragraphs: tuple[Paragraph, ...]
    offsets: Offsets
    #: UTF-16 offset of the first unit of each paragraph.
    units: tuple[int, ...]

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """(start, end) of each paragraph in code points."""
        return [(start, end) for _, start, end in self.paragraphs]

    @cached_property
    def is_plain(self) -> bool:
        """Whether the text holds no character that HTML would have to escape between tags."""
        return not any(character in self.text for character in "&<>")

    @cached_property
    def ends(self) -> list[int]:
        return [end for _, _, end in self.paragraphs]

    def touched(self, fragments: Iterable[Sequence[int]]) -> set[int]:
        """Numbers (from 1) of the rows that show some of these fragments or their note."""
        pieces = list(fragments)
        if not pieces or not self.paragraphs:
            return set()
        numbers = {self.home(min(start for start, _ in pieces))}
        for start, end in pieces:
            index = bisect_right(self.ends, start)
            while index < len(self.paragraphs) and self.paragraphs[index].start < end:
                numbers.add(index + 1)
                index += 1
        return numbers

    def home(self, start: int) -> int:
        """Number of the row that shows the note of a passage beginning at `start`."""
        return min(bisect_right(self.ends, start) + 1, len(self.paragraphs))


_layouts: dict[str, Layout] = {}
_layouts_lock = Lock()


def lay_out(text: str) -> Layout:
    """Compute the layout of a text."""
    offsets = Offsets(text)
    found = tuple(paragraphs(text))
    return Layout(text, found, offsets, tuple(offsets.to_utf16(p.start) for p in found))


def layout(db: Session, article_id: str, text_sha256: str) -> Layout:
    """The layout of an article's text; the text is read from the database at most once."""
    kept = _layouts.get(text_sha256)
    if kept is not None:
        return kept
    text = db.execute(select(_article.c.text).where(_article.c.id == article_id)).scalar_one()
    made = lay_out(text)
    with _layouts_lock:
        _layouts[text_sha256] = made
        total = sum(len(one.text) for one in _layouts.values())
        while total > MOST_KEPT and len(_layouts) > 1:
            total -= len(_layouts.pop(next(iter(_layouts))).text)
    return made


# ------------------------------------------------------------------------------ the article


class Neighbour(NamedTuple):
    """The article before or after."""

    id: str
    title: str


# Statements of the article's page are made once: to make one costs more than to run it.
_THIS_ARTICLE = and_(
    _article.c.id == bindparam("article_id"), _article.c.project_id == bindparam("project_id")
)
_ARTICLE = (
    select(*[c for c in _article.c if c.name != "text"], _author.c.name.label("author"))
    .outerjoin(_author, _author.c.id == _article.c.author_id)
    .where(_THIS_ARTICLE)
)
_FRAME = select(_article.c.id, _article.c.project_id, _article.c.text_sha256).where(_THIS_ARTICLE)


def frame(db: Session, project: Project, article_id: str) -> Any:
    """Of an article only `id`, `project_id` and `text_sha256`: what rows and writes need.

    Raises NotFound.
    """
    asked = {"article_id": article_id, "project_id": project.id}
    row = db.connection().execute(_FRAME, asked).first()
    if row is None:
        raise NotFound("There is no such article in this project.")
    return row


def article(db: Session, project: Project, article_id: str) -> Any:
    """What is known of an article of this project, its author's name included (`author`), without
    the text.

    Raises NotFound.
    """
    asked = {"article_id": article_id, "project_id": project.id}
    row = db.connection().execute(_ARTICLE, asked).first()
    if row is None:
        raise NotFound("There is no such article in this project.")
    return row


def _nearest(condition: Any, order: Any) -> Any:
    return (
        select(_article.c.id, _article.c.title, _article.c.position)
        .where(_article.c.project_id == bindparam("project_id"), condition)
        .order_by(order)
        .limit(1)
        .subquery()
    )


_BEFORE = _nearest(_article.c.position < bindparam("position"), _article.c.position.desc())
_AFTER = _nearest(_article.c.position > bindparam("position"), _article.c.position)
_NEIGHBOURS = select(_BEFORE).union_all(select(_AFTER))


def neighbours(db: Session, project: Project, position: int) -> dict[str, Neighbour]:
    """The articles `before` and `after` a position, as far as there are any."""

    asked = {"project_id": project.id, "position": position}
    rows = db.connection().execute(_NEIGHBOURS, asked).all()
    return {
        "before" if row.position < position else "after": Neighbour(row.id, row.title)
        for row in rows
    }


_PROGRESS = select(_progress.c.state).where(
    _progress.c.article_id == bindparam("article_id"), _progress.c.user_id == bindparam("user_id")
)


def progress(db: Session, article_id: str, user_id: str) -> str | None:
    """What this person said of their work on the article: in_progress, done, or None."""
    asked = {"article_id": article_id, "user_id": user_id}
    state: str | None = db.connection().execute(_PROGRESS, asked).scalar()
    return state


# ------------------------------------------------------------------------------ the passages


class Passage(NamedTuple):
    """An annotation as the page shows it. Offsets in code points; `pieces` are its fragments."""

    id: str
    annotator_id: str
    tag_id: str
    start: int
    end: int
    text: str
    pieces: Sequence[Sequence[int]]
    attributes: dict[str, Any]
    has_memo: bool
    status: str
    version: int
    #: (id, title) of the events that it is linked to.
    events: Sequence[tuple[str, str]]


_COLUMNS = (
    _annotation.c.id,
    _annotation.c.annotator_id,
    _annotation.c.tag_id,
    _annotation.c.start,
    _annotation.c.end,
    _annotation.c.text,
    type_coerce(_annotation.c.fragments, Text),
    type_coerce(_annotation.c.attributes, Text),
    (_annotation.c.note != "").label("has_memo"),
    _annotation.c.state,
    _annotation.c.version,
)
_IN_ARTICLE = and_(
    _annotation.c.article_id == bindparam("article_id"), _annotation.c.deleted_at.is_(None)
)
_BETWEEN = and_(
    _IN_ARTICLE,
    _annotation.c.start < bindparam("last"),
    _annotation.c.end > bindparam("first"),
)


class _Asked(NamedTuple):
    """Statements for the passages of one condition, and for what hangs on them."""

    passages: Any
    rest: Any


def _line(what: str, a: Any, b: Any, c: Any, rank: Any, at: Any, tie: Any) -> Any:
    """One kind of line of the statement for the rest. All have the same columns; the last three
    give the order.
    """
    words = {"what": literal(what), "a": a, "b": b, "c": c}
    order = {"rank": rank, "at": at, "tie": tie}
    return select(*[column.label(name) for name, column in {**words, **order}.items()])


def _asking(there: Any) -> _Asked:
    """In order of place, which is the order of notes, of exports, and of J and K. The rest comes by
    one statement: the annotators, the verdicts and the events of these passages, and how many
    annotations the article has.
    """
    no_word, no_rank = literal(""), literal(0)
    name, at = _user.c.name, _review.c.created_at
    people = _line("person", _user.c.id, name, _user.c.display_name, no_rank, name, no_word).where(
        _user.c.id.in_(select(_annotation.c.annotator_id).where(there))
    )
    verdicts = (
        _line(
            "verdict",
            _review.c.annotation_id,
            _review.c.reviewer_id,
            _review.c.verdict,
            no_rank,
            at,
            _review.c.id,
        )
        .join(_annotation, _annotation.c.id == _review.c.annotation_id)
        .where(there, _review.c.withdrawn_at.is_(None))
    )
    linked = (
        _line(
            "event",
            _link.c.annotation_id,
            _event.c.id,
            _event.c.title,
            _event.c.position,
            no_word,
            _event.c.id,
        )
        .join(_annotation, _annotation.c.id == _link.c.annotation_id)
        .join(_event, _event.c.id == _link.c.event_id)
        .where(there, _event.c.deleted_at.is_(None))
    )
    total = _line("total", no_word, no_word, no_word, func.count(), no_word, no_word).where(
        _IN_ARTICLE
    )
    rest = union_all(people, verdicts, linked, total).order_by("what", "rank", "at", "tie")
    passages = (
        select(*_COLUMNS)
        .where(there)
        .order_by(_annotation.c.start, _annotation.c.end, _annotation.c.id)
    )
    return _Asked(passages, rest)


_WHOLE, _PART = _asking(_IN_ARTICLE), _asking(_BETWEEN)


def _narrowed(
    article_id: str, between: tuple[int, int] | None
) -> tuple[_Asked, dict[str, str | int]]:
    """The statements for an article or an interval of it, with their parameters."""
    if between is None:
        return _WHOLE, {"article_id": article_id}
    return _PART, {"article_id": article_id, "first": between[0], "last": between[1]}


class Person(NamedTuple):
    """Somebody who annotates; `shown` is the name for people's eyes."""

    id: str
    name: str
    shown: str


class Found(NamedTuple):
    """Passages in order of place, who made them (by id, in order of their names), and how many
    annotations the whole article has.
    """

    passages: list[Passage]
    people: dict[str, Person]
    total: int


def find(db: Session, article_id: str, *, between: tuple[int, int] | None = None) -> Found:
    """The annotations of an article, or those that touch an interval of it, in two statements."""
    asked, values = _narrowed(article_id, between)
    run = db.connection().execute
    rows = run(asked.passages, values).all()
    people: dict[str, Person] = {}
    verdicts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    events: dict[str, list[tuple[str, str]]] = defaultdict(list)
    total = 0
    for what, a, b, c, rank, _at, _tie in run(asked.rest, values):
        if what == "event":
            events[a].append((b, c))
        elif what == "verdict":
            verdicts[a].append((b, c))
        elif what == "person":
            people[a] = Person(a, b, c or b)
        else:
            total = rank
    return Found(_passages(rows, verdicts, events), people, total)


def _passages(
    rows: Iterable[Any],
    verdicts: dict[str, list[tuple[str, str]]],
    events: dict[str, list[tuple[str, str]]],
) -> list[Passage]:
    nothing: Sequence[tuple[str, str]] = ()
    made = []
    for identifier, who, tag, start, end, text, fragments, attributes, memo, state, version in rows:
        said = verdicts.get(identifier)
        made.append(
            Passage(
                identifier,
                who,
                tag,
                start,
                end,
                text,
                _loaded(fragments) if fragments else ((start, end),),
                _loaded(attributes) if attributes != "{}" else _NO_ATTRIBUTES,
                memo,
                review.status(state, said).value if said else state,
                version,
                events.get(identifier, nothing),
            )
        )
    return made


_NO_ATTRIBUTES: dict[str, Any] = {}


def _loaded(value: Any) -> Any:
    """A JSON column that was read as it is stored: text on SQLite, a value on PostgreSQL."""
    return orjson.loads(value) if isinstance(value, str) else value


# ------------------------------------------------------------------------------ the rows


class Note(NamedTuple):
    """A passage in the row where its note stands; `number` counts from 1 within the row."""

    number: int
    passage: Passage


@dataclass(frozen=True)
class Row:
    """A paragraph with its segments and notes. `unit` is the UTF-16 offset of its first unit."""

    number: int
    start: int
    end: int
    unit: int
    segments: Sequence[Segment]
    notes: Sequence[Note] = field(default=())


def rows(
    laid: Layout,
    shown: Iterable[Passage],
    positions: dict[str, int],
    only: Collection[int] | None = None,
) -> list[Row]:
    """The rows of an article, or those with the numbers `only`.

    `shown` are the passages to draw; `positions` gives the number of a tag's colour by its id.
    """
    homes: dict[int, list[Note]] = defaultdict(list)
    marks: list[Mark] = []
    for passage in shown:
        position = positions[passage.tag_id]
        for number, (start, end) in enumerate(passage.pieces):
            marks.append(Mark(passage.id, position, start, end, number))
        notes = homes[laid.home(passage.start)]
        notes.append(Note(len(notes) + 1, passage))
    wanted = laid.paragraphs
    if only is not None:
        wanted = tuple(p for p in wanted if p.number in only)
    shares = by_paragraph([(start, end) for _, start, end in wanted], marks)
    return [
        Row(
            number,
            start,
            end,
            laid.units[number - 1],
            cut(start, end, share),
            homes.get(number, ()),
        )
        for (number, start, end), share in zip(wanted, shares, strict=True)
    ]


def span_of(laid: Layout, numbers: Collection[int]) -> tuple[int, int]:
    """The interval of the text from the first to the last of some rows."""
    if not numbers:
        return 0, 0
    # A note whose passage begins in the blank lines around a row stands in that row.
    first = laid.paragraphs[min(numbers) - 2].end if min(numbers) > 1 else 0
    last = max(numbers)
    return first, laid.paragraphs[last - 1].end if last < len(laid.paragraphs) else len(laid.text)


class Tick(NamedTuple):
    """A place in the overview: a tag's colour, where (0…1000), how high, and its row."""

    tag: int
    y: float
    height: float
    row: int


def overview(
    laid: Layout, shown: Iterable[Passage], positions: dict[str, int], *, bins: int = 200
) -> list[Tick]:
    """Where the marks are. Marks of one tag in one of the bins are one tick, so that a big article
    has no more of them than a small one.
    """
    if not laid.text:
        return []
    scale = bins / len(laid.text)
    lanes: dict[tuple[int, int], int] = {}
    for passage in shown:
        place = (min(int(passage.start * scale), bins - 1), positions[passage.tag_id])
        lanes.setdefault(place, passage.start)
    step = 1000 / bins
    return [
        Tick(tag, round(place * step, 1), round(step * 0.8, 1), laid.home(start))
        for (place, tag), start in sorted(lanes.items())
    ]


# ------------------------------------------------------------------------------ whose layers


STATUSES = tuple(status.value for status in review.Status)
WHOSE = ("all", "mine", "theirs")


@dataclass(frozen=True)
class Filter:
    """Which passages a page shows; empty sets let everything through.

    `annotators` and `tags` are names, `whose` is one of WHOSE, seen from the reader.
    """

    reader_id: str
    whose: str = "all"
    annotators: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        """Whether it lets everything through."""
        return self.whose == "all" and not (
            self.annotators or self.tags or self.statuses or self.events
        )

    def choose(
        self, found: list[Passage], people: dict[str, Person], tags: dict[str, str]
    ) -> list[Passage]:
        """The passages that it lets through. `tags` gives the name of a tag by its id."""
        if self.open:
            return found
        return [passage for passage in found if self._lets(passage, people, tags)]

    def _lets(self, one: Passage, people: dict[str, Person], tags: dict[str, str]) -> bool:
        mine = one.annotator_id == self.reader_id
        return (
            (self.whose == "all" or mine == (self.whose == "mine"))
            and (not self.annotators or people[one.annotator_id].name in self.annotators)
            and (not self.tags or tags[one.tag_id] in self.tags)
            and (not self.statuses or one.status in self.statuses)
            and (not self.events or any(event in self.events for event, _ in one.events))
        )


def newest_change(db: Session, project: Project) -> int:
    """The number after which a page that is rendered now wants to be told of changes."""
    return log.last_seq(db, project.id)


def events_of(db: Session, annotation_id: str) -> list[tuple[str, str]]:
    """(id, title) of the events to which one annotation is linked, in the events' order."""
    rows = db.execute(
        select(_event.c.id, _event.c.title)
        .join(_link, _link.c.event_id == _event.c.id)
        .where(_link.c.annotation_id == annotation_id, _event.c.deleted_at.is_(None))
        .order_by(_event.c.position, _event.c.id)
    )
    return [(row.id, row.title) for row in rows]


def person(db: Session, user_id: str) -> Person:
    """Somebody by id."""
    row = db.execute(select(_user.c.name, _user.c.display_name).where(_user.c.id == user_id)).one()
    return Person(user_id, row.name, row.display_name or row.name)


def linked_by(db: Session, annotation_id: str, event_id: str) -> str | None:
    """Who linked an annotation to an event; None also when nobody is known or it is not linked."""
    found: str | None = db.execute(
        select(_link.c.created_by).where(
            _link.c.annotation_id == annotation_id, _link.c.event_id == event_id
        )
    ).scalar()
    return found
