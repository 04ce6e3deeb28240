"""The ASGI application."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.routing import Route

from hub.pipeline.installation import INSTALL_PATH
from hub.web.health import Health
from hub.web.inbound import Inbound
from hub.web.installation import InstallPage
from hub.web.metrics import MetricsPage


def make_application(
    inbound: Inbound,
    health: Health,
    metrics: MetricsPage | None,
    install: InstallPage | None,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """Return the application; it never redirects, because a redirected webhook loses its body.

    Args:
        metrics: absent where it has a listener of its own.
        install: absent where the hub is no application.
    """
    application = Starlette(
        routes=[
            Route("/in/{instance}", inbound),
            Route("/in/{instance}/{path:path}", inbound),
            Route("/health/live", health.live),
            Route("/health/ready", health.ready),
            *([Route("/metrics", metrics.show)] if metrics else ()),
            *([Route(INSTALL_PATH, install.answer, methods=["GET", "POST"])] if install else ()),
        ],
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False
    return application
