"""Several plugins that catch up: each by itself."""

import threading
from datetime import timedelta

import pytest
from pipeline.portal.conftest import new_lead, plugin_of, told
from pipeline.portal.leads import LeadsPlugin

from hub.testing import InstalledPlugin

LATER = timedelta(seconds=20)
SETTLED = timedelta(seconds=2)


@pytest.fixture(scope="module")
def lasting_plugins():
    return [InstalledPlugin("leads", LeadsPlugin), InstalledPlugin("others", LeadsPlugin)]


@pytest.fixture
def others(hub):
    return plugin_of(hub, "others")


def test_a_slow_plugin_holds_up_no_other(hub, others):
    going_on = threading.Event()
    others.in_catch_up = lambda _: going_on.wait(5)
    new_lead(hub.bitrix24)
    hub.clock.move(LATER)
    slow = threading.Thread(target=hub.app.catch_up.look, args=("others", "ONCRMLEADADD"))
    slow.start()
    try:
        hub.app.catch_up.look("leads", "ONCRMLEADADD")
        found = [row.instance for row in hub.events]
    finally:
        going_on.set()
        slow.join()

    assert found == ["leads"]


def test_a_broken_plugin_holds_up_no_other(hub, others):
    def fail(_):
        raise ZeroDivisionError

    others.in_catch_up = fail
    lead = new_lead(hub.bitrix24)
    hub.move(LATER)
    hub.move(SETTLED)

    assert told(hub) == [f"lead:{lead}:A lead"]


def test_each_source_is_looked_after_by_a_duty_of_its_own(hub):
    assert hub.app.catch_up.sources() == [("leads", "ONCRMLEADADD"), ("others", "ONCRMLEADADD")]
