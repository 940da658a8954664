"""The server itself: how soon it answers, how much memory it takes, how soon it stops."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.corpus import corpus
from tests.benchmarks.result import Result
from tests.support.application import Client, environment, free_port

TIMES = 5


def measure() -> list[Result]:
    """Cold start and idle memory of `annotator serve`, with the database already there."""
    with corpus() as made:
        env = environment(made.settings)
        starts: list[float] = []
        memory = 0.0
        stops: list[float] = []
        for _ in range(TIMES):
            with _process(env) as (process, port, began):
                starts.append(_until_it_answers(port) - began)
                time.sleep(0.3)
                memory = max(memory, _resident(process.pid))
                asked = time.perf_counter()
                process.send_signal(signal.SIGINT)
                process.wait(10)
                stops.append(time.perf_counter() - asked)
    return [
        Result("cold start until the first answer", statistics.median(starts), "s", 1.5),
        Result("resident memory of the idle server, all processes", memory, "MB", 130),
        Result("Ctrl-C until the process has ended", statistics.median(stops), "s", 2.0),
    ]


@contextmanager
def _process(env: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int, float]]:
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "annotator", "serve", "--port", str(port)],
        env=env,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process, port, began
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _until_it_answers(port: int) -> float:
    client = Client(port)
    while True:
        try:
            if client.get("/healthz").status == 200:
                return time.perf_counter()
        except OSError:
            time.sleep(0.005)


def _resident(pid: int) -> float:
    """Resident memory of a process and of its children, added up, in MB.

    Pages that a fork shares count for each process: the sum errs on the strict side.
    """
    family = [pid]
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            family.append(int(path.parent.name))
    total = 0
    for member in family:
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                total += int(line.split()[1])
    return total / 1024


def bare_flask_server() -> tuple[subprocess.Popen[bytes], int]:
    """A Flask application that answers 2 kB of HTML, on the same server with as many threads."""
    port = free_port()
    program = f"""
from pathlib import Path
from flask import Flask, request
from annotator.server import Server, listen
from annotator.settings import Settings
class Bare(Server):
    def load(self):
        app = Flask("bare")
        @app.route("/", methods=["GET", "POST"])
        def page():
            request.form.get("tag")
            return "<p>" + "x" * 2000 + "</p>"
        return app
folder = Path({tempfile.gettempdir()!r})
settings = Settings(data_dir=folder, database_url="sqlite://", secret_key="x")
Bare(settings, listen("127.0.0.1", {port}), ready=lambda: None).run()
"""
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    client = Client(port)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            client.get("/")
            return process, port
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the bare server did not answer")
