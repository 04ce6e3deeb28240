"""The sandbox as one ASGI application: REST, the JSON API and the chat page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from hub.sandbox.actions import Actions
from hub.sandbox.api import api_routes
from hub.sandbox.bot_events import BotEvents
from hub.sandbox.event_sender import EventSender
from hub.sandbox.guard import LoopbackOnly
from hub.sandbox.messenger import Messenger
from hub.sandbox.methods import all_methods
from hub.sandbox.oauth_http import TokenEndpoint
from hub.sandbox.portal import Portal
from hub.sandbox.rest import RestEngine
from hub.sandbox.rest_http import RestEndpoint
from hub.sandbox.rest_v3 import RestV3Endpoint

_PAGE = Path(__file__).parent / "page"
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


class PageFiles(StaticFiles):
    """The chat page's files, with its security headers."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(_PAGE_HEADERS)
        return response


def create_app(portal: Portal, messenger: Messenger, events: BotEvents, actions: Actions) -> Starlette:
    """Return the application around *portal*."""
    engine = RestEngine(portal, all_methods(portal.options), messenger, events)
    rest, rest_v3 = RestEndpoint(portal, engine), RestV3Endpoint(portal, engine)

    async def index(request: Request) -> Response:
        return FileResponse(_PAGE / "index.html", headers=_PAGE_HEADERS)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sender = asyncio.create_task(EventSender(portal).run())
        yield
        sender.cancel()
        await asyncio.wait([sender])

    app = Starlette(
        routes=[
            Route("/", index),
            Mount("/page", PageFiles(directory=_PAGE, check_dir=False)),
            Route("/oauth/token/", TokenEndpoint(portal).answer),
            Route("/rest/{method}", rest.answer, methods=["GET", "POST"]),
            Route("/rest/{user}/{secret}/{method}", rest.answer, methods=["GET", "POST"]),
            Route("/rest/api/{method}", rest_v3.answer, methods=["POST"]),
            Route("/rest/api/{user}/{secret}/{method}", rest_v3.answer, methods=["POST"]),
            *api_routes(portal, actions),
        ],
        middleware=[Middleware(LoopbackOnly)],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app
