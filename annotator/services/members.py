"""Who takes part in a project, in which role, and which projects somebody may see."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from annotator.domain.errors import Invalid, NotFound
from annotator.domain.roles import Role
from annotator.ids import now
from annotator.models import (
    Annotation,
    Article,
    Change,
    Membership,
    Progress,
    Project,
    Review,
    User,
)
from annotator.services import log, users


@dataclass(frozen=True, slots=True)
class Seen:
    """A project as its list shows it. `role` is the person's own; None for an administrator."""

    project: Project
    role: Role | None
    articles: int
    annotations: int
    last_change: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with annotations or a role in a project; `role` is None for a mere layer."""

    user: User
    role: Role | None
    annotations: int
    reviews: int
    done: int
    last: str | None


def projects_of(db: Session, user: User) -> list[Seen]:
    """The projects that somebody may see, by title. Administrators see all of them."""
    last = (
        select(col(Change.at))
        .where(col(Change.project_id) == col(Project.id))
        .order_by(col(Change.seq).desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(Project, col(Membership.role), last.label("last_change")).outerjoin(
        Membership,
        and_(col(Membership.project_id) == col(Project.id), col(Membership.user_id) == user.id),
    )
    if not user.is_admin:
        query = query.where(col(Membership.role).is_not(None))
    rows = db.execute(query).all()
    ids = [row.Project.id for row in rows]
    articles = _by_project(db, Article, ids)
    annotations = _by_project(db, Annotation, ids, col(Annotation.deleted_at).is_(None))
    found = [
        Seen(
            project=row.Project,
            role=Role(row.role) if row.role else None,
            articles=articles.get(row.Project.id, 0),
            annotations=annotations.get(row.Project.id, 0),
            last_change=row.last_change,
        )
        for row in rows
    ]
    return sorted(found, key=lambda seen: (seen.project.title.casefold(), seen.project.slug))


def listing(db: Session, project: Project) -> list[Member]:
    """Members by role and name, then those who only have annotations here (imported layers)."""
    marks = _activity(db, project)
    reviews = _reviews(db, project)
    done = _done(db, project)
    roles = {
        row.user_id: Role(row.role)
        for row in db.execute(
            select(col(Membership.user_id), col(Membership.role)).where(
                col(Membership.project_id) == project.id
            )
        )
    }
    people = db.execute(select(User).where(col(User.id).in_({*roles, *marks}))).scalars()
    found = [
        Member(
            user=user,
            role=roles.get(user.id),
            annotations=marks.get(user.id, (0, None))[0],
            reviews=reviews.get(user.id, (0, None))[0],
            done=done.get(user.id, 0),
            last=max(
                filter(
                    None, (marks.get(user.id, (0, None))[1], reviews.get(user.id, (0, None))[1])
                ),
                default=None,
            ),
        )
        for user in people
    ]
    return sorted(
        found,
        key=lambda one: (-one.role.rank if one.role else 1, one.user.name.casefold()),
    )


def get(db: Session, project: Project, user_id: str) -> Membership:
    """The membership. Raises NotFound."""
    found = db.get(Membership, (project.id, user_id))
    if found is None:
        raise NotFound("There is no such member in this project.")
    return found


def add(
    db: Session, *, project: Project, name: str, role: Role, actor: log.Actor, may_create: bool
) -> tuple[User, bool]:
    """Take somebody in by name; returns the account and whether it was made for this.

    Raises Invalid when there is no such account and `may_create` is false, when it is switched
    off, and when it is a member already.
    """
    user = users.by_name(db, name)
    created = user is None
    if user is None:
        if not may_create:
            raise Invalid(
                "Nobody has the name “{name}”. Check the spelling, or ask an administrator to "
                "make the account.",
                field="name",
                name=name,
            )
        user = users.add(db, name=name, actor=actor)
    if not user.is_active:
        raise Invalid(
            "“{name}” is switched off. Switch the account on first.", field="name", name=user.name
        )
    if db.get(Membership, (project.id, user.id)) is not None:
        raise Invalid(
            "“{name}” is a member already. Change the role in the list.",
            field="name",
            name=user.name,
        )
    join(db, project=project, user_id=user.id, role=role, actor=actor)
    return user, created


def join(db: Session, *, project: Project, user_id: str, role: Role, actor: log.Actor) -> None:
    """Make an account, which is none yet, a member."""
    db.add(Membership(project_id=project.id, user_id=user_id, role=role.value, created_at=now()))
    db.flush()
    _record(db, project, user_id, "create", actor, after={"role": role.value})


def change_role(
    db: Session, *, project: Project, user_id: str, role: Role, actor: log.Actor
) -> Membership:
    """Give a member another role. Raises NotFound; Invalid for the last manager."""
    membership = get(db, project, user_id)
    before = Role(membership.role)
    if before == role:
        return membership
    if before == Role.manager:
        _keep_a_manager(db, project, user_id)
    membership.role = role.value
    db.add(membership)
    db.flush()
    _record(
        db,
        project,
        user_id,
        "update",
        actor,
        before={"role": before.value},
        after={"role": role.value},
    )
    return membership


def remove(db: Session, *, project: Project, user_id: str, actor: log.Actor) -> None:
    """End a membership; the annotations stay. Raises NotFound; Invalid for the last manager."""
    membership = get(db, project, user_id)
    if membership.role == Role.manager:
        _keep_a_manager(db, project, user_id)
    db.delete(membership)
    db.flush()
    _record(db, project, user_id, "delete", actor, before={"role": membership.role})


def _keep_a_manager(db: Session, project: Project, user_id: str) -> None:
    # Two managers who remove each other at once take turns: writers on SQLite do anyway, and the
    # rows are locked here for PostgreSQL.
    managers = db.execute(
        select(col(Membership.user_id))
        .where(col(Membership.project_id) == project.id, col(Membership.role) == Role.manager.value)
        .with_for_update()
    ).scalars()
    if set(managers) == {user_id}:
        raise Invalid(
            "A project needs a manager, and this is the only one. Make somebody else a manager "
            "first.",
            field="role",
        )


def _record(
    db: Session,
    project: Project,
    user_id: str,
    action: str,
    actor: log.Actor,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    log.record(
        db,
        actor=actor,
        noun="member",
        noun_id=user_id,
        action=action,
        project_id=project.id,
        before=before,
        after=after,
    )


def _by_project(db: Session, model: Any, ids: list[str], *conditions: Any) -> dict[str, int]:
    query = (
        select(col(model.project_id), func.count())
        .where(col(model.project_id).in_(ids), *conditions)
        .group_by(col(model.project_id))
    )
    return {row[0]: row[1] for row in db.execute(query)}


def _activity(db: Session, project: Project) -> dict[str, tuple[int, str | None]]:
    query = (
        select(col(Annotation.annotator_id), func.count(), func.max(col(Annotation.updated_at)))
        .where(col(Annotation.project_id) == project.id, col(Annotation.deleted_at).is_(None))
        .group_by(col(Annotation.annotator_id))
    )
    return {row[0]: (row[1], row[2]) for row in db.execute(query)}


def _reviews(db: Session, project: Project) -> dict[str, tuple[int, str | None]]:
    query = (
        select(col(Review.reviewer_id), func.count(), func.max(col(Review.created_at)))
        .join(Annotation, col(Annotation.id) == col(Review.annotation_id))
        .where(col(Annotation.project_id) == project.id, col(Review.withdrawn_at).is_(None))
        .group_by(col(Review.reviewer_id))
    )
    return {row[0]: (row[1], row[2]) for row in db.execute(query)}


def _done(db: Session, project: Project) -> dict[str, int]:
    query = (
        select(col(Progress.user_id), func.count())
        .join(Article, col(Article.id) == col(Progress.article_id))
        .where(col(Article.project_id) == project.id, col(Progress.state) == "done")
        .group_by(col(Progress.user_id))
    )
    return {row[0]: row[1] for row in db.execute(query)}
