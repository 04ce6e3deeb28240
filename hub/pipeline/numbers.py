"""The numbers of the present state, read when somebody scrapes: what waits, who holds what, how the parts are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hub.bitrix24.limits import Level
from hub.observe.asked import Asked
from hub.pipeline.ledger import LedgerReport
from hub.plugin import Clock
from hub.registry import Instance, Status
from hub.registry.counters import HookCount
from hub.storage.backlog import Backlog, Waiting

log = structlog.get_logger("hub.metrics")

#: What was read counts as present for so long, so that many scrapers cost no more than one.
_FRESH = timedelta(seconds=5)
#: Seconds to wait for the database before a scrape is answered without it.
_PATIENCE = 1.5
_PORTAL_STATES = ("connected", "away", "disconnected")
#: More methods than the hub and its plugins call.
_MOST_METHODS = 100


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What had to be read from the database, or from where the rate limit is kept."""

    backlog: Backlog
    portal: str
    bucket: Level
    ledger: LedgerReport


class StoredNumbers(Collector):
    """What the database says, at most five seconds old.

    A database that is away or hangs makes these numbers disappear and ``hub_database_up`` 0; it never holds
    up a scrape for long.
    """

    def __init__(self, read: Callable[[], Stored], clock: Clock) -> None:
        self._read = Asked("numbers", read)
        self._clock = clock
        self._known: Stored | None = None
        self._known_at: datetime | None = None

    def collect(self) -> Iterator[Metric]:
        """Return what is there now."""
        stored = self._present()
        yield _gauge("hub_database_up", "1 while the database answers.", stored is not None)
        if stored is not None:
            yield from _waiting(
                "hub_outbox", "Deliveries", "lane", _lanes(stored.backlog), stored.backlog.now
            )
            yield from _waiting("hub_inbox", "Events", "plugin", stored.backlog.instances, stored.backlog.now)
            yield _labelled(
                "hub_lease_seconds",
                "Seconds for which each lease is still held, by whichever process holds it.",
                "lease",
                {name: _seconds(until - stored.backlog.now) for name, until in stored.backlog.leases.items()},
            )
            yield _labelled(
                "hub_portal_state",
                "1 for the state in which the sender found the portal last.",
                "state",
                {state: float(state == stored.portal) for state in _PORTAL_STATES},
            )
            yield _gauge("hub_rate_used", "Requests that the portal still counts.", stored.bucket.used)
            yield _gauge(
                "hub_rate_capacity", "Requests from which on the portal refuses.", stored.bucket.capacity
            )
            yield _gauge(
                "hub_ledger_gaps", "Rows that went astray, as the last check found.", len(stored.ledger.gaps)
            )
            if stored.ledger.checked_at is not None:
                age = _seconds(stored.backlog.now - stored.ledger.checked_at)
                yield _gauge("hub_ledger_check_age_seconds", "Time since the last check.", age)

    def _present(self) -> Stored | None:
        now = self._clock.now()
        if self._known_at is not None and timedelta(0) <= now - self._known_at < _FRESH:
            return self._known
        try:
            self._known = self._read.answer(_PATIENCE)
        except Exception as exc:  # noqa: BLE001 - whatever is wrong, the other numbers are told
            log.warning("numbers not read", error=type(exc).__name__)
            self._known = None
        self._known_at = now
        return self._known


class LiveNumbers(Collector):
    """What this process knows by itself: its plugins, and the execution time that the portal granted."""

    def __init__(
        self,
        *,
        instances: Callable[[], Iterable[Instance]],
        hooks: Callable[[], Iterable[HookCount]],
        operating: Callable[[], Mapping[str, float]],
    ) -> None:
        self._instances = instances
        self._hooks = hooks
        self._operating = operating

    def collect(self) -> Iterator[Metric]:
        """Return what is there now."""
        status = GaugeMetricFamily(
            "hub_plugin_status", "1 for the status each plugin has.", labels=["plugin", "status"]
        )
        for instance in {each.name: each for each in self._instances()}.values():
            for each in Status:
                status.add_metric([instance.name, each.value], float(each is instance.status))
        yield status
        yield from _hooks(list(self._hooks()))
        used = sorted(self._operating().items(), key=lambda item: -item[1])[:_MOST_METHODS]
        yield _labelled(
            "hub_operating_used_ratio",
            "Part of the execution time that the portal grants a method in ten minutes.",
            "method",
            dict(used),
        )


def _hooks(counts: Iterable[HookCount]) -> Iterator[Metric]:
    calls = CounterMetricFamily("hub_plugin_calls", "Calls of plugin code.", labels=["plugin", "hook"])
    failures = CounterMetricFamily(
        "hub_plugin_failures", "Calls of plugin code that failed.", labels=["plugin", "hook"]
    )
    over = CounterMetricFamily(
        "hub_plugin_over_budget", "Of those, calls that ran out of time.", labels=["plugin", "hook"]
    )
    seconds = CounterMetricFamily(
        "hub_plugin_seconds", "Time spent in calls of plugin code.", labels=["plugin", "hook"]
    )
    for count in counts:
        labels = [count.instance, count.hook]
        calls.add_metric(labels, count.calls)
        failures.add_metric(labels, count.failures)
        over.add_metric(labels, count.over_budget)
        seconds.add_metric(labels, count.seconds)
    yield from (calls, failures, over, seconds)


def _lanes(backlog: Backlog) -> Mapping[str, Waiting]:
    return {lane.name.lower(): waiting for lane, waiting in backlog.lanes.items()}


def _waiting(
    name: str, what: str, label: str, waiting: Mapping[str, Waiting], now: datetime
) -> Iterator[Metric]:
    yield _labelled(
        f"{name}_waiting", f"{what} that wait.", label, {key: each.count for key, each in waiting.items()}
    )
    yield _labelled(
        f"{name}_oldest_waiting_seconds",
        f"{what}: how long the oldest that waits has waited; 0 when none does.",
        label,
        {key: _seconds(now - each.oldest) if each.oldest else 0.0 for key, each in waiting.items()},
    )


def _labelled(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=float(value))


def _seconds(time: timedelta) -> float:
    return max(0.0, time.total_seconds())
