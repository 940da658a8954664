"""Events, relations and coverage become rows.

A passage may name an event of which a file says no more than the id. It gets a placeholder with
that id, and whatever later file describes the event fills it in.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, update

from annotator.formats.records import CoverageRecord, EventRecord, RelationRecord
from annotator.formats.strict import Place
from annotator.models import Coverage, Event, Relation
from annotator.models.base import table
from annotator.services import bulk, log
from annotator.services.importing.context import Context

_EVENT_FIELDS = ("title", "kind", "date", "date_end", "place", "aliases", "description")
_RELATION_FIELDS = (
    "event_id",
    "from_id",
    "to_id",
    "kind",
    "aspect",
    "comment",
    "verdict",
    "verdict_source",
)


def placeholder_title(event_id: str) -> str:
    """The title of an event of which only the id is known. It is stored, so it is in one
    language.
    """
    return f"Event {event_id}: only its id is known"


class Events:
    """Takes events, relations and coverage; relations and coverage wait until all articles are
    in.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.file = ""
        events = table(Event).c
        rows = context.db.execute(
            select(table(Event)).where(events.project_id == context.project.id)
        )
        self._known: dict[str, Mapping[str, Any]] = {row.id: dict(row._mapping) for row in rows}
        self._local: dict[str, str] = {}
        self._position = context.db.execute(
            select(func.max(events.position)).where(events.project_id == context.project.id)
        ).scalar() or 0  # fmt: skip
        self._parents: list[tuple[Place, str, EventRecord]] = []
        self._relations: list[RelationRecord] = []
        self._coverage: list[CoverageRecord] = []

    # ------------------------------------------------------------------ events

    def local(self, given: str) -> str:
        """The id of an event in this project; a placeholder is made where there is none."""
        known = self._local.get(given)
        if known is None:
            known = self._resolve(given)
            if known not in self._known:
                made = self.context.made(None, None)
                self._insert(known, {"title": placeholder_title(known)}, made, 1)
                self.context.report.created["event placeholders"] += 1
        return known

    def _resolve(self, given: str) -> str:
        if given not in self._local:
            if given in self._known:
                self._local[given] = given
            else:
                renamed = self.context.local_ids("event", [given])
                self._local[given] = renamed.get(given, given)
        return self._local[given]

    def add(self, record: EventRecord) -> None:
        """Make an event, fill a placeholder, or see that it is here already."""
        place = Place(self.file, record.line)
        event_id = self._resolve(record.id)
        values = {name: getattr(record, name) for name in _EVENT_FIELDS}
        values["aliases"] = list(record.aliases)
        present = self._known.get(event_id)
        if present is None:
            made = self.context.made(record.created_by, record.created_at)
            self._insert(event_id, values, made, record.version)
            self.context.report.created["events"] += 1
        elif present["title"] == placeholder_title(event_id) and present["deleted_at"] is None:
            self._fill(event_id, values, record)
        elif all(present[name] == values[name] for name in _EVENT_FIELDS):
            self.context.report.skipped["events"] += 1
            return
        else:
            place.refuse(
                "id",
                "{file}, line {line}, {where}: the event “{title}” is here already with other "
                "content. Give the new one another id, or change the old one in the application. "
                "Nothing of the file was imported.",
                title=present["title"],
            )
        if record.parent or record.merged_into:
            self._parents.append((place, event_id, record))

    def _insert(
        self,
        event_id: str,
        values: Mapping[str, Any],
        made: tuple[str | None, str],
        version: int,
    ) -> None:
        context = self.context
        self._position += 1
        row = {
            "id": event_id,
            "project_id": context.project.id,
            "position": self._position,
            "kind": "event",
            "place": "",
            "aliases": [],
            "description": "",
            **values,
            "created_by": made[0],
            "created_at": made[1],
            "version": version,
        }
        context.db.execute(insert(table(Event)), row)
        self._known[event_id] = {**row, "deleted_at": None}
        self._tell(event_id, "create", values)

    def _fill(self, event_id: str, values: dict[str, Any], record: EventRecord) -> None:
        context = self.context
        by, at = context.made(record.created_by, record.created_at)
        # Events stand in the order in which they are described, not in that of their passages.
        self._position += 1
        new = {**values, "created_by": by, "created_at": at, "version": record.version}
        new["position"] = self._position
        context.db.execute(update(table(Event)).where(table(Event).c.id == event_id).values(new))
        self._known[event_id] = {**self._known[event_id], **new}
        self._tell(event_id, "update", values)
        context.report.updated["events"] += 1

    def _tell(self, event_id: str, action: str, values: Mapping[str, Any]) -> None:
        log.record(
            self.context.db,
            actor=self.context.actor,
            noun="event",
            noun_id=event_id,
            action=action,
            project_id=self.context.project.id,
            after=values,
        )

    # ------------------------------------------------------------------ relations and coverage

    def relate(self, record: RelationRecord) -> None:
        """Keep a relation until its passages are in."""
        self._relations.append(record)

    def cover(self, record: CoverageRecord) -> None:
        """Keep a cell until its article is in."""
        self._coverage.append(record)

    def finish(self) -> None:
        """Write what had to wait for the rest of the file."""
        self._write_parents()
        self._write_relations()
        self._write_coverage()
        self._parents, self._relations, self._coverage = [], [], []

    def _described(self, given: str, place: Place, where: str) -> str:
        """The id of an event that must be here. Raises Invalid."""
        event_id = self._resolve(given)
        if event_id not in self._known:
            place.refuse(
                where,
                "{file}, line {line}, {where}: there is no event {id}, neither here nor in the "
                "file. Import the events together with what points at them.",
                id=given,
            )
        return event_id

    def _write_parents(self) -> None:
        events = table(Event)
        for place, event_id, record in self._parents:
            values = {
                column: self._described(given, place, name)
                for column, name, given in (
                    ("parent_id", "parent", record.parent),
                    ("merged_into_id", "merged_into", record.merged_into),
                )
                if given
            }
            if event_id in values.values():
                place.refuse(
                    "parent", "{file}, line {line}, {where}: an event is no part of itself."
                )
            self.context.db.execute(update(events).where(events.c.id == event_id).values(values))

    def _write_relations(self) -> None:
        if not self._relations:
            return
        context = self.context
        ends = self._passages()
        renamed = context.local_ids("relation", [record.id for record in self._relations])
        present = self._present(
            "relation", Relation, [renamed.get(r.id, r.id) for r in self._relations]
        )
        for record in self._relations:
            place = Place(self.file, record.line)
            relation_id = renamed.get(record.id, record.id)
            by, at = context.made(record.created_by, record.created_at)
            row = {
                "id": relation_id,
                "project_id": context.project.id,
                "event_id": self._described(record.event, place, "event"),
                "from_id": self._passage(ends, record.start, place, "from"),
                "to_id": self._passage(ends, record.end, place, "to"),
                "kind": record.kind,
                "aspect": record.aspect,
                "comment": record.comment,
                "verdict": record.verdict,
                "verdict_source": record.verdict_source,
                "created_by": by,
                "created_at": at,
                "version": record.version,
            }
            if relation_id not in present:
                present[relation_id] = row
                context.db.execute(insert(table(Relation)), row)
                self._note("relation", relation_id, row, None)
            elif all(present[relation_id][name] == row[name] for name in _RELATION_FIELDS):
                context.report.skipped["relations"] += 1
            else:
                self._other(place, "id", record.id)

    def _passages(self) -> dict[str, str]:
        """Given id → id here, for the ends of the relations that are in this project."""
        given = list(dict.fromkeys(e for r in self._relations for e in (r.start, r.end)))
        renamed = self.context.local_ids("annotation", given)
        local = {g: renamed.get(g, g) for g in given}
        rows = bulk.select_in(
            self.context.db, "id, project_id", "annotation", "id", list(local.values())
        )
        here = {row[0] for row in rows if row[1] == self.context.project.id}
        return {given_id: local_id for given_id, local_id in local.items() if local_id in here}

    @staticmethod
    def _passage(ends: Mapping[str, str], given: str, place: Place, where: str) -> str:
        if given not in ends:
            place.refuse(
                where,
                "{file}, line {line}, {where}: there is no passage {id}, neither here nor in the "
                "file. Import the articles with their passages first.",
                id=given,
            )
        return ends[given]

    def _write_coverage(self) -> None:
        if not self._coverage:
            return
        context = self.context
        articles = self._articles()
        cells = table(Coverage)
        events = {self._resolve(record.event) for record in self._coverage}
        rows = context.db.execute(select(cells).where(cells.c.event_id.in_(events)))
        present = {(row.event_id, row.article_id): row.state for row in rows}
        for record in self._coverage:
            place = Place(self.file, record.line)
            event_id = self._described(record.event, place, "event")
            article_id = self._article(articles, record, place)
            cell = (event_id, article_id)
            if present.get(cell) == record.state:
                context.report.skipped["coverage"] += 1
                continue
            if cell in present:
                self._other(place, "state", record.event)
            by, at = context.made(record.signed_by, record.signed_at)
            row = {
                "event_id": event_id,
                "article_id": article_id,
                "state": record.state,
                "note": record.note,
                "signed_by": by,
                "signed_at": at,
                "version": record.version,
            }
            present[cell] = record.state
            context.db.execute(insert(cells), row)
            self._note("coverage", event_id, row, article_id)

    def _articles(self) -> dict[str, str]:
        """Id or source file → id of the article here; a file of which several came is not in it."""
        given = [record.article for record in self._coverage if record.article]
        renamed = self.context.local_ids("article", given)
        rows = bulk.select_in(
            self.context.db, "id, source_file", "article", "project_id", [self.context.project.id]
        )
        ids = {row[0] for row in rows}
        found = {g: renamed.get(g, g) for g in given if renamed.get(g, g) in ids}
        files = [row[1] for row in rows]
        found.update((row[1], row[0]) for row in rows if row[1] and files.count(row[1]) == 1)
        return found

    @staticmethod
    def _article(articles: Mapping[str, str], record: CoverageRecord, place: Place) -> str:
        for key in (record.article, record.source_file):
            if key and key in articles:
                return articles[key]
        place.refuse(
            "article",
            "{file}, line {line}, {where}: there is no article {id} here. Import it first.",
            id=record.article or record.source_file,
        )

    def _present(self, name: str, model: Any, ids: list[str]) -> dict[str, Any]:
        rows = self.context.db.execute(
            select(table(model)).where(table(model).c.project_id == self.context.project.id)
        )
        wanted = set(ids)
        return {row.id: dict(row._mapping) for row in rows if row.id in wanted}

    def _note(self, noun: str, noun_id: str, row: dict[str, Any], article_id: str | None) -> None:
        self.context.report.created["relations" if noun == "relation" else noun] += 1
        log.record(
            self.context.db,
            actor=self.context.actor,
            noun=noun,
            noun_id=noun_id,
            action="create",
            project_id=self.context.project.id,
            article_id=article_id,
            after=row,
        )

    @staticmethod
    def _other(place: Place, where: str, what: str) -> None:
        place.refuse(
            where,
            "{file}, line {line}, {where}: {id} is here already with other content. Nothing of the "
            "file was imported.",
            id=what,
        )
