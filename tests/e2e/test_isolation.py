"""Broken plugins beside a good one: the good one's events flow at once, and each of the others says what is wrong."""

import threading
import time
from datetime import timedelta

import pytest
from echo import TOKEN, EchoPlugin
from pydantic import Field, SecretStr

from hub.plugin import Plugin, PluginSettings, Receipt, Source, hookimpl
from hub.testing import InstalledPlugin

SHORT = timedelta(milliseconds=100)
FOR_EVER = threading.Event()


class Unimportable(InstalledPlugin):
    """An installed plugin whose module cannot be imported."""

    def load(self):
        raise ModuleNotFoundError("No module named 'zabbix_utils'")


class StrictSettings(PluginSettings):
    token: SecretStr = Field(description="Needed.")
    port: int = Field(1, description="A number.")


class StrictPlugin(Plugin[StrictSettings]):
    """Cannot work with the settings it is given."""

    api_version = "1.0"
    settings_model = StrictSettings


class NewerPlugin(Plugin[PluginSettings]):
    """Made for a hub that does not exist yet."""

    api_version = "2.0"


class BasePlugin(Plugin[PluginSettings]):
    """Has a source, and a part in everything; what it does there is up to ``act``."""

    api_version = "1.0"

    def act(self, *arguments):
        raise NotImplementedError

    @hookimpl
    def sources(self):
        yield Source(
            verify=lambda request: None,
            accept=lambda request: Receipt(),
            parse=self.act,
            notify=self.act,
            inline=False,
        )

    @hookimpl
    def startup(self):
        self.act()

    @hookimpl
    def shutdown(self):
        self.act()

    @hookimpl(tryfirst=True)
    def edit_notification(self, notification):
        self.act()

    @hookimpl
    def delivery_finished(self, delivery):
        self.act()


class RaisingPlugin(BasePlugin):
    """Raises wherever it is called."""

    def act(self, *arguments):
        raise SystemExit("I quit")


class SleepingPlugin(BasePlugin):
    """Sleeps for ever wherever it is called."""

    def act(self, *arguments):
        FOR_EVER.wait()


class MisspeltPlugin(Plugin[PluginSettings]):
    """Has a hook that nobody will ever call."""

    api_version = "1.0"

    @hookimpl
    def edit_notifications(self, notification):
        return notification


class UnmarkedPlugin(Plugin[PluginSettings]):
    """Overrides a hook without saying so."""

    api_version = "1.0"

    def edit_notification(self, notification):
        return notification


@pytest.fixture(scope="module")
def lasting_plugins():
    return [
        Unimportable("unimportable", Plugin),
        InstalledPlugin("strict", StrictPlugin),
        InstalledPlugin("newer", NewerPlugin),
        InstalledPlugin("raising", RaisingPlugin),
        InstalledPlugin("sleeping", SleepingPlugin),
        InstalledPlugin("misspelt", MisspeltPlugin),
        InstalledPlugin("unmarked", UnmarkedPlugin),
        InstalledPlugin("echo", EchoPlugin),
    ]


@pytest.fixture(scope="module")
def lasting_settings():
    short = dict.fromkeys(("startup", "shutdown", "edit_notification", "delivery_finished"), SHORT)
    return {"plugins": {"strict": {"port": "many"}, "sleeping": {"budgets": short}}}


@pytest.fixture(scope="module", autouse=True)
def awake(module_hub):
    """Let the sleepers go before the hub stops, which would wait for them a little."""
    yield
    FOR_EVER.set()


@pytest.fixture
def hub(lasting_hub):
    return lasting_hub


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        (
            "unimportable",
            "broken",
            "cannot be imported: raised ModuleNotFoundError: No module named 'zabbix_utils'",
        ),
        ("strict", "misconfigured", "plugins.strict.token"),
        ("newer", "incompatible", "2.0"),
        ("raising", "failing", "startup raised SystemExit: I quit"),
        ("sleeping", "failing", "startup"),
        ("misspelt", "broken", "edit_notifications"),
        ("unmarked", "broken", "edit_notification"),
        ("echo", "active", ""),
    ],
)
def test_each_instance_says_what_is_wrong(hub, name, status, reason):
    instance = hub.app.registry.instance(name)

    assert instance.status == status
    assert reason in (instance.reason or "")


@pytest.mark.every_backend
def test_the_good_ones_events_flow_at_once(hub):
    began = time.monotonic()
    for n in range(5):
        assert hub.receive("echo", {"key": f"{n}"}, headers=TOKEN).status_code == 200
    took = time.monotonic() - began

    assert [card.text for card in hub.shown("1")] == [f"[b]{n}[/b]" for n in range(5)]
    assert took < 20  # the others sleep for ever


def test_it_is_known_who_was_not_asked(hub):
    hub.receive("echo", {"key": "a"}, headers=TOKEN)

    assert hub.notifications[0].decision["edits"] == [
        "raising skipped the plugin is failing",
        "sleeping skipped the plugin is failing",
    ]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("unimportable", 503),
        ("strict", 503),
        ("newer", 503),
        ("misspelt", 503),
        ("raising", 200),
        ("sleeping", 200),
    ],
)
def test_senders_of_the_others_keep_what_they_have_unless_it_can_wait_here(hub, name, status):
    assert hub.receive(name, b"x").status_code == status


def test_the_hub_is_ready_all_the_same(hub):
    assert hub.client.get("/health/ready").status_code == 200
