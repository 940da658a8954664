"""Third-party files come by their hash: what is pinned, what is noticed, what is not fetched
again."""

import base64
import json
import re
import shutil
from pathlib import Path

import pytest

from annotator import assets
from annotator.assets import Asset, AssetError

ROOT = Path(__file__).parents[1]


def test_the_served_files_are_the_pinned_ones() -> None:
    assert assets.wrong(assets.VENDOR, assets.read_lock()) == ()


def test_the_lock_pins_every_package_exactly_and_names_no_download_address() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())

    text = (ROOT / "package-lock.json").read_text("utf-8")
    locked = {
        name.removeprefix("node_modules/"): package
        for name, package in json.loads(text)["packages"].items()
        if name
    }
    assert {name: package["version"] for name, package in locked.items()} == wanted
    for package in locked.values():
        algorithm, _, digest = package["integrity"].partition("-")
        assert (algorithm, len(base64.b64decode(digest))) == ("sha512", 64)
    assert "resolved" not in text


def test_each_package_ships_with_its_licence() -> None:
    names = {asset.name for asset in assets.read_lock()}
    assert {"htmx-LICENSE.txt", "literata-LICENSE.txt"} <= names
    licence = (assets.VENDOR / "literata-LICENSE.txt").read_text("utf-8")
    assert "SIL Open Font License" in licence


def test_nothing_is_fetched_when_every_file_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no npm here
    assert assets.ensure() == "The front-end files are there."
    assert assets.main(["--check"]) == 0
    assert assets.main(["--npm-needed"]) == 1


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    folder = shutil.copytree(assets.VENDOR, tmp_path / "vendor")
    with (folder / "htmx.min.js").open("ab") as file:
        file.write(b"\n")
    (folder / "hx-sse.min.js").unlink()
    assert assets.wrong(folder, assets.read_lock()) == ("htmx.min.js", "hx-sse.min.js")


def test_a_fetched_file_that_is_not_the_pinned_one_is_refused_and_nothing_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node_modules = tmp_path / "node_modules"
    for asset in assets.read_lock():
        path = node_modules / asset.source
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(assets.VENDOR / asset.name, path)
    (node_modules / "htmx.org/dist/htmx.min.js").write_text("alert(1)", "utf-8")
    monkeypatch.setattr(assets, "fetch", lambda root, scratch: (node_modules, "npm"))

    folder = tmp_path / "vendor"
    with pytest.raises(AssetError, match=r"htmx\.min\.js is not the pinned file"):
        assets.ensure(folder)
    assert not folder.exists()


def test_without_npm_one_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(assets, "find_spec", lambda name: None)
    with pytest.raises(AssetError, match=r"requirements-node\.txt"):
        assets.ensure(tmp_path / "vendor")


def test_a_broken_line_of_the_lock_is_named(tmp_path: Path) -> None:
    lock = tmp_path / "vendor.lock"
    lock.write_text(f"# words\n\n{'0' * 64}  a.js  a/a.js\nnonsense\n", "utf-8")
    with pytest.raises(AssetError, match=r"vendor\.lock:4"):
        assets.read_lock(lock)
    lock.write_text(f"{'0' * 64}  a.js  a/a.js\n", "utf-8")
    assert assets.read_lock(lock) == (Asset("0" * 64, "a.js", "a/a.js"),)
