"""``/health/live`` and ``/health/ready``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.observe.asked import Asked

#: Seconds in which everything is answered; who probes usually waits for two or more.
_WITHIN = 1.5

T = TypeVar("T")


class Health:
    """Ready means: migrated and able to commit. A lost portal or broker must not stop intake.

    Args:
        can_commit: what keeps the hub from accepting events; empty when nothing does.
        parts: what intake does not need, by name; may hang, or raise ``Exception`` when it cannot be told.
        known: what is known without asking anybody.
    """

    def __init__(
        self,
        can_commit: Callable[[], str],
        parts: Mapping[str, Callable[[], object]],
        known: Callable[[], Mapping[str, object]],
    ) -> None:
        self._can_commit = Asked("database", can_commit)
        self._parts = {name: Asked(name, ask) for name, ask in parts.items()}
        self._known = known

    async def live(self, request: Request) -> Response:
        """Answer while the process runs."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Answer 200 while events can be accepted, else 503 with the reason; never later than in two seconds."""
        trouble, told = await asyncio.gather(
            _within(self._can_commit, "does not answer"),
            asyncio.gather(*(_within(asked, "unknown") for asked in self._parts.values())),
        )
        return JSONResponse(
            {
                "status": "unavailable" if trouble else "ok",
                "database": trouble or "ok",
                **dict(zip(self._parts, told, strict=True)),
                **self._known(),
            },
            status_code=503 if trouble else 200,
        )


async def _within(asked: Asked[T], otherwise: str) -> T | str:
    try:
        return await asked.answer_async(_WITHIN)
    except TimeoutError:
        return otherwise
    except Exception as exc:  # noqa: BLE001 - a probe tells of what is broken instead of breaking
        return f"{otherwise} ({type(exc).__name__})"
