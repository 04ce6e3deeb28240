"""Running REST methods: one command with its limits, faults and log entry, or a batch of them."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub.sandbox.batch import run_batch
from hub.sandbox.bot_events import BotEvents
from hub.sandbox.calls import Call
from hub.sandbox.clock import portal_date
from hub.sandbox.errors import ConnectionDropped, RestError
from hub.sandbox.messenger import Messenger
from hub.sandbox.model import Json
from hub.sandbox.parameters import read_parameters
from hub.sandbox.portal import Portal
from hub.sandbox.registry import Caller, Invocation, Outcome, Page, Registry


@dataclass
class _Entry:
    """A log entry being written."""

    id: int
    at: datetime
    method: str
    params: Mapping[str, Any]
    in_batch: int | None
    warnings: list[str] = field(default_factory=list)


class RestEngine:
    """Executes commands for callers whose credentials were checked."""

    def __init__(self, portal: Portal, registry: Registry, messenger: Messenger, events: BotEvents) -> None:
        self._portal = portal
        self._registry = registry
        self._messenger = messenger
        self._events = events

    async def execute(
        self, caller: Caller, name: str, params: Mapping[str, Any], *, in_batch: int | None = None
    ) -> Outcome:
        """Run the method *name* and record it.

        Raises:
            ConnectionDropped: the portal died on the way.
        """
        entry = _Entry(
            id=self._portal.calls.next_id(),
            at=self._portal.clock.now(),
            method=name,
            params=params,
            in_batch=in_batch,
        )
        started = self._portal.clock.timestamp()
        clock = time.perf_counter()
        try:
            body = await self._run(caller, entry)
            status = 200
        except RestError as exc:
            body = {"error": exc.code, "error_description": exc.description}
            status = exc.status
        except ConnectionDropped:
            self._record(entry, 0, None, answered=False)
            raise
        self._record(entry, status, body)
        times = self._times(started, processing=time.perf_counter() - clock)
        if status != 429 and name.lower() != "batch":
            used, reset_at = self._portal.limits.spend(caller.key, name, times["processing"])
            times |= {"operating_reset_at": reset_at, "operating": used}
        return Outcome(call_id=entry.id, status=status, body=body, time=times)

    def note(
        self, name: str, params: Mapping[str, Any], *, status: int, error: str, answered: bool = True
    ) -> int:
        """Record a request that never came to its method; return its number."""
        with self._portal.lock:
            now = self._portal.clock.now()
            number = self._portal.calls.next_id()
            entry = _Entry(id=number, at=now, method=name, params=params, in_batch=None)
            self._record(entry, status, {"error": error}, answered=answered)
        return number

    def lost(self, call_id: int) -> None:
        """Mark a call, and the commands of a batch, as never answered."""
        with self._portal.lock:
            for call in self._portal.calls.calls(since=call_id - 1):
                if call_id in (call.id, call.in_batch):
                    self._portal.calls.record(call.model_copy(update={"answered": False}))

    async def _run(self, caller: Caller, entry: _Entry) -> Json:
        if entry.method.lower() == "batch":
            if entry.in_batch is not None:
                raise RestError(
                    "ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", status=405
                )
            return {"result": await run_batch(entry.params, self._runner(caller, entry.id))}
        method = self._registry.find(entry.method)
        if method.refusal is not None and not caller.application:
            code, description, status = method.refusal
            raise RestError(code, description, status=status)
        if method.scope and method.scope not in caller.scopes:
            raise RestError(
                "insufficient_scope",
                "The request requires higher privileges than provided by the webhook token",
                status=403,
            )
        self._portal.limits.check_budget(caller.key, method.name)
        values = read_parameters(
            entry.params, method.parameters, ignore_case=method.ignore_case, warn=entry.warnings.append
        )
        if (seconds := self._portal.limits.duration_of(method.name)) > 0:
            await asyncio.sleep(seconds)
        call = Invocation(
            portal=self._portal,
            messenger=self._messenger,
            events=self._events,
            registry=self._registry,
            caller=caller,
            method=method.name,
            params=values,
            warn=entry.warnings.append,
        )
        if (fault := call.strike("fail")) is not None:
            raise RestError(fault.error, fault.description or fault.error, status=fault.status)
        with self._portal.lock:
            result = method.handler(call)
        if isinstance(result, Page):
            body: Json = {"result": result.result, "total": result.total}
            return body | ({"next": result.next} if result.next is not None else {})
        return {"result": result}

    def _runner(self, caller: Caller, batch_id: int) -> Any:
        async def run(name: str, params: Mapping[str, Any]) -> Outcome:
            return await self.execute(caller, name, params, in_batch=batch_id)

        return run

    def _record(self, entry: _Entry, status: int, body: Json | None, *, answered: bool = True) -> None:
        body = body or {}
        call = Call(
            id=entry.id,
            at=entry.at,
            method=entry.method,
            params=dict(entry.params),
            in_batch=entry.in_batch,
            status=status,
            error=body.get("error"),
            warnings=tuple(entry.warnings),
            answered=answered,
            result=body.get("result"),
        )
        with self._portal.lock:
            self._portal.calls.record(call)

    def _times(self, started: float, *, processing: float) -> Json:
        finished = self._portal.clock.timestamp()
        return {
            "start": started,
            "finish": finished,
            "duration": finished - started,
            "processing": processing,
            "date_start": portal_date(datetime.fromtimestamp(started, UTC)),
            "date_finish": portal_date(datetime.fromtimestamp(finished, UTC)),
        }
