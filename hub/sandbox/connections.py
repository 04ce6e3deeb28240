"""Closing a connection without an answer, which ASGI has no word for."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_DROP = "sandbox.drop"


class DroppableConnection(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also lets an endpoint abort the connection of its request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app: Any = self.app

        async def with_drop(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, _DROP: transport.abort}, receive, send)

        self.app = with_drop


async def drop_connection(request: Request) -> Response:
    """Abort the connection of *request*; what is returned goes nowhere."""
    request.scope[_DROP]()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()
