"""Taking annotations out: choose what, look at the first record, download the rest.

A download is an ordinary GET that changes nothing and is never fetched by htmx; it streams from
one snapshot of the database, so that its length costs no memory.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlmodel import col

from annotator import formats
from annotator.domain.errors import Invalid
from annotator.domain.messages import N_
from annotator.domain.review import STATUS_LABELS
from annotator.domain.roles import Role
from annotator.models import Annotation, Event, User
from annotator.services import codebook, exports, previews
from annotator.web.access import member
from annotator.web.database import database, reader
from annotator.web.errors import sentence
from annotator.web.htmx import htmx
from annotator.web.language import titled

blueprint = Blueprint("export", __name__)

#: Of the first record the page shows strings of this many characters, lists of so many entries.
SHOWN_STRING = 160
SHOWN_ENTRIES = 2
#: A record longer than this is not read to its end for a preview.
MOST_PREVIEW = 4_000_000
LAYERS = {
    "all": N_("Everything"),
    "annotator": N_("What annotators made"),
    "final": N_("The final layer"),
}


@blueprint.get("/projects/<slug:slug>/export")
@member(Role.viewer)
def page() -> ResponseReturnValue:
    """What would come out for the choices in the address. htmx asks for the preview alone."""
    asked = _asked()
    preview, error = None, None
    try:
        preview = _preview(asked)
    except Invalid as refused:
        error = sentence(refused)
    values = {"asked": asked, "preview": preview, "error": error, "download": _download(asked)}
    if htmx.partial:
        return render_template("export/_preview.html", **values)
    return render_template("export/page.html", **values, **_offered())


@blueprint.get("/projects/<slug:slug>/export/download")
@member(Role.viewer)
def download() -> ResponseReturnValue:
    """The file, as a stream. What cannot be exported is said before the first byte."""
    asked = _asked()
    db = database().reader()
    try:
        chunks = iter(exports.stream(db, g.project, format=asked.format, filters=asked.filters))
        first = next(chunks, b"")
    except BaseException:
        db.close()
        raise
    response = Response(_all(first, chunks), mimetype=_media_type(asked.format))
    response.call_on_close(db.close)
    response.headers.set("Content-Disposition", "attachment", filename=_file_name(asked.format))
    response.headers["Cache-Control"] = "no-store"
    return response


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `given` holds the values as they came, for links and forms."""

    format: str
    filters: exports.Filters
    given: dict[str, list[str]]


NAMES = ("annotator", "status", "tag", "event")


def _asked() -> Asked:
    """Read the address. Unknown values stay: the exporter says in a sentence what is wrong."""
    given = {
        name: [value[:200] for value in request.args.getlist(name) if value][:200] for name in NAMES
    }
    chosen = request.args.get("format", "")[:40] or "jsonl"
    layer = request.args.get("layer", "")[:20] or "all"
    filters = exports.Filters(
        annotators=tuple(given["annotator"]),
        layer=layer,
        statuses=tuple(given["status"]),
        tags=tuple(given["tag"]),
        events=tuple(given["event"]),
    )
    return Asked(chosen, filters, {**given, "format": [chosen], "layer": [layer]})


def _download(asked: Asked) -> str:
    given = {name: values for name, values in asked.given.items() if values}
    if given.get("layer") == ["all"]:
        del given["layer"]
    return url_for("export.download", slug=g.project.slug, **given)  # type: ignore[arg-type]


def _preview(asked: Asked) -> dict[str, Any]:
    """The first record in short, and how many passages of how many articles there would be."""
    db = reader()
    chunks = exports.stream(db, g.project, format=asked.format, filters=asked.filters)
    return {
        "record": _shown(_first_line(chunks)),
        "size": previews.size(db, g.project, asked.filters),
    }


def _first_line(chunks: Iterable[bytes]) -> bytes | None:
    """The first line of a stream; None when it is longer than a preview should read."""
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if b"\n" in chunk:
            return bytes(read[: read.index(b"\n")])
        if len(read) > MOST_PREVIEW:
            return None
    return bytes(read)


def _shown(line: bytes | None) -> str:
    """A record as indented JSON with its long values cut; "" when there is none to show."""
    if not line:
        return ""
    try:
        return json.dumps(_cut(json.loads(line)), ensure_ascii=False, indent=2)
    except ValueError:
        return line[:2000].decode("utf-8", "replace")


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > SHOWN_STRING:
        return value[:SHOWN_STRING] + "…"
    if isinstance(value, dict):
        return {key: _cut(entry) for key, entry in value.items()}
    if isinstance(value, list):
        more = len(value) - SHOWN_ENTRIES
        return [_cut(entry) for entry in value[:SHOWN_ENTRIES]] + (["…"] if more > 0 else [])
    return value


def _media_type(name: str) -> str:
    return (
        formats.WRITERS[name].media_type if name in formats.WRITERS else "application/octet-stream"
    )


def _file_name(name: str) -> str:
    """ "visit-2026-11-22.jsonl": the slug holds nothing that a file name may not."""
    extension = formats.WRITERS[name].extension if name in formats.WRITERS else ""
    return f"{g.project.slug}-{datetime.now(UTC):%Y-%m-%d}{extension}"


def _offered() -> dict[str, Any]:
    """What the form offers to choose from."""
    db = reader()
    annotators = db.execute(
        select(col(User.name), col(User.display_name))
        .where(
            col(User.id).in_(
                select(col(Annotation.annotator_id))
                .where(
                    col(Annotation.project_id) == g.project.id,
                    col(Annotation.deleted_at).is_(None),
                )
                .distinct()
            )
        )
        .order_by(col(User.name))
    ).all()
    events = db.execute(
        select(col(Event.id), col(Event.title))
        .where(
            col(Event.project_id) == g.project.id,
            col(Event.deleted_at).is_(None),
            col(Event.merged_into_id).is_(None),
        )
        .order_by(col(Event.position))
    ).all()
    tags = [
        (
            tag.name,
            titled(dict(tag.definition.title)),
            (f"t{tag.position}", titled(dict(tag.definition.letter))),
        )
        for tag in codebook.load(db, g.project).tags
    ]
    return {
        "formats": formats.WRITERS,
        "events": events,
        "annotators": annotators,
        "annotator_options": [(name, shown or name, None) for name, shown in annotators],
        "tag_options": tags,
        "status_options": [(name, gettext(said), None) for name, said in STATUS_LABELS.items()],
        "layer_options": [(name, gettext(words)) for name, words in LAYERS.items()],
    }
