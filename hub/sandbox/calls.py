"""The request log: every REST call, and every command inside a batch."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Call(BaseModel):
    """One call and what became of it."""

    model_config = ConfigDict(frozen=True)

    id: int
    at: datetime
    method: str
    params: dict[str, Any]
    in_batch: int | None = None  # id of the batch call this command was part of
    status: int = 200
    error: str | None = None
    warnings: tuple[str, ...] = ()
    answered: bool = True  # False: the connection was dropped
    result: Any = None


#: Calls kept; the oldest go first.
_KEPT = 100_000


class CallLog:
    """All calls since the start; *changed* is told after each one."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._calls: dict[int, Call] = {}
        self._changed = changed
        self.last_id = 0

    def next_id(self) -> int:
        """Return the number of a call that begins now."""
        self.last_id += 1
        return self.last_id

    def record(self, call: Call) -> None:
        """Keep *call*, replacing what was recorded under its number."""
        self._calls[call.id] = call
        if len(self._calls) > _KEPT:
            del self._calls[next(iter(self._calls))]
        self._changed()

    def calls(self, method: str | None = None, *, since: int = 0) -> list[Call]:
        """Return calls in the order they began, of *method* (whatever its case), with an id above *since*."""
        wanted = method.lower() if method else None
        return [
            call
            for _, call in sorted(self._calls.items())
            if call.id > since and (wanted is None or call.method.lower() == wanted)
        ]

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        self._calls.clear()
