"""The articles of a project: the list with its counts, and the metadata that a manager may correct.

The text of an article is no business of this module: it is stored once, at import, and nothing
here or elsewhere changes it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import defer
from sqlmodel import Session, col

from annotator.domain.dates import PartialDate
from annotator.domain.errors import Conflict, Invalid, NotFound
from annotator.domain.messages import N_
from annotator.domain.text import fold
from annotator.ids import new_id
from annotator.models import (
    Annotation,
    Article,
    Author,
    Membership,
    Progress,
    Project,
    Review,
    Tag,
    User,
)
from annotator.services import log

PER_PAGE = 50
SORTS = ("position", "title", "author", "date", "words", "annotations")
STATES = {"new": N_("New"), "in_progress": N_("In progress"), "done": N_("Done")}
#: Where metadata come from: the article's own words, our conclusion, elsewhere, or a person.
SOURCES = {
    "in_text": N_("stands in the text"),
    "inferred": N_("inferred from the text"),
    "external": N_("from outside"),
    "given": N_("given by a person"),
}
#: The fields of `Article` that may be corrected, without the author, who is a row of their own.
EDITABLE = ("title", "outlet", "published", "language", "url")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows; everything is optional. `author` may be "none": not named."""

    words: str = ""
    author: str = ""
    outlet: str = ""
    state: str = ""
    sort: str = "position"
    descending: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One article in the list. `states` holds how far each annotator is."""

    id: str
    position: int
    title: str
    author: str | None
    outlet: str | None
    published: str | None
    published_source: str | None
    words: int
    mine: str
    tags: tuple[tuple[int, int], ...]
    annotations: int
    annotators: tuple[str, ...]
    done: int
    to_review: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, with what the filters offer."""

    articles: list[Listed]
    found: int
    total: int
    page: int
    pages: int
    tags: list[Tag]
    authors: list[tuple[str, str]]
    outlets: list[str]
    unnamed: bool
    annotators: int


@dataclass(slots=True)
class _Light:
    """What is read of every article of the project: enough to filter and to sort."""

    id: str
    position: int
    title: str
    author_id: str | None
    author: str | None
    outlet: str | None
    published: str | None
    state: str = "new"
    weight: int = 0


def listing(db: Session, project: Project, *, me: User, filters: Filters) -> Listing:
    """A page of the project's articles. A fixed number of statements; texts are not read.

    Filtering and sorting are done here and not in SQL: SQLite folds the case of ASCII only, and
    most titles are in Russian.
    """
    everything = _light(db, project, me)
    chosen = [row for row in everything if _fits(row, filters)]
    _sort(db, project, chosen, filters)
    pages = max(1, -(-len(chosen) // PER_PAGE))
    page = min(max(1, filters.page), pages)
    shown = chosen[(page - 1) * PER_PAGE : page * PER_PAGE]
    authors = {row.author_id: row.author for row in everything if row.author_id}
    return Listing(
        articles=_listed(db, project, me, shown),
        found=len(chosen),
        total=len(everything),
        page=page,
        pages=pages,
        tags=tags_of(db, project),
        authors=sorted(
            ((key, name or "") for key, name in authors.items()), key=lambda pair: fold(pair[1])
        ),
        outlets=sorted({row.outlet for row in everything if row.outlet}, key=fold),
        unnamed=any(row.author_id is None for row in everything),
        annotators=_annotating_members(db, project),
    )


def tags_of(db: Session, project: Project) -> list[Tag]:
    """The project's tags in the codebook's order, the retired ones too: old marks carry them."""
    query = select(Tag).where(col(Tag.project_id) == project.id).order_by(col(Tag.position), Tag.id)
    return list(db.execute(query).scalars())


def _light(db: Session, project: Project, me: User) -> list[_Light]:
    rows = db.execute(
        select(
            col(Article.id),
            col(Article.position),
            col(Article.title),
            col(Article.author_id),
            col(Author.name),
            col(Article.outlet),
            col(Article.published),
        )
        .outerjoin(Author, col(Author.id) == col(Article.author_id))
        .where(col(Article.project_id) == project.id)
        .order_by(col(Article.position))
    )
    found = [_Light(*row) for row in rows]
    states = _my_states(db, project, me)
    for row in found:
        row.state = states.get(row.id, "new")
    return found


def _my_states(db: Session, project: Project, me: User) -> dict[str, str]:
    """How far one annotator is with each article: what was said, else whether there are marks."""
    marked = db.execute(
        select(col(Annotation.article_id))
        .where(
            col(Annotation.project_id) == project.id,
            col(Annotation.annotator_id) == me.id,
            col(Annotation.deleted_at).is_(None),
        )
        .distinct()
    ).scalars()
    states = dict.fromkeys(marked, "in_progress")
    said = db.execute(
        select(col(Progress.article_id), col(Progress.state))
        .join(Article, col(Article.id) == col(Progress.article_id))
        .where(col(Article.project_id) == project.id, col(Progress.user_id) == me.id)
    )
    states.update({row.article_id: row.state for row in said})
    return states


def _fits(row: _Light, filters: Filters) -> bool:
    if filters.author and filters.author != (row.author_id or "none"):
        return False
    if filters.outlet and filters.outlet != row.outlet:
        return False
    if filters.state and filters.state != row.state:
        return False
    place = fold(" ".join(filter(None, (row.title, row.author, row.outlet))))
    return all(word in place for word in fold(filters.words).split())


_KEYS: dict[str, Callable[[_Light], str]] = {
    "title": lambda row: fold(row.title),
    "author": lambda row: fold(row.author or ""),
    "date": lambda row: row.published or "",
}


def _sort(db: Session, project: Project, rows: list[_Light], filters: Filters) -> None:
    """Sort in place; what is unknown comes last either way."""
    if filters.sort in ("words", "annotations"):
        weights = _weights(db, project, filters.sort)
        for row in rows:
            row.weight = weights.get(row.id, 0)
        rows.sort(key=lambda row: row.weight, reverse=filters.descending)
        return
    key = _KEYS.get(filters.sort)
    if key is not None:
        rows.sort(key=key, reverse=filters.descending)
        rows.sort(key=lambda row: not key(row))
    elif filters.descending:
        rows.reverse()


def _weights(db: Session, project: Project, by: str) -> dict[str, int]:
    if by == "words":
        query = select(col(Article.id), col(Article.words)).where(
            col(Article.project_id) == project.id
        )
    else:
        query = (
            select(col(Annotation.article_id), func.count())
            .where(col(Annotation.project_id) == project.id, col(Annotation.deleted_at).is_(None))
            .group_by(col(Annotation.article_id))
        )
    return {row[0]: row[1] for row in db.execute(query)}


def _listed(db: Session, project: Project, me: User, shown: list[_Light]) -> list[Listed]:
    ids = [row.id for row in shown]
    details = {
        row.id: row
        for row in db.execute(
            select(col(Article.id), col(Article.words), col(Article.sources)).where(
                col(Article.id).in_(ids)
            )
        )
    }
    tags, annotators = _marks(db, ids)
    done = _done(db, ids)
    waiting = _to_review(db, ids, me)
    return [
        Listed(
            id=row.id,
            position=row.position,
            title=row.title,
            author=row.author,
            outlet=row.outlet,
            published=row.published,
            published_source=(details[row.id].sources or {}).get("published"),
            words=details[row.id].words,
            mine=row.state,
            tags=tuple(sorted(tags.get(row.id, {}).items())),
            annotations=sum(tags.get(row.id, {}).values()),
            annotators=tuple(sorted(annotators.get(row.id, ()), key=str.casefold)),
            done=done.get(row.id, 0),
            to_review=waiting.get(row.id, 0),
        )
        for row in shown
    ]


def _marks(db: Session, ids: list[str]) -> tuple[dict[str, dict[int, int]], dict[str, set[str]]]:
    """Per article: annotations by position of their tag, and who made them."""
    rows = db.execute(
        select(
            col(Annotation.article_id),
            col(Tag.position),
            col(User.name),
            col(User.display_name),
            func.count().label("n"),
        )
        .join(Tag, col(Tag.id) == col(Annotation.tag_id))
        .join(User, col(User.id) == col(Annotation.annotator_id))
        .where(col(Annotation.article_id).in_(ids), col(Annotation.deleted_at).is_(None))
        .group_by(
            col(Annotation.article_id), col(Tag.position), col(User.name), col(User.display_name)
        )
    )
    tags: dict[str, dict[int, int]] = {}
    people: dict[str, set[str]] = {}
    for row in rows:
        counts = tags.setdefault(row.article_id, {})
        counts[row.position] = counts.get(row.position, 0) + row.n
        people.setdefault(row.article_id, set()).add(row.display_name or row.name)
    return tags, people


def _done(db: Session, ids: list[str]) -> dict[str, int]:
    rows = db.execute(
        select(col(Progress.article_id), func.count())
        .where(col(Progress.article_id).in_(ids), col(Progress.state) == "done")
        .group_by(col(Progress.article_id))
    )
    return {row[0]: row[1] for row in rows}


def _to_review(db: Session, ids: list[str], me: User) -> dict[str, int]:
    """Per article: colleagues' submitted annotations on which `me` has not said anything yet."""
    judged = (
        select(col(Review.id))
        .where(
            col(Review.annotation_id) == col(Annotation.id),
            col(Review.reviewer_id) == me.id,
            col(Review.withdrawn_at).is_(None),
        )
        .exists()
    )
    rows = db.execute(
        select(col(Annotation.article_id), func.count())
        .where(
            col(Annotation.article_id).in_(ids),
            col(Annotation.deleted_at).is_(None),
            col(Annotation.state) == "submitted",
            col(Annotation.layer) == "annotator",
            col(Annotation.annotator_id) != me.id,
            ~judged,
        )
        .group_by(col(Annotation.article_id))
    )
    return {row[0]: row[1] for row in rows}


def _annotating_members(db: Session, project: Project) -> int:
    query = select(func.count()).where(
        col(Membership.project_id) == project.id, col(Membership.role) != "viewer"
    )
    return db.execute(query).scalar() or 0


def get(db: Session, project: Project, article_id: str) -> tuple[Article, str | None]:
    """An article of the project, without reading its text, and the name of its author.

    Raises NotFound, for articles of other projects too.
    """
    row = db.execute(
        select(Article, col(Author.name))
        .outerjoin(Author, col(Author.id) == col(Article.author_id))
        .where(col(Article.id) == article_id, col(Article.project_id) == project.id)
        .options(defer(Article.text))  # type: ignore[arg-type]
    ).first()
    if row is None:
        raise NotFound("There is no such article in this project.")
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a manager may say about an article. None: not known, or not named."""

    title: str
    author: str | None
    outlet: str | None
    published: str | None
    language: str | None
    url: str | None
    sources: Mapping[str, str] = field(default_factory=dict)


def metadata(article: Article, author: str | None) -> Metadata:
    """What is said about an article now."""
    return Metadata(
        title=article.title,
        author=author,
        outlet=article.outlet,
        published=article.published,
        language=article.language,
        url=article.url,
        sources=dict(article.sources or {}),
    )


def update_metadata(
    db: Session,
    *,
    project: Project,
    article_id: str,
    version: int,
    wished: Metadata,
    actor: log.Actor,
) -> bool:
    """Correct what is said about an article; whether anything changed.

    Raises NotFound; Invalid for values that make no sense; Conflict, with the Metadata of now, when
    somebody changed it after `version` was read.
    """
    check(wished)
    article, author = get(db, project, article_id)
    present = metadata(article, author)
    if article.version != version:
        raise Conflict(
            "Somebody changed this article since you opened it. Nothing was overwritten.",
            current=(article.version, present),
        )
    before, after = _difference(present, wished)
    if not after:
        return False
    values: dict[str, Any] = {name: after[name] for name in EDITABLE if name in after}
    values["sources"] = _sources(present, wished, after)
    if "author" in after:
        values["author_id"] = _author_id(db, project, wished.author)
    # The version is compared once more by the database: on PostgreSQL two writers may have read it.
    done = db.execute(
        update(Article)
        .where(col(Article.id) == article_id, col(Article.version) == version)
        .values(**values, version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict(
            "Somebody changed this article since you opened it. Nothing was overwritten.",
            current=(version + 1, present),
        )
    log.record(
        db,
        actor=actor,
        noun="article",
        noun_id=article_id,
        action="update",
        project_id=project.id,
        article_id=article_id,
        before=before,
        after=after,
    )
    return True


def check(wished: Metadata) -> None:
    """Raise Invalid when a value makes no sense, naming its field."""
    if not wished.title:
        raise Invalid("An article needs a title.", field="title")
    if wished.published:
        PartialDate.parse(wished.published, field="published")
    if wished.url and not wished.url.startswith(("https://", "http://")):
        raise Invalid("An address begins with https:// or http://.", field="url")
    if wished.language and not _is_language(wished.language):
        raise Invalid(
            "Write the language as its code of two or three letters, such as ru, en or kk.",
            field="language",
        )
    if wished.sources.get("published") not in (None, *SOURCES):
        raise Invalid("Choose one of the values that the list offers.", field="published_source")


def _is_language(code: str) -> bool:
    return code.isascii() and code.isalpha() and code.islower() and 2 <= len(code) <= 3


def _difference(present: Metadata, wished: Metadata) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [
        name for name in ("author", *EDITABLE) if getattr(present, name) != getattr(wished, name)
    ]
    before = {name: getattr(present, name) for name in names}
    after = {name: getattr(wished, name) for name in names}
    said = wished.sources.get("published")
    if said != present.sources.get("published") and (said or not wished.published):
        before["published_source"] = present.sources.get("published")
        after["published_source"] = said
    return before, after


def _sources(present: Metadata, wished: Metadata, changed: Iterable[str]) -> dict[str, str]:
    """Where each field comes from after the change: what a person types is given."""
    sources = dict(present.sources)
    for name in changed:
        if name in ("author", *EDITABLE):
            sources[name] = "given"
    said = wished.sources.get("published")
    if said:
        sources["published"] = said
    return {
        name: source
        for name, source in sources.items()
        if name not in ("author", *EDITABLE) or getattr(wished, name)
    }


def _author_id(db: Session, project: Project, name: str | None) -> str | None:
    if not name:
        return None
    found: str | None = db.execute(
        select(col(Author.id)).where(col(Author.project_id) == project.id, col(Author.name) == name)
    ).scalar()
    if found is not None:
        return found
    author = Author(id=new_id(), project_id=project.id, name=name)
    db.add(author)
    db.flush()
    return author.id
