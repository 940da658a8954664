"""Which article of the project a record of a file speaks of.

A record names its article by id, by the hash of its text, or by the file from which it came;
without any of these in the project it brings a new one. A text never changes: the same name with
another text is refused.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, NoReturn

from annotator.domain.text import normalise, sha256
from annotator.formats.records import ArticleRecord
from annotator.formats.strict import Place
from annotator.ids import new_id
from annotator.services import bulk
from annotator.services.importing.context import Context


class Home(NamedTuple):
    """An article in the database that passages of a file belong to."""

    id: str
    text_sha256: str
    source_file: str | None
    text: str


class Homes:
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


def _text_hash(record: ArticleRecord) -> str | None:
    """The hash of a record's text as it would be stored."""
    if record.text is None:
        return record.text_sha256
    return record.text_sha256 or sha256(normalise(record.text).text)


def check_hash(record: ArticleRecord, place: Place, raw: str, digest: str) -> None:
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


def unknown_article(record: ArticleRecord, place: Place) -> NoReturn:
    place.refuse(
        "text",
        "{file}, line {line}, {where}: the line has no text, and the project has no article that "
        "it could mean ({known}). Import the article first.",
        known=record.id or record.meta.source_file or record.text_sha256 or "no id, no file",
    )
