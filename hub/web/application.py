"""The ASGI application."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.routing import Route

from hub.pipeline.proof import EVENTS_PATH
from hub.web.health import Health
from hub.web.inbound import Inbound
from hub.web.metrics import MetricsPage
from hub.web.portal_events import PortalEvents


def make_application(
    inbound: Inbound,
    portal_events: PortalEvents,
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
            Route("/in/{instance}", inbound),
            Route("/in/{instance}/{path:path}", inbound),
            Route(EVENTS_PATH, portal_events.post, methods=["POST"]),
            Route(f"{EVENTS_PATH}/", portal_events.post, methods=["POST"]),
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
            *([Route("/metrics", metrics.show)] if metrics else ()),
        ],
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False
    return application
