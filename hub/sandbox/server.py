"""The sandbox as a process: one uvicorn server on the loopback."""

import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn

from hub.sandbox.actions import Actions
from hub.sandbox.app import create_app
from hub.sandbox.bot_events import BotEvents
from hub.sandbox.clock import Clock
from hub.sandbox.connections import DroppableConnection
from hub.sandbox.messenger import Messenger
from hub.sandbox.options import Options
from hub.sandbox.portal import Portal
from hub.sandbox.seed import settle

HOST = "127.0.0.1"
#: A cloud portal's limits on all plans but Enterprise; what `hub sandbox` runs with.
CLOUD_LIMITS: dict[str, Any] = {"rate": 2.0, "burst": 50, "operating": 480.0}


def run(port: int = 8024, state_file: Path | None = None, **options: Any) -> None:
    """Serve an emulated portal with a cloud portal's limits until interrupted.

    Args:
        port: 0 picks a free one.
        state_file: keeps the portal over restarts.
        options: further fields of :class:`Options`, e.g. ``secret``.
    """
    portal = Portal(Options(state_file=state_file, **{**CLOUD_LIMITS, **options}), Clock())
    listener = listen(port)
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    print(f"Chat page:  {url}/")  # noqa: T201
    given = portal.options
    print(f"Webhook:    {webhook_url(url, given)}")  # noqa: T201
    print(f"Application: {given.client_id} with the secret {given.client_secret}", flush=True)  # noqa: T201
    server, _ = create_server(portal, url)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    portal.close()


def listen(port: int) -> socket.socket:
    """Return a socket that listens on *port* of the loopback; requests wait in it until the server runs."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen()
    return listener


def webhook_url(url: str, options: Options) -> str:
    """Return the incoming webhook's address on the server at *url*."""
    return f"{url}/rest/{options.webhook_user}/{options.secret}/"


def create_server(portal: Portal, url: str) -> tuple[uvicorn.Server, Actions]:
    """Return a server for *portal* at *url*; the portal gets its inhabitants first if it has none."""
    portal.url = url
    if portal.empty():
        settle(portal)
    events = BotEvents(portal)
    messenger = Messenger(portal, events)
    actions = Actions(portal, messenger, events)
    config = uvicorn.Config(
        create_app(portal, messenger, events, actions),
        http=DroppableConnection,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return _Server(config, portal), actions


class _Server(uvicorn.Server):
    """A server whose event streams end when it is told to stop."""

    def __init__(self, config: uvicorn.Config, portal: Portal) -> None:
        super().__init__(config)
        self._portal = portal

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        with self._portal.lock:
            self._portal.feed.end()
        await super().shutdown(sockets)
