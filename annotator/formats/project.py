"""A whole project, a typed record a line; the last line tells that the file is whole.

The order is that of the data's flow: the project with its codebook and names, events, articles
with their passages, relations, coverage, and `annotator.end/1` with the number of records and the
sha256 of everything before it. A file without a project record is a part of one (events for
articles that are here already) and needs no end.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO

from annotator.formats import jsonl, strict
from annotator.formats.fields import MAX_NAME, Fields
from annotator.formats.records import (
    ARTICLE,
    COVERAGE,
    END,
    EVENT,
    PROJECT,
    RELATION,
    CodebookRecord,
    CoverageRecord,
    EventRecord,
    NameRecord,
    ProjectRecord,
    Record,
    RelationRecord,
    TagRecord,
)
from annotator.formats.strict import Place

EVENT_KINDS = ("event", "topic", "document", "figure", "quote", "fact", "frame")
RELATION_KINDS = (
    "agrees",
    "contradicts",
    "apparent_conflict",
    "differs",
    "restates",
    "part_of",
    "opposes",
    "complements",
)
RELATION_VERDICTS = ("open", "reconciled", "undecidable", "supported")
COVERAGE_STATES = ("covered", "silent", "precedes_event", "not_checked")


class _Counting:
    """A stream that knows the hash of the lines before the present one."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.hash = hashlib.sha256()
        self.before = self.hash.hexdigest()

    def readline(self, limit: int) -> bytes:
        line = self.stream.readline(limit)
        if b'"annotator.end/' in line:
            self.before = self.hash.hexdigest()
        self.hash.update(line)
        return line


def read(stream: BinaryIO, name: str) -> Iterator[Record]:
    """Yield the records of a file. Raises Invalid naming file, line and field."""
    counting = _Counting(stream)
    place = Place(name, 1)
    records, whole, ended = 0, False, False
    for place, data in strict.lines(counting, name):  # type: ignore[arg-type]
        schema = data.get("schema")
        if ended:
            place.refuse(
                "schema",
                "{file}, line {line}, {where}: nothing may follow the end of the export. Import "
                "each export by itself.",
            )
        if schema == END:
            _check_end(Fields(data, place), records, counting.before)
            ended = True
            continue
        reader = _READERS.get(schema) if isinstance(schema, str) else None
        if reader is None:
            place.refuse(
                "schema",
                "{file}, line {line}, {where}: “{value}” is no kind of record. There are: {known}.",
                value=str(schema)[:80],
                known=", ".join(_READERS),
            )
        whole = whole or schema == PROJECT
        records += 1
        yield reader(data, place)
    if whole and not ended:
        place.refuse(
            "line",
            "{file}, line {line}, {where}: the file ends here without its last line, so it was cut "
            "off on its way. Export it again; nothing of it was imported.",
        )


def _check_end(fields: Fields, records: int, digest: str) -> None:
    if fields.number("records", -1, least=-1) != records:
        fields.place.refuse(
            "records",
            "{file}, line {line}, {where}: the export had {wanted} records, but {found} are here. "
            "Lines are missing; export it again. Nothing was imported.",
            wanted=fields.data.get("records"),
            found=records,
        )
    if fields.text("sha256", most=64) != digest:
        fields.place.refuse(
            "sha256",
            "{file}, line {line}, {where}: the file was changed after it was exported. Export it "
            "again, or take the last line out if the change is yours. Nothing was imported.",
        )


def _project(data: Mapping[str, Any], place: Place) -> ProjectRecord:
    fields = Fields(data, place)
    return ProjectRecord(
        line=place.line,
        title=fields.needed("title", most=MAX_NAME),
        description=fields.text("description") or "",
        codebook_version=fields.number("codebook_version", 1, least=1),
        tags=tuple(
            TagRecord(
                name=tag.needed("name", most=MAX_NAME),
                content=tag.object("content").data,
                retired_at=tag.moment("retired_at"),
                version=tag.number("version", 1, least=1),
            )
            for tag in fields.objects("tags")
        ),
        codebooks=tuple(
            CodebookRecord(
                number=book.number("number", 1, least=1),
                content=book.object("content").data,
                created_by=book.name("created_by"),
                created_at=book.as_moment("created_at", book.data.get("created_at")),
            )
            for book in fields.objects("codebooks")
        ),
        entities=tuple(_name(item) for item in fields.objects("entities")),
        measures=tuple(_name(item) for item in fields.objects("measures")),
    )


def _name(fields: Fields) -> NameRecord:
    return NameRecord(
        name=fields.needed("name", most=MAX_NAME),
        id=fields.name("id"),
        aliases=fields.texts("aliases"),
        description=fields.text("description") or "",
    )


def _event(data: Mapping[str, Any], place: Place) -> EventRecord:
    fields = Fields(data, place)
    return EventRecord(
        line=place.line,
        id=fields.needed("id", most=MAX_NAME),
        title=fields.needed("title", most=1000),
        kind=fields.one_of("kind", EVENT_KINDS, "event"),
        date=fields.date("date"),
        date_end=fields.date("date_end"),
        place=fields.text("place") or "",
        aliases=fields.texts("aliases", most=1000),
        description=fields.text("description") or "",
        parent=fields.name("parent"),
        merged_into=fields.name("merged_into"),
        created_by=fields.name("created_by"),
        created_at=fields.moment("created_at"),
        version=fields.number("version", 1, least=1),
    )


def _relation(data: Mapping[str, Any], place: Place) -> RelationRecord:
    fields = Fields(data, place)
    start, end = (fields.needed(name, most=MAX_NAME) for name in ("from", "to"))
    if start == end:
        place.refuse("to", "{file}, line {line}, {where}: a passage has no relation to itself.")
    return RelationRecord(
        line=place.line,
        id=fields.needed("id", most=MAX_NAME),
        event=fields.needed("event", most=MAX_NAME),
        start=start,
        end=end,
        kind=fields.one_of("kind", RELATION_KINDS, fields.needed("kind")),
        aspect=fields.text("aspect") or "",
        comment=fields.text("comment") or "",
        verdict=fields.one_of("verdict", RELATION_VERDICTS, "open"),
        verdict_source=fields.text("verdict_source") or "",
        created_by=fields.name("created_by"),
        created_at=fields.moment("created_at"),
        version=fields.number("version", 1, least=1),
    )


def _coverage(data: Mapping[str, Any], place: Place) -> CoverageRecord:
    fields = Fields(data, place)
    article, source_file = fields.name("article"), fields.text("source_file", most=500)
    if not article and not source_file:
        fields.needed("article")
    return CoverageRecord(
        line=place.line,
        event=fields.needed("event", most=MAX_NAME),
        article=article,
        source_file=source_file,
        state=fields.one_of("state", COVERAGE_STATES, fields.needed("state")),
        note=fields.text("note") or "",
        signed_by=fields.name("signed_by"),
        signed_at=fields.moment("signed_at"),
        version=fields.number("version", 1, least=1),
    )


_READERS: dict[str, Callable[[Mapping[str, Any], Place], Record]] = {
    PROJECT: _project,
    EVENT: _event,
    ARTICLE: jsonl.article,
    RELATION: _relation,
    COVERAGE: _coverage,
}
