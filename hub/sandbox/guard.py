"""Refuses requests that did not come from this machine's own pages: protection against DNS rebinding."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_OWN_HOSTS = {"127.0.0.1", "localhost", "::1"}


class LoopbackOnly:
    """Lets a request pass whose Host, and Origin if any, name the loopback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if not _is_own(f"//{headers.get('host', '')}") or (origin is not None and not _is_own(origin)):
                response = PlainTextResponse("this portal answers on the loopback only", status_code=403)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _is_own(address: str) -> bool:
    try:
        return urlsplit(address).hostname in _OWN_HOSTS
    except ValueError:
        return False
