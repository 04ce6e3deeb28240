"""The ASGI application."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.routing import Route

from hub.web.health import Health
from hub.web.inbound import Inbound

#: Every method reaches the endpoint, which knows what the source allows.
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def make_application(
    inbound: Inbound,
    health: Health,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """Return the application; it never redirects, because a redirected webhook loses its body."""
    application = Starlette(
        routes=[
            Route("/in/{instance}", inbound.receive, methods=_METHODS),
            Route("/in/{instance}/{path:path}", inbound.receive, methods=_METHODS),
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
        ],
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False
    return application
