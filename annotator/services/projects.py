"""Projects: made with the default codebook, found by the short name in their address."""

import re
from functools import cache

from sqlalchemy import select
from sqlmodel import Session

from annotator import paths
from annotator.domain.codebook import Codebook, parse_toml
from annotator.domain.errors import Invalid, NotFound
from annotator.ids import new_id, now
from annotator.models import Project
from annotator.models.base import table
from annotator.services import codebook as codebooks
from annotator.services import log

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
#: Words that an address may need one day.
RESERVED = frozenset({"new"})
MAX_TITLE = 200


@cache
def default_codebook() -> Codebook:
    """The codebook that a new project begins with: seeds/codebook.toml."""
    return parse_toml((paths.seeds() / "codebook.toml").read_text(encoding="utf-8"))


def check_slug(slug: str) -> str:
    """The slug, when it can stand in an address. Raises Invalid."""
    if not _SLUG.fullmatch(slug) or "--" in slug or slug in RESERVED:
        raise Invalid(
            "“{slug}” cannot be the short name of a project. Use up to 40 small Latin letters, "
            "digits and single hyphens between them, and none of: {reserved}.",
            "slug",
            slug=slug[:80],
            reserved=", ".join(sorted(RESERVED)),
        )
    return slug


def create(
    db: Session,
    slug: str,
    title: str,
    actor: log.Actor,
    *,
    description: str = "",
    codebook: Codebook | None = None,
) -> Project:
    """A new project with the default codebook, or with the one given.

    Raises Invalid when the short name cannot be one or is taken, or when there is no title.
    """
    log.guard(db, actor)
    check_slug(slug)
    title = " ".join(title.split())
    if not title or len(title) > MAX_TITLE:
        raise Invalid(
            "A project needs a title of at most {most} characters.", "title", most=MAX_TITLE
        )
    if db.execute(select(table(Project).c.id).where(table(Project).c.slug == slug)).first():
        raise Invalid(
            "There is a project “{slug}” already. Choose another short name.", "slug", slug=slug
        )
    project = Project(
        id=new_id(), slug=slug, title=title, description=description, created_at=now()
    )
    db.add(project)
    db.flush()
    codebooks.store(db, project, codebook or default_codebook(), actor=actor)
    log.record(
        db,
        actor=actor,
        noun="project",
        noun_id=project.id,
        action="create",
        project_id=project.id,
        after={"slug": slug, "title": title},
    )
    return project


def find(db: Session, slug: str) -> Project | None:
    """The project of that short name, or None."""
    found: Project | None = db.execute(
        select(Project).where(table(Project).c.slug == slug)
    ).scalar()
    return found


def by_slug(db: Session, slug: str) -> Project:
    """The project of that short name. Raises NotFound."""
    found = find(db, slug)
    if found is None:
        raise NotFound(
            "There is no project “{slug}”. See `annotator project list`.", "project", slug=slug[:80]
        )
    return found


def all_projects(db: Session) -> list[Project]:
    """Every project, by title."""
    projects = table(Project).c
    return list(db.execute(select(Project).order_by(projects.title, projects.slug)).scalars())
