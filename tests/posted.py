"""A handler of events that keeps what a portal posts to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any
from urllib.parse import parse_qsl

import pytest
from handlers import listening

from hub.sandbox.php import nest


class Forms:
    """What was posted, each as (path, nested form)."""

    def __init__(self, received: Queue[tuple[str, bytes]]) -> None:
        self._received = received
        self.empty: Callable[[], bool] = received.empty

    def get(self, timeout: float) -> tuple[str, Any]:
        """Return the next post, or raise ``queue.Empty`` after so many seconds."""
        path, body = self._received.get(timeout=timeout)
        return path, nest(parse_qsl(body.decode(), keep_blank_values=True))


@pytest.fixture
def posted() -> Iterator[tuple[str, Forms]]:
    """A handler's URL, and what was posted to it."""
    with listening() as (url, received):
        yield url, Forms(received)
