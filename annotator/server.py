"""The web server: gunicorn with one small arbiter and, below it, workers of many threads.

A thread, not a process, is what an open event stream costs here, so 256 of them leave pages and
saves unharmed. The application is made inside the worker: the arbiter imports neither Flask nor
SQLAlchemy and stays small, and no database connection crosses a fork. Stopping is quick and clean:
streams are told to end, requests under way get a second to finish, and connections that a browser
merely keeps alive are closed at once.
"""

import gc
import os
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from annotator.settings import Settings
from annotator.stopping import stopping

if TYPE_CHECKING:
    from flask import Flask

#: How long requests under way may take to finish when the server stops, in seconds; the arbiter
#: waits a second more.
GRACE = 1
#: How long a stopping worker keeps connections on which nothing is asked, in seconds.
STOPPING_LINGER = 0.1
#: How long a connection that is to be closed waits for the browser to have read everything, in
#: seconds.
LINGER = 2.0


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker that ends event streams as soon as it is asked to stop.

    Gunicorn's hooks come too late for that: worker_exit runs when the streams have already been
    waited for, and worker_int only after SIGINT. So both signals lead here, and the flag is set by
    the main loop, not inside the signal handler, where taking the flag's lock could block forever.
    """

    def run(self) -> None:
        """The main loop; at its end, requests that did not finish in time are cut."""
        self.cfg.set("graceful_timeout", GRACE)
        super().run()
        if self.nr_conns > 0:
            self.log.warning("Stopping cut %d requests short.", self.nr_conns)
            # Leaving in the usual way would wait for their threads, for as long as they like.
            sys.stderr.flush()
            os._exit(0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: finish what is under way, end streams."""
        self.alive = False
        self.method_queue.defer(stopping.set)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """SIGINT from the terminal, SIGQUIT from the arbiter: the same; the arbiter counts the
        seconds."""
        self.handle_exit(sig, frame)

    def handle(self, conn: Any) -> Any:
        """Answer one request, in a thread. What gunicorn would then wait for in its main loop, we
        wait for here.

        Closing a connection takes until the browser has closed it too, up to two seconds in which
        the main loop could accept nobody else.
        """
        keep = super().handle(conn)
        if keep is True and not self.alive:
            keep = False  # a stream that has just been ended: nothing else is asked for on it
        if keep is False:
            part(conn.sock)
        return keep

    def _cap_keepalive(self, deadline: float) -> None:
        super()._cap_keepalive(min(deadline, time.monotonic() + STOPPING_LINGER))


def part(connection: socket.socket) -> None:
    """Say that nothing more comes, wait until the other side has read it (RFC 9112, 9.6), and end
    the exchange."""
    started = time.monotonic()
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(STOPPING_LINGER)
        while time.monotonic() - started < (STOPPING_LINGER if stopping.is_set() else LINGER):
            try:
                if not connection.recv(4096):
                    break
            except TimeoutError:
                continue
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side is gone already


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn, configured by our settings alone: no file and no variable of its own is read."""

    def __init__(
        self, settings: Settings, listener: socket.socket, *, ready: Callable[[], None]
    ) -> None:
        """Serve on `listener`; `ready` is called once, in the first worker, when it can answer."""
        self.settings = settings
        self.descriptor = listener.detach()
        self.ready = ready
        super().__init__()

    def load_config(self) -> None:
        """Called by gunicorn to fill its configuration."""
        options: dict[str, object] = {
            "bind": f"fd://{self.descriptor}",
            "worker_class": Worker,
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "worker_connections": self.settings.threads + 1000,
            "graceful_timeout": GRACE + 1,
            "timeout": 60,
            "keepalive": 15,
            "limit_request_line": 8190,
            "loglevel": "warning",
            "control_socket_disable": True,
            "proc_name": "annotator",
            "post_worker_init": self._worker_is_ready,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> "Flask":
        """Called by gunicorn inside each worker."""
        from annotator.app import create_app

        return create_app(self.settings)

    def _worker_is_ready(self, worker: Any) -> None:
        # What is loaded now stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        # A page makes tens of thousands of short-lived objects, nearly all without cycles: looking
        # for cycles after every 700 of them costs more than it finds.
        gc.set_threshold(20_000, 20, 20)
        if worker.age == 1:
            self.ready()


def listen(host: str, port: int) -> socket.socket:
    """A bound socket that does not listen yet. Raises OSError when the address is taken or is not
    ours."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    if sys.platform != "win32":
        # Or a port could not be used again for a minute after the last server stopped.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener
