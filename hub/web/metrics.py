"""``GET /metrics``: the numbers of this process, in the format that the scraper asks for."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.observe.metrics import Metrics


class MetricsPage:
    """The endpoint."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def show(self, request: Request) -> Response:
        """Answer one scrape."""
        # written in a thread: it takes milliseconds, and reading the present state waits for the database
        body, content_type = await run_in_threadpool(self._metrics.shown, request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})
