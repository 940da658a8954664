"""`annotator detect`: what the rules find in a text, as JSON Lines; no database, no settings."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click
import orjson

from annotator.domain.detection import LEAST, Detection

KINDS = ("figures", "quotes")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=click.Path(dir_okay=False, allow_dash=True), metavar="PATH|-")
@click.option(
    "--least",
    metavar="C",
    type=click.FloatRange(0, 1),
    default=LEAST,
    show_default=True,
    help="The least confidence to print; lower values add scare quotes and vague numbers.",
)
def detect(kind: str, path: str, least: float) -> None:
    """Print the figures or quotes of a text, one JSON object a line.

    PATH is a text file in UTF-8, or - for standard input. Offsets count the code points of the text
    as it was read; nothing is stripped or changed.
    """
    text = _read(path)
    output = sys.stdout.buffer
    for detection in finder(kind)(text, least=least):
        output.write(orjson.dumps(detection.to_dict(text)) + b"\n")
    output.flush()


def finder(kind: str) -> Callable[..., Iterable[Detection]]:
    """The function that finds `kind`; imported only now, for the sake of the other commands."""
    if kind == "figures":
        from annotator.domain.quantities import find_figures

        return find_figures
    from annotator.domain.quotations import find_quotes

    return find_quotes


def _read(path: str) -> str:
    """The text of a file or of standard input; one sentence when it cannot be read."""
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise click.ClickException(
            f"{path} cannot be read ({error.strerror}). Give a text file, or - for standard input."
        ) from error
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise click.ClickException(
            f"{path}, line {line}: this is no UTF-8. Convert the file to UTF-8 first."
        ) from error
