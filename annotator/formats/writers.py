"""Values become lines of JSON: keys in the contract's order, no blanks, one line feed.

A passage arrives as a tuple of what is stored, and JSON that is stored in its canonical form goes
in as it is, without being read and written again.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from annotator.formats.fields import known_date
from annotator.formats.records import ANNOTATION, ARTICLE, SOURCED

CONTEXT = 32


class Verdict(NamedTuple):
    """A stored verdict, its reviewer by name."""

    id: str
    by: str
    verdict: str
    reason: str
    at: str
    annotation_version: int
    withdrawn_at: str | None
    seen_at: str | None


class Link(NamedTuple):
    """A stored link to an event."""

    event: str
    by: str | None
    at: str


class Passage(NamedTuple):
    """A stored annotation, everything by name; the first five are what exports are sorted by.

    Exports hold it as a plain tuple of these fields, which is made and compared more quickly.
    """

    start: int
    end: int
    label: str
    annotator: str
    id: str
    text: str
    fragments: str | None
    attributes: str
    note: str
    state: str
    layer: str
    origin: str
    codebook_version: int
    version: int
    created_at: str
    updated_at: str
    status: str
    links: Sequence[Link]
    reviews: Sequence[Verdict]


Row = tuple[Any, ...]


def line(value: Mapping[str, Any]) -> bytes:
    """One record as one line."""
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def canonical(text: str) -> orjson.Fragment:
    """Stored JSON as it goes into a line: keys sorted, in whatever order they are stored."""
    if text == "{}":
        return _EMPTY
    return orjson.Fragment(orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS))


_EMPTY = orjson.Fragment(b"{}")


def passage(row: Row) -> dict[str, Any]:
    """A passage, the fields of Passage in a tuple, as it stands in `spans`."""
    start, end, label, annotator, identifier, text, fragments, attributes, note = row[:9]
    layer, origin, _, version, created, updated, status, links, reviews = row[10:]
    found = {
        "id": identifier,
        "start": start,
        "end": end,
        "label": label,
        "text": text,
        "annotator": annotator,
        "layer": layer,
        "status": status,
        "origin": origin,
        "attributes": _EMPTY if attributes == "{}" else canonical(attributes),
        "events": [link[0] for link in links] if links else _NOTHING,
        "note": note,
        "reviews": _reviews(reviews) if reviews else _NOTHING,
        "comments": _NOTHING,
        "created_at": created,
        "updated_at": updated,
        "version": version,
    }
    if fragments is not None:
        pieces = {"fragments": canonical(fragments)}
        return {"id": identifier, "start": start, "end": end} | pieces | found
    return found


_NOTHING: list[Any] = []


def _reviews(reviews: Sequence[Verdict]) -> list[dict[str, Any]]:
    return [_review(r) for r in reviews if r.withdrawn_at is None]


def _review(r: Verdict) -> dict[str, Any]:
    return {"by": r.by, "verdict": r.verdict, "reason": r.reason, "at": r.at}


def whole_passage(row: Row) -> dict[str, Any]:
    """A passage with all that is stored of it."""
    found, p = passage(row), Passage._make(row)
    if p.reviews:
        found["reviews"] = [
            _review(r)
            | {
                "id": r.id,
                "annotation_version": r.annotation_version,
                "withdrawn_at": r.withdrawn_at,
                "seen_at": r.seen_at,
            }
            for r in p.reviews
        ]
    found["state"] = p.state
    found["codebook_version"] = p.codebook_version
    found["links"] = [{"event": event, "by": by, "at": at} for event, by, at in p.links]
    return found


def meta(article: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of an article: `author` None is an author who is not named."""
    published, sources = article["published"], article["sources"]
    return {
        "title": article["title"],
        "author": article["author"],
        "outlet": article["outlet"],
        "published": published,
        "published_precision": known_date(published)[1] if published else None,
        "published_source": sources.get("published"),
        "language": article["language"],
        "url": article["url"],
        "source_file": article["source_file"],
    }


def article(row: Mapping[str, Any], passages: Sequence[Row]) -> dict[str, Any]:
    """An article with its passages: a line of `jsonl`."""
    return {
        "schema": ARTICLE,
        "id": row["id"],
        "text": row["text"],
        "text_sha256": row["text_sha256"],
        "offset_unit": "codepoint",
        "meta": meta(row),
        "spans": [passage(p) for p in passages],
    }


def whole_article(row: Mapping[str, Any], passages: Sequence[Row]) -> dict[str, Any]:
    """An article with all that is stored of it: a line of `project`."""
    known, original = row["sources"], row["original"]
    sources = {f"{name}_source": known[name] for name in SOURCED if name in known}
    return {
        "schema": ARTICLE,
        "id": row["id"],
        "text": row["text"],
        "text_sha256": row["text_sha256"],
        "offset_unit": "codepoint",
        "meta": meta(row) | sources,
        "source_sha256": row["source_sha256"],
        "original": base64.b64encode(original).decode() if original is not None else None,
        "import_changes": row["import_changes"],
        "created_by": row["created_by"],
        "created_at": row["created_at"],
        "version": row["version"],
        "progress": row["progress"],
        "spans": [whole_passage(p) for p in passages],
    }


def annotation(row: Mapping[str, Any], p: Row) -> dict[str, Any]:
    """One passage by itself, with 32 characters of the text before and after it: a line of
    `annotations`.
    """
    text = row["text"]
    return {
        "schema": ANNOTATION,
        "article": row["id"],
        "text_sha256": row["text_sha256"],
        "offset_unit": "codepoint",
        "meta": meta(row),
        "prefix": text[max(0, p[0] - CONTEXT) : p[0]],
        "suffix": text[p[1] : p[1] + CONTEXT],
        **passage(p),
    }
