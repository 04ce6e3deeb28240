"""More connections than the server takes: senders are told to come again, probes and scrapers are let in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import PlainTextResponse

#: Who asks here wants to know how things are while they are bad.
_ALWAYS = frozenset({"/health/live", "/health/ready", "/metrics"})

_Application = Callable[[Any, Any, Any], Awaitable[None]]


class Crowd:
    """Stands before the application while it is not crowded.

    Uvicorn's own limit would refuse probes as well, and a supervisor would restart a hub that is only busy.

    Args:
        connections: how many there are now.
        most: how many are served at a time.
        refused: told of each request that is not.
    """

    def __init__(
        self,
        application: _Application,
        *,
        connections: Callable[[], int],
        most: int,
        refused: Callable[[], None],
    ) -> None:
        self._application = application
        self._connections = connections
        self._most = most
        self._refused = refused

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        # not a coroutine of its own: this stands before every request
        if self._connections() > self._most and scope["path"] not in _ALWAYS:
            self._refused()
            return _TRY_AGAIN(scope, receive, send)
        return self._application(scope, receive, send)


_TRY_AGAIN = PlainTextResponse(
    "try again later\n", status_code=503, headers={"Retry-After": "5", "Connection": "close"}
)
