"""The web server of one process, and how it stops."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import FrameType
from typing import Any

import uvicorn

from hub.cli.crowd import Crowd
from hub.cli.interpreter import settle_in
from hub.cli.stop_signals import end_in_time
from hub.plugin import ConfigurationError

#: Seconds for the requests in flight when it is told to stop.
_REQUESTS = 3
#: Connections at a time; on one more, everything but a probe gets 503.
_CONNECTIONS = 1000
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Uvicorn with its signals left to :func:`stopping`.

    Args:
        application: makes the ASGI application when the server starts.
        ready: called once requests are accepted.
        refused: called for each request that is refused because there are too many connections.
    """

    def __init__(
        self,
        application: Callable[[], Any],
        ready: Callable[[], None],
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        if find_spec("httptools") is None:
            raise ConfigurationError(
                "uvicorn lacks httptools; install it with: pip install 'uvicorn[standard]'"
            )
        from hub.cli.protocol import BoundedHttp

        config = uvicorn.Config(
            lambda: Crowd(
                application(),
                connections=lambda: len(self.server_state.connections),
                most=_CONNECTIONS,
                refused=refused,
            ),
            factory=True,
            interface="asgi3",
            http=BoundedHttp,
            loop="uvloop" if find_spec("uvloop") else "asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # what it warns of is what strangers send
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_REQUESTS,
        )
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle_in()
        if not self.should_exit:
            self._ready()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; nobody can connect before the server listens on it.

    Raises:
        ConfigurationError: the address is taken, or not ours.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as exc:
        listener.close()
        why = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ConfigurationError(f"cannot listen on {host}:{port}: {why}; choose --host and --port") from exc
    return listener


def address(listener: socket.socket) -> str:
    """Return the URL of a bound socket."""
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def stopping(server: Server) -> Iterator[None]:
    """Let SIGINT and SIGTERM stop *server*; from then on the process ends in time whatever still runs."""

    def stop(number: int, frame: FrameType | None) -> None:
        if server.should_exit:
            server.force_exit = True
            return
        server.should_exit = True
        end_in_time()

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        if not server.should_exit:
            for number, handler in before.items():
                signal.signal(number, handler)
