"""The database that commands work on: brought up to date where that is safe, closed at the end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import orjson

from annotator.cli.serve import prepare
from annotator.db import Database, connect
from annotator.settings import load


@contextmanager
def opened() -> Iterator[Database]:
    """The database of the settings. An embedded one is made or migrated first, as by `serve`."""
    settings = load()
    prepare(settings, demo=False)
    database = connect(settings)
    try:
        yield database
    finally:
        database.dispose()


def print_json(value: Any) -> None:
    """One JSON value on stdout, and nothing else there."""
    sys.stdout.buffer.write(
        orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
    sys.stdout.flush()


as_json = click.option("--json", "json", is_flag=True, help="One JSON value on stdout.")
