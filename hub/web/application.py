"""The ASGI application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from hub.pipeline.installation import INSTALL_PATH
from hub.pipeline.proof import EVENTS_PATH
from hub.web.health import Health
from hub.web.inbound import PREFIX, Inbound
from hub.web.installation import InstallPage
from hub.web.metrics import MetricsPage
from hub.web.portal_events import PortalEvents


class Application:
    """Senders go straight to *inbound*; Starlette serves the portal and who looks after the hub.

    It never redirects, because a redirected webhook loses its body.

    Args:
        metrics: absent where it has a listener of its own.
        install: absent where the hub is no application.
    """

    def __init__(
        self,
        *,
        inbound: Inbound,
        portal_events: PortalEvents,
        install: InstallPage | None,
        health: Health,
        metrics: MetricsPage | None,
    ) -> None:
        self._inbound = inbound
        self._pages = Starlette(
            routes=[
                Route(EVENTS_PATH, portal_events.post, methods=["POST"]),
                Route(f"{EVENTS_PATH}/", portal_events.post, methods=["POST"]),
                *([Route(INSTALL_PATH, install.answer, methods=["GET", "POST"])] if install else ()),
                Route("/health/live", health.live),
                Route("/health/ready", health.ready),
                *([Route("/metrics", metrics.show)] if metrics else ()),
            ]
        )
        self._pages.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_inbound = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (self._inbound if is_inbound else self._pages)(scope, receive, send)
