"""``{methods} /in/{instance}[/{path}]``: where senders deliver events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.observe.counts import IntakeCounts, Refusal
from hub.pipeline.accept import TRY_AGAIN, Accept
from hub.pipeline.origin import path_below
from hub.plugin import Answer, Clock, InboundRequest, Source
from hub.registry import MethodNotAllowed, NotServed, Registry, Unavailable, UnknownInstance
from hub.web.bodies import Bodies, BodyRefused
from hub.web.client_address import ClientAddress

#: Why a body is not read, by the answer.
_REFUSED: Mapping[int, Refusal] = {413: "size", 408: "slow", 503: "busy"}


class Inbound:
    """The endpoint. Everything it refuses, it refuses before a row is written."""

    def __init__(
        self,
        *,
        registry: Registry,
        accept: Accept,
        clock: Clock,
        clients: ClientAddress,
        public_url: str,
        max_body: int,
        counts: IntakeCounts,
    ) -> None:
        self._registry = registry
        self._accept = accept
        self._clock = clock
        self._clients = clients
        self._public_url = public_url.rstrip("/")
        self._max_body = max_body
        self._counts = counts
        self._bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every method comes here, because only a source knows which ones it allows."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        instance = request.path_params["instance"]
        try:
            match = self._registry.match_source(
                instance, path_below(instance, request.scope["path"]), request.method
            )
        except NotServed as exc:
            self._counts.rejected(*_counted(instance, exc))
            return _not_served(exc)
        limit = match.source.max_body or self._max_body
        try:
            async with self._bodies.read(request, limit) as body:
                inbound = self._inbound(request, match.source, match.path_params, body)
                return _response(await self._accept.accept(instance, match.source, inbound))
        except ClientDisconnect:
            return Response(status_code=400)
        except BodyRefused as exc:
            self._counts.rejected(instance, _REFUSED[exc.status])
            return _text(exc.status, f"{exc}\n", dict(TRY_AGAIN.headers) if exc.status == 503 else None)

    def _inbound(
        self, request: Request, source: Source, path_params: Mapping[str, str], body: bytes
    ) -> InboundRequest:
        written: str = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        base = self._public_url or _address(request)
        received_at: datetime = self._clock.now()
        return InboundRequest(
            method=request.method,
            url=f"{base}{written}?{query}" if query else f"{base}{written}",
            path=request.scope["path"],
            path_params=path_params,
            raw_query=query,
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.scope["headers"]
            ),
            body=body,
            received_at=received_at,
            client=self._clients.of(request),
        )


def _address(request: Request) -> str:
    host = request.headers.get("host")
    return f"{request.scope['scheme']}://{host}" if host else str(request.base_url).rstrip("/")


def _counted(instance: str, error: NotServed) -> tuple[str, Refusal]:
    match error:
        case Unavailable():
            return instance, "plugin"
        case UnknownInstance():
            return "", "address"  # the sender chose the name
        case _:
            return instance, "address"


def _not_served(error: NotServed) -> Response:
    match error:
        case MethodNotAllowed(allowed=allowed):
            return _text(405, f"{error}\n", {"Allow": ", ".join(allowed)})
        case Unavailable():
            return _text(503, "this source is not available now\n", dict(TRY_AGAIN.headers))
        case _:
            return _text(404, "no such address\n")


def _text(status: int, body: str, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status_code=status, media_type="text/plain", headers=headers)


def _response(answer: Answer) -> Response:
    response = Response(answer.body, status_code=answer.status, headers=dict(answer.headers))
    if answer.body:
        response.headers["content-type"] = answer.content_type
    return response
