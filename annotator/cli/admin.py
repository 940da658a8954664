"""`annotator user`, `annotator project`, `annotator db`, `annotator check`: administration."""

import click
from sqlmodel import Session

from annotator.cli.database import as_json, opened, print_json
from annotator.cli.serve import prepare
from annotator.domain.errors import NotFound
from annotator.models import User
from annotator.services import check as checks
from annotator.services import log, projects, sessions, users
from annotator.settings import load


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.argument("name")
@click.option("--display-name", default="", help="How others see them.")
@click.option("--admin", is_flag=True, help="May administer everything.")
def user_add(name: str, display_name: str, admin: bool) -> None:
    """Add somebody, and print a link that signs them in once."""
    with opened() as database, database.writing() as db:
        made = users.add(
            db, name=name, display_name=display_name, is_admin=admin, actor=log.PROGRAM
        )
        token = users.make_link(db, made, actor=log.PROGRAM)
    click.echo(f"{made.name} can sign in once and within a day: {load().url}/sign-in/{token}")


@user.command("list")
@as_json
def user_list(json: bool) -> None:
    """Everybody, the active first."""
    with opened() as database, database.reading() as db:
        people = users.listing(db)
    rows = [
        {
            "name": p.user.name,
            "display_name": p.user.display_name,
            "active": p.user.is_active,
            "admin": p.user.is_admin,
            "projects": p.projects,
            "annotations": p.annotations,
            "last_seen": p.last_seen,
        }
        for p in people
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        marks = [word for word in ("admin",) if row[word]] + ([] if row["active"] else ["off"])
        click.echo(f"{row['name']:24} {row['annotations']:8} {' '.join(marks):10} "
                   f"{row['display_name']}".rstrip())  # fmt: skip


@user.command("disable")
@click.argument("name")
def user_disable(name: str) -> None:
    """Switch an account off; it loses its sessions, and keeps its annotations."""
    with opened() as database, database.writing() as db:
        users.set_active(db, _named(db, name), False, actor=log.PROGRAM)
    click.echo(f"{name} is switched off.")


@user.command("password")
@click.argument("name")
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    envvar="ANNOTATOR_NEW_PASSWORD",
    help="Asked for when absent; also taken from ANNOTATOR_NEW_PASSWORD.",
)
def user_password(name: str, password: str) -> None:
    """Set somebody's password; their open sessions end."""
    hashed = sessions.hash_password(password)
    with opened() as database, database.writing() as db:
        found = _named(db, name)
        users.set_password(db, found, password_hash=hashed, keep_token=None, actor=log.PROGRAM)
    click.echo(f"The password of {name} is set.")


def _named(db: Session, name: str) -> User:
    found = users.by_name(db, name)
    if found is None:
        raise NotFound("There is nobody called “{name}”. See `annotator user list`.", name=name)
    return found


@click.group()
def project() -> None:
    """Projects."""


@project.command("add")
@click.argument("slug")
@click.option("--title", help="The title [the short name].")
def project_add(slug: str, title: str | None) -> None:
    """Make a project with the default codebook."""
    with opened() as database, database.writing() as db:
        made = projects.create(db, slug, title or slug, log.PROGRAM)
    click.echo(f"{made.slug}: {made.title}")


@project.command("list")
@as_json
def project_list(json: bool) -> None:
    """Every project."""
    with opened() as database, database.reading() as db:
        rows = [
            {"slug": p.slug, "title": p.title, "created_at": p.created_at}
            for p in projects.all_projects(db)
        ]
    if json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['slug']:24} {row['title']}")


@click.group("db")
def db_() -> None:
    """The database itself."""


@db_.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to this version's shape; an embedded one is copied first."""
    from annotator import db as database
    from annotator.glance import glance

    settings = load()
    if settings.is_sqlite:
        prepare(settings, demo=False)
    else:
        database.upgrade(settings)
    click.echo(f"The database stands at migration {glance(settings).revision}.")


@db_.command("current")
def db_current() -> None:
    """The migration at which the database stands; exit status 1 when that is not this version's."""
    from annotator.glance import glance, revisions

    found, known = glance(load()).revision, revisions()[-1]
    click.echo(f"{found or 'empty'} (this version: {known})")
    if found != known:
        raise SystemExit(1)


@click.command()
@click.option("--project", "slug", metavar="SLUG", help="Only this project.")
@as_json
def check(slug: str | None, json: bool) -> None:
    """Check that every passage is its slice, every hash fits and every link resolves.

    Exit status 1 and a list where not.
    """
    found = []
    with opened() as database, database.reading() as db:
        checked = [projects.by_slug(db, slug)] if slug else projects.all_projects(db)
        for one in checked:
            found += [(one.slug, problem) for problem in checks.project(db, one)]
    if json:
        print_json(
            [
                {"project": where, "noun": p.noun, "id": p.id, "problem": p.sentence}
                for where, p in found
            ]
        )
    else:
        for where, p in found:
            click.echo(f"{where}: {p.noun} {p.id}: {p.sentence}")
        if not found:
            click.echo("Everything fits.")
    if found:
        raise SystemExit(1)
