"""Subscriptions: the portal's events that plugins want, bound to the hub's own address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from hub.bitrix24 import Changes, Client
from hub.bitrix24.subscriptions import ensure
from hub.plugin import Clock
from hub.registry import Registry
from hub.storage.facts import Facts

log = structlog.get_logger("hub.portal")

_FACT = "subscriptions"
#: What is bound is looked at this often; handlers vanish at the portal without a word.
_EVERY = timedelta(hours=1)
#: After trouble it is tried again.
_PAUSE = timedelta(minutes=1)
#: About the application itself, and the test that shows the way of events to be open.
OWN_EVENTS = ("ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPTEST")


class Subscriptions:
    """Binds what is wanted while an application is installed and the hub has an address.

    Attributes:
        handler: where the portal posts events; empty while the hub has no public address.
    """

    def __init__(
        self,
        *,
        client: Callable[[], Client],
        registry: Registry,
        facts: Facts,
        clock: Clock,
        handler: str,
        is_installed: Callable[[], bool],
    ) -> None:
        self.handler = handler
        self._client = client
        self._registry = registry
        self._facts = facts
        self._clock = clock
        self._is_installed = is_installed
        self._not_before: datetime | None = None

    def wanted(self) -> tuple[str, ...]:
        """Return the events that plugins want."""
        events = {event.upper() for each in self._registry.portal_sources() for event in each.item.events}
        return tuple(sorted(events))

    def bound(self) -> frozenset[str]:
        """Return the events that the portal is known to post, as of the last look."""
        known = self._known()
        return frozenset(known.get("events", ())) - set(known.get("refused", ()))

    def keep(self) -> None:
        """Bind what is wanted if that has changed or was not looked at for an hour; called every few seconds.

        Raises:
            PortalError: it could not; the next try is in a minute.
        """
        now = self._clock.now()
        if not self.handler or (self._not_before and now < self._not_before) or not self._is_installed():
            return
        if self._is_fresh(now):
            return
        self._not_before = now + _PAUSE
        self.ensure()
        self._not_before = None

    def ensure(self) -> Changes:
        """Bind what is wanted, unbind what is ours and no longer wanted.

        Raises:
            PortalError: the portal cannot be asked.
        """
        wanted, known = self.wanted(), self._known()
        former = [each for each in known.get("handlers", []) if each != self.handler]
        changes = ensure(self._client(), [*wanted, *OWN_EVENTS], self.handler, former=former)
        if changes.bound or changes.unbound:
            log.info("events subscribed", bound=changes.bound, unbound=changes.unbound)
        if changes.refused and dict(changes.refused) != known.get("refused"):
            log.warning("events not subscribed", refused=dict(changes.refused))
        self._facts.set(
            _FACT,
            {
                "handlers": [self.handler],
                "events": list(wanted),
                "refused": dict(changes.refused),
                "looked_at": self._clock.now().isoformat(),
            },
        )
        return changes

    def vanished(self) -> None:
        """Bind everything again soon: the portal has dropped it, or another one is used."""
        self._facts.set(_FACT, {"handlers": self._known().get("handlers", [])})
        self._not_before = None

    def forget(self) -> None:
        """Forget what was bound."""
        self._facts.set(_FACT, None)

    def _is_fresh(self, now: datetime) -> bool:
        known = self._known()
        same = (known.get("handlers"), known.get("events")) == ([self.handler], list(self.wanted()))
        return same and now - datetime.fromisoformat(known["looked_at"]) < _EVERY

    def _known(self) -> Mapping[str, Any]:
        known = self._facts.get(_FACT)
        return known if isinstance(known, dict) else {}
