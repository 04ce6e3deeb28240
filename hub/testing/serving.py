"""The web application of a hub under test, served as ``hub serve`` does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from starlette.types import ASGIApp

_STOP_SECONDS = 10.0


class Served:
    """A server on the loopback.

    Attributes:
        client: sends requests to it.
    """

    def __init__(self, server: uvicorn.Server, client: httpx.Client) -> None:
        self.client = client
        self._server = server

    def end(self) -> None:
        """Begin to stop, which takes a moment; the block of :func:`served` waits for it."""
        self._server.should_exit = True


@contextmanager
def served(app: ASGIApp, port: int) -> Iterator[Served]:
    """Serve *app* on *port* (0: a free one) while the block runs."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", proxy_headers=False))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        # connections wait in the listener's queue until the server is up
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=url, timeout=30, verify=False) as client:  # noqa: S501 - no TLS to set up
            running = Served(server, client)
            try:
                yield running
            finally:
                running.end()
                thread.join(_STOP_SECONDS)
