"""Request bodies: read within a limit and a time, all together within a share of the memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from hub.observe.counts import Refusal

#: A sender that takes longer for a body of at most a few megabytes is stuck, or means harm.
_SECONDS = 30
#: Digits of a declared size that are read; of thousands Python reads none, and some are only zeros.
_DIGITS = 20
#: Bytes of all bodies whose requests are not answered yet; until a body is whole nobody knows who sends it.
_MOST = 64 * 1024 * 1024

_WHY: Mapping[int, Refusal] = {413: "size", 408: "slow", 503: "busy"}


class BodyRefused(Exception):
    """The body is not read; *status* and the text are the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    @property
    def why(self) -> Refusal:
        """The reason as it is counted."""
        return _WHY[self.status]


class Bodies:
    """Reads the bodies of one event loop."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._held = 0

    async def read(self, receive: Receive, limit: int, declared: str = "") -> bytes:
        """Read a body of at most *limit* bytes; it counts until it is given to :meth:`release`.

        A body that is alone may be larger than all may be together.

        Args:
            declared: what the sender says about its size.

        Raises:
            BodyRefused: too large (413), too slow (408), or too much is being read already (503).
            ClientDisconnect: the client is gone.
        """
        if declared.isdigit() and int(declared[:_DIGITS]) > limit:
            raise _too_large(limit)
        body = bytearray()
        try:
            async with asyncio.timeout(_SECONDS):
                while await self._more(receive, limit, body):
                    pass
        except TimeoutError as exc:
            self.release(body)
            raise BodyRefused(408, "the body did not arrive in time") from exc
        except BaseException:
            self.release(body)
            raise
        return bytes(body)

    def release(self, body: bytes | bytearray) -> None:
        """Take note that the request of *body* is answered."""
        self._held -= len(body)

    async def _more(self, receive: Receive, limit: int, body: bytearray) -> bool:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        body += chunk
        self._held += len(chunk)
        if len(body) > limit:
            raise _too_large(limit)
        if self._held > max(self._most, len(body)):
            raise BodyRefused(503, "too much arrives at once; try again later")
        return bool(message.get("more_body", False))


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, f"the body is larger than {limit} bytes")
