"""How much an export would hold, without writing it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from annotator.domain.review import status
from annotator.models import Annotation, Article, EventLink, Project, Review, Tag, User
from annotator.services.exports import Filters


@dataclass(frozen=True, slots=True)
class Size:
    """Annotations that the filters let through, the articles they are in, and all articles."""

    annotations: int
    marked: int
    articles: int


def size(db: Session, project: Project, filters: Filters) -> Size:
    """Count what `exports.stream` would write for these filters."""
    articles = db.execute(
        select(func.count()).where(col(Article.project_id) == project.id)
    ).scalar()
    if filters.statuses:
        found = _with_status(db, project, filters)
        return Size(len(found), len(set(found.values())), articles or 0)
    counted = db.execute(
        _chosen(
            select(func.count(), func.count(col(Annotation.article_id).distinct())),
            project,
            filters,
        )
    ).one()
    return Size(counted[0], counted[1], articles or 0)


def _chosen(query: Any, project: Project, filters: Filters) -> Any:
    """The annotations that fit everything but the status, which is computed from verdicts."""
    query = query.select_from(Annotation).where(
        col(Annotation.project_id) == project.id, col(Annotation.deleted_at).is_(None)
    )
    if filters.layer != "all":
        query = query.where(col(Annotation.layer) == filters.layer)
    if filters.annotators:
        named = select(col(User.id)).where(col(User.name).in_(filters.annotators))
        query = query.where(col(Annotation.annotator_id).in_(named))
    if filters.tags:
        tagged = select(col(Tag.id)).where(
            col(Tag.project_id) == project.id, col(Tag.name).in_(filters.tags)
        )
        query = query.where(col(Annotation.tag_id).in_(tagged))
    if filters.events:
        linked = select(col(EventLink.annotation_id)).where(
            col(EventLink.event_id).in_(filters.events)
        )
        query = query.where(col(Annotation.id).in_(linked))
    if filters.articles:
        query = query.where(col(Annotation.article_id).in_(filters.articles))
    return query


def _with_status(db: Session, project: Project, filters: Filters) -> dict[str, str]:
    """Id → article of the annotations with one of the wished statuses."""
    verdicts = defaultdict(list)
    judged = db.execute(
        _chosen(
            select(col(Review.annotation_id), col(Review.reviewer_id), col(Review.verdict)),
            project,
            filters,
        )
        .join(Review, col(Review.annotation_id) == col(Annotation.id))
        .where(col(Review.withdrawn_at).is_(None))
        .order_by(col(Review.created_at), col(Review.id))
    )
    for annotation_id, reviewer_id, verdict in judged:
        verdicts[annotation_id].append((reviewer_id, verdict))
    rows = db.execute(
        _chosen(
            select(col(Annotation.id), col(Annotation.article_id), col(Annotation.state)),
            project,
            filters,
        )
    )
    return {
        row.id: row.article_id
        for row in rows
        if str(status(row.state, verdicts[row.id])) in filters.statuses
    }
