"""Subscriptions to the portal's events: what an application bound is made to be what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.bitrix24.batch import execute
from hub.bitrix24.calls import Call, Done, Failed, Outcome
from hub.bitrix24.client import Client
from hub.bitrix24.errors import OutcomeUnknown, PortalError, Refused


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What :func:`ensure` found and did.

    Attributes:
        refused: events that the portal does not send to us, each with its reason.
    """

    bound: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def ensure(client: Client, wanted: Iterable[str], handler: str, *, former: Iterable[str] = ()) -> Changes:
    """Let exactly the *wanted* events come to *handler*; may run any number of times.

    What is bound to other addresses stays, unless it is one of ours.

    Args:
        wanted: names of events, in any case.
        handler: address for all of them.
        former: addresses we had before.

    Raises:
        PortalError: the portal cannot be asked, or lets only applications do this.
    """
    names = list(dict.fromkeys(name.upper() for name in wanted))
    kept: dict[str, None] = {}
    surplus: list[Mapping[str, Any]] = []
    for row in _bound(client):
        if row["handler"] == handler and row["event"] in names and row["event"] not in kept:
            kept[row["event"]] = None
        elif any(_is_below(row["handler"], ours) for ours in (handler, *former)):
            surplus.append(row)
    missing = [name for name in names if name not in kept]
    bound, refused = _bind(client, missing, handler)
    calls = [Call("event.unbind", row) for row in surplus]
    for outcome in execute(client, calls, repeatable=True):
        _raise_trouble(outcome)
    return Changes(
        bound=tuple(bound),
        unbound=tuple(str(row["event"]) for row in surplus),
        kept=tuple(kept),
        refused=refused,
    )


def _bound(client: Client) -> list[dict[str, str]]:
    """Return our online handlers, each as the parameters that unbind it."""
    rows = client.read("event.get").result
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise OutcomeUnknown("event.get: an answer without a list", method="event.get")
    return [
        {
            "event": str(row.get("event", "")).upper(),
            "handler": str(row["handler"]),
            "auth_type": str(row.get("auth_type") or "0"),
        }
        for row in rows
        if isinstance(row, Mapping) and row.get("handler")
    ]


def _bind(client: Client, names: Sequence[str], handler: str) -> tuple[list[str], dict[str, str]]:
    calls = [Call("event.bind", {"event": name, "handler": handler}) for name in names]
    bound: list[str] = []
    refused: dict[str, str] = {}
    for name, outcome in zip(names, execute(client, calls, repeatable=True), strict=True):
        match outcome:
            case Done(answer=answer) if answer.result:
                bound.append(name)
            case Done():
                refused[name] = f"the portal does not take the address {handler!r}"
            case Failed(error=Refused() as error):
                refused[name] = str(error)
            case _:
                _raise_trouble(outcome)
    if any("unable to set event handler" in reason.lower() for reason in refused.values()):
        # so the portal calls a handler that it has already, but perhaps other things, too
        there = {row["event"] for row in _bound(client) if row["handler"] == handler}
        bound += [name for name in refused if name in there]
        refused = {name: reason for name, reason in refused.items() if name not in there}
    return bound, refused


def _raise_trouble(outcome: Outcome) -> None:
    match outcome:
        case Failed(error=error):
            raise error
        case Done():
            return
        case _:
            raise PortalError("event.bind: not executed, because an earlier one failed")


def _is_below(address: str, ours: str) -> bool:
    return address == ours or address.startswith((f"{ours}/", f"{ours}?"))
