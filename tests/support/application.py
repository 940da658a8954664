"""The application as people run it: a server process of its own, and a browser-like client for
it."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from annotator.settings import Settings

START = 20.0  # seconds until a server must answer


@dataclass
class Running:
    """A server process and where it listens."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """kill -9 of the whole process group: nothing is said goodbye to."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """As Ctrl-C does it."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def environment(settings: Settings) -> dict[str, str]:
    """The process environment that makes a server use these settings."""
    return {
        **os.environ,
        "ANNOTATOR_DATA_DIR": str(settings.data_dir),
        "ANNOTATOR_DATABASE_URL": settings.database_url,
        "ANNOTATOR_SECRET_KEY": settings.secret_key,
    }


def start(settings: Settings, *arguments: str, port: int | None = None) -> Running:
    """Start `annotator serve` and wait until it answers."""
    port = port or free_port()
    command = [sys.executable, "-m", "annotator", "serve", "--port", str(port), *arguments]
    process = subprocess.Popen(
        command,
        env=environment(settings),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    running = Running(process, port)
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once with status {process.returncode}")
        with contextlib.suppress(OSError, http.client.HTTPException), Client(port) as client:
            if client.get("/healthz").status == 200:
                return running
        time.sleep(0.02)
    running.kill()
    raise RuntimeError("the server did not answer")


@contextlib.contextmanager
def serving(settings: Settings, *arguments: str) -> Iterator[Running]:
    """A server for the length of the block."""
    running = start(settings, *arguments)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


@dataclass
class Answer:
    """A response, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Client:
    """One connection that is kept alive, with cookies and the token that forms carry."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    timeout: float = 30.0
    _connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection up; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def open(self, path: str) -> Answer:
        """Get a page and keep its token for posting."""
        answer = self.get(path)
        found = re.search(r'"X-CSRFToken": "([^"]+)"', answer.text)
        if found:
            self.token = found.group(1)
        return answer

    def post(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        return self.request("POST", path, body=urlencode(form).encode(), headers=headers)

    def tag(self, path: str, passage: tuple[int, int], quote: str, *, tag: str, key: str) -> Answer:
        """Create an annotation as the page's script does; offsets in UTF-16 units."""
        form = {
            "tag": tag,
            "fragments": json.dumps([list(passage)]),
            "quote": quote,
            "key": key,
        }
        return self.post(path, form, {"HX-Request": "true", "HX-Request-Type": "partial"})

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send and read one request. Raises OSError or HTTPException when the server goes away."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=self.timeout
            )
        sent = {"Accept": "text/html", "X-CSRFToken": self.token, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self._connection.request(method, path, body=body, headers=sent)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        for value in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return Answer(response.status, response.headers, content)
