"""``/health/live`` and ``/health/ready``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Health:
    """Ready means: migrated and able to commit. A lost portal must not stop intake."""

    def __init__(self, can_commit: Callable[[], str], details: Callable[[], Mapping[str, object]]) -> None:
        self._can_commit = can_commit
        self._details = details

    async def live(self, request: Request) -> Response:
        """Answer while the process runs."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Answer 200 while events can be accepted, else 503 with the reason."""
        trouble = await run_in_threadpool(self._can_commit)
        if trouble:
            return JSONResponse({"status": "unavailable", "database": trouble}, status_code=503)
        details = await run_in_threadpool(self._details)
        return JSONResponse({"status": "ok", "database": "ok", **details})
