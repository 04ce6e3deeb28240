"""What an inbox row comes from, and the plugin calls that turn it into notifications."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import JsonValue, ValidationError

from hub.pipeline.arrivals import Arrivals
from hub.pipeline.folding_words import HUB
from hub.pipeline.follows import Follows
from hub.pipeline.portal_objects import PortalObjects
from hub.pipeline.seal import Seal
from hub.pipeline.stored_request import from_stored
from hub.plugin import InboundRequest, Notification, PermanentFailure, RetryLater, TimerFired
from hub.registry import NotServed, Registry, calls
from hub.storage.states import InboxKind
from hub.storage.tables import Inbox

#: Handles a timer of the hub itself; takes the id of the row that stands for it, too.
OwnTimer = Callable[[TimerFired, str], Follows]


class Origins:
    """Calls the right hooks of the right plugin for each kind of row.

    Args:
        own_timers: what happens when a timer of the hub itself fires, by name.
    """

    def __init__(
        self,
        registry: Registry,
        seal: Seal,
        arrivals: Arrivals,
        objects: PortalObjects,
        own_timers: Mapping[str, OwnTimer],
    ) -> None:
        self._registry = registry
        self._guard = registry.guard
        self._seal = seal
        self._arrivals = arrivals
        self._objects = objects
        self._own_timers = own_timers

    def follows(self, row: Inbox) -> Follows:
        """Return what follows from *row*; a plugin's errors pass through."""
        match row.kind:
            case InboxKind.JOB:
                return Follows(notifications=self._job(row))
            case InboxKind.TIMER:
                return self._timer(row)
            case InboxKind.COMMAND:
                return Follows(notifications=_told_by_a_command(row))
            case InboxKind.PORTAL_EVENT:
                return self._arrivals.follows(row)
            case InboxKind.PORTAL_OBJECTS:
                return self._objects.follows(row)
            case _:
                return Follows(notifications=self._request(row))

    def is_job(self, row: Inbox) -> bool:
        """Say whether the row is a scheduled job's tick."""
        return row.kind == InboxKind.JOB

    def request(self, row: Inbox) -> InboundRequest:
        """Return the stored request with its body as it came.

        Raises:
            PermanentFailure: the body is no longer kept, or its key is not there.
        """
        return from_stored(row.request, self.body(row), row.received_at)

    def body(self, row: Inbox) -> bytes:
        """Return a row's body as it came.

        Raises:
            PermanentFailure: it is no longer kept, or its key is not there.
        """
        if row.body is None:
            raise PermanentFailure("the body is no longer kept")
        return self._seal.open(row.body) if row.sealed else row.body

    def sealed(self, row: Inbox, body: bytes) -> bytes:
        """Return *body* as it is kept in *row*."""
        return self._seal.close(body) if row.sealed else body

    def _request(self, row: Inbox) -> tuple[Notification, ...]:
        request = self.request(row)
        try:
            source = self._registry.match_source(
                row.instance, path_below(row.instance, request.path), request.method
            ).source
        except NotServed as exc:
            raise RetryLater(str(exc)) from exc
        events = self._guard.call(row.instance, calls.PARSE, source.parse, request, object_id=row.id)
        return self._guard.call(row.instance, calls.NOTIFY, source.notify, events, object_id=row.id)

    def _job(self, row: Inbox) -> tuple[Notification, ...]:
        job = self._registry.job(row.instance, str(row.request["job"]))
        if job is None:
            raise PermanentFailure(f"job {row.request['job']!r} is no longer declared")
        return self._guard.call(row.instance, calls.JOB, job.item.run, object_id=row.id)

    def _timer(self, row: Inbox) -> Follows:
        fired = _fired(row.request)
        if row.instance == HUB and fired.name in self._own_timers:
            return self._own_timers[fired.name](fired, row.id)
        timer = self._registry.timer(row.instance, fired.name)
        if timer is None:
            raise PermanentFailure(f"timer {fired.name!r} is no longer declared")
        told = self._guard.call(row.instance, calls.TIMER, timer.item.handler, fired, object_id=row.id)
        return Follows(notifications=told)


def path_below(instance: str, path: str) -> str:
    """Return the part of ``/in/<instance>/rest`` that a source's pattern is about."""
    return path.removeprefix(f"/in/{instance}").strip("/")


def _told_by_a_command(row: Inbox) -> tuple[Notification, ...]:
    told = row.request["notifications"]
    try:
        return tuple(map(Notification.model_validate, told if isinstance(told, list) else ()))
    except ValidationError as exc:  # a changed copy with a wrong value, or written by another version
        raise PermanentFailure("what the command tells cannot be read") from exc


def _fired(request: Mapping[str, JsonValue]) -> TimerFired:
    return TimerFired(
        name=str(request["timer"]),
        key=str(request["key"]),
        data=request["data"],
        due_at=datetime.fromisoformat(str(request["due_at"])),
    )
