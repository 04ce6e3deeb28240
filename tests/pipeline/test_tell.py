"""Tell: a plugin learns how its own deliveries ended."""

import pytest
from echo import TOKEN, EchoPlugin

from hub.plugin import hookimpl
from hub.testing import InstalledPlugin

SEND = "imbot.v2.Chat.Message.send"


class CuriousPlugin(EchoPlugin):
    """Remembers what it is told."""

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.finished = []
        self.in_finished = lambda delivery: None

    @hookimpl
    def delivery_finished(self, delivery):
        self.finished.append(delivery)
        self.in_finished(delivery)


@pytest.fixture(scope="module")
def lasting_plugins():
    return [
        InstalledPlugin("echo", EchoPlugin),
        InstalledPlugin("curious", CuriousPlugin),
        InstalledPlugin("other", CuriousPlugin),
    ]


@pytest.fixture
def curious(hub):
    return hub.app.registry.instance("curious").plugin


@pytest.fixture
def say(hub):
    """Let an instance tell a notification."""

    def say(instance, key, **fields):
        hub.receive(instance, {"key": key, **fields}, headers=TOKEN)

    return say


def told(plugin):
    return [(delivery.key, delivery.dialog, str(delivery.state)) for delivery in plugin.finished]


@pytest.mark.every_backend
def test_a_plugin_is_told_once_how_its_delivery_ended(hub, curious, say):
    say("curious", "a", labels={"host": "web-1"})
    hub.settle()

    (delivery,) = curious.finished
    (row,) = hub.deliveries
    assert (delivery.id, delivery.notification, delivery.key) == (row.id, row.notification_id, "a")
    assert (delivery.message_id, delivery.labels) == (str(hub.shown("1")[0].id), {"host": "web-1"})


def test_a_plugin_is_told_of_every_end_and_of_the_second_way(hub, curious, say):
    hub.bitrix24.faults.fail(status=403, error="ACCESS_DENIED", method=SEND, dialog="17")
    say("curious", "a", to=["user:17", "user:27"])

    assert told(curious) == [("a", "17", "failed"), ("a", "27", "sent"), ("a", "17", "sent")]
    assert "ACCESS_DENIED" in curious.finished[0].reason


def test_a_plugin_is_told_of_nobody_elses_deliveries(hub, curious, say):
    say("other", "a")
    say("echo", "b")

    assert curious.finished == []
    assert told(hub.app.registry.instance("other").plugin) == [("a", "1", "sent")]


def test_a_plugin_that_fails_is_told_on_and_stops_nobody(hub, curious, say):
    def fail(delivery):
        curious.ctx.store.set("seen", delivery.key)
        raise ValueError("boom")

    curious.in_finished = fail
    say("curious", "a")
    say("curious", "b")
    say("other", "c")

    assert [key for key, _, _ in told(curious)] == ["a", "b"]
    assert told(hub.app.registry.instance("other").plugin) == [("c", "1", "sent")]
    assert curious.ctx.store.get("seen") is None


def test_what_is_stored_there_is_committed_with_having_been_told(hub, curious, say):
    """Or a hub that dies in between would let a plugin count the same delivery twice."""
    during = []

    def count(delivery):
        curious.ctx.store.set("count", 1)
        during.append(hub.app.plugin_data.get("curious", "count"))

    curious.in_finished = count
    say("curious", "a")

    assert (during, curious.ctx.store.get("count")) == ([None], 1)


def test_a_delivery_that_is_revived_is_told_again(hub, curious, say):
    hub.bitrix24.faults.fail(status=403, error="ACCESS_DENIED", method=SEND, dialog="17")
    say("curious", "a", to=["user:17"])
    hub.bitrix24.faults.clear()
    hub.app.outbox.revive(curious.finished[0].id)
    hub.settle()

    assert told(curious)[-1] == ("a", "17", "sent")


@pytest.mark.every_backend
def test_what_ended_before_a_restart_is_told_after_it(run_hub, tmp_path):
    plugins = [InstalledPlugin("curious", CuriousPlugin)]
    with run_hub(plugins=plugins, folder=tmp_path) as hub:
        hub.app.tell.tell = lambda: None
        hub.receive("curious", {"key": "a"}, headers=TOKEN)
    with run_hub(plugins=plugins, folder=tmp_path) as hub:
        hub.settle()

        assert told(hub.app.registry.instance("curious").plugin) == [("a", "1", "sent")]
