"""``hub chat``: group chats at the portal."""

import pytest

from cli.greeter import SETTINGS
from hub.sandbox import Sandbox


@pytest.fixture
def portal(folder):
    """An emulated portal, and settings that lead to it."""
    with Sandbox.running() as sandbox:
        text = SETTINGS.replace("http://127.0.0.1:9/rest/1/portal-secret/", sandbox.webhook_url)
        (folder / "hub.toml").write_text(f"{text}[chats.ops]\ntitle = 'Ops'\nusers = ['user:17']\n")
        yield sandbox


@pytest.mark.parametrize("sender", ["bot", "user"])
def test_a_chat_is_opened_with_people_and_more_are_taken_in(hub_json, portal, folder, sender):
    settings = (folder / "hub.toml").read_text()
    (folder / "hub.toml").write_text(settings.replace("[bot]\n", f"[bot]\nsender = '{sender}'\n"))

    made = hub_json("chat", "create", "--title", "Outage", "--user", "user:19", "--department", "12")
    more = hub_json("chat", "add-user", made["address"], "--user", "user:17")

    assert (made["address"], made["users"]) == (f"chat:{made['chat']}", ["19", "23", "25"])
    assert more["users"] == ["17"]
    portal.say(17, f"chat{made['chat']}", "I am in")


def test_who_is_not_there_keeps_a_chat_from_being_opened(hub, portal):
    done = hub("chat", "create", "--title", "Outage", "--user", "user:404")

    assert (done.exit_code, "user:404" in done.stderr) == (1, True)
    assert portal.calls("imbot.v2.Chat.add") == []


def test_a_chat_of_the_settings_can_be_adopted_listed_and_forgotten(hub, hub_json, portal):
    number = portal.open_chat("Ops", [17, 1]).removeprefix("chat")
    assert hub_json("chat", "list")[0]["state"] == "not opened yet"

    hub("chat", "adopt", "ops", f"chat:{number}")
    assert hub_json("chat", "list") == [
        {"name": "ops", "title": "Ops", "chat": number, "state": "open", "reason": ""}
    ]

    hub("chat", "forget", "ops")
    assert hub("chat", "forget", "ops").exit_code == 1


def test_a_group_without_members_is_wrong_usage(hub, portal):
    assert hub("chat", "create", "--title", "Nobody").exit_code == 2
