"""Files go out: one snapshot of a project as a stream of bytes, in a fixed order.

Two exports of one state are equal to the byte: articles by position, passages by start, end, tag,
annotator and id, everything else by position or id. Nothing is held in memory but the batch at
hand.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session

from annotator.domain.errors import Invalid
from annotator.domain.review import status as status_of
from annotator.formats import WRITERS, writers
from annotator.formats.records import COVERAGE, END, EVENT, PROJECT, RELATION
from annotator.formats.writers import Link, Passage, Row, Verdict
from annotator.models import Project
from annotator.services import bulk
from annotator.services.quiet import collector_paused

#: Characters of text in one batch of articles.
BATCH_LENGTH = 400_000
BATCH_ARTICLES = 250

LAYERS = ("all", "annotator", "final")


@dataclass(frozen=True)
class Filters:
    """Which passages go out; empty: all. Names of annotators and tags, ids of events and
    articles.
    """

    annotators: Sequence[str] = ()
    layer: str = "all"
    statuses: Sequence[str] = ()
    tags: Sequence[str] = ()
    events: Sequence[str] = ()
    articles: Sequence[str] = ()

    @property
    def active(self) -> bool:
        """Whether anything may be left out."""
        return bool(
            self.annotators
            or self.layer != "all"
            or self.statuses
            or self.tags
            or self.events
            or self.articles
        )


ALL = Filters()


def stream(
    db: Session,
    project: Project,
    *,
    format: str = "jsonl",
    filters: Filters = ALL,
) -> Iterator[bytes]:
    """Yield the export of a project in pieces, each some whole lines.

    `db` is a reading session, which must stay open until the last piece: all of it is one
    snapshot (on PostgreSQL in a transaction of its own, so only what is committed goes out).
    Raises Invalid, before the first piece is asked for, when there is no such format or a filter
    names something that the project does not have.
    """
    if format not in WRITERS:
        raise Invalid(
            "“{name}” is no format that can be exported. There are: {known}.",
            "format",
            name=format[:80],
            known=", ".join(WRITERS),
        )
    with _snapshot(db) as source:
        _check(_Export(source, project, filters), filters)
    return _run(db, project, format, filters)


def _run(db: Session, project: Project, name: str, filters: Filters) -> Iterator[bytes]:
    with _snapshot(db) as source:
        yield from _WRITERS[name](_Export(source, project, filters))


class _Source:
    """A driver's connection inside the snapshot."""

    def __init__(self, connection: Any, postgres: bool) -> None:
        self.connection = connection
        self.postgres = postgres

    def all(self, sql: str, *values: Any) -> list[Any]:
        """All rows of a statement written with `?`."""
        if self.postgres:
            with self.connection.cursor() as cursor:
                return list(cursor.execute(sql.replace("?", "%s"), values).fetchall())
        return list(self.connection.execute(sql, values).fetchall())

    def among(self, columns: str, table: str, where: str, keys: Iterable[str], more: str) -> Any:
        """Rows whose column is among keys."""
        return bulk.fetch_in(self.connection, self.postgres, columns, table, where, keys, more=more)

    def json(self, column: str) -> str:
        """A JSON column as text."""
        return f"{column}::text" if self.postgres else column


@contextmanager
def _snapshot(db: Session) -> Iterator[_Source]:
    if not bulk.is_postgres(db):
        yield _Source(bulk.driver(db), False)
        return
    engine = db.get_bind().engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        connection.begin()
        yield _Source(connection.connection.driver_connection, True)


def _check(export: "_Export", filters: Filters) -> None:
    """Refuse filters that name what is not there: an empty file would look like an answer."""
    ids = {row[0] for row in export.events()} if filters.events else set()
    articles: set[str] = set()
    if filters.articles:
        found = export.source.among("id, project_id", "article", "id", filters.articles, "")
        articles = {row[0] for row in found if row[1] == export.project.id}
    for field, given, known in (
        ("tag", filters.tags, set(export.tags.values())),
        ("annotator", filters.annotators, set(export.users.values())),
        ("event", filters.events, ids),
        ("article", filters.articles, articles),
        ("status", filters.statuses, {"draft", "submitted", "accepted", "rejected", "disputed"}),
        ("layer", (filters.layer,), set(LAYERS)),
    ):
        for value in given:
            if value not in known:
                raise Invalid(
                    "There is no {field_name} “{value}” in this project, so nothing was exported.",
                    field,
                    field_name=field,
                    value=value[:80],
                )


class _Export:
    """Reads one project: names once, articles in batches."""

    def __init__(self, source: _Source, project: Project, filters: Filters) -> None:
        self.source = source
        self.project = project
        self.filters = filters
        self.users = dict(source.all('SELECT id, name FROM "user"'))
        self.tags = dict(source.all("SELECT id, name FROM tag WHERE project_id = ?", project.id))
        self.authors = dict(
            source.all("SELECT id, name FROM author WHERE project_id = ?", project.id)
        )

    # ------------------------------------------------------------------ articles

    def batches(self, *, whole: bool = False) -> Iterator[list[tuple[dict[str, Any], list[Row]]]]:
        """Every article with its passages, in order, some articles at a time."""
        for rows in self._batches():
            with collector_paused():
                passages = self._passages([row["id"] for row in rows])
                if whole:
                    self._complete(rows)
            yield [(row, passages.get(row["id"], [])) for row in rows]

    def _batches(self) -> Iterator[list[dict[str, Any]]]:
        json = self.source.json
        sql = (
            f"SELECT id, position, title, author_id, outlet, published, language, url, "  # noqa: S608
            f"{json('sources')}, text, text_sha256, source_file, source_sha256, "
            f"{json('import_changes')}, created_by, created_at, version "
            "FROM article WHERE project_id = ? AND position > ? ORDER BY position LIMIT ?"
        )
        last, many = -1, 8
        while found := self.source.all(sql, self.project.id, last, many):
            last = found[-1][1]
            rows = [self._article(row) for row in found]
            # As many articles as make a batch of the wished length, if the next are like these.
            mean = sum(len(row["text"]) for row in rows) // len(rows) + 1
            many = max(1, min(BATCH_ARTICLES, BATCH_LENGTH // mean))
            if self.filters.articles:
                rows = [row for row in rows if row["id"] in self.filters.articles]
            if rows:
                yield rows

    def _article(self, row: Any) -> dict[str, Any]:
        return {
            "id": row[0],
            "title": row[2],
            "author": self.authors.get(row[3]),
            "outlet": row[4],
            "published": row[5],
            "language": row[6],
            "url": row[7],
            "sources": orjson.loads(row[8]),
            "text": row[9],
            "text_sha256": row[10],
            "source_file": row[11],
            "source_sha256": row[12],
            "import_changes": orjson.loads(row[13]),
            "created_by": self.users.get(row[14]),
            "created_at": row[15],
            "version": row[16],
        }

    def _complete(self, rows: list[dict[str, Any]]) -> None:
        """Add what only a whole project holds: original bytes and progress."""
        hashes = [row["source_sha256"] for row in rows if row["source_sha256"]]
        kept = dict(self.source.among("sha256, content", "original", "sha256", hashes, ""))
        progress: dict[str, list[Any]] = defaultdict(list)
        for article, user, state, at in self.source.among(
            "article_id, user_id, state, updated_at",
            "progress",
            "article_id",
            [row["id"] for row in rows],
            "",
        ):
            progress[article].append({"by": self.users[user], "state": state, "at": at})
        for row in rows:
            original = kept.get(row["source_sha256"])
            row["original"] = bytes(original) if original is not None else None
            row["progress"] = sorted(progress[row["id"]], key=lambda p: str(p["by"]))

    # ------------------------------------------------------------------ passages

    def _passages(self, articles: list[str]) -> dict[str, list[Row]]:
        """Article id → its passages in order, those that the filters let through."""
        links, reviews = self._links(articles), self._reviews(articles)
        json, users, tags = self.source.json, self.users, self.tags
        keep = self._filter() if self.filters.active else None
        found: dict[str, list[Row]] = {}
        none: tuple[Any, ...] = ()
        for row in self.source.among(
            'article_id, start, "end", tag_id, annotator_id, id, text, '
            f"{json('fragments')}, {json('attributes')}, note, state, layer, origin, "
            "codebook_version, version, created_at, updated_at",
            "annotation",
            "article_id",
            articles,
            "AND deleted_at IS NULL",
        ):
            article, start, end, tag, user, identifier = row[:6]
            judged, status = reviews.get(identifier, none), row[10]
            if judged:
                verdicts = [(r.by, r.verdict) for r in judged if r.withdrawn_at is None]
                status = str(status_of(status, verdicts))
            linked = links.get(identifier, none)
            passage = (start, end, tags[tag], users[user], *row[5:], status, linked, judged)
            if keep is not None and not keep(Passage._make(passage)):
                continue
            if article in found:
                found[article].append(passage)
            else:
                found[article] = [passage]
        for passages in found.values():
            # By start, end, tag, annotator and id; ids differ, so nothing behind them is compared.
            passages.sort()
        return found

    def _filter(self) -> Callable[[Passage], bool]:
        f = self.filters
        annotators, tags = frozenset(f.annotators), frozenset(f.tags)
        statuses, events = frozenset(f.statuses), frozenset(f.events)

        def keep(p: Passage) -> bool:
            return (
                (not annotators or p.annotator in annotators)
                and (f.layer == "all" or p.layer == f.layer)
                and (not statuses or p.status in statuses)
                and (not tags or p.label in tags)
                and (not events or any(link.event in events for link in p.links))
            )

        return keep

    def _links(self, articles: list[str]) -> dict[str, list[Link]]:
        found: dict[str, list[Link]] = defaultdict(list)
        for annotation, event, by, at in self.source.among(
            "l.annotation_id, l.event_id, l.created_by, l.created_at",
            "event_link l JOIN annotation a ON a.id = l.annotation_id "
            "JOIN event e ON e.id = l.event_id",
            "a.article_id",
            articles,
            "AND e.deleted_at IS NULL ORDER BY l.event_id",
        ):
            found[annotation].append(Link(event, by and self.users[by], at))
        return found

    def _reviews(self, articles: list[str]) -> dict[str, list[Verdict]]:
        found: dict[str, list[Verdict]] = defaultdict(list)
        for row in self.source.among(
            "r.annotation_id, r.id, r.reviewer_id, r.verdict, r.reason, r.created_at, "
            "r.annotation_version, r.withdrawn_at, r.seen_at",
            "review r JOIN annotation a ON a.id = r.annotation_id",
            "a.article_id",
            articles,
            "",
        ):
            found[row[0]].append(Verdict(row[1], self.users[row[2]], *row[3:]))
        for reviews in found.values():
            reviews.sort(key=lambda r: (r.at, r.by, r.verdict, r.reason, r.id))
        return found

    # ------------------------------------------------------------------ the rest of a project

    def events(self) -> list[Any]:
        """The events that are not deleted, in order."""
        return self.source.all(
            f"SELECT id, title, kind, date, date_end, place, {self.source.json('aliases')}, "  # noqa: S608
            "description, parent_id, merged_into_id, created_by, created_at, version "
            "FROM event WHERE project_id = ? AND deleted_at IS NULL ORDER BY position, id",
            self.project.id,
        )

    def event_records(self) -> Iterator[dict[str, Any]]:
        """Events as records."""
        rows = self.events()
        here = {row[0] for row in rows}
        for row in rows:
            yield {
                "schema": EVENT,
                "id": row[0],
                "title": row[1],
                "kind": row[2],
                "date": row[3],
                "date_end": row[4],
                "place": row[5],
                "aliases": orjson.loads(row[6]),
                "description": row[7],
                "parent": row[8] if row[8] in here else None,
                "merged_into": row[9] if row[9] in here else None,
                "created_by": self.users.get(row[10]),
                "created_at": row[11],
                "version": row[12],
            }

    def relation_records(self) -> Iterator[dict[str, Any]]:
        """Relations between passages that are not deleted."""
        for row in self.source.all(
            "SELECT r.id, r.event_id, r.from_id, r.to_id, r.kind, r.aspect, r.comment, r.verdict, "
            "r.verdict_source, r.created_by, r.created_at, r.version "
            "FROM relation r JOIN event e ON e.id = r.event_id "
            "JOIN annotation f ON f.id = r.from_id JOIN annotation t ON t.id = r.to_id "
            "WHERE r.project_id = ? AND r.deleted_at IS NULL AND e.deleted_at IS NULL "
            "AND f.deleted_at IS NULL AND t.deleted_at IS NULL ORDER BY e.position, e.id, r.id",
            self.project.id,
        ):
            yield {
                "schema": RELATION,
                "id": row[0],
                "event": row[1],
                "from": row[2],
                "to": row[3],
                "kind": row[4],
                "aspect": row[5],
                "comment": row[6],
                "verdict": row[7],
                "verdict_source": row[8],
                "created_by": self.users.get(row[9]),
                "created_at": row[10],
                "version": row[11],
            }

    def coverage_records(self) -> Iterator[dict[str, Any]]:
        """Signed cells, by event and article."""
        for row in self.source.all(
            "SELECT c.event_id, c.article_id, c.state, c.note, c.signed_by, c.signed_at, c.version "
            "FROM coverage c JOIN event e ON e.id = c.event_id "
            "JOIN article a ON a.id = c.article_id "
            "WHERE e.project_id = ? AND e.deleted_at IS NULL ORDER BY e.position, e.id, a.position",
            self.project.id,
        ):
            yield {
                "schema": COVERAGE,
                "event": row[0],
                "article": row[1],
                "state": row[2],
                "note": row[3],
                "signed_by": self.users.get(row[4]),
                "signed_at": row[5],
                "version": row[6],
            }

    def project_record(self) -> dict[str, Any]:
        """Title, codebook with its history, entities and measures; no address, so that it fits
        any.
        """
        all_, json, project = self.source.all, self.source.json, self.project.id
        title, description, version = all_(
            "SELECT title, description, codebook_version FROM project WHERE id = ?", project
        )[0]
        tags = all_(
            f"SELECT name, {json('content')}, retired_at, version FROM tag "  # noqa: S608
            "WHERE project_id = ? ORDER BY position, name",
            project,
        )
        books = all_(
            f"SELECT number, {json('content')}, created_by, created_at FROM codebook_version "  # noqa: S608
            "WHERE project_id = ? ORDER BY number",
            project,
        )
        return {
            "schema": PROJECT,
            "title": title,
            "description": description,
            "codebook_version": version,
            "tags": [
                {"name": t[0], "content": writers.canonical(t[1]), "retired_at": t[2]}
                | {"version": t[3]}
                for t in tags
            ],
            "codebooks": [
                {"number": b[0], "created_by": self.users.get(b[2]), "created_at": b[3]}
                | {"content": writers.canonical(b[1])}
                for b in books
            ],
            "entities": [_named(row) for row in self._names("entity")],
            "measures": [_named(row) | {"description": row[3]} for row in self._names("measure")],
        }

    def _names(self, table: str) -> list[Any]:
        more = ", description" if table == "measure" else ""
        return self.source.all(
            f"SELECT id, name, {self.source.json('aliases')}{more} FROM {table} "  # noqa: S608
            "WHERE project_id = ? ORDER BY name, id",
            self.project.id,
        )


def _named(row: Any) -> dict[str, Any]:
    return {"id": row[0], "name": row[1], "aliases": orjson.loads(row[2])}


def event_ids(db: Session, project: Project, names: Iterable[str]) -> list[str]:
    """The ids of events that are named by id or by title. Raises Invalid for one that is not
    there.
    """
    with _snapshot(db) as source:
        rows = _Export(source, project, ALL).events()
    ids = {row[1]: row[0] for row in rows} | {row[0]: row[0] for row in rows}
    wanted = list(names)
    for name in wanted:
        if name not in ids:
            raise Invalid("There is no event “{name}” in this project.", "event", name=name[:80])
    return [ids[name] for name in wanted]


# ------------------------------------------------------------------------------ writers


def _jsonl(export: _Export) -> Iterator[bytes]:
    for batch in export.batches():
        with collector_paused():
            piece = b"".join([writers.line(writers.article(row, found)) for row, found in batch])
        yield piece


def _annotations(export: _Export) -> Iterator[bytes]:
    for batch in export.batches():
        with collector_paused():
            piece = b"".join(
                [
                    writers.line(writers.annotation(row, passage))
                    for row, found in batch
                    for passage in found
                ]
            )
        if piece:
            yield piece


def _project(export: _Export) -> Iterator[bytes]:
    digest, records = hashlib.sha256(), 0
    for piece in _records(export):
        digest.update(piece)
        records += piece.count(b"\n")
        yield piece
    yield writers.line({"schema": END, "records": records, "sha256": digest.hexdigest()})


def _records(export: _Export) -> Iterator[bytes]:
    left_out = export.filters.active
    articles: set[str] = set()
    passages: set[str] = set()
    yield writers.line(export.project_record())
    yield b"".join(writers.line(record) for record in export.event_records())
    for batch in export.batches(whole=True):
        if left_out:
            articles.update(row["id"] for row, _ in batch)
            passages.update(passage[4] for _, found in batch for passage in found)
        with collector_paused():
            piece = b"".join(
                [writers.line(writers.whole_article(row, found)) for row, found in batch]
            )
        yield piece
    yield b"".join(
        writers.line(record)
        for record in export.relation_records()
        if not left_out or (record["from"] in passages and record["to"] in passages)
    )
    yield b"".join(
        writers.line(record)
        for record in export.coverage_records()
        if not left_out or record["article"] in articles
    )


_WRITERS: Mapping[str, Callable[[_Export], Iterator[bytes]]] = {
    "jsonl": _jsonl,
    "project": _project,
    "annotations": _annotations,
}
