"""What a file says, as values: the same records whatever the format, and no table in sight.

A reader turns bytes into records and answers for their shape (types, ranges, dates, duplicate
keys). Whether they fit what is stored (the text at an offset, a known event) is for the importer
to say, so each record keeps the line it stood on. Passages are named tuples: an import makes
hundreds of thousands of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from annotator.domain.text import TextChange

ARTICLE = "annotator.article/1"
ANNOTATION = "annotator.annotation/1"
PROJECT = "annotator.project/1"
EVENT = "annotator.event/1"
RELATION = "annotator.relation/1"
COVERAGE = "annotator.coverage/1"
END = "annotator.end/1"

#: The fields of an article that carry a source: in_text, inferred, external or given.
SOURCED = ("title", "author", "outlet", "published", "language", "url")
SOURCES = ("in_text", "inferred", "external", "given")


_NONE: Mapping[str, Any] = MappingProxyType({})


class ReviewRecord(NamedTuple):
    """A verdict of a named reviewer; `at` None: when it is imported."""

    by: str
    verdict: str
    reason: str
    at: str | None
    id: str | None = None
    annotation_version: int | None = None
    withdrawn_at: str | None = None
    seen_at: str | None = None


class LinkRecord(NamedTuple):
    """That a passage belongs to an event; who said so and when, where the file tells."""

    event: str
    by: str | None = None
    at: str | None = None


class SpanRecord(NamedTuple):
    """A tagged passage: offsets in code points of the article's text as it stands in the file."""

    start: int
    end: int
    label: str
    text: str | None = None
    id: str | None = None
    fragments: tuple[tuple[int, int], ...] | None = None
    annotator: str | None = None
    layer: str = "annotator"
    status: str | None = None
    origin: str = "import"
    attributes: Mapping[str, Any] = _NONE
    note: str = ""
    links: tuple[LinkRecord, ...] = ()
    reviews: tuple[ReviewRecord, ...] = ()
    comments: int = 0
    created_at: str | None = None
    updated_at: str | None = None
    version: int = 1
    state: str | None = None
    codebook_version: int | None = None


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of an article beside its text. None: not known; an author may be not named."""

    title: str | None = None
    author: str | None = None
    outlet: str | None = None
    published: str | None = None
    language: str | None = None
    url: str | None = None
    source_file: str | None = None
    #: Field name → where its value comes from.
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one annotator is with an article."""

    by: str
    state: str
    at: str


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """An article, or a layer of passages for one that is here already (then without text)."""

    line: int = 1
    id: str | None = None
    text: str | None = None
    text_sha256: str | None = None
    meta: Meta = Meta()
    spans: Sequence[SpanRecord] = ()
    #: What the reader took out of the text, beside what normalising does.
    changes: tuple[TextChange, ...] = ()
    #: The bytes that came in, where the text is not simply these read as UTF-8.
    original: bytes | None = None
    source_sha256: str | None = None
    created_by: str | None = None
    created_at: str | None = None
    version: int = 1
    progress: tuple[Progress, ...] = ()


@dataclass(frozen=True, slots=True)
class CodebookRecord:
    """A codebook under one of its numbers; `content` is what domain.codebook reads."""

    number: int
    content: Mapping[str, Any]
    created_by: str | None
    created_at: str


@dataclass(frozen=True, slots=True)
class TagRecord:
    """A tag as it stands now."""

    name: str
    content: Mapping[str, Any]
    retired_at: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class NameRecord:
    """A canonical name: an entity, or a measure with its description."""

    name: str
    id: str | None = None
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project without its address: title, codebook with its history, entities and measures."""

    line: int
    title: str
    description: str
    codebook_version: int
    tags: tuple[TagRecord, ...]
    codebooks: tuple[CodebookRecord, ...]
    entities: tuple[NameRecord, ...]
    measures: tuple[NameRecord, ...]


@dataclass(frozen=True, slots=True)
class EventRecord:
    line: int
    id: str
    title: str
    kind: str = "event"
    date: str | None = None
    date_end: str | None = None
    place: str = ""
    aliases: tuple[str, ...] = ()
    description: str = ""
    parent: str | None = None
    merged_into: str | None = None
    created_by: str | None = None
    created_at: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class RelationRecord:
    """A typed link; `start` and `end` are ids of annotations ("from" and "to" in the file)."""

    line: int
    id: str
    event: str
    start: str
    end: str
    kind: str
    aspect: str = ""
    comment: str = ""
    verdict: str = "open"
    verdict_source: str = ""
    created_by: str | None = None
    created_at: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class CoverageRecord:
    """What somebody signed about one article on one event; articles by id or by source file."""

    line: int
    event: str
    article: str | None
    source_file: str | None
    state: str
    note: str = ""
    signed_by: str | None = None
    signed_at: str | None = None
    version: int = 1


Record = ArticleRecord | ProjectRecord | EventRecord | RelationRecord | CoverageRecord
