"""How plugins are, as each process tells it and as it looks from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.storage.database import Database
from hub.storage.plugin_statuses import PluginStatuses

GOOD = [("chat", "active", ""), ("zabbix", "active", "")]
LONG = timedelta(minutes=1)


@pytest.fixture
def database_url(hub_database_url: str) -> str:
    """A SQLite file serves one process."""
    return hub_database_url


@pytest.fixture
def of(database: Database) -> Callable[[str], PluginStatuses]:
    """Return what a process tells with, by name."""
    return lambda process: PluginStatuses(database, process)


def test_a_plugin_is_as_in_the_process_where_it_fails(of, now) -> None:
    for name in ("web", "one", "two"):
        of(name).tell_all(GOOD, now())
    of("one").tell("zabbix", "failing", "the server is away", now())

    zabbix, chat = of("cli").all()["zabbix"], of("cli").all()["chat"]
    assert (zabbix.status, zabbix.reason) == ("failing", "the server is away")
    assert (zabbix.alike, zabbix.processes) == (1, 3)
    assert (chat.status, chat.alike, chat.processes) == ("active", 3, 3)


def test_what_one_process_tells_leaves_the_others_alone(of, now) -> None:
    of("one").tell_all(GOOD, now())
    of("one").tell("zabbix", "failing", "the server is away", now())
    of("two").tell_all(GOOD, now())
    of("two").tell("zabbix", "active", "", now())

    assert of("cli").all()["zabbix"].status == "failing"


def test_a_process_that_has_ended_tells_nothing_more(of, now, wait) -> None:
    for name in ("one", "two", "three"):
        of(name).tell_all(GOOD, now())
        of(name).tell("zabbix", "failing", name, now())
    of("one").leave()
    wait(LONG)  # the second was killed
    assert of("three").show()
    of("three").tell_all(GOOD, now())

    assert of("cli").all()["zabbix"].processes == 1
    assert not of("two").show()
    assert of("cli").all()["zabbix"].status == "active"
