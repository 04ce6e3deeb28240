"""``POST /bitrix24/events``: where the portal posts what happens in it."""

from __future__ import annotations

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hub.observe.counts import IntakeCounts
from hub.pipeline.accept import TRY_AGAIN
from hub.pipeline.folding_words import HUB
from hub.pipeline.posts import Post, Posts
from hub.plugin import Clock
from hub.web.bodies import Bodies, BodyRefused
from hub.web.client_address import ClientAddress


class PortalEvents:
    """The endpoint. Whatever it refuses, it stores nothing of it."""

    def __init__(
        self, *, posts: Posts, clock: Clock, clients: ClientAddress, max_body: int, counts: IntakeCounts
    ) -> None:
        self._posts = posts
        self._clock = clock
        self._clients = clients
        self._max_body = max_body
        self._counts = counts
        self._bodies = Bodies()

    async def post(self, request: Request) -> Response:
        """Answer one post."""
        headers = request.headers
        try:
            body = await self._bodies.read(request.receive, self._max_body, headers.get("content-length", ""))
        except ClientDisconnect:
            return Response(status_code=400)
        except BodyRefused as exc:
            self._counts.rejected(HUB, exc.why)
            more = dict(TRY_AGAIN.headers) if exc.status == 503 else None
            return Response(f"{exc}\n", exc.status, more, media_type="text/plain")
        peer = request.client.host if request.client else ""
        post = Post(
            body=body,
            content_type=headers.get("content-type", "").partition(";")[0].strip().lower(),
            query=request.scope["query_string"].decode("latin-1"),
            client=self._clients.of(peer, ",".join(headers.getlist("x-forwarded-for"))),
            received_at=self._clock.now(),
        )
        try:
            answer = await self._posts.take(post)
        finally:
            self._bodies.release(body)
        return Response(answer.body, answer.status, dict(answer.headers), media_type="text/plain")
