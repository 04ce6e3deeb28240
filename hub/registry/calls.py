"""The kinds of calls into a plugin, and what each must return.

A call's result is checked inside the guarded call: generators are consumed there, and the wrong thing is a
bug of the plugin and not a riddle three rooms further on.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import click
from pydantic import ValidationError

from hub.plugin import (
    Answer,
    CatchUp,
    Command,
    Health,
    HealthCheck,
    InboundEvent,
    Item,
    Job,
    Notification,
    PortalObject,
    PortalSource,
    Receipt,
    Recipient,
    Reply,
    Resolver,
    Source,
    Timer,
)
from hub.registry.tracebacks import message

R = TypeVar("R")
T = TypeVar("T")

#: More results than this of one call are taken for an endless generator.
MOST_RESULTS = 10_000


class WrongResult(TypeError):
    """The plugin returned something else than the call promises."""


@dataclass(frozen=True)
class Call(Generic[R]):
    """A kind of call.

    Attributes:
        name: shown in logs, counters and reasons.
        result: turns what came back into what the hub uses, or raises ``WrongResult``.
        budget: its key in ``DEFAULT_BUDGETS`` and in an instance's ``budgets``.
        quick: does no I/O, so it runs in threads of its own: those of the other calls may all be waiting for a portal.
        by_strangers: made because a request came, be it authentic or not. Its failures are counted, but make
            no instance failing: whoever can reach the hub could otherwise hold up what is committed already.
    """

    name: str
    result: Callable[[object], R]
    budget: str = ""
    quick: bool = False
    by_strangers: bool = False

    @property
    def budget_key(self) -> str:
        """The key under which the time budget is found."""
        return self.budget or self.name


def _anything(value: object) -> Any:
    return value


def _nothing(value: object) -> None:
    if value is not None:
        raise WrongResult(f"must return nothing, not {_kind(value)}; a refusal is raised")


def _one(kind: type[T]) -> Callable[[object], T]:
    def check(value: object) -> T:
        if not isinstance(value, kind):
            raise WrongResult(f"must return {kind.__name__}, not {_kind(value)}")
        return value

    return check


def _one_or_none(kind: type[T]) -> Callable[[object], T | None]:
    def check(value: object) -> T | None:
        return None if value is None else _one(kind)(value)

    return check


def _many(kind: type[T]) -> Callable[[object], tuple[T, ...]]:
    def check(value: object) -> tuple[T, ...]:
        if not isinstance(value, Iterable) or isinstance(value, (str, bytes, kind)):
            raise WrongResult(f"must return several {kind.__name__}, not {_kind(value)}")
        found: list[T] = []
        for each in value:
            if not isinstance(each, kind):
                raise WrongResult(f"must return only {kind.__name__}, not {_kind(each)}")
            if len(found) == MOST_RESULTS:
                raise WrongResult(f"returned more than {MOST_RESULTS} {kind.__name__}")
            found.append(each)
        return tuple(found)

    return check


def _notification(value: object) -> Notification:
    """Return *value* as the hub knows it: copies with changes are not validated, and subclasses have more."""
    found = _one(Notification)(value)
    fields = found.__dict__
    if type(found) is not Notification:
        fields = {name: fields[name] for name in Notification.model_fields if name in fields}
    try:
        return Notification.model_validate(fields)
    except ValidationError as exc:
        raise WrongResult(f"must return notifications that are valid: {message(exc)}") from exc


def _notifications(value: object) -> tuple[Notification, ...]:
    return tuple(_notification(each) for each in _many(Notification)(value))


def _edited(value: object) -> Notification | None:
    return None if value is None else _notification(value)


def _receipt(value: object) -> Receipt:
    receipt = _one(Receipt)(value)
    items = _many(Item)(receipt.items)
    for item in items:
        if not (_is_text(item.key) and _is_text(item.group) and isinstance(item.body, bytes | None)):
            raise WrongResult("must return items whose key and group are text and whose body is bytes")
    if not (isinstance(receipt.answer, Answer) or callable(receipt.answer)):
        raise WrongResult("must return a receipt with an Answer, or a function that returns one")
    return receipt if receipt.items == items else replace(receipt, items=items)


def _catch_up(value: object) -> CatchUp:
    page = _one(CatchUp)(value)
    if not isinstance(page.cursor, str):
        raise WrongResult(f"must return a cursor that is text, not {_kind(page.cursor)}")
    return replace(page, objects=_many(PortalObject)(page.objects))


def _is_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and value != "")


def _kind(value: object) -> str:
    if inspect.iscoroutine(value):
        value.close()  # or Python warns that nobody awaited it
        return "a coroutine; write 'def' and not 'async def'"
    return "None" if value is None else type(value).__name__


LOAD: Call[Any] = Call("load", _anything)
SOURCES = Call("sources", _many(Source), "load")
PORTAL_SOURCES = Call("portal_sources", _many(PortalSource), "load")
RESOLVERS = Call("resolvers", _many(Resolver), "load")
COMMANDS = Call("commands", _many(Command), "load")
JOBS = Call("jobs", _many(Job), "load")
TIMERS = Call("timers", _many(Timer), "load")
HEALTH_CHECKS = Call("health_checks", _many(HealthCheck), "load")
CLI_COMMANDS = Call("cli_commands", _many(click.Command), "load")

VERIFY = Call("verify", _nothing, by_strangers=True)
ACCEPT = Call("accept", _receipt, by_strangers=True)
ANSWER = Call("answer", _one(Answer), by_strangers=True)
PARSE = Call("parse", _many(InboundEvent))
NOTIFY = Call("notify", _notifications)
COALESCE = Call("coalesce", _one(str), quick=True)
CATCH_UP = Call("catch_up", _catch_up)
RESOLVE = Call("resolve", _many(Recipient))
COMMAND = Call("command", _one_or_none(Reply))
JOB = Call("job", _notifications)
TIMER = Call("timer", _notifications)
CHECK = Call("check", _one(Health))
STARTUP = Call("startup", _nothing)
SUBSCRIBE = Call("subscribe", _nothing)
SHUTDOWN = Call("shutdown", _nothing)
EDIT_NOTIFICATION = Call("edit_notification", _edited)
DELIVERY_FINISHED = Call("delivery_finished", _nothing)
