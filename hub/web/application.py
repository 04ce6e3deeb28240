"""The ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response
from starlette.types import Receive, Scope, Send

from hub.web.health import Health
from hub.web.inbound import Inbound
from hub.web.metrics import MetricsPage


def make_application(
    inbound: Inbound,
    health: Health,
    metrics: MetricsPage | None,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """Return the application; it never redirects, because a redirected webhook loses its body.

    Args:
        metrics: absent where it has a listener of its own.
    """
    application = Starlette(
        routes=[
            Route("/in/{instance}", _EveryMethod(inbound.receive)),
            Route("/in/{instance}/{path:path}", _EveryMethod(inbound.receive)),
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
            *([Route("/metrics", metrics.show)] if metrics else ()),
        ],
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False
    return application


class _EveryMethod:
    """An endpoint that every method reaches, because only it knows which ones the source allows."""

    def __init__(self, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        self._application = request_response(endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)
