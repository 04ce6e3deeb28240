"""Reads of many threads in few requests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.bitrix24 import paging
from hub.bitrix24.batch import MAX_COMMANDS, execute
from hub.bitrix24.calls import Answer, Call, Done, Failed, NotExecuted, Outcome
from hub.bitrix24.client import Client
from hub.bitrix24.errors import Refused, Unreachable


class Reads:
    """Calls that change nothing, tried again on transient trouble.

    A read on its own goes out at once. While another is under way, further ones wait a moment
    for company and share one ``batch``; while the portal's limits make them wait, more may join.

    Args:
        window: seconds the first of a group waits for others.
        size: a group of this many goes out without waiting longer.
    """

    def __init__(self, client: Client, *, window: float = 0.003, size: int = MAX_COMMANDS) -> None:
        self._client = client
        self._window = window
        self._size = size
        self._lock = threading.Lock()
        self._under_way = 0
        self._open: _Group | None = None

    def read(self, method: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read one answer.

        Raises:
            PortalError: see `hub.bitrix24.errors`.
            TypeError: *params* hold something that JSON cannot.
        """
        call = Call(method, params or {})
        json.dumps(dict(call.params))  # a caller's mistake must not reach those who share its batch
        return self._client.retry.run(lambda: self._once(call))

    def many(self, calls: Sequence[Call]) -> Sequence[Answer]:
        """Read several answers in one go, in the order of *calls*.

        Raises:
            PortalError: the first that could not be read.
        """
        return self._client.retry.run(
            lambda: [_answer(done) for done in execute(self._client, calls, repeatable=True)]
        )

    def each(self, calls: Sequence[Call]) -> Sequence[Answer | Refused]:
        """Read several answers in one go, in the order of *calls*; one that the portal refuses stands as its error.

        Raises:
            PortalError: the first that could not be read for another reason.
        """
        return self._client.retry.run(
            lambda: [_answer_or_refusal(done) for done in execute(self._client, calls, repeatable=True)]
        )

    def list(
        self, method: str, params: Mapping[str, Any] | None = None, *, key: str = "ID"
    ) -> Iterator[dict[str, Any]]:
        """Yield every row of a list method; see `hub.bitrix24.paging.rows`."""
        return paging.rows(self.read, method, params or {}, key)

    def _once(self, call: Call) -> Answer:
        with self._lock:
            group = self._join(call) if self._under_way else None
            if group is None or group.calls[0] is call:
                self._under_way += 1
            elif len(group.calls) == self._size:
                self._open = None
                group.full.set()
        if group is None:
            return self._alone(call)
        if group.calls[0] is call:
            self._lead(group)
        return group.answer(call)

    def _alone(self, call: Call) -> Answer:
        try:
            return self._client.call(call.method, call.params, repeatable=True)
        finally:
            self._leave()

    def _join(self, call: Call) -> _Group:
        if self._open is None:
            self._open = _Group()
        self._open.calls.append(call)
        return self._open

    def _lead(self, group: _Group) -> None:
        group.full.wait(self._window)
        try:
            self._client.limiter.acquire()
            with self._lock:
                if self._open is group:
                    self._open = None
            group.outcomes = execute(self._client, group.calls, permitted=True, repeatable=True)
        finally:
            self._leave()
            group.finished.set()

    def _leave(self) -> None:
        with self._lock:
            self._under_way -= 1


class _Group:
    """Reads that go out together; the thread that opened it sends it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.outcomes: Sequence[Outcome] = ()
        self.full = threading.Event()
        self.finished = threading.Event()

    def answer(self, call: Call) -> Answer:
        """Wait for the answer to *call*."""
        self.finished.wait()
        for member, outcome in zip(self.calls, self.outcomes, strict=False):
            if member is call:
                return _answer(outcome)
        raise Unreachable(
            f"{call.method}: the thread that was to send this read has ended", method=call.method
        )


def _answer_or_refusal(outcome: Outcome) -> Answer | Refused:
    if isinstance(outcome, Failed) and isinstance(outcome.error, Refused):
        return outcome.error
    return _answer(outcome)


def _answer(outcome: Outcome) -> Answer:
    match outcome:
        case Done(answer):
            return answer
        case Failed(error):
            # one error may reach several threads; each starts its own traceback
            raise error.with_traceback(None)
        case NotExecuted():
            raise Unreachable("not sent because an earlier request had failed")
