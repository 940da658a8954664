"""JSON Schemas of the records, one file each: `article-1.json` describes `annotator.article/1`."""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson


@cache
def _load() -> dict[str, Any]:
    found = {}
    for file in sorted(files(__package__).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".json"):
            kind, _, version = file.name.removesuffix(".json").rpartition("-")
            found[f"annotator.{kind}/{version}"] = orjson.loads(file.read_bytes())
    return found


def schemas() -> dict[str, Any]:
    """Name of a record kind → its JSON Schema."""
    return _load()
