"""``hub bot``: the bot at the portal."""

import pytest

from cli.greeter import SETTINGS
from hub.sandbox import Sandbox


@pytest.fixture
def portal(folder):
    """An emulated portal, and settings that lead to it."""
    with Sandbox.running() as sandbox:
        webhook = sandbox.webhook_url
        (folder / "hub.toml").write_text(
            SETTINGS.replace("http://127.0.0.1:9/rest/1/portal-secret/", webhook)
        )
        yield sandbox


def test_the_bot_is_registered_shown_and_removed(hub, hub_json, portal):
    registered = hub_json("bot", "register")
    shown = hub_json("bot", "show")
    removed = hub_json("bot", "unregister", "--yes")

    assert registered["changes"][0] == "registered"
    assert registered["id"] == shown["id"] == removed["id"]
    assert (shown["code"], shown["changes"]) == ("notify_bot", [])


def test_nobody_gets_a_message_from_that(hub, portal):
    hub("bot", "register")

    assert portal.messages() == []


@pytest.mark.parametrize("command", [("show",), ("unregister", "--yes")], ids=["show", "unregister"])
def test_a_portal_without_the_bot_is_a_no(hub, portal, command):
    assert hub("bot", *command).exit_code == 1


def test_removing_asks_first(hub, hub_json, portal):
    hub("bot", "register")
    hub("bot", "unregister", typed="n\n")

    assert hub_json("bot", "show")["code"] == "notify_bot"


def test_a_portal_that_is_away_is_told_without_the_webhooks_secret(hub, config):
    done = hub("bot", "show")

    assert (done.exit_code, "portal" in done.stderr, "portal-secret" in done.stderr) == (1, True, False)
