"""The core stays pure: it can be used without the web and without a database."""

import json
import subprocess
import sys
from pathlib import Path

import annotator.domain

HEAVY = {"flask", "sqlmodel", "sqlalchemy", "werkzeug", "jinja2", "pydantic", "alembic"}


def test_importing_every_module_of_the_core_loads_neither_the_web_nor_the_database() -> None:
    folder = Path(annotator.domain.__file__).parent
    modules = sorted(f"annotator.domain.{p.stem}" for p in folder.glob("[!_]*.py"))
    assert "annotator.domain.comparison" in modules
    code = (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd()
    )
    assert HEAVY.isdisjoint(json.loads(done.stdout))
