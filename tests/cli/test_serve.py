"""`annotator serve`, as a process of its own: what it prints, keeps, refuses, and how it stops."""

import contextlib
import http.client
import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from annotator.db import connect, downgrade
from annotator.glance import glance, revisions
from annotator.models import User
from annotator.settings import Settings
from tests.support.application import Client, free_port

#: A machine under test is busy; the promises (below) are measured by `make bench`.
START = 20.0
STOP = 2.0

CLOSING_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

#: The server around an application that keeps streams open: one that listens, one that does not.
STREAMS = """
import sys, time
from flask import Flask, Response
from annotator.server import Server, listen
from annotator.settings import load
from annotator.stopping import stopping

class Streaming(Server):
    def load(self):
        app = Flask("streams")

        @app.get("/stream")
        def stream():
            def wait():
                yield "data: opened\\n\\n"
                stopping.wait(60)
                yield "data: closed\\n\\n"
            return Response(wait(), mimetype="text/event-stream")

        @app.get("/deaf")
        def deaf():
            def wait():
                yield "data: opened\\n\\n"
                time.sleep(60)
            return Response(wait(), mimetype="text/event-stream")

        @app.get("/slow")
        def slow():
            time.sleep(0.5)
            return "finished"

        @app.get("/healthz")
        def healthz():
            return "ok"

        return app

settings = load()
socket = listen(settings.host, settings.port)
Streaming(settings, socket, ready=lambda: print("ready", flush=True)).run()
"""


@dataclass
class Terminal:
    """A process whose output we read as a person at a terminal would."""

    process: subprocess.Popen[bytes]
    port: int
    seen: str = ""

    def read_until(self, pattern: str) -> re.Match[str]:
        """Wait for a line; fails with all that was printed when it does not come."""
        assert self.process.stdout is not None
        output = self.process.stdout.fileno()
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.seen):
                return found
            if select.select([output], [], [], 0.1)[0]:
                part = os.read(output, 65536)
                if not part:
                    break
                self.seen += part.decode()
        raise AssertionError(f"{pattern!r} was not printed, but:\n{self.seen}")

    def stop(self, signal_number: int = signal.SIGINT) -> tuple[int, float]:
        """Stop the server as Ctrl-C does, in its whole group; exit status and seconds."""
        started = time.monotonic()
        os.killpg(self.process.pid, signal_number)
        status = self.process.wait(START)
        return status, time.monotonic() - started


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts processes in an empty folder, and ends those that a test leaves running."""
    running: list[Terminal] = []

    def begin(*arguments: str, command: tuple[str, ...] = (), **variables: str) -> Terminal:
        port = int(variables.pop("PORT", 0)) or free_port()
        environ = {k: v for k, v in os.environ.items() if not k.startswith("ANNOTATOR_")}
        environ |= {"ANNOTATOR_PORT": str(port), **variables}
        root = str(Path(__file__).parents[2])
        environ["PYTHONPATH"] = root
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "annotator", "serve")), *arguments],
            cwd=tmp_path,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        running.append(Terminal(process, port))
        return running[-1]

    yield begin
    for terminal in running:
        if terminal.process.poll() is None:
            os.killpg(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait()
        assert terminal.process.stdout is not None
        terminal.process.stdout.close()


def refusal(terminal: Terminal) -> str:
    """What a server that does not start says; its status must be 1."""
    output, _ = terminal.process.communicate(timeout=START)
    assert terminal.process.returncode == 1, output.decode()
    return output.decode()


def settings_in(folder: Path) -> Settings:
    data = folder / "annotator-data"
    return Settings(data, f"sqlite:///{data / 'annotator.sqlite'}", secret_key="unused")


def test_a_start_in_an_empty_folder_ends_in_the_demo_with_one_link(
    start: Start, tmp_path: Path
) -> None:
    server = start("--demo")
    link = server.read_until(r"Sign in as admin, .*: http://127\.0\.0\.1:(\d+)(/sign-in/\S+)")
    assert int(link[1]) == server.port

    with Client(server.port) as browser:
        page = browser.get(link[2])
        assert page.status == 200
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        entered = browser.post(link[2], {"csrf_token": token[1]})
        assert entered.status == 303
        assert "/projects/demo/articles/" in browser.get("/projects/demo/").text
    with Client(server.port) as stranger:
        assert stranger.get(link[2]).status == 410

    assert server.stop()[0] == 0
    data = tmp_path / "annotator-data"
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["annotator-data"]


def test_a_second_start_keeps_the_data_and_copies_nothing(start: Start, tmp_path: Path) -> None:
    first = start("--demo")
    first.read_until("Ctrl-C")
    first.stop()
    database = connect(settings_in(tmp_path))
    with database.writing() as db:
        db.add(User(id="one of ours", name="alice", created_at="2026-11-22T10:00:00.000000Z"))

    second = start("--demo")
    second.read_until("Sign in as admin")
    second.stop()

    with database.reading() as db:
        assert db.get(User, "one of ours") is not None
    database.dispose()
    kept = {path.name for path in (tmp_path / "annotator-data").iterdir()}
    assert kept - {"annotator.sqlite-wal", "annotator.sqlite-shm"} == {
        "annotator.sqlite",
        "secret_key",
    }


def test_without_demo_a_link_is_printed_only_while_nobody_could_sign_in(start: Start) -> None:
    first = start()
    first.read_until("Sign in as admin")
    first.stop()

    second = start()
    second.read_until("Ctrl-C")
    assert "Sign in" not in second.seen
    assert "projects" not in second.seen
    second.stop()


def test_an_older_database_is_copied_and_then_migrated(start: Start, tmp_path: Path) -> None:
    first = start("--demo")
    first.read_until("Ctrl-C")
    first.stop()
    settings = settings_in(tmp_path)
    if len(revisions()) == 1:
        # There is no older shape yet; an empty history stands for it.
        downgrade(settings, "base")
        expected = None
    else:
        downgrade(settings, "-1")
        expected = revisions()[-2]

    second = start("--demo")
    second.read_until("Ctrl-C")
    second.stop()
    assert glance(settings).revision == revisions()[-1]
    copies = list(settings.data_dir.glob("*-before-upgrade-from-*"))
    assert [path.name for path in copies] == (
        [f"annotator-before-upgrade-from-{expected}.sqlite"] if expected else []
    )


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_open_streams_and_takes_less_than_two_seconds(
    start: Start, signal_number: int
) -> None:
    server = start(command=("-c", STREAMS))
    server.read_until("ready\n")
    with contextlib.ExitStack() as opened:
        streams = [opened.enter_context(stream(server.port, "/stream")) for _ in range(20)]
        idle = opened.enter_context(Client(server.port))
        assert idle.get("/healthz").status == 200

        status, seconds = server.stop(signal_number)
        assert (status, seconds < STOP) == (0, True), seconds
        assert all(response.read() == b"\ndata: closed\n\n" for response in streams)
    assert server.process.stdout is not None
    assert server.process.stdout.read() == b""


def test_stopping_lets_a_request_under_way_finish(start: Start) -> None:
    server = start(command=("-c", STREAMS))
    server.read_until("ready\n")
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        connection.request("GET", "/slow")
        time.sleep(0.2)
        assert server.stop()[1] < STOP
        assert connection.getresponse().read() == b"finished"


def test_a_stream_that_does_not_listen_is_cut(start: Start) -> None:
    server = start(command=("-c", STREAMS))
    server.read_until("ready\n")
    with stream(server.port, "/deaf") as response:
        assert server.stop()[1] < STOP
        with pytest.raises(http.client.IncompleteRead):
            response.read()
    server.read_until("Stopping cut 1 requests short")


def test_a_connection_that_nobody_closes_keeps_nobody_else_waiting(start: Start) -> None:
    server = start(command=("-c", STREAMS))
    server.read_until("ready\n")
    with contextlib.ExitStack() as opened:
        for _ in range(5):
            connection = opened.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            connection.sendall(CLOSING_REQUEST)
            assert connection.recv(9) == b"HTTP/1.1 "
        started = time.monotonic()
        assert opened.enter_context(Client(server.port)).get("/healthz").status == 200
        assert time.monotonic() - started < 1.0
    server.stop()


def test_a_taken_port_is_said_in_one_sentence(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        output = refusal(start(PORT=str(port)))
    assert output.startswith(f"Error: Cannot listen on 127.0.0.1:{port} (Address already in use).")
    assert output.count("\n") == 1


def test_a_data_folder_that_cannot_be_made_is_said_in_one_sentence(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    output = refusal(start(ANNOTATOR_DATA_DIR=str(tmp_path / "file" / "data")))
    assert re.fullmatch(r"Error: The folder .* cannot be used .*ANNOTATOR_DATA_DIR\.\n", output)


def test_a_file_that_is_no_database_is_said_in_one_sentence(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "letter.sqlite"
    path.write_text("Dear Sir or Madam, " * 100, encoding="utf-8")
    output = refusal(start(ANNOTATOR_DATABASE_URL=f"sqlite:///{path}"))
    assert output == "Error: The database cannot be opened: file is not a database\n"


def test_a_database_of_a_newer_version_is_left_alone(start: Start, tmp_path: Path) -> None:
    first = start("--demo")
    first.read_until("Ctrl-C")
    first.stop()
    database = connect(settings_in(tmp_path))
    with database.write_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.dispose()
    assert "migration 9999, which this version does not know" in refusal(start("--demo"))


def test_a_postgresql_database_is_not_migrated_but_the_command_is_named(
    start: Start, postgres_url: str
) -> None:
    output = refusal(start(ANNOTATOR_DATABASE_URL=postgres_url))
    assert "run: annotator db upgrade" in output


@pytest.mark.parametrize("port", ["0", "65536", "eighty"])
def test_an_impossible_port_is_a_misuse(start: Start, port: str) -> None:
    terminal = start("--port", port)
    output, _ = terminal.process.communicate(timeout=START)
    assert terminal.process.returncode == 2
    assert b"--port" in output


@contextlib.contextmanager
def stream(port: int, path: str) -> Iterator[http.client.HTTPResponse]:
    """A stream whose first event has come."""
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", path)
        with connection.getresponse() as response:
            assert response.readline() == b"data: opened\n"
            yield response


def test_ctrl_c_ends_the_event_stream_of_an_open_article(start: Start) -> None:
    server = start("--demo")
    link = server.read_until(r"(/sign-in/\S+)")[1]
    server.read_until("Ctrl-C")
    with Client(server.port) as browser:
        page = browser.get(link)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        assert token is not None
        browser.post(link, {"csrf_token": token[1]})
        listing = browser.get("/projects/demo/").text
        article = re.search(r"/projects/demo/articles/([0-9a-f-]{36})", listing)
        assert article is not None
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        path = f"/projects/demo/stream?article={article[1]}"
        connection.request("GET", path, headers={"Cookie": cookie})
        with connection.getresponse() as response:
            assert response.status == 200
            assert response.headers["Content-Type"].startswith("text/event-stream")
            response.readline()
            status, seconds = server.stop()
            response.read()
    assert (status, seconds < STOP) == (0, True), seconds
