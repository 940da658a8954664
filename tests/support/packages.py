"""Installing what tests need beyond Python: Debian's packages, or Python packages that carry the
program."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def apt_install(*packages: str, may_ask_sudo: bool = False) -> bool:
    """Install Debian packages; False when this is no Debian, we are not root, or it failed.

    `may_ask_sudo` also tries sudo, where it asks for no password.
    """
    if shutil.which("apt-get") is None:
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not (may_ask_sudo and shutil.which("sudo") and _quiet(["sudo", "-n", "true"])):
            return False
        prefix = ["sudo", "-n"]
    sys.stdout.write(f"Installing {' '.join(packages)} from the distribution's packages.\n")
    sys.stdout.flush()
    _apt_update(tuple(prefix))
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install"]
    return _quiet([*command, "--yes", "--no-install-recommends", *packages])


def pip_install(requirements: str) -> bool:
    """Install a hashed requirements file of this repository into our own environment."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    return _quiet([*pip, "--require-hashes", "-r", str(ROOT / requirements)])


@cache
def _apt_update(prefix: tuple[str, ...]) -> None:
    _quiet([*prefix, "apt-get", "update"])


def _quiet(command: list[str]) -> bool:
    """Run a command; its output is shown only when it fails."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode and command[:2] != ["sudo", "-n"]:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode == 0
