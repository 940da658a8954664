"""Passages become rows, some thousand at a time.

The loop over them is the hot road of every import: it works on tuples, looks nothing up in the
database, and leaves to other functions whatever is not the common case.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID, uuid5

import orjson

from annotator.domain.codebook import check_attributes
from annotator.domain.errors import Invalid
from annotator.domain.messages import N_
from annotator.domain.review import status as status_of
from annotator.domain.spans import shorten
from annotator.domain.text import normalise
from annotator.formats.records import ArticleRecord, SpanRecord
from annotator.formats.strict import Place
from annotator.ids import are_ids, is_id, new_id
from annotator.models import Annotation, EventLink, Review
from annotator.services import bulk
from annotator.services.importing.context import Context
from annotator.services.importing.events import Events
from annotator.services.importing.homes import Home

ANNOTATION_COLUMNS = (
    "id", "project_id", "article_id", "annotator_id", "tag_id", "start", "end", "text",
    "fragments", "attributes", "note", "state", "layer", "origin", "codebook_version", "version",
    "created_at", "updated_at",
)  # fmt: skip
REVIEW_COLUMNS = (
    "id", "annotation_id", "reviewer_id", "verdict", "reason", "annotation_version", "created_at",
    "withdrawn_at", "seen_at",
)  # fmt: skip
_JSON = partial(orjson.dumps, option=orjson.OPT_SORT_KEYS)
_JUDGED = ("accepted", "rejected", "disputed")


class KnownValues:
    """Attribute values that the codebook was asked about in this import; each is asked once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._fine: set[tuple[str, str, Any]] = set()

    def complaint(self, label: str, attributes: Mapping[str, Any]) -> str | None:
        """What the codebook has to say against a passage's attributes; each value is asked once."""
        fine = self._fine
        for name, value in attributes.items():
            key = (label, name, value)
            try:
                if key in fine:
                    continue
            except TypeError:
                key = (label, name, repr(value))
            definition = self.context.codebook.by_name[label].definition
            attribute = definition.by_name.get(name)
            try:
                if attribute is None:
                    check_attributes(definition, {name: value})
                elif value is not None and value != "":
                    attribute.parse(value)
            except Invalid as error:
                return str(error)
            if len(fine) > 50_000:
                fine.clear()
            fine.add(key)
        return None


class Passages:
    """The passages of some articles on the way into the database."""

    def __init__(
        self,
        context: Context,
        events: Events,
        values: KnownValues,
        records: Sequence[ArticleRecord],
        file: str,
    ) -> None:
        self.context = context
        self.events = events
        self.values = values
        self.file = file
        self.annotations: list[bulk.Row] = []
        self.links: list[bulk.Row] = []
        self.reviews: list[bulk.Row] = []
        self.here: dict[str, bulk.Row] = {}
        self.seen: set[str] = set()
        self.renamed: dict[str, str] = {}
        given = [span.id for record in records for span in record.spans if span.id]
        if not are_ids(given):
            self.renamed = {g: context.derived(g) for g in given if not is_id(g)}
        self._look_up([self.renamed.get(g, g) for g in given])
        project = context.project.id
        foreign = {g: context.derived(g) for g, row in self.here.items() if row[10] != project}
        if foreign:
            self.renamed |= foreign
            self._look_up(list(foreign.values()))

    def take(
        self, record: ArticleRecord, home: Home, source: str, offsets: dict[int, int] | None
    ) -> None:
        """Turn the passages of one record into rows.

        `source` is the text in whose code points they are given, `offsets` their places in the
        stored text where that is another.
        """
        place = Place(self.file, record.line)
        context = self.context
        tags, user, stamp = context.tags, context.user, context.stamp
        project_id, home_id, text = context.project.id, home.id, home.text
        present_codebook = context.project.codebook_version
        length, append = len(source), self.annotations.append
        renamed, here, seen, complaint = self.renamed, self.here, self.seen, self.values.complaint
        given: Any  # every passage has an id by now
        for number, span in enumerate(self._identified(record.spans, home, offsets)):
            start, end, label, said, given, fragments, by, layer, status = span[:9]
            origin, attributes, note, links, reviews, comments, created, updated = span[9:17]
            if end > length or (said is not None and source[start:end] != said):
                _wrong_slice(place, number, span, source)
            if offsets is not None:
                start, end = offsets[start], offsets[end]
                if fragments:
                    fragments = tuple((offsets[s], offsets[e]) for s, e in fragments)
                if start >= end:
                    _vanished(place, number, span)
            pieces = orjson.dumps(fragments).decode() if fragments else None
            annotator = user(by) if by else context.somebody
            tag = tags[label]
            identifier = renamed.get(given, given) if renamed else given
            if identifier in here:
                same = (home_id, annotator, tag, start, end, pieces, span)
                self._already_there(identifier, same, place, number)
                continue
            if identifier in seen:
                _twice(place, number, span)
            seen.add(identifier)
            created = created or stamp
            state = span.state or ("draft" if status == "draft" else "submitted")
            append(
                (
                    identifier,
                    project_id,
                    home_id,
                    annotator,
                    tag,
                    start,
                    end,
                    text[start:end],
                    pieces,
                    _JSON(attributes).decode() if attributes else "{}",
                    note,
                    state,
                    layer,
                    origin,
                    span.codebook_version or present_codebook,
                    span.version,
                    created,
                    updated or created,
                )
            )
            if links:
                self._link(identifier, span)
            if reviews or status in _JUDGED:
                self._judge(identifier, span, state, place, number)
            if attributes and (reason := complaint(label, attributes)):
                self._odd(place, number, reason)
            if comments:
                self._comments(place, comments)

    def _identified(
        self, spans: Sequence[SpanRecord], home: Home, offsets: dict[int, int] | None
    ) -> Sequence[SpanRecord]:
        """The passages, each with an id: one without gets the same for the same content."""
        if all(span.id is not None for span in spans):
            return spans
        named = []
        for span in spans:
            if span.id is None:
                place = [(span.start, span.end), *(span.fragments or ())]
                if offsets is not None:
                    place = [(offsets[start], offsets[end]) for start, end in place]
                by = span.annotator or self.context.somebody
                content = (by, span.label, place, span.layer, dict(span.attributes), span.note)
                key = orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()
                span = span._replace(id=str(uuid5(UUID(home.id), key)))
            named.append(span)
        self._look_up([span.id for span in named if span.id and span.id not in self.here])
        return named

    def _look_up(self, ids: Sequence[str]) -> None:
        """Learn which passages are here already."""
        for row in bulk.select_in(
            self.context.db,
            'id, article_id, annotator_id, tag_id, start, "end", fragments, attributes, note, '
            "layer, deleted_at, project_id",
            "annotation",
            "id",
            ids,
        ):
            self.here[row[0]] = row[1:]

    def _already_there(self, identifier: str, same: Any, place: Place, number: int) -> None:
        home_id, annotator, tag, start, end, pieces, span = same
        found = self.here[identifier]
        stored_pieces = _as_text(found[5])
        wanted = (
            home_id,
            annotator,
            tag,
            start,
            end,
            pieces,
            _as_text(dict(span.attributes)),
            span.note,
        )
        stored = (*found[:5], stored_pieces, _as_text(found[6]), found[7])
        if (*stored, found[8]) != (*wanted, span.layer):
            place.refuse(
                f"spans[{number}].id",
                "{file}, line {line}, {where}: the passage {id} is here already with other "
                "content. Give the new one another id, or change the old one in the application. "
                "Nothing of the file was imported.",
                id=span.id,
            )
        if found[9] is not None:
            self.context.report.warn(
                N_("{file}, line {line}: the passage {id} was deleted here and stays deleted."),
                file=place.file,
                line=place.line,
                id=identifier,
            )
        self.context.report.skipped["annotations"] += 1

    def _link(self, identifier: str, span: SpanRecord) -> None:
        context, local = self.context, self.events.local
        if len(span.links) == 1 and span.links[0].by is None and span.links[0].at is None:
            event = local(span.links[0].event)
            self.links.append((identifier, event, context.actor.user_id, context.stamp))
            return
        found = {}
        for link in span.links:
            found[local(link.event)] = context.made(link.by, link.at)
        self.links += [(identifier, event, by, at) for event, (by, at) in found.items()]

    def _judge(
        self, identifier: str, span: SpanRecord, state: str, place: Place, number: int
    ) -> None:
        context, verdicts = self.context, []
        for review in sorted(span.reviews, key=lambda r: r.at or context.stamp):
            reviewer = context.user(review.by)
            if review.withdrawn_at is None:
                verdicts.append((reviewer, review.verdict))
            self.reviews.append(
                (
                    review.id or new_id(),
                    identifier,
                    reviewer,
                    review.verdict,
                    review.reason,
                    review.annotation_version or span.version,
                    review.at or context.stamp,
                    review.withdrawn_at,
                    review.seen_at,
                )
            )
        if not verdicts and span.status in ("accepted", "rejected"):
            verdicts.append((context.judge, span.status))
            self.reviews.append(
                (
                    new_id(),
                    identifier,
                    context.judge,
                    span.status,
                    "",
                    span.version,
                    context.stamp,
                    None,
                    None,
                )
            )
            context.report.warn(
                N_("Passages that the file calls accepted or rejected without saying by whom got a "
                   "verdict of the importer.")
            )  # fmt: skip
        elif span.status and status_of(state, verdicts) != span.status:
            context.report.warn(
                N_(
                    "{file}, line {line}, spans[{number}]: the file says “{said}”, but the "
                    "verdicts in it make it “{found}”."
                ),
                file=place.file,
                line=place.line,
                number=number,
                said=span.status,
                found=str(status_of(state, verdicts)),
            )

    def _odd(self, place: Place, number: int, reason: str) -> None:
        self.context.report.warn(
            N_("{file}, line {line}, spans[{number}]: kept as it is, though: {reason}"),
            file=place.file,
            line=place.line,
            number=number,
            reason=reason,
        )

    def _comments(self, place: Place, count: int) -> None:
        self.context.report.warn(
            N_("{file}, line {line}: comments cannot be kept yet; {count} were left out."),
            file=place.file,
            line=place.line,
            count=count,
        )

    def write(self) -> None:
        """Write everything, passages first."""
        db = self.context.db
        bulk.insert(db, Annotation, ANNOTATION_COLUMNS, self.annotations)
        columns = ("annotation_id", "event_id", "created_by", "created_at")
        bulk.insert(db, EventLink, columns, self.links)
        self._give_review_ids()
        bulk.insert(db, Review, REVIEW_COLUMNS, self.reviews)
        self.context.report.created["annotations"] += len(self.annotations)

    def _give_review_ids(self) -> None:
        """A verdict keeps its id unless that is taken: the passage may have been imported
        elsewhere.
        """
        given = [row[0] for row in self.reviews]
        taken = {row[0] for row in bulk.select_in(self.context.db, "id", "review", "id", given)}
        taken |= {given_id for given_id in given if not is_id(given_id)}
        if taken:
            self.reviews = [
                (self.context.derived(row[0]), *row[1:]) if row[0] in taken else row
                for row in self.reviews
            ]


def moved(raw: str, spans: Sequence[SpanRecord]) -> dict[int, int]:
    """Offset in the text as it came → in the normalised text, for every offset the spans use.

    The text is normalised piece by piece between these offsets; an "x" before each piece keeps a
    byte order mark in the middle of a text from being taken for one at its beginning.
    """
    wanted = {0}
    for span in spans:
        wanted.update((span.start, span.end))
        for start, end in span.fragments or ():
            wanted.update((start, end))
    found, done, total = {}, 0, 0
    lead = len(normalise("x" + raw).text) - 1 - len(normalise(raw).text)
    for offset in sorted(wanted):
        cut = min(offset, len(raw))
        if cut and raw[cut - 1 : cut + 1] == "\r\n":
            cut += 1
        if cut > done:
            total += len(normalise("x" + raw[done:cut]).text) - 1
            done = cut
        found[offset] = max(0, total - lead)
    return found


def _wrong_slice(place: Place, number: int, span: SpanRecord, source: str) -> None:
    if span.end > len(source):
        place.refuse(
            f"spans[{number}].end",
            "{file}, line {line}, {where}: the passage ends at {end}, but the text has {length} "
            "characters. Offsets count code points of the text in this file.",
            end=span.end,
            length=len(source),
        )
    place.refuse(
        f"spans[{number}].text",
        "{file}, line {line}, {where}: the text at {start}–{end} is “{found}”, but the passage "
        "says “{said}”. Offsets must count Unicode code points; nothing of the file was imported.",
        start=span.start,
        end=span.end,
        found=shorten(source[span.start : span.end]),
        said=shorten(span.text or ""),
    )


def _vanished(place: Place, number: int, span: SpanRecord) -> None:
    place.refuse(
        f"spans[{number}]",
        "{file}, line {line}, {where}: the passage {start}–{end} holds nothing but characters that "
        "cannot be kept. Take it out.",
        start=span.start,
        end=span.end,
    )


def _twice(place: Place, number: int, span: SpanRecord) -> None:
    place.refuse(
        f"spans[{number}].id",
        "{file}, line {line}, {where}: the passage “{text}” stands twice in the file, under one id "
        "or with the same content. Keep one of the two.",
        text=shorten(span.text or ""),
    )


def _as_text(value: Any) -> str | None:
    """JSON from either database as canonical text."""
    if value is None:
        return None
    if isinstance(value, str):
        value = orjson.loads(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
