"""A project record: title, codebook with its history, entities and measures."""

from typing import Any

import orjson
from sqlalchemy import delete, insert, select, update

from annotator.domain.errors import Invalid
from annotator.domain.messages import N_
from annotator.formats.records import NameRecord, ProjectRecord
from annotator.formats.strict import Place
from annotator.ids import is_id, new_id
from annotator.models import (
    Article,
    CodebookVersion,
    Entity,
    Event,
    Measure,
    Project,
    Tag,
)
from annotator.models.base import table
from annotator.services import bulk, codebook, log
from annotator.services.importing.context import Context


def load(context: Context, record: ProjectRecord, file: str) -> None:
    """Give an untouched project what the record says; one in use only gets what it lacks."""
    place = Place(file, record.line)
    for tag in record.tags:
        try:
            codebook.definition(tag.name, tag.content)
        except Invalid as error:
            place.refuse(
                "tags",
                "{file}, line {line}, {where}: the tag “{name}” cannot be read: {reason}",
                name=tag.name,
                reason=str(error),
            )
    if _untouched(context):
        _replace(context, record)
    else:
        _complete(context, record)
    _names(context, Entity, record.entities, "entities")
    _names(context, Measure, record.measures, "measures")


def _untouched(context: Context) -> bool:
    """Whether the project still is as it was made: no article, no event, its first codebook."""
    project_id = context.project.id
    return context.project.codebook_version == 1 and not any(
        context.db.execute(
            select(table(model).c.id).where(table(model).c.project_id == project_id).limit(1)
        ).first()
        for model in (Article, Event)
    )


def _replace(context: Context, record: ProjectRecord) -> None:
    db, project = context.db, context.project
    db.info["codebook_changed"] = project.id
    db.execute(delete(table(Tag)).where(table(Tag).c.project_id == project.id))
    versions = table(CodebookVersion)
    db.execute(delete(versions).where(versions.c.project_id == project.id))
    for position, tag in enumerate(record.tags, start=1):
        row = {
            "id": new_id(),
            "project_id": project.id,
            "name": tag.name,
            "position": position,
            "content": dict(tag.content),
            "retired_at": tag.retired_at,
            "version": tag.version,
        }
        db.execute(insert(table(Tag)), row)
    for book in record.codebooks:
        row = {
            "project_id": project.id,
            "number": book.number,
            "content": dict(book.content),
            "created_by": context.maybe_user(book.created_by),
            "created_at": book.created_at,
        }
        db.execute(insert(versions), row)
    project.title, project.description = record.title, record.description
    project.codebook_version = record.codebook_version
    db.execute(
        update(table(Project))
        .where(table(Project).c.id == project.id)
        .values(
            title=project.title,
            description=project.description,
            codebook_version=project.codebook_version,
        )
    )
    log.record(
        db,
        actor=context.actor,
        noun="project",
        noun_id=project.id,
        action="update",
        project_id=project.id,
        after={"title": record.title, "codebook_version": record.codebook_version},
    )
    context.load_tags()
    context.report.updated["project"] += 1


def _complete(context: Context, record: ProjectRecord) -> None:
    """Add the tags that the codebook lacks; those that it has stay as they are, and the report
    says so.
    """
    own = {tag.name: tag.definition.to_dict() for tag in context.codebook.tags}
    new = [codebook.definition(tag.name, tag.content) for tag in record.tags if tag.name not in own]
    if new:
        codebook.add_definitions(context.db, context.project, new, actor=context.actor)
        context.load_tags()
        context.report.created["tags"] += len(new)
    other = [
        tag.name
        for tag in record.tags
        if tag.name in own and codebook.definition(tag.name, tag.content).to_dict() != own[tag.name]
    ]
    if other:
        context.report.warn(
            N_("These tags are defined otherwise in the file; the project keeps its own: {tags}."),
            tags=", ".join(other),
        )


def _names(context: Context, model: Any, records: tuple[NameRecord, ...], noun: str) -> None:
    """Add the names that are not here yet."""
    names = table(model)
    known = set(
        context.db.execute(
            select(names.c.name).where(names.c.project_id == context.project.id)
        ).scalars()
    )
    given = [record.id for record in records if record.id]
    taken = {row[0] for row in bulk.select_in(context.db, "id", names.name, "id", given)}
    columns = ["id", "project_id", "name", "aliases"]
    rows = []
    for record in records:
        if record.name in known:
            context.report.skipped[noun] += 1
            continue
        known.add(record.name)
        identifier = record.id or new_id()
        if identifier in taken or not is_id(identifier):
            identifier = context.derived(identifier)
        aliases = orjson.dumps(record.aliases).decode()
        row: tuple[Any, ...] = (identifier, context.project.id, record.name, aliases)
        rows.append((*row, record.description) if model is Measure else row)
    bulk.insert(context.db, model, [*columns, "description"] if model is Measure else columns, rows)
    context.report.created[noun] += len(rows)
