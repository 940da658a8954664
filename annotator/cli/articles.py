"""`annotator import`, `annotator export`, `annotator formats`: files in and out."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from annotator.cli.database import as_json, opened, print_json
from annotator.db import Database
from annotator.domain.errors import DomainError
from annotator.formats import FORMATS, READERS, WRITERS, schemas
from annotator.services import exports, imports, log, projects
from annotator.services.imports import Report, SourceFile

KINDS = (".txt", ".text", ".jsonl", ".ndjson")


@click.command("import")
@click.argument(
    "paths",
    metavar="PATH…",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
)
@click.option("--project", "slug", metavar="SLUG", required=True, help="The project's short name.")
@click.option(
    "--format", "name", type=click.Choice(list(READERS)), help="What the files are [looked at]."
)
@click.option(
    "--annotator", metavar="NAME", help="Whose the passages are that a file gives to nobody."
)
@click.option("--create", is_flag=True, help="Make the project when there is none.")
@as_json
def import_(
    paths: tuple[Path, ...],
    slug: str,
    name: str | None,
    annotator: str | None,
    create: bool,
    json: bool,
) -> None:
    """Load articles and annotations from files, or from the files of folders.

    Each file is taken whole or not at all; one report line tells what came of it. Exit status 1
    when a file was refused: the others are in.
    """
    reports, failed = [], False
    with opened() as database:
        for path in _files(paths):
            try:
                report = _import_one(database, path, slug, name, annotator, create)
            except (DomainError, OSError) as error:
                failed = True
                click.echo(f"Error: {_sentence(error, path)}", err=True)
                continue
            reports.append(report)
            if not json:
                click.echo(sentence(report))
            for warning in report.warnings:
                click.echo(f"{path.name}: {warning}", err=True)
    if json:
        print_json([report.as_json() for report in reports])
    if failed:
        raise SystemExit(1)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(p for p in path.iterdir() if p.suffix.lower() in KINDS and p.is_file())
        if not found:
            raise click.UsageError(f"The folder {path} holds no {', '.join(KINDS)} file.")
        yield from found


def _import_one(
    database: Database,
    path: Path,
    slug: str,
    name: str | None,
    annotator: str | None,
    create: bool,
) -> Report:
    with database.writing() as db:
        project = projects.find(db, slug)
        if project is None:
            if not create:
                raise click.ClickException(
                    f"There is no project “{slug}”. Add --create to make it, or see "
                    "`annotator project list`."
                )
            project = projects.create(db, slug, slug, log.PROGRAM)
        return imports.import_files(
            db,
            project=project,
            files=[SourceFile.from_path(path)],
            actor=log.PROGRAM,
            annotator=annotator,
            format=name,
        )[0]


def _sentence(error: Exception, path: Path) -> str:
    """What went wrong; the file is named in any case."""
    text = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return text if path.name in text else f"{path.name}: {text}"


def sentence(report: Report) -> str:
    """One line about one file: `a.jsonl: 5 articles, 654 annotations; here already: 2 articles`."""
    parts = [_counted(report.created) or "nothing new"]
    for word, counts in (("updated", report.updated), ("here already", report.skipped)):
        if said := _counted(counts):
            parts.append(f"{word}: {said}")
    if report.changes:
        taken = ", ".join(f"{kind} {count}" for kind, count in report.changes.items())
        parts.append(f"changed in texts: {taken}")
    return f"{report.file}: {'; '.join(parts)}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(
        f"{count} {noun.removesuffix('s') if count == 1 else noun}"
        for noun, count in counts.items()
        if count
    )


@click.command()
@click.option("--project", "slug", metavar="SLUG", required=True, help="The project's short name.")
@click.option("--format", "name", type=click.Choice(list(WRITERS)), default="jsonl")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write; stdout without it. An unfinished export never stands under this name.",
)
@click.option("--annotator", "annotators", metavar="NAME", multiple=True, help="Only theirs.")
@click.option("--layer", type=click.Choice(exports.LAYERS), default="all")
@click.option("--status", "statuses", metavar="S", multiple=True, help="draft, submitted, …")
@click.option("--tag", "tags", metavar="T", multiple=True, help="Only passages with this tag.")
@click.option("--event", "events", metavar="E", multiple=True, help="An event's id or title.")
def export(
    slug: str,
    name: str,
    output: Path | None,
    annotators: tuple[str, ...],
    layer: str,
    statuses: tuple[str, ...],
    tags: tuple[str, ...],
    events: tuple[str, ...],
) -> None:
    """Write a project to FILE or stdout.

    All of it is one state of the project, whoever works in it meanwhile.
    """
    with opened() as database, database.reading() as db:
        project = projects.by_slug(db, slug)
        filters = exports.Filters(
            annotators=annotators,
            layer=layer,
            statuses=statuses,
            tags=tags,
            events=exports.event_ids(db, project, events) if events else (),
        )
        pieces = exports.stream(db, project, format=name, filters=filters)
        if output is None:
            _to_stdout(pieces)
        else:
            to_file(pieces, output)


def _to_stdout(pieces: Iterator[bytes]) -> None:
    try:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has seen enough; nothing more may be written, not even at the end of Python.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def to_file(pieces: Iterator[bytes], path: Path) -> None:
    """Write beside the wished file, and rename when all of it is on disk."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise click.ClickException(
            f"{path} could not be written ({error.strerror}). Nothing stands there that was not "
            "there before."
        ) from error
    finally:
        part.unlink(missing_ok=True)


@click.command()
@click.option("--schema", metavar="NAME", help="Print the JSON Schema of a kind of record.")
@as_json
def formats(schema: str | None, json: bool) -> None:
    """List every format with the directions it supports, or print a JSON Schema."""
    if schema is not None:
        known = schemas.schemas()
        if schema not in known:
            raise click.UsageError(f"There is no schema {schema}. There are: {', '.join(known)}.")
        print_json(known[schema])
        return
    rows = [
        {
            "name": format_.name,
            "label": format_.label,
            "extension": format_.extension,
            "media_type": format_.media_type,
            "read": format_.read is not None,
            "write": format_.writes,
        }
        for format_ in FORMATS.values()
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        ways = " and ".join(
            way for way, able in (("in", row["read"]), ("out", row["write"])) if able
        )
        click.echo(f"{row['name']:12} {ways:11} {row['extension']:20} {row['label']}")
