"""``hub plugins list|show|check``."""

from datetime import UTC, datetime

import pytest

from cli.greeter import Greeter, Installed
from hub.plugin import Plugin, PluginSettings
from hub.storage.tables import PluginCounter


class FromTheFuture(Plugin[PluginSettings]):
    api_version = "9.0"


GREETER = Installed("greeter", Greeter)
TROUBLED = [
    GREETER,
    Installed("broken", ImportError("no module named acme")),
    Installed("future", FromTheFuture),
    Installed("twice", Greeter),
    Installed("twice", Greeter),
]


@pytest.fixture
def running(config):
    """Write as a running hub does."""
    from hub.app import Hub
    from hub.cli.session import Session

    hub = Hub(Session().settings(), plugins=[])
    yield hub
    hub.close()


def test_the_list_has_the_keys_that_programs_rely_on(hub_json, config):
    config('[plugins.greeter]\ntoken = "t"\n')

    (row,) = [row for row in hub_json("plugins", "list", plugins=[GREETER]) if row["name"] == "greeter"]

    assert row == {
        "name": "greeter",
        "distribution": "",
        "version": "",
        "api_version": "1.0",
        "status": "active",
        "reason": "",
        "provides": {
            "sources": ["/in/greeter"],
            "portal_sources": [],
            "resolvers": [],
            "commands": [],
            "jobs": ["morning"],
        },
    }


def test_the_list_is_fine_whatever_the_plugins_are(hub, hub_json, config):
    config('[plugins.off]\nuse = "greeter"\nenabled = false\n[plugins.gone]\nuse = "nobody"\n')

    rows = hub_json("plugins", "list", plugins=TROUBLED)

    assert {row["name"]: row["status"] for row in rows if row["distribution"] != "bitrix24-hub"} == {
        "greeter": "misconfigured",
        "broken": "broken",
        "future": "incompatible",
        "twice": "conflict",
        "off": "disabled",
        "gone": "misconfigured",
    }
    assert hub("plugins", "list", plugins=TROUBLED).exit_code == 0


def test_the_list_shows_what_fails_in_the_running_hub(hub_json, config, running):
    config('[plugins.greeter]\ntoken = "t"\n')
    running.plugin_statuses.tell("greeter", "failing", "notify raised KeyError", datetime.now(UTC))

    (row,) = [row for row in hub_json("plugins", "list", plugins=[GREETER]) if row["name"] == "greeter"]

    assert (row["status"], row["reason"]) == ("failing", "notify raised KeyError")


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        pytest.param('[plugins.greeter]\ntoken = "t"\n', 0, id="active"),
        pytest.param("[plugins.greeter]\nenabled = false\n", 0, id="switched off"),
        pytest.param("", 1, id="misconfigured"),
    ],
)
def test_check_says_no_when_a_plugin_does_not_work(hub, config, settings, code):
    config(settings)

    assert hub("plugins", "check", plugins=[GREETER]).exit_code == code


def test_show_tells_settings_without_secrets_and_how_the_hooks_fare(hub, config, running):
    config('[plugins.greeter]\ntoken = "hunter2"\nname = "Ann"\n')
    running.plugin_stats.add(
        [PluginCounter(instance="greeter", hook="parse", calls=7, failures=2, last_error="raised KeyError")]
    )

    shown = hub("plugins", "show", "greeter", plugins=[GREETER]).stdout

    assert 'token = "***"  # file' in shown
    assert 'name = "Ann"  # file' in shown
    assert "raised KeyError" in shown
    assert "hunter2" not in shown


def test_show_says_what_is_missing(hub_json, config):
    details = hub_json("plugins", "show", "greeter", plugins=[GREETER])

    assert (details["status"], "plugins.greeter.token" in details["reason"]) == ("misconfigured", True)


def test_show_of_an_unknown_plugin_says_no(hub, config):
    assert hub("plugins", "show", "nobody").exit_code == 1


def test_looking_at_plugins_needs_no_portal(hub, config):
    config('[plugins.greeter]\ntoken = "t"\n')  # the webhook of these settings leads nowhere

    assert hub("plugins", "list", plugins=[GREETER]).exit_code == 0


@pytest.mark.parametrize(
    "command", [("plugins", "check"), ("jobs", "list"), ("config", "check")], ids=" ".join
)
def test_a_broken_plugin_is_a_line_of_the_log_and_no_traceback(start, config, installed, command):
    program = start(*command, PYTHONPATH=installed("lost", "raise RuntimeError('no acme')", "lost:Lost"))
    program.ended()

    assert "Traceback" not in program.said()
    assert "in <module>" not in program.said()
    assert sum("no acme" in line for line in program.errors) == 1


def test_show_keeps_the_reason_of_a_broken_plugin(hub, config):
    shown = hub("plugins", "show", "broken", plugins=TROUBLED).stdout

    assert "cannot be imported: raised ImportError: no module named acme" in shown
