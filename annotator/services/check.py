"""Integrity: what is stored says the same thing everywhere.

The database's own constraints keep rows from pointing nowhere. What they cannot see is checked
here: a passage's text against its slice, hashes against texts, ends of a relation against its
project, JSON against the codebook's tags.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session

from annotator.domain.spans import shorten
from annotator.domain.text import normalise, sha256, words
from annotator.models import Project
from annotator.services import bulk


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit: which noun, its id, and a sentence."""

    noun: str
    id: str
    sentence: str


def project(db: Session, checked: Project) -> Iterator[Problem]:
    """Yield everything that is wrong in one project."""
    connection, postgres = bulk.driver(db), bulk.is_postgres(db)

    def rows(sql: str, *values: str) -> list[tuple[object, ...]]:
        if postgres:
            with connection.cursor() as cursor:
                return list(cursor.execute(sql.replace("?", "%s"), values).fetchall())
        return list(connection.execute(sql, values).fetchall())

    ids = rows("SELECT id FROM article WHERE project_id = ? ORDER BY position", checked.id)
    for (article_id,) in ids:
        row = rows(
            "SELECT text, text_sha256, length, words, source_sha256 FROM article WHERE id = ?",
            str(article_id),
        )[0]
        text = str(row[0])
        yield from _article(str(article_id), text, row)
        pieces = "fragments::text" if postgres else "fragments"
        for found in rows(
            f'SELECT id, start, "end", text, {pieces}, project_id FROM annotation '  # noqa: S608
            "WHERE article_id = ?",
            str(article_id),
        ):
            yield from _annotation(text, checked.id, found)
    for noun, sql in _DANGLING.items():
        for row_id, what in rows(sql, checked.id):
            yield Problem(noun, str(row_id), f"{what} belongs to another project")


def _article(article_id: str, text: str, row: tuple[object, ...]) -> Iterator[Problem]:
    if sha256(text) != row[1]:
        yield Problem("article", article_id, "the text does not fit its hash")
    if len(text) != row[2] or words(text) != row[3]:
        yield Problem("article", article_id, "length or number of words are not those of the text")
    if normalise(text).text != text:
        yield Problem("article", article_id, "the text holds characters that normalising removes")


def _annotation(text: str, project_id: str, row: tuple[Any, ...]) -> Iterator[Problem]:
    row_id, start, end, stored, pieces, owner = row
    if text[start:end] != stored or not 0 <= start < end <= len(text):
        yield Problem(
            "annotation",
            str(row_id),
            f"the text at {start}–{end} is “{shorten(text[start:end])}”, "
            f"the stored one “{shorten(str(stored))}”",
        )
    if owner != project_id:
        yield Problem("annotation", str(row_id), "it belongs to another project than its article")
    if pieces is not None:
        spans = orjson.loads(str(pieces))
        flat = [offset for piece in spans for offset in piece]
        if flat != sorted(flat) or (flat[0], flat[-1]) != (start, end) or len(spans) < 2:
            yield Problem("annotation", str(row_id), "its pieces do not make up its hull")


_DANGLING = {
    "event_link": (
        "SELECT l.annotation_id, 'the event' FROM event_link l "
        "JOIN annotation a ON a.id = l.annotation_id JOIN event e ON e.id = l.event_id "
        "WHERE a.project_id = ? AND e.project_id <> a.project_id"
    ),
    "relation": (
        "SELECT r.id, 'a passage or the event' FROM relation r JOIN event e ON e.id = r.event_id "
        "JOIN annotation f ON f.id = r.from_id JOIN annotation t ON t.id = r.to_id "
        "WHERE r.project_id = ? AND (e.project_id <> r.project_id OR f.project_id <> r.project_id "
        "OR t.project_id <> r.project_id)"
    ),
    "coverage": (
        "SELECT c.event_id, 'the article' FROM coverage c JOIN event e ON e.id = c.event_id "
        "JOIN article a ON a.id = c.article_id "
        "WHERE e.project_id = ? AND a.project_id <> e.project_id"
    ),
    "tag": (
        "SELECT a.id, 'the tag' FROM annotation a JOIN tag t ON t.id = a.tag_id "
        "WHERE a.project_id = ? AND t.project_id <> a.project_id"
    ),
}
