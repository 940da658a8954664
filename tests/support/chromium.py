"""A Chromium for tests: found on the machine or got.

Order: `ANNOTATOR_TEST_CHROMIUM`, programs on PATH, the usual place on macOS, Playwright's own.
`get()` installs one where there is none: from Debian's packages when we are root anyway, then
Playwright's own, then by sudo.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.support.packages import apt_install

VARIABLE = "ANNOTATOR_TEST_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

#: A browser that talks to the server under test and to nobody else.
CHROMIUM_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--font-render-hinting=none",
    "--no-first-run",
    # Chromium's sandbox does not work for root, as whom CI runs.
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
)


@cache
def _found() -> str | None:
    named = os.environ.get(VARIABLE)
    if named:
        if not Path(named).exists():
            raise RuntimeError(f"{VARIABLE} names {named}, which does not exist.")
        return named
    for name in NAMES:
        if (path := shutil.which(name)) and not _is_snap_stub(path):
            return path
    return str(MAC) if MAC.exists() else _playwrights_own()


def chromium_path() -> str:
    """The browser to start. Raises RuntimeError when there is none."""
    if path := _found():
        return path
    raise RuntimeError("No Chromium here: run `make test`, which gets one.")


def get() -> str:
    """Make sure that there is a browser, and say in one line which. Raises RuntimeError when it
    cannot be got."""
    if path := _found():
        return f"Browser: {path}."
    for how, install in (
        ("from Debian's packages", lambda: apt_install("chromium")),
        ("by Playwright", _playwright_install),
        ("from Debian's packages", lambda: apt_install("chromium", may_ask_sudo=True)),
    ):
        installed = install()
        _found.cache_clear()
        if installed and (path := _found()):
            return f"Browser: installed {how}, {path}."
    raise RuntimeError(
        f"No Chromium was found and none could be installed. Install it, or name it in {VARIABLE}."
    )


def _is_snap_stub(path: str) -> bool:
    """Ubuntu's /usr/bin/chromium-browser is a script that tells one to install a snap."""
    with Path(path).open("rb") as file:
        return b"snap install" in file.read(4096)


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _playwright_install() -> bool:
    sys.stdout.write("Installing Chromium with Playwright.\n")
    sys.stdout.flush()
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0
