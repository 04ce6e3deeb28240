"""Request bodies: read within a limit and a time, all together within a share of the memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

#: A sender that takes longer for a body of at most a few megabytes is stuck, or means harm.
_SECONDS = 30
#: Bytes of all bodies whose requests are not answered yet; until a body is whole nobody knows who sends it.
_MOST = 64 * 1024 * 1024


class BodyRefused(Exception):
    """The body is not read; *status* and the text are the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Bodies:
    """Reads the bodies of one event loop."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._held = 0

    @asynccontextmanager
    async def read(self, request: Request, limit: int) -> AsyncIterator[bytes]:
        """Read a body of at most *limit* bytes; it counts until the context is left.

        A body that is alone may be larger than all may be together.

        Raises:
            BodyRefused: too large (413), too slow (408), or too much is being read already (503).
            ClientDisconnect: the client is gone.
        """
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        arrived = _Arrived()
        try:
            yield await self._whole(request, limit, arrived)
        finally:
            self._held -= arrived.size

    async def _whole(self, request: Request, limit: int, arrived: _Arrived) -> bytes:
        try:
            async with asyncio.timeout(_SECONDS):
                async for chunk in request.stream():
                    arrived.chunks.append(chunk)
                    arrived.size += len(chunk)
                    self._held += len(chunk)
                    if arrived.size > limit:
                        raise _too_large(limit)
                    if self._held > max(self._most, arrived.size):
                        raise BodyRefused(503, "too much arrives at once; try again later")
        except TimeoutError as exc:
            raise BodyRefused(408, "the body did not arrive in time") from exc
        body = b"".join(arrived.chunks)
        arrived.chunks.clear()
        return body


@dataclass
class _Arrived:
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, f"the body is larger than {limit} bytes")
