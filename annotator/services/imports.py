"""Files come in: bytes → records (annotator.formats) → rows (annotator.services.importing).

A file is imported whole or not at all: the first thing that cannot be kept raises Invalid with
the file, the line and the field, and the caller's transaction holds nothing that anybody would
see. What could be kept only after a change stands in the report.
"""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import func, select
from sqlmodel import Session

from annotator.domain.errors import Invalid
from annotator.formats import reader
from annotator.formats.records import (
    ArticleRecord,
    CoverageRecord,
    EventRecord,
    Meta,
    ProjectRecord,
    Record,
    RelationRecord,
)
from annotator.models import Article, Project
from annotator.models.base import table
from annotator.services import log
from annotator.services.importing import project as projects
from annotator.services.importing.articles import Articles
from annotator.services.importing.context import Context, Remark, Report
from annotator.services.importing.events import Events
from annotator.services.quiet import collector_paused

__all__ = ["Remark", "Report", "SourceFile", "import_files"]


@dataclass(frozen=True)
class SourceFile:
    """A file that comes in: its name, and how to open it for reading bytes."""

    name: str
    open: Callable[[], BinaryIO]

    @classmethod
    def from_path(cls, path: Path) -> "SourceFile":
        """A file of this machine; opening it may raise OSError."""
        return cls(path.name, lambda: path.open("rb"))

    @classmethod
    def from_bytes(cls, name: str, data: bytes) -> "SourceFile":
        """A file that is in memory, as an upload is."""
        return cls(name, lambda: io.BytesIO(data))


@dataclass(frozen=True)
class Description:
    """What is known of an article beside its file: an id, and metadata that go before the file's
    own.
    """

    id: str | None
    meta: Meta


def import_files(
    db: Session,
    *,
    project: Project,
    files: Iterable[SourceFile],
    actor: log.Actor,
    annotator: str | None = None,
    format: str | None = None,
    descriptions: Mapping[str, Description] | None = None,
) -> list[Report]:
    """Import files into a project, in their order, and report on each.

    `annotator` names the user to whom passages belong that a file gives to nobody; without one it
    is who is signed in, else a user called "import". `format` is a name of
    annotator.formats.READERS; without one each file is looked at. `descriptions` are by file
    name. Raises Invalid (file, line, field) for the first thing that cannot be kept, and OSError
    when a file cannot be read; then nothing may be committed. Never commits.
    """
    context = Context(db, project, actor, annotator)
    articles = table(Article)
    position = db.execute(
        select(func.max(articles.c.position)).where(articles.c.project_id == project.id)
    ).scalar()
    events = Events(context)
    loader = _Loader(context, events, Articles(context, events, position or 0), descriptions or {})
    reports = [loader.load(file, format) for file in files]
    if not reports:
        raise Invalid("No file was sent. Choose at least one.", "files")
    return reports


class _Loader:
    """Hands the records of each file to those who know what to do with them."""

    def __init__(
        self,
        context: Context,
        events: Events,
        articles: Articles,
        descriptions: Mapping[str, Description],
    ) -> None:
        self.context = context
        self.events = events
        self.articles = articles
        self.descriptions = descriptions

    def load(self, file: SourceFile, wanted: str | None) -> Report:
        """Import one file."""
        with file.open() as stream:
            head = stream.readline(4096)
        name, read = reader(wanted, file.name, head)
        self.context.report = Report(file.name, name)
        self.events.file = self.articles.file = file.name
        with file.open() as stream, collector_paused():
            for record in read(stream, file.name):
                self._take(record, file.name)
            self.articles.flush()
            self.events.finish()
        return self.context.report

    def _take(self, record: Record, file: str) -> None:
        match record:
            case ArticleRecord():
                self.articles.add(self._described(record, file))
            case EventRecord():
                self.events.add(record)
            case RelationRecord():
                self.events.relate(record)
            case CoverageRecord():
                self.events.cover(record)
            case ProjectRecord():
                self.articles.flush()
                projects.load(self.context, record, file)

    def _described(self, record: ArticleRecord, file: str) -> ArticleRecord:
        known = self.descriptions.get(record.meta.source_file or file)
        if known is None:
            return record
        given = known.meta
        meta = replace(
            record.meta,
            title=given.title or record.meta.title,
            author=given.author or record.meta.author,
            outlet=given.outlet or record.meta.outlet,
            published=given.published or record.meta.published,
            language=given.language or record.meta.language,
            url=given.url or record.meta.url,
            sources={**record.meta.sources, **given.sources},
        )
        return replace(record, id=record.id or known.id, meta=meta)
