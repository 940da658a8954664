"""What goes into the wheel, what the locks say, and that an installed wheel serves the demo."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from annotator import assets
from annotator.glance import revisions
from annotator.settings import Settings
from tests.support.application import Client, environment, free_port

ROOT = Path(__file__).parents[1]
LOCKS = sorted(ROOT.glob("requirements*.txt"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.mark.xdist_group("wheel")
def test_the_wheel_carries_all_that_a_server_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        seeds = {name: archive.read(name) for name in names if name.startswith("annotator/_seeds/")}
    assert {f"annotator/static/vendor/{asset.name}" for asset in assets.read_lock()} <= names
    for source in ROOT.glob("annotator/translations/*/LC_MESSAGES/*.po"):
        assert str(source.with_suffix(".mo").relative_to(ROOT)) in names
    for path in ROOT.glob("annotator/**/*"):
        if path.suffix in {".py", ".html", ".css", ".js"}:
            assert str(path.relative_to(ROOT)) in names
    migrations = [name for name in names if name.startswith("annotator/_migrations/versions/")]
    assert len(migrations) == len(revisions())
    assert seeds == {
        f"annotator/_seeds/{path.name}": path.read_bytes()
        for path in (ROOT / "seeds").iterdir()
        if path.is_file()
    }
    assert not any(name.startswith(("tests/", "annotator-data")) for name in names)


@pytest.mark.xdist_group("wheel")
def test_an_unpacked_wheel_serves_the_demo_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    home = tmp_path / "home"
    home.mkdir()
    port = free_port()
    settings = Settings(home / "annotator-data", "", secret_key="", port=port)
    environ = {**environment(settings), "PYTHONPATH": str(site)}
    # -P: the tests' own folder must not offer the package.
    command = [sys.executable, "-P", "-m", "annotator", "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=home, env=environ, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            printed = [server.stdout.readline() for _ in range(3)]
            assert "/sign-in/" in printed[1]
            with Client(port) as client:
                page = client.get("/sign-in")
                (style,) = re.findall(r'href="(/static/[^"]+app\.css)"', page.text)
                font = style.replace("app.css", "vendor/literata-cyrillic-wght-normal.woff2")
                assert page.status == client.get(style).status == client.get(font).status == 200
        finally:
            server.terminate()
    assert (home / "annotator-data" / "annotator.sqlite").exists()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_by_hash_and_names_no_registry(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert "index-url" not in text
    entries = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
    assert entries
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    for block in blocks[1:]:
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==\S+", block), block
        assert "--hash=sha256:" in block


def test_the_lock_holds_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), re.M))
    names = {re.split(r"[^a-zA-Z0-9._-]", line)[0].lower() for line in wanted}
    assert names <= locked


def test_the_tools_for_tests_do_not_change_what_runs() -> None:
    def pinned(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.M))

    runs, tests = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert runs.items() <= tests.items()
