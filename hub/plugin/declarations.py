"""What a plugin can declare: sources, resolvers, commands, jobs, timers, checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, JsonValue

from hub.plugin.commands import CommandCall, Reply, Who
from hub.plugin.errors import InvalidPayload
from hub.plugin.events import InboundEvent, Item, PortalObject, Receipt
from hub.plugin.http import InboundRequest
from hub.plugin.notifications import Notification, Recipient

Verifier = Callable[[InboundRequest], None]


def accept_one(request: InboundRequest) -> Receipt:
    """Keep the request as one item and answer 200; the default of ``Source.accept``.

    Raises:
        InvalidPayload: the request says it is JSON and is not (status 400).
    """
    if request.content_type == "application/json" or request.content_type.endswith("+json"):
        request.json()
    elif not request.body:
        raise InvalidPayload("the body is empty")
    return Receipt(items=(Item(),))


@dataclass(frozen=True, kw_only=True)
class Source:
    """An HTTP endpoint below ``/in/<instance>``.

    Attributes:
        path: pattern below the instance in Starlette's syntax, for example ``{endpoint}``.
        verify: raises ``InvalidSignature``; sees the raw request.
        accept: says what to keep and what to answer; raises ``InvalidPayload`` for what the sender must hear.
        parse: runs in a worker, once per item; sees the stored request with the item's body.
        notify: runs right after ``parse`` and gets the very objects that it returned.
        keep_headers: stored beside the core's allow-list; ``ce-*`` means a prefix.
        max_body: bytes; ``None`` = the hub's ``max_body``.
        sensitive: encrypt the body before it is stored.
        inline: ``verify`` and ``accept`` are CPU-only and quick (< 1 ms), so they run in the event loop; with a body
            over 64 KiB they run in the instance's threads all the same.
    """

    path: str = ""
    methods: tuple[str, ...] = ("POST",)
    keep_headers: tuple[str, ...] = ()
    verify: Verifier
    accept: Callable[[InboundRequest], Receipt] = accept_one
    parse: Callable[[InboundRequest], Iterable[InboundEvent]]
    notify: Callable[[Sequence[InboundEvent]], Iterable[Notification]]
    max_body: int | None = None
    sensitive: bool = False
    inline: bool = True


@dataclass(frozen=True, kw_only=True)
class CatchUp:
    """A page of what happened at the portal since a cursor."""

    objects: Sequence[PortalObject]
    cursor: str
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class PortalSource:
    """Events of the portal itself, and how to find out what was missed.

    Attributes:
        events: the portal's event names in upper case.
        settle: rows with one ``coalesce`` key wait this long and are processed together, never concurrently.
        coalesce: names what belongs together, from the object alone: it asks nobody and has one second.
        notify: reads the named objects back and tells facts with keys. Set ``occurred_at``: what a catch-up finds
            late goes behind what happens now, and what is days old is only counted.
        catch_up: returns what happened since a cursor; ``None`` as cursor = the present end, no objects. With ``more``
            it is asked again at once, so the cursor must move.
        catch_up_every: instead of 15 seconds where nothing shows that the portal posts these events, else 5 minutes.
    """

    events: tuple[str, ...]
    settle: timedelta = timedelta(seconds=2)
    coalesce: Callable[[PortalObject], str]
    notify: Callable[[Sequence[PortalObject]], Iterable[Notification]]
    catch_up: Callable[[str | None], CatchUp]
    catch_up_every: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """Turns addresses of one scheme (``oncall:infra``) into people and chats.

    ``resolve(rest, notification)`` gets what stands after the colon. An empty result or an error sends
    the notification to the fallback recipient.
    """

    scheme: str
    resolve: Callable[[str, Notification], Iterable[Recipient]]
    summary: str = ""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What a button, or a typed ``/name`` when ``chat``, does.

    Attributes:
        summary: a few words; the portal and ``/help`` show them, translated by the plugin's catalogue.
        usage: what can be typed behind the name, for example ``number (comment)``; translated alike.
        args_model: validates ``CommandCall.args`` before the handler runs.
        idempotent: a call that crashed half way may be repeated by the hub.
    """

    name: str
    summary: str
    handler: Callable[[CommandCall], Reply | None]
    args_model: type[BaseModel] | None = None
    who: Who = Who.ADDRESSEE
    chat: bool = False
    idempotent: bool = False
    usage: str = ""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something done on a schedule.

    Attributes:
        cron: five fields, in the hub's time zone.
        missed: after downtime run the latest missed tick once, or skip it.
    """

    name: str
    cron: str
    run: Callable[[], Iterable[Notification]]
    missed: Literal["once", "skip"] = "once"


@dataclass(frozen=True, kw_only=True)
class TimerFired:
    """An armed timer whose time has come."""

    name: str
    key: str
    data: JsonValue
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class Timer:
    """A handler for timers armed with ``ctx.timers.set(name, key, at, data)``."""

    name: str
    handler: Callable[[TimerFired], Iterable[Notification]]


@dataclass(frozen=True, kw_only=True)
class Health:
    """The result of a health check."""

    ok: bool
    message: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """Asked by ``hub doctor``."""

    name: str
    check: Callable[[], Health]
    timeout: timedelta = timedelta(seconds=5)
    critical: bool = False
