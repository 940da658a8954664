"""The house keeps its own rules: who may import whom, and where things may stand."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "annotator"

#: Room -> rooms of ours it may import. `annotator.ids`, `.paths` and `.settings` are open to all
#: but the core.
MAY_IMPORT = {
    "domain": {"domain"},
    "formats": {"formats", "domain"},
    "models": {"models", "domain"},
    "services": {"services", "models", "formats", "domain", "db", "glance", "stopping"},
    "web": {"web", "services", "models", "formats", "domain", "db", "stopping"},
    "cli": {
        "cli",
        "web",
        "services",
        "models",
        "formats",
        "domain",
        "db",
        "server",
        "glance",
        "app",
    },
}
OPEN = {"ids", "paths", "settings"}
FORBIDDEN = {
    "domain": {"flask", "sqlalchemy", "sqlmodel", "alembic", "click", "htmx"},
    "formats": {"flask", "sqlalchemy", "sqlmodel", "click"},
    "models": {"flask", "click"},
    "services": {"flask", "flask_babel", "click"},
}


def modules(room: str) -> list[Path]:
    return sorted((PACKAGE / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "annotator":
                yield from (f"annotator.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_rooms_import_only_from_rooms_below(room: str) -> None:
    allowed = MAY_IMPORT[room] | (set() if room == "domain" else OPEN)
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.startswith("annotator.") and name.split(".")[1] not in allowed
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_inner_rooms_know_nothing_of_the_outer_world(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.split(".")[0] in FORBIDDEN[room]
    ]
    assert not wrong, "\n".join(wrong)


def test_services_never_commit() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules("services")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\bdb\.commit\(\)", line)
    ]
    assert not wrong, "entry points commit, services flush: " + ", ".join(wrong)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_templates_hold_nothing_that_the_content_security_policy_forbids() -> None:
    forbidden = re.compile(
        r"""<[^>{]*\son[a-z]+\s*=|hx-on|(?:hx-vals|hx-headers)=["']js:|javascript:|\sstyle\s*=|<style"""
        r"""|<script(?![^>]*\bsrc=)(?![^>]*type="application/json")""",
        re.IGNORECASE,
    )
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in sorted((PACKAGE / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_names_a_registry_or_a_machine() -> None:
    forbidden = re.compile(
        r'"resolved":\s*"http|--(?:extra-)?index-url|https?://[^\s"]*/simple\b'
        r"|files\.pythonhosted|registry\.npmjs"
    )
    here = Path(__file__).name
    wrong = []
    for path in tracked():
        if path.name == here or path.suffix in {".png", ".woff2", ".ico"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if forbidden.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}")
    assert not wrong, ", ".join(wrong)


def test_contributing_names_only_places_that_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:annotator|tests|seeds|migrations|docs)/[\w./-]+)`", text))
    assert named, "CONTRIBUTING.md has no map"
    missing = sorted(name for name in named if not (ROOT / name).exists())
    assert not missing, f"CONTRIBUTING.md names what is not there: {missing}"
