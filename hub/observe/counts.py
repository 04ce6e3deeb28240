"""What the hub counts while it works, one class for each who counts.

Label values are names from the settings or words of the hub's own, never something a sender chose. An instance's name
is the label ``plugin``, because Prometheus keeps ``instance`` for whom it scrapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from prometheus_client import CollectorRegistry

from hub.observe.children import Counted, FirstNames, Measured

#: Why a request was not taken. ``address`` is a path, a method or an instance that nobody serves.
Refusal = Literal["signature", "payload", "size", "slow", "address", "plugin", "storage", "busy"]
REFUSALS: Sequence[Refusal] = (
    "signature",
    "payload",
    "size",
    "slow",
    "address",
    "plugin",
    "storage",
    "busy",
)

_COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_COMMIT_ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_PORTAL_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_DELIVERY_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
#: The hub and its plugins call some forty methods.
_METHODS = 100


class IntakeCounts:
    """Requests and what is kept of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._accepted = Counted(
            registry, "hub_events_accepted", "Events committed for the first time.", "plugin"
        )
        self._duplicates = Counted(
            registry, "hub_events_duplicate", "Events that were there before; not written again.", "plugin"
        )
        self._ignored = Counted(
            registry,
            "hub_requests_ignored",
            "Authentic requests of which the plugin kept nothing.",
            "plugin",
        )
        self._rejected = Counted(
            registry,
            "hub_requests_rejected",
            "Requests not taken, by reason. Without a plugin: nobody serves the address, or too many are connected.",
            "plugin",
            "reason",
        )
        self._rows = Measured(registry, "hub_commit_rows", "Rows in one commit.", buckets=_COMMIT_ROWS)
        self._seconds = Measured(
            registry, "hub_commit_seconds", "Time of one commit of accepted events.", buckets=_COMMIT_SECONDS
        )

    def begin(self, instances: Sequence[str]) -> None:
        """Show zero for *instances*."""
        for counted in (self._accepted, self._duplicates, self._ignored):
            counted.begin(instances)
        self._rejected.begin(instances, REFUSALS)

    def kept(self, instance: str, accepted: int, duplicates: int) -> None:
        """Count the items of one request."""
        if accepted:
            self._accepted.add(instance, amount=accepted)
        if duplicates:
            self._duplicates.add(instance, amount=duplicates)

    def ignored(self, instance: str) -> None:
        """Count a request of which nothing was kept."""
        self._ignored.add(instance)

    def rejected(self, instance: str, reason: Refusal) -> None:
        """Count a request that was not taken; *instance* is one that exists, or empty."""
        self._rejected.add(instance, reason)

    def committed(self, rows: int, seconds: float) -> None:
        """Take note of one commit."""
        self._rows.add(rows)
        self._seconds.add(seconds)


class ProcessingCounts:
    """Events and what the plugins make of them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counted(
            registry, "hub_events_ended", "Events that reached a final state.", "plugin", "state"
        )
        self._retried = Counted(registry, "hub_events_retried", "Events put off to a later try.", "plugin")
        self._told = Counted(registry, "hub_notifications", "Notifications written.", "plugin")

    def begin(self, instances: Sequence[str], states: Sequence[str]) -> None:
        """Show zero for *instances*."""
        self._ended.begin(instances, states)
        self._retried.begin(instances)
        self._told.begin(instances)

    def ended(self, instance: str, state: str, notifications: int = 0) -> None:
        """Count an event's end, and the notifications that were new in it."""
        self._ended.add(instance, state)
        if notifications:
            self._told.add(instance, amount=notifications)

    def retried(self, instance: str) -> None:
        """Count an event that is tried again later."""
        self._retried.add(instance)


class ActionCounts:
    """What people click and type."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counted(
            registry, "hub_actions", "Clicks and typed commands that reached an end.", "plugin", "state"
        )

    def begin(self, instances: Sequence[str], states: Sequence[str]) -> None:
        """Show zero for *instances*."""
        self._ended.begin(instances, states)

    def ended(self, instance: str, state: str) -> None:
        """Count an end."""
        self._ended.add(instance, state)


class DeliveryCounts:
    """Messages to dialogs."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._ended = Counted(
            registry, "hub_deliveries", "Deliveries that reached a final state.", "plugin", "state"
        )
        self._retried = Counted(
            registry,
            "hub_deliveries_retried",
            "Attempts after which a delivery waits for another.",
            "plugin",
        )
        self._seconds = Measured(
            registry,
            "hub_delivery_seconds",
            "Time from the plan of a message to its sending.",
            "lane",
            buckets=_DELIVERY_SECONDS,
        )

    def begin(self, instances: Sequence[str], states: Sequence[str]) -> None:
        """Show zero for *instances*."""
        self._ended.begin(instances, states)
        self._retried.begin(instances)

    def sent(self, instance: str, lane: str, seconds: float) -> None:
        """Count a message that was sent, and how long it took."""
        self._ended.add(instance, "sent")
        self._seconds.add(seconds, lane)

    def ended(self, instance: str, state: str, amount: int = 1) -> None:
        """Count deliveries that ended otherwise."""
        self._ended.add(instance, state, amount=amount)

    def retried(self, instance: str) -> None:
        """Count an attempt that was not the last."""
        self._retried.add(instance)


class PortalCounts:
    """Calls to the portal, those inside a batch too."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counted(
            registry,
            "hub_portal_calls",
            "Calls to the portal, each of a batch by itself; the outcome is ok or a kind of error.",
            "method",
            "outcome",
        )
        self._seconds = Measured(
            registry,
            "hub_portal_request_seconds",
            "Time of one request to the portal; a batch is one request.",
            "method",
            buckets=_PORTAL_SECONDS,
        )
        self._methods = FirstNames(_METHODS)

    def called(self, method: str, error: BaseException | None) -> None:
        """Count one call."""
        self._calls.add(self._methods(method.lower()), "ok" if error is None else _word(type(error).__name__))

    def answered(self, method: str, seconds: float) -> None:
        """Take note of how long one request took."""
        self._seconds.add(seconds, self._methods(method.lower()))


class DoorbellCounts:
    """Rings that the broker did not take."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._dropped = Counted(
            registry,
            "hub_doorbell_dropped",
            "Rings that the broker did not take; a sweep finds what they were about.",
            "actor",
        )

    def begin(self, actors: Sequence[str]) -> None:
        """Show zero for *actors*."""
        self._dropped.begin(actors)

    def dropped(self, actor: str) -> None:
        """Count one."""
        self._dropped.add(actor)


def _word(name: str) -> str:
    """Write a class name as a label value: ``RateLimited`` becomes ``rate_limited``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("_")
