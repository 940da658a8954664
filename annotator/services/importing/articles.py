"""Articles become rows, in batches: some thousand passages, or some megabytes of text."""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from annotator.domain.text import normalise, sha256, words
from annotator.formats.records import ArticleRecord
from annotator.formats.strict import Place
from annotator.formats.text import title_of
from annotator.ids import new_id
from annotator.models import Article, Author, Original, Progress
from annotator.services import bulk, log
from annotator.services.importing.context import Context
from annotator.services.importing.events import Events
from annotator.services.importing.homes import Home, Homes, check_hash, unknown_article
from annotator.services.importing.passages import KnownValues, Passages, moved

ARTICLE_COLUMNS = (
    "id", "project_id", "position", "title", "author_id", "outlet", "published", "language", "url",
    "sources", "text", "text_sha256", "length", "words", "source_file", "source_sha256",
    "import_changes", "created_by", "created_at", "version",
)  # fmt: skip
#: What is held in memory at once: passages, and characters of text.
MOST_SPANS = 4_000
MOST_TEXT = 4_000_000


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
        self.values = KnownValues(context)

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


class _Batch:
    """Some articles with their passages on the way into the database."""

    def __init__(self, owner: Articles, records: Sequence[ArticleRecord]) -> None:
        self.owner = owner
        self.context = owner.context
        self.homes = Homes(owner.context, records)
        self.passages = Passages(owner.context, owner.events, owner.values, records, owner.file)
        self.articles: list[bulk.Row] = []
        self.originals: dict[str, bytes] = {}
        self.progress: list[bulk.Row] = []
        self.changes: list[dict[str, Any]] = []

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
        before = len(self.passages.annotations)
        source = record.text if record.text is not None else home.text
        if record.spans:
            self.passages.take(record, home, source, offsets)
        for progress in record.progress:
            by = self.context.user(progress.by)
            self.progress.append((home.id, by, progress.state, progress.at))
        added = len(self.passages.annotations) - before
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
            unknown_article(record, place)
        text, changes = normalise(raw)
        if not text.strip():
            place.refuse("text", "{file}, line {line}, {where}: the article has no text.")
        offsets = moved(raw, record.spans) if changes and record.spans else None
        digest = sha256(text)
        check_hash(record, place, raw, digest)
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

    def write(self) -> None:
        """Write everything, parents first."""
        context = self.context
        self._write_originals()
        bulk.insert(context.db, Article, ARTICLE_COLUMNS, self.articles)
        self.passages.write()
        self._write_progress()
        log.record_many(
            context.db, actor=context.actor, project_id=context.project.id, changes=self.changes
        )

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


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
