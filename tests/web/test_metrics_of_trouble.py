"""``GET /metrics`` of a hub in trouble: what waits, what failed, who is to blame."""

from datetime import timedelta

import pytest
from echo import EchoPlugin
from scrapes import Scrape, of

from hub.testing import InstalledPlugin


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture
def hub(fresh_hub):
    return fresh_hub


def test_a_refused_message_is_counted_as_failed(rise, hub, tell):
    hub.bitrix24.faults.fail_next(1, status=400, error="ACCESS_DENIED", method="imbot.v2.Chat.Message.send")
    assert (
        rise(lambda: tell("a", to=["user:2"]), of("hub_deliveries_total", plugin="echo", state="failed")) == 1
    )


def test_a_portal_that_is_away_makes_deliveries_wait_and_shows(hub, tell, rise):
    tell("before")
    hub.bitrix24.faults.down()

    assert rise(lambda: tell("a"), of("hub_deliveries_retried_total", plugin="echo")) == 1

    hub.clock.move(timedelta(seconds=6))
    now = Scrape(hub)
    assert now("hub_portal_state", state="away") == 1
    assert now("hub_outbox_waiting", lane="normal") == 1
    assert now("hub_outbox_oldest_waiting_seconds", lane="normal") == 6
    assert now("hub_outbox_waiting", lane="critical") == 0


def test_newer_content_supersedes_what_waits(hub, tell, rise):
    hub.bitrix24.faults.down()
    tell("other")
    hub.clock.move(timedelta(seconds=1))

    def twice():
        tell("b", thread="t")
        tell("c", thread="t", mode="update")

    assert rise(twice, of("hub_deliveries_total", plugin="echo", state="superseded")) == 1


def test_many_scrapes_read_the_database_once(hub, tell):
    Scrape(hub)
    tell("a")
    hub.bitrix24.faults.down()
    tell("b")
    assert Scrape(hub)("hub_outbox_waiting", lane="normal") == 0
    hub.clock.move(timedelta(seconds=6))
    assert Scrape(hub)("hub_outbox_waiting", lane="normal") == 1


def test_a_plugin_that_keeps_failing_shows_its_status(hub):
    assert Scrape(hub)("hub_plugin_status", plugin="echo", status="active") == 1
    hub.app.registry.guard.breaker.trip("echo", "notify", "broken")
    now = Scrape(hub)
    assert now("hub_plugin_status", plugin="echo", status="failing") == 1
    assert now("hub_plugin_status", plugin="echo", status="active") == 0
