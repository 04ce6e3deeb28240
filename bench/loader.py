"""Our own load: single requests at a pace, or as many as a few connections carry; wrk cannot do the first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import uvloop

T = TypeVar("T")

#: Seconds after which an idle connection is not used again: the server closes it after five.
_KEPT = 3.0


@dataclass(frozen=True)
class Answer:
    """When a request was sent and answered (Unix seconds), and how."""

    sent: float
    answered: float
    status: int


class Connection:
    """One kept-alive connection that posts to *url*."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        lines = [
            f"POST {parts.path} HTTP/1.1",
            f"Host: {parts.netloc}",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        self._head = "\r\n".join(lines).encode() + b"\r\nContent-Length: "
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def post(self, body: bytes) -> Answer:
        """Send *body* and wait for the answer."""
        sent = time.time()
        if self._streams is None or sent - self._used > _KEPT:
            self.close()
            self._streams = await asyncio.open_connection(*self._address)
        self._used = sent
        reader, writer = self._streams
        writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        head = await reader.readuntil(b"\r\n\r\n")
        answered = time.time()
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        await reader.readexactly(length)
        return Answer(sent, answered, int(head[9:12]))

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()


def paced(
    url: str, headers: Mapping[str, str], bodies: Sequence[bytes], per_second: float, connections: int = 16
) -> list[Answer]:
    """Post *bodies* at a steady pace, whether or not earlier ones are answered; return the answers in order."""

    async def all_of_them() -> list[Answer]:
        idle = [Connection(url, headers) for _ in range(connections)]
        free: asyncio.Queue[Connection] = asyncio.Queue()
        for each in idle:
            free.put_nowait(each)

        async def one(body: bytes) -> Answer:
            connection = await free.get()
            answer = await connection.post(body)
            free.put_nowait(connection)
            return answer

        began = asyncio.get_running_loop().time()
        tasks = []
        for number, body in enumerate(bodies):
            await asyncio.sleep(began + number / per_second - asyncio.get_running_loop().time())
            tasks.append(asyncio.ensure_future(one(body)))
        answers = list(await asyncio.gather(*tasks))
        for each in idle:
            each.close()
        return answers

    return _run(all_of_them())


def flood(
    url: str, headers: Mapping[str, str], bodies: Iterable[bytes], connections: int = 8
) -> list[Answer]:
    """Post *bodies* as fast as *connections* carry them, none before the one before it in its connection."""

    async def all_of_them() -> list[Answer]:
        waiting = iter(bodies)
        answers: list[Answer] = []

        async def through(connection: Connection) -> None:
            for body in waiting:
                answers.append(await connection.post(body))
            connection.close()

        await asyncio.gather(*(through(Connection(url, headers)) for _ in range(connections)))
        return answers

    return _run(all_of_them())


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
