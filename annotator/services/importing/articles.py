"""Articles and their passages become rows, some thousand passages at a time.

The loop over passages is the hot road of every import: it works on tuples, looks nothing up in
the database, and leaves to other functions whatever is not the common case.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, NoReturn
from uuid import UUID, uuid5

import orjson

from annotator.domain.codebook import check_attributes
from annotator.domain.errors import Invalid
from annotator.domain.messages import N_
from annotator.domain.review import status as status_of
from annotator.domain.spans import shorten
from annotator.domain.text import normalise, sha256, words
from annotator.formats.records import ArticleRecord, SpanRecord
from annotator.formats.strict import Place
from annotator.formats.text import title_of
from annotator.ids import are_ids, is_id, new_id
from annotator.models import (
    Annotation,
    Article,
    Author,
    EventLink,
    Original,
    Progress,
    Review,
)
from annotator.services import bulk, log
from annotator.services.importing.context import Context
from annotator.services.importing.events import Events

ARTICLE_COLUMNS = (
    "id", "project_id", "position", "title", "author_id", "outlet", "published", "language", "url",
    "sources", "text", "text_sha256", "length", "words", "source_file", "source_sha256",
    "import_changes", "created_by", "created_at", "version",
)  # fmt: skip
ANNOTATION_COLUMNS = (
    "id", "project_id", "article_id", "annotator_id", "tag_id", "start", "end", "text",
    "fragments", "attributes", "note", "state", "layer", "origin", "codebook_version", "version",
    "created_at", "updated_at",
)  # fmt: skip
REVIEW_COLUMNS = (
    "id", "annotation_id", "reviewer_id", "verdict", "reason", "annotation_version", "created_at",
    "withdrawn_at", "seen_at",
)  # fmt: skip

#: What is held in memory at once: passages, and characters of text.
MOST_SPANS = 4_000
MOST_TEXT = 4_000_000


class Home(NamedTuple):
    """An article in the database that passages of a file belong to."""

    id: str
    text_sha256: str
    source_file: str | None
    text: str


class Articles:
    """Takes article records one by one and writes them in batches."""

    def __init__(self, context: Context, events: Events, position: int) -> None:
        self.context = context
        self.events = events
        self.position = position
        self.file = ""
        self._pending: list[ArticleRecord] = []
        self._weight = 0
        self._authors: dict[str, str] = {}
        self._fine: set[tuple[str, str, Any]] = set()

    def add(self, record: ArticleRecord) -> None:
        """Take one record; writes when enough have come together."""
        self._pending.append(record)
        self._weight += len(record.spans) + len(record.text or "") // (MOST_TEXT // MOST_SPANS) + 10
        if self._weight >= MOST_SPANS:
            self.flush()

    def flush(self) -> None:
        """Write what has come together."""
        if not self._pending:
            return
        records, self._pending, self._weight = self._pending, [], 0
        self.context.need_tags(span.label for record in records for span in record.spans)
        batch = _Batch(self, records)
        for record in records:
            batch.take(record)
        batch.write()

    def author(self, name: str | None) -> str | None:
        """The id of an author of this project, made where there is none; None when not named."""
        if not name:
            return None
        if not self._authors:
            rows = bulk.select_in(
                self.context.db, "name, id", "author", "project_id", [self.context.project.id]
            )
            self._authors.update(rows)
        if name not in self._authors:
            self._authors[name] = new_id()
            row = (self._authors[name], self.context.project.id, name)
            bulk.insert(self.context.db, Author, ("id", "project_id", "name"), [row])
        return self._authors[name]

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


class _Batch:
    """Some articles with their passages on the way into the database."""

    def __init__(self, owner: Articles, records: Sequence[ArticleRecord]) -> None:
        self.owner = owner
        self.context = owner.context
        context = self.context
        self.articles: list[bulk.Row] = []
        self.annotations: list[bulk.Row] = []
        self.links: list[bulk.Row] = []
        self.reviews: list[bulk.Row] = []
        self.originals: dict[str, bytes] = {}
        self.progress: list[bulk.Row] = []
        self.changes: list[dict[str, Any]] = []
        self.homes = _Homes(context, records)
        given = [span.id for record in records for span in record.spans if span.id]
        self.here: dict[str, bulk.Row] = {}
        self.renamed: dict[str, str] = {}
        if not are_ids(given):
            self.renamed = {g: context.derived(g) for g in given if not is_id(g)}
        self._look_up([self.renamed.get(g, g) for g in given])
        project = context.project.id
        foreign = {g: context.derived(g) for g, row in self.here.items() if row[10] != project}
        if foreign:
            self.renamed |= foreign
            self._look_up(list(foreign.values()))
        self.seen: set[str] = set()

    # -------------------------------------------------------------- articles

    def take(self, record: ArticleRecord) -> None:
        """Turn one record into rows."""
        place = Place(self.owner.file, record.line)
        home, offsets = self.homes.find(record, place), None
        if home is None:
            home, offsets = self._new_article(record, place)
        else:
            self.context.report.skipped["articles"] += 1
            if record.text is not None and record.text != home.text:
                offsets = moved(record.text, record.spans)
        self.context.report.article_ids.append(home.id)
        before = len(self.annotations)
        source = record.text if record.text is not None else home.text
        if record.spans:
            self._spans(record, place, home, source, offsets)
        for progress in record.progress:
            by = self.context.user(progress.by)
            self.progress.append((home.id, by, progress.state, progress.at))
        added = len(self.annotations) - before
        if added or record.text is not None:
            names = dict.fromkeys(span.annotator or "" for span in record.spans)
            after = {"annotations": added, "annotator": ", ".join(filter(None, names))}
            self.changes.append(
                {
                    "noun": "article",
                    "noun_id": home.id,
                    "action": "import",
                    "article_id": home.id,
                    "after": after,
                }
            )

    def _new_article(
        self, record: ArticleRecord, place: Place
    ) -> tuple[Home, dict[int, int] | None]:
        raw = record.text
        if raw is None:
            _unknown_article(record, place)
        text, changes = normalise(raw)
        if not text.strip():
            place.refuse("text", "{file}, line {line}, {where}: the article has no text.")
        offsets = moved(raw, record.spans) if changes and record.spans else None
        digest = sha256(text)
        _check_hash(record, place, raw, digest)
        for change in (*record.changes, *changes):
            self.context.report.changes[change.kind] += change.count
        article_id = self.homes.id_for(record)
        self.owner.position += 1
        self._article_row(record, article_id, text, digest, [*record.changes, *changes])
        home = Home(article_id, digest, record.meta.source_file, text)
        self.homes.add(home)
        self.context.report.created["articles"] += 1
        return home, offsets

    def _article_row(
        self, record: ArticleRecord, article_id: str, text: str, digest: str, changes: list[Any]
    ) -> None:
        meta, context = record.meta, self.context
        sources = dict(meta.sources)
        title = " ".join((meta.title or "").split())
        if not title:
            title = title_of(text)
            sources.setdefault("title", "inferred")
        kept = [{"kind": change.kind, "count": change.count} for change in changes]
        source_sha256 = record.source_sha256
        if record.original is not None:
            source_sha256 = source_sha256 or _digest(record.original)
            self.originals[source_sha256] = record.original
        self.articles.append(
            (
                article_id,
                context.project.id,
                self.owner.position,
                title,
                self.owner.author(meta.author),
                meta.outlet,
                meta.published,
                meta.language,
                meta.url,
                orjson.dumps(sources, option=orjson.OPT_SORT_KEYS).decode(),
                text,
                digest,
                len(text),
                words(text),
                meta.source_file,
                source_sha256,
                orjson.dumps(kept).decode(),
                *context.made(record.created_by, record.created_at),
                record.version,
            )
        )

    # -------------------------------------------------------------- passages

    def _spans(
        self,
        record: ArticleRecord,
        place: Place,
        home: Home,
        source: str,
        offsets: dict[int, int] | None,
    ) -> None:
        context = self.context
        tags, user, stamp = context.tags, context.user, context.stamp
        project_id, home_id, text = context.project.id, home.id, home.text
        present_codebook = context.project.codebook_version
        length, append = len(source), self.annotations.append
        renamed, here, seen, complaint = self.renamed, self.here, self.seen, self.owner.complaint
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
        context, local = self.context, self.owner.events.local
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

    # -------------------------------------------------------------- writing

    def write(self) -> None:
        """Write everything, parents first."""
        context = self.context
        db = context.db
        self._write_originals()
        bulk.insert(db, Article, ARTICLE_COLUMNS, self.articles)
        bulk.insert(db, Annotation, ANNOTATION_COLUMNS, self.annotations)
        bulk.insert(
            db, EventLink, ("annotation_id", "event_id", "created_by", "created_at"), self.links
        )
        self._give_review_ids()
        bulk.insert(db, Review, REVIEW_COLUMNS, self.reviews)
        self._write_progress()
        log.record_many(
            db, actor=context.actor, project_id=context.project.id, changes=self.changes
        )
        context.report.created["annotations"] += len(self.annotations)

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

    def _write_originals(self) -> None:
        found = bulk.select_in(
            self.context.db, "sha256", "original", "sha256", list(self.originals)
        )
        known = {row[0] for row in found}
        rows = [(key, data) for key, data in self.originals.items() if key not in known]
        bulk.insert(self.context.db, Original, ("sha256", "content"), rows)

    def _write_progress(self) -> None:
        articles = [row[0] for row in self.progress]
        known = {
            (row[0], row[1])
            for row in bulk.select_in(
                self.context.db, "article_id, user_id", "progress", "article_id", articles
            )
        }
        rows = {row[:2]: row for row in self.progress if row[:2] not in known}
        columns = ("article_id", "user_id", "state", "updated_at")
        bulk.insert(self.context.db, Progress, columns, list(rows.values()))


_JSON = partial(orjson.dumps, option=orjson.OPT_SORT_KEYS)
_JUDGED = ("accepted", "rejected", "disputed")


class _Homes:
    """Finds the articles of this project that the records of a batch speak of."""

    def __init__(self, context: Context, records: Sequence[ArticleRecord]) -> None:
        self.context = context
        given = [record.id for record in records if record.id]
        self.renamed = context.local_ids("article", given)
        self.by_id: dict[str, Home] = {}
        self.by_text: dict[tuple[str, str | None], Home] = {}
        self.by_file: dict[str, list[Home]] = {}
        self._load("id", [self.renamed.get(g, g) for g in given])
        hashes = [_text_hash(record) for record in records]
        self._load("text_sha256", [h for h in hashes if h])
        files = [r.meta.source_file for r in records if r.text is None and r.meta.source_file]
        self._load("source_file", files)

    def _load(self, column: str, keys: Iterable[str]) -> None:
        project = self.context.project.id
        for row in bulk.select_in(
            self.context.db,
            "id, text_sha256, source_file, text, project_id",
            "article",
            column,
            dict.fromkeys(keys),
            more="ORDER BY position",
        ):
            if row[4] == project and row[0] not in self.by_id:
                self.add(Home(*row[:4]))

    def add(self, home: Home) -> None:
        """Remember an article."""
        self.by_id[home.id] = home
        self.by_text.setdefault((home.text_sha256, home.source_file), home)
        if home.source_file:
            self.by_file.setdefault(home.source_file, []).append(home)

    def id_for(self, record: ArticleRecord) -> str:
        """The id of a new article."""
        return self.renamed.get(record.id, record.id) if record.id else new_id()

    def find(self, record: ArticleRecord, place: Place) -> Home | None:
        """The article that is here already; None when the record brings a new one. Raises
        Invalid.
        """
        home = self.by_id.get(self.renamed.get(record.id, record.id)) if record.id else None
        if home is None and record.text is not None:
            digest = _text_hash(record)
            return self.by_text.get((digest, record.meta.source_file)) if digest else None
        home = home or self._by_hash_or_file(record, place)
        if home is not None and record.text is not None:
            _same_text(record, home, place)
        elif home is not None and (record.text_sha256 or home.text_sha256) != home.text_sha256:
            place.refuse(
                "text_sha256",
                "{file}, line {line}, {where}: these passages were made for another text than that "
                "of the article here. Import them together with their text.",
            )
        return home

    def _by_hash_or_file(self, record: ArticleRecord, place: Place) -> Home | None:
        source_file = record.meta.source_file
        if record.text_sha256:
            found = [h for h in self.by_id.values() if h.text_sha256 == record.text_sha256]
            found = [h for h in found if source_file in (None, h.source_file)] or found
        else:
            found = self.by_file.get(source_file or "", [])
        if not found and source_file:
            found = self.by_file.get(source_file, [])
        if len(found) > 1:
            place.refuse(
                "meta.source_file",
                "{file}, line {line}, {where}: {count} articles came from this file. Name the one "
                "that is meant by its id.",
                count=len(found),
            )
        return found[0] if found else None


# ------------------------------------------------------------------------------ small things


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


def _text_hash(record: ArticleRecord) -> str | None:
    """The hash of a record's text as it would be stored."""
    if record.text is None:
        return record.text_sha256
    return record.text_sha256 or sha256(normalise(record.text).text)


def _check_hash(record: ArticleRecord, place: Place, raw: str, digest: str) -> None:
    if record.text_sha256 in (None, digest):
        return
    try:
        if record.text_sha256 == sha256(raw):
            return
    except UnicodeEncodeError:
        pass
    place.refuse(
        "text_sha256",
        "{file}, line {line}, {where}: the hash does not fit the text: the text was changed after "
        "its passages were marked. Export it again, or take the hash out if the change is yours.",
    )


def _same_text(record: ArticleRecord, home: Home, place: Place) -> None:
    if home.text not in (record.text, normalise(record.text or "").text):
        place.refuse(
            "text",
            "{file}, line {line}, {where}: the article {id} is here already with another text. A "
            "text never changes: import a corrected one without its id, as a new article.",
            id=record.id,
        )


def _unknown_article(record: ArticleRecord, place: Place) -> NoReturn:
    place.refuse(
        "text",
        "{file}, line {line}, {where}: the line has no text, and the project has no article that "
        "it could mean ({known}). Import the article first.",
        known=record.id or record.meta.source_file or record.text_sha256 or "no id, no file",
    )


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


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
