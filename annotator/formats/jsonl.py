"""JSON Lines, one article a line: `annotator.article/1`, and plain lines with `text` and `spans`.

A plain line may leave out nearly everything: files of spaCy and Prodigy are read as they are. A
line without a text brings passages for an article that is here already, which its id, its hash or
its source file names.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

import orjson

from annotator.domain.dates import PartialDate
from annotator.domain.errors import Invalid
from annotator.domain.spans import parse_fragments
from annotator.domain.text import TextChange
from annotator.formats import strict
from annotator.formats.fields import MAX_NAME, MAX_NUMBER, MAX_TEXT, Fields
from annotator.formats.records import (
    ARTICLE,
    SOURCED,
    SOURCES,
    ArticleRecord,
    LinkRecord,
    Meta,
    Progress,
    ReviewRecord,
    SpanRecord,
)
from annotator.formats.strict import Place

# Tuples, not sets: whether a value from outside is among them may be asked of any value.
LAYERS = ("annotator", "final")
ORIGINS = ("human", "import", "suggestion")
STATES = ("draft", "submitted")
STATUSES = (*STATES, "accepted", "rejected", "disputed")
VERDICTS = ("accepted", "rejected")
MAX_LENGTH = 5_000_000


def read(stream: BinaryIO, name: str) -> Iterator[ArticleRecord]:
    """Yield the articles of a file. Raises Invalid naming file, line and field."""
    for place, data in strict.lines(stream, name):
        schema = data.get("schema", ARTICLE)
        if schema != ARTICLE:
            place.refuse(
                "schema",
                "{file}, line {line}, {where}: “{value}” is not {wanted}. Import the file with "
                "--format project.",
                value=str(schema)[:80],
                wanted=ARTICLE,
            )
        yield article(data, place)


def article(data: Mapping[str, Any], place: Place) -> ArticleRecord:
    """One line as a record."""
    fields = Fields(data, place)
    if data.get("offset_unit", "codepoint") != "codepoint":
        fields.one_of("offset_unit", {"codepoint"}, "codepoint")
    text = data.get("text")
    if text is not None and (not isinstance(text, str) or len(text) > MAX_LENGTH):
        place.refuse(
            "text",
            "{file}, line {line}, {where}: an article's text is at most {most} characters in "
            "quotation marks.",
            most=MAX_LENGTH,
        )
    raw_spans = data.get("spans")
    if raw_spans is not None and not isinstance(raw_spans, list):
        fields.items("spans")
    return ArticleRecord(
        line=place.line,
        id=fields.name("id"),
        text=text,
        text_sha256=fields.text("text_sha256", most=64),
        meta=_meta(fields.object("meta")),
        spans=[span(raw, place, n) for n, raw in enumerate(raw_spans or ())],
        changes=tuple(
            TextChange(c.needed("kind", most=40), c.number("count", 1))
            for c in fields.objects("import_changes")
        ),
        original=_bytes(fields, "original"),
        source_sha256=fields.text("source_sha256", most=64),
        created_by=fields.name("created_by"),
        created_at=fields.moment("created_at"),
        version=fields.number("version", 1, least=1),
        progress=tuple(
            Progress(
                by=p.needed("by", most=MAX_NAME),
                state=p.one_of("state", {"in_progress", "done"}, "in_progress"),
                at=p.as_moment("at", p.data.get("at")),
            )
            for p in fields.objects("progress")
        ),
    )


def _meta(fields: Fields) -> Meta:
    sources = {
        name: fields.one_of(f"{name}_source", SOURCES, "given")
        for name in SOURCED
        if fields.data.get(f"{name}_source") is not None
    }
    published = fields.date("published")
    precision = fields.data.get("published_precision")
    if published and precision is not None and PartialDate.parse(published).precision != precision:
        fields.place.refuse(
            fields.where("published_precision"),
            "{file}, line {line}, {where}: “{value}” is not the precision of {date}. Correct "
            "one of them, or leave the precision out.",
            value=str(precision)[:80],
            date=published,
        )
    return Meta(
        title=fields.text("title", most=1000),
        author=fields.name("author"),
        outlet=fields.name("outlet"),
        published=published,
        language=fields.name("language"),
        url=fields.text("url", most=2000),
        source_file=fields.text("source_file", most=500),
        sources=sources,
    )


def _bytes(fields: Fields, name: str) -> bytes | None:
    value = fields.data.get(name)
    if value is None:
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        fields.place.refuse(fields.where(name), "{file}, line {line}, {where}: this is not base64.")


def span(raw: Any, place: Place, number: int) -> SpanRecord:
    """One passage. The common shape is read without a detour; anything else is explained by
    `_refuse`.
    """
    try:
        get = raw.get
        start, end, label, text = raw["start"], raw["end"], raw["label"], get("text")
    except (AttributeError, KeyError, TypeError):
        _refuse(raw, place, number)
    if (
        type(start) is not int
        or type(end) is not int
        or not 0 <= start < end <= MAX_LENGTH
        or type(label) is not str
        or not 0 < len(label) <= MAX_NAME
        or not label.isprintable()
        or (text is not None and type(text) is not str)
    ):
        _refuse(raw, place, number)
    layer = get("layer", "annotator")
    origin = get("origin", "import")
    status = get("status")
    note = get("note", "")
    attributes = get("attributes")
    version = get("version", 1)
    if (
        layer not in LAYERS
        or origin not in ORIGINS
        or (status is not None and status not in STATUSES)
        or (note and (type(note) is not str or not note.isprintable() or len(note) > MAX_TEXT))
        or type(version) is not int
        or not 1 <= version <= MAX_NUMBER
    ):
        fields = _fields(raw, place, number)
        layer = fields.one_of("layer", LAYERS, "annotator")
        origin = fields.one_of("origin", ORIGINS, "import")
        fields.one_of("status", STATUSES, "submitted")
        note = fields.text("note") or ""
        version = fields.number("version", 1, least=1)
    raw_fragments = get("fragments")
    raw_events = get("events")
    raw_links = get("links")
    raw_reviews = get("reviews")
    raw_state = get("state")
    raw_codebook = get("codebook_version")
    created = get("created_at")
    updated = get("updated_at")
    identifier = get("id")
    annotator = get("annotator")
    if identifier is not None and (
        type(identifier) is not str or not 0 < len(identifier) <= MAX_NAME
    ):
        identifier = _identifier(raw, place, number)
    if annotator is not None and (type(annotator) is not str or not annotator.isprintable()):
        _fields(raw, place, number).name("annotator")
    return SpanRecord(
        start,
        end,
        label,
        text,
        identifier,
        None if raw_fragments is None else _fragments(raw, place, number),
        annotator or None,
        layer,
        status,
        origin,
        _attributes(attributes, raw, place, number) if attributes else "{}",
        note or "",
        _links(raw, place, number) if raw_events or raw_links else (),
        _reviews(raw, place, number) if raw_reviews else (),
        len(_fields(raw, place, number).items("comments")) if get("comments") else 0,
        None if created is None else _moment(created, "created_at", raw, place, number),
        None if updated is None else _moment(updated, "updated_at", raw, place, number),
        version,
        None
        if raw_state is None
        else _fields(raw, place, number).one_of("state", STATES, "submitted"),
        None
        if raw_codebook is None
        else _fields(raw, place, number).number("codebook_version", 1, least=1),
    )


def _fields(raw: Any, place: Place, number: int) -> Fields:
    return Fields(raw, place, f"spans[{number}]")


def _moment(value: Any, name: str, raw: Any, place: Place, number: int) -> str:
    return _fields(raw, place, number).as_moment(name, value)


def _identifier(raw: Any, place: Place, number: int) -> str:
    """An id that is a number, as some programs write it, becomes text."""
    value = raw["id"]
    if type(value) is int and abs(value) <= strict.MAX_INTEGER:
        return str(value)
    return _fields(raw, place, number).needed("id", most=MAX_NAME)


def _attributes(value: Any, raw: Any, place: Place, number: int) -> str:
    """The attributes as canonical JSON. Values are plain, or lists and objects of plain ones."""
    if type(value) is not dict:
        _fields(raw, place, number).object("attributes")
    for key, item in value.items():
        kind = type(item)
        if kind is str:
            if not item.isprintable() or not key.isprintable():
                fields = Fields(value, place, f"spans[{number}].attributes")
                fields.clean(key, item, MAX_TEXT)
                fields.clean(key, key, MAX_NAME)
        elif kind is dict or kind is list:
            _check_inner(Fields(value, place, f"spans[{number}].attributes"), key, item)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _check_inner(fields: Fields, name: str, value: Any) -> None:
    if isinstance(value, str):
        fields.clean(name, value, MAX_TEXT)
    elif isinstance(value, dict):
        for key, item in value.items():
            fields.clean(name, key, MAX_NAME)
            _check_inner(fields, name, item)
    elif isinstance(value, list):
        for item in value:
            _check_inner(fields, name, item)


def _fragments(raw: Any, place: Place, number: int) -> tuple[tuple[int, int], ...] | None:
    where = f"spans[{number}].fragments"
    try:
        found = parse_fragments(raw["fragments"])
    except Invalid as error:
        place.refuse(where, "{file}, line {line}, {where}: {reason}", reason=str(error))
    if found[0][0] != raw["start"] or found[-1][1] != raw["end"]:
        place.refuse(
            where,
            "{file}, line {line}, {where}: the pieces run from {first} to {last}, but start and "
            "end say {start} and {end}. They must agree.",
            first=found[0][0],
            last=found[-1][1],
            start=raw["start"],
            end=raw["end"],
        )
    return tuple((s, e) for s, e in found) if len(found) > 1 else None


def _links(raw: Any, place: Place, number: int) -> tuple[LinkRecord, ...]:
    """The events of a passage: ids, or links that tell who made them and when."""
    fields = _fields(raw, place, number)
    known = {
        link.needed("event", most=MAX_NAME): LinkRecord(
            link.needed("event", most=MAX_NAME), link.name("by"), link.moment("at")
        )
        for link in fields.objects("links")
    }
    for event in fields.texts("events"):
        known.setdefault(event, LinkRecord(event))
    return tuple(known.values())


def _reviews(raw: Any, place: Place, number: int) -> tuple[ReviewRecord, ...]:
    found = []
    for review in _fields(raw, place, number).objects("reviews"):
        verdict = review.needed("verdict")
        found.append(
            ReviewRecord(
                by=review.name("by") or review.needed("by"),
                verdict=review.one_of("verdict", VERDICTS, verdict),
                reason=review.text("reason") or "",
                at=review.moment("at"),
                id=review.name("id"),
                annotation_version=review.number("annotation_version", 1, least=1)
                if "annotation_version" in review.data
                else None,
                withdrawn_at=review.moment("withdrawn_at"),
                seen_at=review.moment("seen_at"),
            )
        )
    return tuple(found)


def _refuse(raw: Any, place: Place, number: int) -> NoReturn:
    """Say what is wrong with the place or the label of a passage."""
    if not isinstance(raw, dict):
        Fields({"spans": [raw]}, place).objects("spans")
    fields = _fields(raw, place, number)
    for name in ("start", "end"):
        if type(raw.get(name)) is not int or not 0 <= raw[name] <= MAX_LENGTH:
            place.refuse(
                fields.where(name),
                "{file}, line {line}, {where}: {value} is no offset. Offsets are whole numbers "
                "that count code points from 0.",
                value=repr(raw.get(name))[:80],
            )
    if raw["start"] >= raw["end"]:
        place.refuse(
            fields.where("end"),
            "{file}, line {line}, {where}: the passage from {start} to {end} is empty or runs "
            "backwards.",
            start=raw["start"],
            end=raw["end"],
        )
    if not isinstance(raw.get("label"), str) or not raw["label"]:
        fields.needed("label", most=MAX_NAME)
    if not raw["label"].isprintable() or len(raw["label"]) > MAX_NAME:
        place.refuse(
            fields.where("label"),
            "{file}, line {line}, {where}: a label is at most {most} characters that can be "
            "printed.",
            most=MAX_NAME,
        )
    fields.text("text", most=MAX_LENGTH)
    raise AssertionError("a passage was refused for no reason")
