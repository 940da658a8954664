"""`annotator serve`: bind, bring the database up to date, serve, print how to sign in."""

import os
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import click

from annotator.glance import Glance, glance, open_sqlite, revisions, sqlite_path
from annotator.settings import Settings, load


@click.command()
@click.option("--host", metavar="H", help="Address to listen on [ANNOTATOR_HOST, or 127.0.0.1].")
@click.option(
    "--port",
    metavar="P",
    type=click.IntRange(1, 65535),
    help="Port to listen on [ANNOTATOR_PORT, or 8000].",
)
@click.option(
    "--demo",
    is_flag=True,
    help="Load the demo project when there is no project, and print a link that signs in once.",
)
def serve(host: str | None, port: int | None, demo: bool) -> None:
    """Run the web application.

    An embedded SQLite database is made or migrated first. A PostgreSQL database is never changed by
    this command: when it is not up to date, the command says what to run and ends with status 1.
    """
    from annotator.server import Server, listen

    settings = load()
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}). "
            "Choose another port with --port."
        ) from error
    if status := _in_child(lambda: prepare(settings, demo=demo)):
        raise SystemExit(status)
    Server(settings, listener, ready=lambda: greet(settings, demo=demo)).run()


def prepare(settings: Settings, *, demo: bool) -> None:
    """Bring the database up to date, and load the demo project into an empty one when asked to.

    Raises click.ClickException when that cannot be.
    """
    known = revisions()
    try:
        seen = glance(settings)
    except Exception as error:
        raise click.ClickException(f"The database cannot be opened: {error}") from error
    if seen.revision not in (None, *known):
        raise click.ClickException(
            f"The database stands at migration {seen.revision}, which this version does not know: "
            "it was used by a newer one. Install that version again."
        )
    if seen.revision != known[-1]:
        _upgrade(settings, seen)
    if demo and not seen.has_project:
        from annotator.db import connect
        from annotator.services import demo as demo_project

        database = connect(settings)
        with database.writing() as db:
            demo_project.load(db)
        database.dispose()


def _upgrade(settings: Settings, seen: Glance) -> None:
    """Migrate an embedded database; one that holds something is copied first, beside itself."""
    if not settings.is_sqlite:
        raise click.ClickException(
            "The PostgreSQL database is not up to date. "
            "Make a backup, then run: annotator db upgrade"
        )
    from annotator import db

    if seen.revision is not None:
        path = sqlite_path(settings)
        copy = path.with_name(f"{path.stem}-before-upgrade-from-{seen.revision}{path.suffix}")
        copy.unlink(missing_ok=True)
        with closing(open_sqlite(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        copy.chmod(0o600)
    db.upgrade(settings)


def greet(settings: Settings, *, demo: bool) -> None:
    """Say where the application is, and print a link to sign in: in the demo, or when nobody else
    could."""
    from annotator.db import connect
    from annotator.services import sessions, start

    lines = [f"Annotator is at {address(settings)}"]
    database = connect(settings)
    with database.writing() as db:
        user, made = start.administrator(db)
        if demo or made:
            link = f"{address(settings)}/sign-in/{sessions.make_link(db, user)}"
            lines.append(f"Sign in as {user.name}, once and within a day: {link}")
    database.dispose()
    lines.append(f"Data is in {settings.data_dir}. Ctrl-C stops the server.")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def address(settings: Settings) -> str:
    """Where a browser on this machine finds the server, without a slash at the end."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
    host = everywhere.get(settings.host, settings.host)
    return replace(
        settings, host=f"[{host}]" if ":" in host.strip("[]") and host[0] != "[" else host
    ).url


def _in_child(task: Callable[[], None]) -> int:
    """Run `task` in a process of its own and return its exit status.

    What it imports would otherwise stay in the memory of the arbiter for as long as the server
    runs.
    """
    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        task()
        status = 0
    except click.ClickException as error:
        error.show()
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
