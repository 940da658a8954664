"""Names that a project knows: what the fields for people, things and measures offer while one
types.
"""

from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from annotator.models import Annotation, Entity, Measure, Project
from annotator.models.base import table
from annotator.services import codebook

_annotation: Any = table(Annotation)

#: How many of the newest annotations are looked through for names, and names offered.
MOST_READ = 1_000
MOST_OFFERED = 400


class Names(NamedTuple):
    """Names of entities and of measures, each once, in alphabetical order."""

    entities: tuple[str, ...]
    measures: tuple[str, ...]


def of(db: Session, project: Project) -> Names:
    """The canonical names of a project, their aliases, and what annotators wrote lately."""
    found: dict[str, set[str]] = {"entity": set(), "measure": set()}
    for kind, model in (("entity", Entity), ("measure", Measure)):
        columns: Any = table(model)
        rows = db.execute(
            select(columns.c.name, columns.c.aliases).where(columns.c.project_id == project.id)
        )
        for name, aliases in rows:
            found[kind].update((name, *aliases))
    kinds = {
        tag.id: {a.name: a.kind for a in tag.definition.attributes if a.kind in found}
        for tag in codebook.load(db, project).tags
    }
    rows = db.execute(
        select(_annotation.c.tag_id, _annotation.c.attributes)
        .where(_annotation.c.project_id == project.id, _annotation.c.deleted_at.is_(None))
        .order_by(_annotation.c.id.desc())
        .limit(MOST_READ)
    )
    for tag_id, attributes in rows:
        for name, kind in kinds.get(tag_id, {}).items():
            value = attributes.get(name)
            if isinstance(value, str) and value != "author":
                found[kind].add(value)
    return Names(
        tuple(sorted(found["entity"], key=str.casefold)[:MOST_OFFERED]),
        tuple(sorted(found["measure"], key=str.casefold)[:MOST_OFFERED]),
    )
