"""Events posted to a bot's handler, as the portal writes them."""

import pytest

from hub.sandbox.php import build_query, parse_query


def test_a_click_is_posted_as_a_form_with_the_bots_token(bot, sandbox, posted):
    url, received = posted
    bot.call("Bot.update", fields={"eventMode": "webhook", "webhookUrl": url})
    message_id = bot.send(
        message="x", keyboard=[{"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "take n7"}]
    )
    sandbox.click(27, message_id, "Take")

    _, form = received.get(timeout=60)
    assert form["event"] == "ONIMBOTV2COMMANDADD"
    assert form["auth"]["application_token"] == f"custom{bot.token}"
    assert form["data"]["command"]["params"] == "take n7"
    assert form["data"]["message"]["isSystem"] == "0"
    assert form["data"]["user"]["id"] == "27"
    assert bot.events() == []


def test_a_version_one_bot_gets_version_one_events(webhook, sandbox, posted):
    url, received = posted
    owner = {"CLIENT_ID": "mine"}
    bot = webhook.result("imbot.register", CODE="old", EVENT_HANDLER=url, PROPERTIES={"NAME": "Old"}, **owner)
    command = webhook.result(
        "imbot.command.register", BOT_ID=bot, COMMAND="hub", HIDDEN="Y", EVENT_COMMAND_ADD=url, **owner
    )
    sandbox.say(27, bot, "hello")
    sandbox.say(27, bot, "/hub take n7")
    message_path, message = received.get(timeout=60)
    typed_path, typed = received.get(timeout=60)

    assert message_path == typed_path == "/events?CLIENT_ID=mine"
    assert message["event"] == "ONIMBOTMESSAGEADD"
    assert (message["data"]["PARAMS"]["MESSAGE"], message["data"]["PARAMS"]["DIALOG_ID"]) == ("hello", "27")
    assert typed["event"] == "ONIMCOMMANDADD"
    assert typed["data"]["COMMAND"][str(command)]["COMMAND_PARAMS"] == "take n7"
    assert typed["data"]["USER"]["ID"] == "27"


def test_version_one_takes_mentions_out_of_messages_to_groups(webhook, sandbox, posted):
    url, received = posted
    given = {"CODE": "old", "EVENT_HANDLER": url, "PROPERTIES": {"NAME": "Old"}, "CLIENT_ID": "mine"}
    bot = webhook.result("imbot.register", **given)
    text = f"[USER={bot}]Old[/USER] , status please"
    sandbox.say(27, "chat1157", text)

    params = received.get(timeout=60)[1]["data"]["PARAMS"]
    assert (params["MESSAGE"], params["MESSAGE_ORIGINAL"]) == (", status please", text)
    assert (params["DIALOG_ID"], params["MESSAGE_TYPE"]) == ("chat1157", "C")


def test_forms_are_written_as_php_writes_them():
    written = build_query({"a": {"b": [1, True, None, {}]}, "c": False, "d": []})

    assert parse_query(written) == {"a": {"b": ["1", "1"]}, "c": "0"}


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[x][y]=1&a[x][z]=2", {"a": {"x": {"y": "1", "z": "2"}}}),
        ("a[1]=x", {"a": {"1": "x"}}),
        ("filter[%3EID]=5", {"filter": {">ID": "5"}}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[=1", {"a[": "1"}),
    ],
)
def test_php_keys(query, data):
    assert parse_query(query) == data
