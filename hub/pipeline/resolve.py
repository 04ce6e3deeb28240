"""Resolve: turn addresses into people and chats; what cannot be resolved goes to the fallback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.plugin import Notification, PluginError, Recipient, RetryLater
from hub.registry import BudgetExceeded, CallFailed, Guard, PoolExhausted, Registry, Status, calls
from hub.storage.columns import storable


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """Who gets a notification, each dialog once, and what went wrong on the way."""

    recipients: tuple[Recipient, ...]
    problems: tuple[str, ...]


class Resolve:
    """Asks the plugin that owns each address's scheme."""

    def __init__(self, registry: Registry, guard: Guard, fallback: str) -> None:
        self._registry = registry
        self._guard = guard
        self._fallback = fallback

    def resolve(self, addresses: Sequence[str], notification: Notification) -> Resolution:
        """Return the recipients of *addresses*; at least one, because nothing is dropped silently.

        Raises:
            RetryLater: the portal is needed and away, or a resolver is too slow just now.
        """
        found: list[Recipient] = []
        problems: list[str] = []
        for address in addresses:
            try:
                found.extend(self._one(address, notification))
            except _Unresolved as exc:
                problems.append(storable(f"{address}: {exc}"))
        if problems or not found:
            why = "; ".join(problems) or "nobody else is responsible"
            found.append(self.fallback(why))
        return Resolution(recipients=_each_dialog_once(found), problems=tuple(problems))

    def fallback(self, why: str) -> Recipient:
        """Return the fallback recipient, with *why* as the reason; nobody needs to be asked who that is."""
        scheme, _, id = self._fallback.partition(":")
        return Recipient(kind="chat" if scheme == "chat" else "user", id=id, reason=f"fallback: {why}")

    def _one(self, address: str, notification: Notification) -> list[Recipient]:
        scheme, _, rest = address.partition(":")
        resolver = self._registry.resolver(scheme)
        if resolver is None:
            raise _Unresolved(f"no active plugin resolves {scheme}: addresses")
        try:
            found = self._guard.call(
                resolver.instance.name, calls.RESOLVE, resolver.item.resolve, rest, notification
            )
        except RetryLater:
            raise
        except (BudgetExceeded, PoolExhausted) as exc:
            # slow is not the same as wrong: the event waits, unless the plugin is known to be in trouble
            if resolver.instance.status is Status.ACTIVE:
                raise RetryLater(str(exc)) from exc
            raise _Unresolved(str(exc)) from exc
        except (PluginError, CallFailed) as exc:
            raise _Unresolved(str(exc)) from exc
        if not found:
            raise _Unresolved("there is nobody active behind it")
        return [
            recipient.model_copy(update={"reason": storable(recipient.reason or address)})
            for recipient in found
        ]


class _Unresolved(Exception):
    """An address leads nowhere."""


def _each_dialog_once(recipients: Sequence[Recipient]) -> tuple[Recipient, ...]:
    merged: dict[str, Recipient] = {}
    for recipient in recipients:
        before = merged.get(recipient.dialog)
        if before is None:
            merged[recipient.dialog] = recipient
        elif recipient.reason not in before.reason:
            reason = f"{before.reason}; {recipient.reason}"
            merged[recipient.dialog] = before.model_copy(update={"reason": reason})
    return tuple(merged.values())
