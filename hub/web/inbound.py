"""``{methods} /in/{instance}[/{path}]``: where senders deliver events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hub.observe.counts import IntakeCounts, Refusal
from hub.pipeline.accept import TRY_AGAIN, Accept
from hub.pipeline.origin import path_below
from hub.plugin import Answer, Clock, InboundRequest
from hub.registry import MethodNotAllowed, NotServed, Registry, Unavailable, UnknownInstance
from hub.web.bodies import Bodies, BodyRefused
from hub.web.client_address import ClientAddress

#: Where the addresses of all sources begin.
PREFIX = "/in/"

Headers = tuple[tuple[str, str], ...]


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
        answer = await self._answer(scope, receive)
        if answer is not None:
            await _response(answer)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer | None:
        path, method = scope["path"], scope["method"]
        instance = path[len(PREFIX) :].partition("/")[0]
        try:
            match = self._registry.match_source(instance, path_below(instance, path), method)
        except NotServed as exc:
            self._counts.rejected(*_counted(instance, exc))
            return _not_served(exc)
        headers = tuple(
            [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        )
        limit = match.source.max_body or self._max_body
        try:
            body = await self._bodies.read(receive, limit, _header(headers, "content-length"))
        except ClientDisconnect:
            return None
        except BodyRefused as exc:
            self._counts.rejected(instance, exc.why)
            return Answer(
                status=exc.status, body=f"{exc}\n", headers=TRY_AGAIN.headers if exc.status == 503 else {}
            )
        try:
            request = self._request(scope, match.path_params, headers, body)
            return await self._accept.accept(instance, match.source, request)
        finally:
            self._bodies.release(body)

    def _request(
        self, scope: Scope, path_params: Mapping[str, str], headers: Headers, body: bytes
    ) -> InboundRequest:
        query: str = scope["query_string"].decode("latin-1")
        url = (self._public_url or _address(scope, headers)) + scope["raw_path"].decode("latin-1")
        peer = scope["client"]
        return InboundRequest(
            method=scope["method"],
            url=f"{url}?{query}" if query else url,
            path=scope["path"],
            path_params=path_params,
            raw_query=query,
            headers=headers,
            body=body,
            received_at=self._clock.now(),
            client=self._clients.of(peer[0] if peer else "", _header(headers, "x-forwarded-for")),
        )


def _header(headers: Headers, name: str) -> str:
    return ",".join([value for key, value in headers if key == name])


def _address(scope: Scope, headers: Headers) -> str:
    host = _header(headers, "host")
    return f"{scope['scheme']}://{host}" if host else str(Request(scope).base_url).rstrip("/")


def _counted(instance: str, error: NotServed) -> tuple[str, Refusal]:
    match error:
        case Unavailable():
            return instance, "plugin"
        case UnknownInstance():
            return "", "address"  # the sender chose the name
        case _:
            return instance, "address"


def _not_served(error: NotServed) -> Answer:
    match error:
        case MethodNotAllowed(allowed=allowed):
            return Answer(status=405, body=f"{error}\n", headers={"Allow": ", ".join(allowed)})
        case Unavailable():
            return replace(TRY_AGAIN, body="this source is not available now\n")
        case _:
            return Answer(status=404, body="no such address\n")


def _response(answer: Answer) -> Response:
    body = answer.body
    if isinstance(body, str):
        body = body.encode("utf-8", "replace")  # it may repeat half a character of the sender's
    response = Response(body, status_code=answer.status, headers=answer.headers)
    if answer.body:
        response.headers["content-type"] = answer.content_type
    return response
