"""Rows for tests: plain functions with defaults. They write straight to the tables and flush."""

from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlmodel import Session

from annotator.domain.text import sha256
from annotator.domain.text import words as count_words
from annotator.ids import new_id, now
from annotator.models import (
    Annotation,
    Article,
    Author,
    Coverage,
    Event,
    EventLink,
    Membership,
    Project,
    Relation,
    Review,
    Tag,
    User,
)

Row = TypeVar("Row")

TEXT = (
    "Президент прилетел в Москву вечером. В аэропорту его встретил глава правительства.\n"
    "\n"
    "Стороны подписали соглашения на $17 млрд. «Мы союзники», — сказал гость, — «и друзья».\n"
    "\n"
    "Наблюдатели назвали визит 😀 историческим."
)


def make_user(db: Session, name: str, **fields: Any) -> User:
    values = {"id": new_id(), "name": name, "display_name": name.title(), "created_at": now()}
    return _add(db, User(**{**values, **fields}))


def make_project(db: Session, slug: str = "visit", **fields: Any) -> Project:
    """A project with the default codebook of seeds/codebook.toml."""
    from annotator.domain.codebook import parse_toml
    from annotator.paths import seeds

    values = {"id": new_id(), "slug": slug, "title": "Визит", "created_at": now()}
    project = _add(db, Project(**{**values, **fields}))
    codebook = parse_toml((seeds() / "codebook.toml").read_text(encoding="utf-8"))
    for position, tag in enumerate(codebook.tags, start=1):
        content = tag.to_dict()
        _add(
            db,
            Tag(
                id=new_id(),
                project_id=project.id,
                name=tag.name,
                position=position,
                content=content,
            ),
        )
    return project


def make_member(db: Session, project: Project, user: User, role: str) -> Membership:
    return _add(
        db,
        Membership(project_id=project.id, user_id=user.id, role=role, created_at=now()),
    )


def make_article(
    db: Session, project: Project, text: str = TEXT, *, author: str | None = None, **fields: Any
) -> Article:
    """An article with the next position in its project."""
    position = _count(db, Article, project) + 1
    writer = None
    if author:
        asked = select(Author).filter_by(project_id=project.id, name=author)
        writer = db.scalars(asked).one_or_none()
        writer = writer or _add(db, Author(id=new_id(), project_id=project.id, name=author))
    values: dict[str, Any] = {
        "id": new_id(),
        "project_id": project.id,
        "position": position,
        "title": f"Статья {position}",
        "author_id": writer.id if writer else None,
        "published": "2025-11-13",
        "language": "ru",
        "sources": {},
        "text": text,
        "text_sha256": sha256(text),
        "length": len(text),
        "words": count_words(text),
        "import_changes": [],
        "created_at": now(),
    }
    return _add(db, Article(**{**values, **fields}))


def make_annotation(
    db: Session,
    article: Article,
    annotator: User,
    passage: str | tuple[int, int],
    tag: str = "claim",
    **fields: Any,
) -> Annotation:
    """An annotation of `passage`: words of the article (their first place) or (start, end)."""
    start, end = passage if isinstance(passage, tuple) else _find(article.text, passage)
    row = db.scalars(select(Tag).filter_by(project_id=article.project_id, name=tag)).one()
    made = now()
    values: dict[str, Any] = {
        "id": new_id(),
        "project_id": article.project_id,
        "article_id": article.id,
        "annotator_id": annotator.id,
        "tag_id": row.id,
        "start": start,
        "end": end,
        "text": article.text[start:end],
        "attributes": {},
        "created_at": made,
        "updated_at": made,
    }
    return _add(db, Annotation(**{**values, **fields}))


def make_event(db: Session, project: Project, title: str = "Встреча", **fields: Any) -> Event:
    position = _count(db, Event, project) + 1
    values: dict[str, Any] = {
        "id": new_id(),
        "project_id": project.id,
        "position": position,
        "title": title,
        "aliases": [],
        "created_at": now(),
    }
    return _add(db, Event(**{**values, **fields}))


def make_link(db: Session, annotation: Annotation, event: Event) -> EventLink:
    return _add(db, EventLink(annotation_id=annotation.id, event_id=event.id, created_at=now()))


def make_relation(
    db: Session,
    event: Event,
    first: Annotation,
    second: Annotation,
    kind: str = "contradicts",
    **fields: Any,
) -> Relation:
    values: dict[str, Any] = {
        "id": new_id(),
        "project_id": event.project_id,
        "event_id": event.id,
        "from_id": first.id,
        "to_id": second.id,
        "kind": kind,
        "created_at": now(),
    }
    return _add(db, Relation(**{**values, **fields}))


def make_coverage(
    db: Session, event: Event, article: Article, signer: User, state: str = "silent"
) -> Coverage:
    return _add(
        db,
        Coverage(
            event_id=event.id,
            article_id=article.id,
            state=state,
            signed_by=signer.id,
            signed_at=now(),
        ),
    )


def make_review(
    db: Session, annotation: Annotation, reviewer: User, verdict: str = "accepted", reason: str = ""
) -> Review:
    return _add(
        db,
        Review(
            id=new_id(),
            annotation_id=annotation.id,
            reviewer_id=reviewer.id,
            verdict=verdict,
            reason=reason,
            created_at=now(),
        ),
    )


def _find(text: str, passage: str) -> tuple[int, int]:
    start = text.index(passage)
    return start, start + len(passage)


def _count(db: Session, kind: type[Article] | type[Event], project: Project) -> int:
    asked = select(func.count()).select_from(kind).filter_by(project_id=project.id)
    return db.scalar(asked) or 0


def _add(db: Session, row: Row) -> Row:
    db.add(row)
    db.flush()
    return row
