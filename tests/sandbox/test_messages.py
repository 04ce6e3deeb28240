"""Sending, editing and deleting messages."""

import pytest

TEXT_LIMIT = 20_000


def test_a_private_dialog_opens_with_the_first_message(bot, sandbox):
    message_id = bot.send("27", message="[b]Сделка[/b] выиграна")

    [message] = sandbox.shown("27")
    assert (message.id, message.author_id, message.text) == (message_id, bot.id, "[b]Сделка[/b] выиграна")


@pytest.mark.parametrize(
    "dialog",
    ["u27", "user27", "chat1160", "1157", "chat9999", "41", "sg5", ""],
    ids=[
        "u27",
        "user27",
        "not-a-member",
        "chat-without-prefix",
        "no-such-chat",
        "inactive",
        "workgroup",
        "empty",
    ],
)
def test_dialogs_out_of_reach_are_refused(bot, dialog):
    assert bot.send_refusal(dialog, message="x")[1] in {"ACCESS_DENIED", "100"}


def test_a_bot_speaks_in_groups_it_is_in(bot, sandbox):
    bot.send("chat1157", message="to all")

    assert [message.text for message in sandbox.shown("chat1157")] == ["to all"]


def test_line_breaks_are_stored_as_such_and_the_ends_trimmed(bot, sandbox):
    bot.send(message="  one[BR]two#BR#three  ")

    assert sandbox.shown("27")[0].text == "one\ntwo\nthree"


def test_a_long_message_is_cut(bot, sandbox):
    bot.send(message="x" * (TEXT_LIMIT + 1))

    assert sandbox.shown("27")[0].text == "x" * TEXT_LIMIT + " (...)"


@pytest.mark.parametrize("fields", [{"message": ""}, {"message": "   "}, {}, {"message": "[br]"}])
def test_an_empty_message_is_refused(bot, fields):
    assert bot.refusal("Chat.Message.send", dialogId="27", fields=fields) == (400, "EMPTY_MESSAGE")


def test_a_card_alone_is_a_message(bot, sandbox):
    bot.send(attach=[{"MESSAGE": "card"}])

    assert sandbox.shown("27")[0].attach["BLOCKS"] == [{"MESSAGE": "card"}]


def test_an_edit_changes_only_what_it_names(bot, sandbox):
    message_id = bot.send(message="one", keyboard=[{"TEXT": "Take", "COMMAND": "hub"}])
    bot.call("Chat.Message.update", messageId=message_id, fields={"message": "two"})

    [message] = sandbox.shown("27")
    assert (message.text, message.buttons, message.edited) == ("two", ["Take"], True)


@pytest.mark.parametrize("empty", ["N", "", []])
def test_an_edit_removes_the_keyboard(bot, sandbox, empty):
    message_id = bot.send(message="one", keyboard=[{"TEXT": "Take", "COMMAND": "hub"}])
    bot.call("Chat.Message.update", messageId=message_id, fields={"keyboard": empty})

    assert sandbox.shown("27")[0].buttons == []


def test_only_own_messages_can_be_edited(bot, sandbox):
    message = sandbox.say(27, bot.id, "mine")

    assert bot.refusal("Chat.Message.update", messageId=message.id, fields={"message": "x"}) == (
        403,
        "ACCESS_DENIED",
    )


def test_system_messages_cannot_be_edited(bot):
    message_id = bot.send(message="x", system=True)

    assert bot.refusal("Chat.Message.update", messageId=message_id, fields={"message": "y"}) == (
        403,
        "ACCESS_DENIED",
    )


def test_a_message_can_be_edited_for_three_days(bot, sandbox):
    message_id = bot.send()
    sandbox.clock.advance(3 * 86_400 - 60)
    bot.call("Chat.Message.update", messageId=message_id, fields={"message": "in time"})
    sandbox.clock.advance(120)

    refusal = bot.refusal("Chat.Message.update", messageId=message_id, fields={"message": "too late"})
    assert refusal == (403, "CANT_EDIT_MESSAGE")


def test_a_deleted_message_is_no_longer_shown(bot, sandbox):
    message_id = bot.send()
    bot.call("Chat.Message.delete", messageId=message_id)

    assert sandbox.shown("27") == []
    assert (
        bot.refusal("Chat.Message.update", messageId=message_id, fields={"message": "x"})[1]
        == "CANT_EDIT_MESSAGE"
    )


def test_parameters_are_case_sensitive_in_version_two(bot, sandbox):
    bot.refusal("Chat.Message.send", dialogid="27", fields={"message": "x"})

    assert "dialogid is not known" in sandbox.warnings()[0]


@pytest.mark.parametrize("dialog", ["u27", "user27", ""])
def test_version_one_refuses_unknown_forms_of_dialog(webhook, dialog):
    assert webhook.refusal("im.message.add", DIALOG_ID=dialog, MESSAGE="x") == (400, "DIALOG_ID_EMPTY")


def test_emptying_a_version_one_message_deletes_it(webhook, sandbox):
    message_id = webhook.result("im.message.add", DIALOG_ID="27", MESSAGE="x")
    webhook.result("im.message.update", MESSAGE_ID=message_id, MESSAGE="")

    assert sandbox.messages()[-1].deleted


def test_answering_a_command_gives_no_message_id(bot, sandbox):
    asked = sandbox.say(27, bot.id, "/hub help")
    answer = bot.call(
        "Command.answer",
        commandId=bot.command_id,
        messageId=asked.id,
        dialogId="27",
        fields={"message": "here"},
    )

    assert answer == {"result": True}
    assert sandbox.shown("27")[-1].text == "here"


def test_in_a_foreign_chat_a_command_is_answered_by_the_system(bot, sandbox):
    bot.call("Command.update", commandId=bot.command_id, fields={"common": True})
    asked = sandbox.say(17, "chat1160", "/hub help")
    bot.call(
        "Command.answer",
        commandId=bot.command_id,
        messageId=asked.id,
        dialogId="chat1160",
        fields={"message": "here"},
    )

    assert (sandbox.shown("chat1160")[-1].author_id, len(bot.events())) == (0, 1)
