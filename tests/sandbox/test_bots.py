"""Bots and their commands: ownership, registration, events."""

import pytest


def test_registering_again_returns_the_bot_unchanged(webhook, bot):
    again = webhook.result(
        "imbot.v2.Bot.register",
        fields={"code": "hub", "botToken": bot.token, "properties": {"name": "Other"}},
    )

    assert again["bot"]["id"] == bot.id
    assert again["users"][0]["name"] == "Hub"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"code": "b", "properties": {"name": "B"}}, "BOT_TOKEN_NOT_SPECIFIED"),
        ({"code": "b", "botToken": "x" * 41, "properties": {"name": "B"}}, "BOT_TOKEN_INVALID_LENGTH"),
        ({"botToken": "t", "properties": {"name": "B"}}, "BOT_CODE_REQUIRED"),
        ({"code": "b", "botToken": "t", "name": "B"}, "BOT_PROPERTIES_REQUIRED"),
        ({"code": "hub", "botToken": "t", "properties": {"name": "B"}}, "BOT_CODE_ALREADY_TAKEN"),
        ({"code": "b", "botToken": "t", "properties": {"name": "B"}, "type": "B"}, "BOT_INVALID_TYPE"),
        (
            {"code": "b", "botToken": "t", "properties": {"name": "B"}, "eventMode": "webhook"},
            "BOT_WEBHOOK_URL_REQUIRED",
        ),
    ],
)
def test_registration_is_refused(webhook, bot, fields, error):
    assert webhook.refusal("imbot.v2.Bot.register", fields=fields)[1] == error


def test_a_name_at_the_top_level_is_ignored(webhook, bot, sandbox):
    webhook.refusal("imbot.v2.Bot.register", fields={"code": "b", "botToken": "t", "name": "B"})

    assert sandbox.warnings() == ["imbot.v2.Bot.register: parameter fields.name is not known and was ignored"]


@pytest.mark.parametrize(
    ("credentials", "refusal"),
    [
        ({}, (400, "BOT_TOKEN_NOT_SPECIFIED")),
        ({"botToken": "other"}, (403, "BOT_OWNERSHIP_ERROR")),
        ({"botToken": "bot-token", "botId": 9999}, (400, "BOT_NOT_FOUND")),
    ],
)
def test_a_bot_belongs_to_its_token(webhook, bot, credentials, refusal):
    given = {"botId": bot.id, "dialogId": "27", "fields": {"message": "x"}, **credentials}

    assert webhook.refusal("imbot.v2.Chat.Message.send", **given) == refusal


def test_rotating_the_token_ends_the_old_one_at_once(webhook, bot):
    bot.call("Bot.update", fields={"botToken": "new"})

    assert bot.refusal("Command.list") == (403, "BOT_OWNERSHIP_ERROR")
    assert webhook.result("imbot.v2.Command.list", botId=bot.id, botToken="new")["commands"]


def test_update_changes_the_name_and_keeps_the_rest(webhook, bot):
    bot.call("Bot.update", fields={"properties": {"name": "Robin"}})

    shown = webhook.result("imbot.v2.Bot.get", code="hub", botToken=bot.token)
    assert (shown["users"][0]["name"], shown["bot"]["eventMode"]) == ("Robin", "fetch")


def test_strangers_see_the_short_form_of_a_bot(webhook, bot):
    shown = webhook.result("imbot.v2.Bot.get", botId=bot.id, botToken="other")

    assert shown["bot"] == {"id": bot.id, "code": "hub", "type": "bot"}


def test_unregistering_removes_commands_and_memberships(webhook, bot, sandbox):
    bot.call("Bot.unregister")

    assert webhook.refusal("imbot.v2.Bot.get", code="hub", botToken=bot.token) == (400, "BOT_NOT_FOUND")
    assert sandbox.calls()[-1].error == "BOT_NOT_FOUND"


def test_registering_a_command_again_does_not_change_it(bot):
    again = bot.call("Command.register", fields={"command": "hub", "title": {"en": "x"}})["command"]

    assert again == {
        "id": bot.command_id,
        "botId": bot.id,
        "command": "/hub",
        "common": False,
        "hidden": True,
        "extranetSupport": False,
    }


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"hidden": True}, "COMMAND_REQUIRED"),
        ({"command": "на", "hidden": True}, "COMMAND_NAME_INVALID"),
        ({"command": "help"}, "COMMAND_TITLE_REQUIRED"),
    ],
)
def test_a_command_is_refused(bot, fields, error):
    assert bot.refusal("Command.register", fields=fields) == (400, error)


def test_an_update_of_titles_leaves_the_other_languages(bot):
    fields = {"command": "help", "title": {"ru": "Помощь", "en": "Help"}, "params": {"ru": "о чём"}}
    command = bot.call("Command.register", fields=fields)["command"]["id"]

    def shown() -> tuple[str, str]:
        command = bot.call("Command.list")["commands"][-1]
        return command["title"], command["params"]

    bot.call("Command.update", commandId=command, fields={"title": {"en": "Show help"}})
    assert shown() == ("Помощь", "о чём")
    bot.call("Command.update", commandId=command, fields={"title": {"ru": None}})
    assert shown() == ("Show help", "")


def test_a_version_one_command_is_registered_once_and_then_updated(webhook, bot):
    owner = {"CLIENT_ID": bot.token}
    given = {"BOT_ID": bot.id, "COMMAND": "help", "EVENT_COMMAND_ADD": "https://hub.example/events", **owner}
    titles = [{"LANGUAGE_ID": "RU", "TITLE": "Помощь"}]

    command = webhook.result("imbot.command.register", **given, LANG=titles)
    assert webhook.result("imbot.command.register", **given, LANG=titles, HIDDEN="Y") == command
    webhook.result(
        "imbot.command.update", COMMAND_ID=command, FIELDS={"LANG": titles[:0], "HIDDEN": "Y"}, **owner
    )

    shown = bot.call("Command.list")["commands"][-1]
    assert (shown["title"], shown["hidden"]) == ("Помощь", True)
    assert (
        webhook.refusal("imbot.command.update", COMMAND_ID=command, FIELDS={}, **owner)[1] == "WRONG_REQUEST"
    )
    assert (
        webhook.refusal("imbot.command.register", **given | {"COMMAND": "a-b"}, LANG=titles)[1]
        == "COMMAND_ERROR"
    )


def test_version_one_returns_a_bot_by_its_code_whoever_owns_it(webhook, bot):
    given = {"CODE": "hub", "EVENT_HANDLER": "https://hub.example/events", "CLIENT_ID": "another"}

    assert webhook.result("imbot.register", **given, PROPERTIES={"NAME": "Hub"}) == bot.id
    refusal = webhook.refusal("imbot.update", BOT_ID=bot.id, CLIENT_ID="another", FIELDS={"CODE": "x"})
    assert refusal == (400, "APP_ID_ERROR")


def test_polled_events_stay_until_they_are_confirmed(bot, sandbox):
    sandbox.say(27, bot.id, "one")
    sandbox.say(27, bot.id, "two")

    first = bot.call("Event.get", limit=1)
    again = bot.call("Event.get")
    confirmed = bot.call("Event.get", offset=again["nextOffset"])

    assert (first["hasMore"], len(again["events"])) == (True, 2)
    assert confirmed == {"events": [], "nextOffset": again["nextOffset"], "hasMore": False}


def test_an_event_waits_for_a_day(bot, sandbox):
    sandbox.say(27, bot.id, "one")
    sandbox.clock.advance(24 * 3600 + 1)

    assert bot.events() == []


def test_in_a_group_a_bot_hears_what_mentions_it(bot, sandbox):
    sandbox.say(27, "chat1157", "nobody in particular")
    sandbox.say(27, "chat1157", f"[USER={bot.id}]Hub[/USER] status")

    [event] = bot.events()
    assert event["data"]["message"]["text"].endswith("status")
    assert event["data"]["chat"]["dialogId"] == "chat1157"


def test_a_supervisor_hears_everything_in_its_chats(webhook, sandbox):
    webhook.result(
        "imbot.v2.Bot.register",
        fields={"code": "s", "botToken": "t", "type": "supervisor", "properties": {"name": "S"}},
    )
    message = sandbox.say(27, "chat1157", "nobody in particular")

    events = webhook.result("imbot.v2.Event.get", botId=456, botToken="t")["events"]
    assert [event["data"]["message"]["id"] for event in events] == [message.id]


def test_a_typed_command_is_a_command_event(bot, sandbox):
    sandbox.say(27, bot.id, "/hub take n7")

    [event] = bot.events()
    assert event["type"] == "ONIMBOTV2COMMANDADD"
    assert event["data"]["command"] == {
        "id": bot.command_id,
        "command": "/hub",
        "params": "take n7",
        "context": "textarea",
    }


def test_being_invited_to_a_group_is_an_event(bot, sandbox, webhook):
    chat = webhook.result("im.chat.add", TITLE="New", USERS=[27])
    webhook.result("im.chat.user.add", CHAT_ID=chat, USERS=[bot.id])

    [event] = bot.events()
    assert (event["type"], event["data"]["dialogId"]) == ("ONIMBOTV2JOINCHAT", f"chat{chat}")


def test_version_one_bots_need_a_client_id_in_every_call(webhook):
    bot = webhook.result(
        "imbot.register",
        CODE="old",
        EVENT_HANDLER="https://hub.example/events",
        CLIENT_ID="mine",
        PROPERTIES={"NAME": "Old"},
    )

    assert webhook.refusal("imbot.message.add", BOT_ID=bot, DIALOG_ID="27", MESSAGE="x") == (
        403,
        "ACCESS_DENIED",
    )
    assert webhook.result("imbot.message.add", BOT_ID=bot, DIALOG_ID="27", MESSAGE="x", CLIENT_ID="mine") > 0
    assert webhook.result("imbot.bot.list", CLIENT_ID="mine")[str(bot)]["CODE"] == "old"
    assert webhook.result("imbot.bot.list", CLIENT_ID="other") == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"EVENT_HANDLER": None}, "EVENT_MESSAGE_ADD_ERROR"),
        ({"PROPERTIES": {}, "NAME": "top level"}, "NAME_ERROR"),
        ({"CODE": None}, "CODE_ERROR"),
    ],
)
def test_a_version_one_registration_is_refused(webhook, changes, error):
    given = {
        "CODE": "old",
        "EVENT_HANDLER": "https://hub.example/events",
        "CLIENT_ID": "mine",
        "PROPERTIES": {"NAME": "Old"},
        **changes,
    }

    assert webhook.refusal("imbot.register", **given) == (400, error)
