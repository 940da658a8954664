"""The demo project: five articles, two people's passages in them, and the events they share.

It comes in through the importer that everybody uses, so that it shows what the importer can do.
"""

import tomllib
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session

from annotator import paths
from annotator.formats.records import SOURCED, Meta
from annotator.models import Project, User
from annotator.models.base import table
from annotator.services import imports, log, projects
from annotator.services.imports import Description, SourceFile

SLUG = "demo"
TITLE = "Визит Токаева в Москву: пять авторов"
DESCRIPTION = (
    "Пять статей о Казахстане и России, 2023 и 2025 годы. Они расходятся в том, чего ни одна из "
    "них не показывает сама. Тексты принадлежат их издателям."
)
PEOPLE = {"sample-a": "Разметчик А", "sample-b": "Разметчик Б"}


def load(db: Session) -> Project:
    """Make the demo project, or find it where it was made before. Never commits."""
    found: Project | None = db.execute(
        select(Project).where(table(Project).c.slug == SLUG)
    ).scalar()
    if found is not None:
        return found
    actor = log.PROGRAM
    project = projects.create(db, SLUG, TITLE, actor, description=DESCRIPTION)
    described = descriptions()
    folder = paths.seeds()
    names = [*described, "sample-a.jsonl", "sample-b.jsonl", "events.jsonl"]
    imports.import_files(
        db,
        project=project,
        files=[SourceFile.from_path(folder / name) for name in names],
        actor=actor,
        descriptions=described,
    )
    users = table(User)
    for name, display_name in PEOPLE.items():
        db.execute(update(users).where(users.c.name == name).values(display_name=display_name))
    return project


def descriptions() -> dict[str, Description]:
    """What seeds/articles.toml knows of each file, in its order."""
    data = tomllib.loads((paths.seeds() / "articles.toml").read_text(encoding="utf-8"))
    return {article["file"]: _description(article) for article in data["articles"]}


def _description(article: dict[str, Any]) -> Description:
    fields = {name: article.get(name) for name in SOURCED}
    return Description(article["id"], Meta(**fields, sources=article["sources"]))
