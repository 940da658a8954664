"""JSON Lines, one article a line: `annotator.article/1`, and plain lines with `text` and `spans`.

A plain line may leave out nearly everything: files of spaCy and Prodigy are read as they are. A
line without a text brings passages for an article that is here already, which its id, its hash or
its source file names.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, cast

from annotator.domain.errors import Invalid
from annotator.domain.spans import parse_fragments
from annotator.domain.text import TextChange
from annotator.formats import strict
from annotator.formats.fields import MAX_NAME, MAX_NUMBER, MAX_TEXT, Fields, known_date
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
#: Levels of lists and objects inside one attribute.
MAX_DEPTH = 8

_NONE: Mapping[str, Any] = MappingProxyType({})


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
        **(_whole(fields) if "version" in data else {}),
    )


def _whole(fields: Fields) -> dict[str, Any]:
    """What only the lines of a whole project hold."""
    return {
        "changes": tuple(
            TextChange(c.needed("kind", most=40), c.number("count", 1))
            for c in fields.objects("import_changes")
        ),
        "original": _bytes(fields, "original"),
        "source_sha256": fields.text("source_sha256", most=64),
        "created_by": fields.name("created_by"),
        "created_at": fields.moment("created_at"),
        "version": fields.number("version", 1, least=1),
        "progress": tuple(
            Progress(
                by=p.needed("by", most=MAX_NAME),
                state=p.one_of("state", {"in_progress", "done"}, "in_progress"),
                at=p.as_moment("at", p.data.get("at")),
            )
            for p in fields.objects("progress")
        ),
    }


def _meta(fields: Fields) -> Meta:
    sources = {
        name: fields.one_of(f"{name}_source", SOURCES, "given")
        for name in SOURCED
        if fields.data.get(f"{name}_source") is not None
    }
    published = fields.date("published")
    precision = fields.data.get("published_precision")
    if published and precision is not None and known_date(published)[1] != precision:
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


#: What stands in every passage that we export.
_USUAL = (
    "start", "end", "label", "text", "id", "annotator", "layer", "status", "origin", "attributes",
    "events", "note", "reviews", "comments", "created_at", "updated_at", "version",
)  # fmt: skip


def span(raw: Any, place: Place, number: int) -> SpanRecord:
    """One passage. What may be wrong with it is asked in a few tests; `_careful` then says what."""
    if type(raw) is not dict:
        Fields({"spans": [raw]}, place).objects("spans")
    values: Sequence[Any] = [*map(raw.get, _USUAL)]
    start, end, label, text, identifier, annotator, layer, status, origin = values[:9]
    attributes, events, note, reviews, comments, created, updated, version = values[9:]
    if (
        type(start) is not int
        or type(end) is not int
        or not 0 <= start < end <= MAX_LENGTH
        or type(label) is not str
        or not 0 < len(label) <= MAX_NAME
        or not label.isprintable()
        or (type(text) is not str and text is not None)
        or (type(identifier) is not str and identifier is not None)
        or (identifier is not None and not 0 < len(identifier) <= MAX_NAME)
        or (annotator is not None and (type(annotator) is not str or not annotator.isprintable()))
        or layer not in _LAYERS
        or status not in _STATUSES
        or origin not in _ORIGINS
        or (note and (type(note) is not str or not note.isprintable()))
        or comments
        or (version is not None and (type(version) is not int or not 1 <= version <= MAX_NUMBER))
    ):
        values = _careful(raw, place, number)
        start, end, label, text, identifier, annotator, layer, status, origin = values[:9]
        attributes, events, note, reviews, comments, created, updated, version = values[9:]
    more = _NO_MORE if raw.keys() <= _USUAL_KEYS else _more(raw, place, number)
    # As SpanRecord(…), which would take the longer way through its constructor.
    return tuple.__new__(
        SpanRecord,
        (
            start,
            end,
            label,
            text,
            identifier,
            more[0],
            annotator or None,
            layer or "annotator",
            status,
            origin or "import",
            _attributes(attributes, raw, place, number) if attributes else _NONE,
            note or "",
            _links(raw, place, number) if events or more[3] else (),
            _reviews(raw, place, number) if reviews else (),
            comments or 0,
            _moment(created, "created_at", raw, place, number) if created is not None else None,
            _moment(updated, "updated_at", raw, place, number) if updated is not None else None,
            version or 1,
            more[1],
            more[2],
        ),
    )


_USUAL_KEYS = frozenset(_USUAL)
_LAYERS, _ORIGINS, _STATUSES = (None, *LAYERS), (None, *ORIGINS), (None, *STATUSES)


def _careful(raw: Any, place: Place, number: int) -> tuple[Any, ...]:
    """The usual fields of a passage, with defaults for those that are missing. Raises Invalid."""
    fields = _fields(raw, place, number)
    _check_place(fields)
    return (
        raw["start"],
        raw["end"],
        raw["label"],
        raw.get("text") if isinstance(raw.get("text"), str) else fields.text("text"),
        _identifier(fields),
        fields.name("annotator"),
        fields.one_of("layer", LAYERS, "annotator"),
        fields.one_of("status", STATUSES, "") or None,
        fields.one_of("origin", ORIGINS, "import"),
        raw.get("attributes"),
        raw.get("events"),
        fields.text("note") or "",
        raw.get("reviews"),
        len(fields.items("comments")),
        raw.get("created_at"),
        raw.get("updated_at"),
        fields.number("version", 1, least=1),
    )


_NO_MORE = (None, None, None, False)


def _more(raw: Any, place: Place, number: int) -> tuple[Any, ...]:
    """What few passages have: pieces, and in whole projects the state, the codebook and links."""
    fields = _fields(raw, place, number)
    return (
        _fragments(raw, place, number) if raw.get("fragments") is not None else None,
        fields.one_of("state", STATES, "") or None,
        fields.number("codebook_version", 0, least=1) or None,
        bool(raw.get("links")),
    )


def _fields(raw: Any, place: Place, number: int) -> Fields:
    return Fields(raw, place, f"spans[{number}]")


_moments: dict[str, str] = {}


def _moment(value: Any, name: str, raw: Any, place: Place, number: int) -> str:
    """A time as we store it. Passages made together share their times, so each is read once."""
    if type(value) is str and value in _moments:
        return _moments[value]
    found = _fields(raw, place, number).as_moment(name, value)
    if len(_moments) > 10_000:
        _moments.clear()
    _moments[value] = found
    return found


def _identifier(fields: Fields) -> str | None:
    """An id; one that is a number, as some programs write it, becomes text."""
    value = fields.data.get("id")
    if type(value) is int and abs(value) <= strict.MAX_INTEGER:
        return str(value)
    return fields.name("id")


def _attributes(value: Any, raw: Any, place: Place, number: int) -> Mapping[str, Any]:
    """The attributes; values may be lists and objects of plain ones, texts must be storable."""
    if type(value) is not dict:
        _fields(raw, place, number).object("attributes")
    for key, item in value.items():
        if not (key.isprintable() and len(key) <= MAX_NAME) or (
            type(item) is not int
            and not (type(item) is str and item.isprintable() and len(item) <= MAX_TEXT)
        ):
            fields = Fields(value, place, f"spans[{number}].attributes")
            fields.clean(key, key, MAX_NAME)
            _check_inner(fields, key, item)
    return cast(Mapping[str, Any], value)


def _check_inner(fields: Fields, name: str, value: Any, depth: int = 0) -> None:
    if depth > MAX_DEPTH:
        fields.place.refuse(
            fields.where(name),
            "{file}, line {line}, {where}: the value is nested deeper than {most} levels.",
            most=MAX_DEPTH,
        )
    if isinstance(value, str):
        fields.clean(name, value, MAX_TEXT)
    elif isinstance(value, dict):
        for key, item in value.items():
            fields.clean(name, key, MAX_NAME)
            _check_inner(fields, name, item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_inner(fields, name, item, depth + 1)


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
    events = raw.get("events")
    if type(events) is list and len(events) == 1 and not raw.get("links"):
        only = events[0]
        if type(only) is str and 0 < len(only) <= MAX_NAME and only.isprintable():
            return (LinkRecord(only),)
    fields = _fields(raw, place, number)
    known = {}
    for link in fields.objects("links"):
        event = link.needed("event", most=MAX_NAME)
        known[event] = LinkRecord(event, link.name("by"), link.moment("at"))
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


def _check_place(fields: Fields) -> None:
    """Raises Invalid when something is wrong with the place or the label of a passage."""
    raw, place = fields.data, fields.place
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
    label = fields.needed("label", most=MAX_NAME)
    if not label.isprintable():
        place.refuse(
            fields.where("label"),
            "{file}, line {line}, {where}: a label is made of characters that can be printed.",
        )
