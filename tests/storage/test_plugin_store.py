"""What plugins keep: entries that may run out, and timers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from hub.clock import SystemClock
from hub.pipeline.unit_of_work import CurrentWork, InstanceStore, InstanceTimers
from hub.storage.database import Database
from hub.storage.plugin_store import ArmTimer, DeleteEntry, DisarmTimer, PluginData, SetEntry, apply_change


@pytest.fixture
def data(database: Database) -> PluginData:
    return PluginData(database)


def entry(key: str, value: Any, expires_at=None) -> SetEntry:
    return SetEntry(key=key, value=value, expires_at=expires_at)


@pytest.mark.parametrize(
    "value",
    [{"seen": [1, 2.5, "три"]}, [], "text", 0, False, None, "nul \0"],
    ids=["object", "list", "text", "number", "false", "null", "nul byte"],
)
def test_value_comes_back_as_it_was(data, value: Any) -> None:
    data.apply("crm", entry("a", value))

    assert data.get("crm", "a") == value


def test_key_that_is_not_there_is_none(data) -> None:
    assert data.get("crm", "a") is None


def test_setting_again_overwrites(data) -> None:
    data.apply("crm", entry("a", 1))
    data.apply("crm", entry("a", 2))

    assert data.get("crm", "a") == 2


def test_instances_do_not_see_each_other(data) -> None:
    data.apply("crm", entry("a", 1))
    data.apply("tasks", entry("a", 2))
    data.apply("crm", DeleteEntry(key="a"))

    assert (data.get("crm", "a"), data.get("tasks", "a")) == (None, 2)


def test_entry_runs_out(data, now, wait) -> None:
    data.apply("crm", entry("a", 1, now() + timedelta(minutes=1)))
    assert data.get("crm", "a") == 1

    wait(timedelta(minutes=1))

    assert data.get("crm", "a") is None
    assert data.scan("crm", "") == []
    assert data.forget_expired() == 1


def test_scan_finds_what_begins_with_the_prefix_in_the_order_of_code_points(data) -> None:
    for key in ("deal:2", "deal:10", "Deal:1", "deal_x", "lead:1", "deal:а", "deal:Z"):
        data.apply("crm", entry(key, key))

    assert [key for key, _ in data.scan("crm", "deal:")] == ["deal:10", "deal:2", "deal:Z", "deal:а"]


@pytest.mark.parametrize("prefix", ["100%", "a_b", "back\\slash"])
def test_prefix_is_taken_literally(data, prefix: str) -> None:
    for key in ("100% sure", "100 sure", "a_bc", "axbc", "back\\slash", "backslash"):
        data.apply("crm", entry(key, 1))

    assert [key.startswith(prefix) for key, _ in data.scan("crm", prefix)] == [True]


def test_same_new_key_may_be_set_by_many_at_once(data) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: data.apply("crm", entry("a", number)), range(20)))

    assert data.get("crm", "a") in range(20)


def test_changes_of_a_unit_of_work_appear_together_or_not_at_all(data, database) -> None:
    with pytest.raises(LookupError), database.write() as session:
        apply_change(session, "crm", entry("a", 1))
        apply_change(session, "crm", entry("b", 2))
        raise LookupError

    assert data.scan("crm", "") == []


def test_what_is_set_at_once_is_there_for_others_before_the_hook_has_ended(data) -> None:
    work = CurrentWork()
    store = InstanceStore("crm", data, work, SystemClock())
    with pytest.raises(LookupError), work.begin(), work.attempt():
        store.set("with the hook", 1)
        store.set("before it", 2, at_once=True)
        assert data.scan("crm", "") == [("before it", 2)]
        raise LookupError

    assert data.scan("crm", "") == [("before it", 2)]


@pytest.mark.parametrize("key", ["nul \0", "half \ud800", "x" * 2001, "ж" * 1001])
def test_a_key_that_some_database_cannot_keep_is_refused_by_all(data, key: str) -> None:
    work = CurrentWork()
    store, timers = InstanceStore("crm", data, work, SystemClock()), InstanceTimers("crm", data, work)
    for use in (
        lambda: store.get(key),
        lambda: store.set(key, 1),
        lambda: store.delete(key),
        lambda: store.scan(key),
        lambda: timers.set("remind", key, SystemClock().now()),
        lambda: timers.cancel("remind", key),
    ):
        with pytest.raises(ValueError, match="a key has"):
            use()


def test_the_longest_key_is_kept_by_all(data) -> None:
    store = InstanceStore("a-plugin-with-a-long-name" * 2, data, CurrentWork(), SystemClock())
    key = "".join(chr(0x400 + number * 7919 % 250) for number in range(1000))
    store.set(key, 1)

    assert store.get(key) == 1


def due(data: PluginData, database: Database) -> list[tuple[str, str, Any]]:
    with database.read() as session:
        return [(timer.name, timer.key, timer.data) for timer in data.due_timers(session, 10)]


def arm(key: str, due_at, name: str = "remind") -> ArmTimer:
    return ArmTimer(name=name, key=key, due_at=due_at, data={"lead": key})


def test_timers_are_due_when_their_time_has_come_oldest_first(data, database, now, wait) -> None:
    data.apply("crm", arm("late", now() + timedelta(minutes=2)))
    data.apply("crm", arm("soon", now() + timedelta(minutes=1)))
    data.apply("crm", arm("far", now() + timedelta(days=1)))
    assert due(data, database) == []

    wait(timedelta(minutes=2))

    assert due(data, database) == [
        ("remind", "soon", {"lead": "soon"}),
        ("remind", "late", {"lead": "late"}),
    ]


def test_arming_again_moves_a_timer(data, database, now, wait) -> None:
    data.apply("crm", arm("7", now() + timedelta(minutes=1)))
    data.apply("crm", arm("7", now() + timedelta(hours=1)))

    wait(timedelta(minutes=2))

    assert due(data, database) == []


def test_disarmed_timer_is_gone(data, database, now, wait) -> None:
    data.apply("crm", arm("7", now()))
    data.apply("crm", arm("7", now(), name="escalate"))

    data.apply("crm", DisarmTimer(name="remind", key="7"))

    assert [name for name, _, _ in due(data, database)] == ["escalate"]
