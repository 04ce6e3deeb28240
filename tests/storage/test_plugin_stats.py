"""Counters that several processes add to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hub.storage.database import Database
from hub.storage.plugin_stats import PluginStats
from hub.storage.tables import PluginCounter


@pytest.fixture
def stats(database: Database) -> PluginStats:
    return PluginStats(database)


def counted(hook: str = "parse", **changes: Any) -> PluginCounter:
    return PluginCounter(instance="zabbix", hook=hook, **({"calls": 1} | changes))


def test_counts_of_many_processes_add_up(stats) -> None:
    hooks = ["parse", "notify", "verify"]

    def add(number: int) -> None:
        turned = hooks[number % 3 :] + hooks[: number % 3]
        stats.add([counted(hook, failures=2, over_budget=3) for hook in turned])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(20)))

    totals = [(each.hook, each.calls, each.failures, each.over_budget) for each in stats.counters("zabbix")]
    assert totals == [("notify", 20, 40, 60), ("parse", 20, 40, 60), ("verify", 20, 40, 60)]


def test_last_error_stays_until_the_next_one(stats, now) -> None:
    first, second = now(), now()
    stats.add([counted(last_error="ValueError", last_failed_at=first)])
    stats.add([counted()])

    (counter,) = stats.counters("zabbix")
    assert (counter.last_error, counter.last_failed_at) == ("ValueError", first)

    stats.add([counted(last_error="KeyError", last_failed_at=second)])
    (counter,) = stats.counters("zabbix")
    assert (counter.last_error, counter.last_failed_at) == ("KeyError", second)
