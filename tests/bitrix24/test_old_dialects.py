"""Messages in the words of ``imbot.message.*`` and ``im.message.*``."""

import pytest

from hub.bitrix24 import BotAsUser, BotV1, BotV2, OutgoingMessage
from hub.bitrix24.errors import OutcomeUnknown

BUTTON = {"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "a1"}
BLOCKS = [{"MESSAGE": "[b]Deal[/b]"}]
CARD = OutgoingMessage(text="Deal", attach=BLOCKS, keyboard=[BUTTON])

BOT = BotV1("456", token="t0ken", client_id="notify_bot")
USER = BotAsUser("456", client_id="notify_bot")
OLD = pytest.mark.parametrize(
    ("bot", "family", "owner"),
    [(BOT, "imbot", {"BOT_ID": 456, "CLIENT_ID": "t0ken"}), (USER, "im", {})],
    ids=["v1", "user"],
)


@OLD
def test_a_card_is_sent_with_everything_it_has(bot, family, owner):
    call = bot.send("u27", CARD, "key")

    assert call.method == f"{family}.message.add"
    assert call.params == {
        **owner,
        "DIALOG_ID": "27",
        "MESSAGE": "Deal",
        "URL_PREVIEW": "N",
        "ATTACH": BLOCKS,
        "KEYBOARD": {"BOT_ID": 456, "BUTTONS": [BUTTON]},
    }


@OLD
def test_an_update_replaces_the_whole_message(bot, family, owner):
    call = bot.update("84330", OutgoingMessage(text="Won"))

    assert call.method == f"{family}.message.update"
    assert call.params == {
        **owner,
        "MESSAGE_ID": 84330,
        "MESSAGE": "Won",
        "URL_PREVIEW": "N",
        "ATTACH": "N",
        "KEYBOARD": "N",
    }


@OLD
def test_changed_buttons_still_find_the_bot(bot, family, owner):
    assert bot.update("84330", CARD).params["KEYBOARD"] == {"BOT_ID": 456, "BUTTONS": [BUTTON]}


@OLD
def test_a_bare_message_has_neither_card_nor_buttons(bot, family, owner):
    params = bot.send("chat5", OutgoingMessage(text="Deal", url_preview=True), "key").params

    assert params == {**owner, "DIALOG_ID": "chat5", "MESSAGE": "Deal", "URL_PREVIEW": "Y"}


def test_an_application_names_no_client():
    bot = BotV1("456", token=None)

    assert "CLIENT_ID" not in bot.send("27", CARD, "key").params
    assert "CLIENT_ID" not in bot.notify("27", "x", "tag").params


@pytest.mark.parametrize("result", [84330, "84330"])
def test_the_message_id_is_read_from_the_result(result):
    assert BOT.message_id(result) == USER.message_id(result) == "84330"


@pytest.mark.parametrize("result", [None, True, False, [], {"id": 1}, 0, "", -1, "id"])
def test_a_result_without_an_id_leaves_the_outcome_unknown(result):
    for bot in (BOT, USER):
        with pytest.raises(OutcomeUnknown):
            bot.message_id(result)


def test_a_notification_is_the_same_in_every_dialect():
    newest = BotV2("456", token="t0ken", client_id="notify_bot")

    assert BOT.notify("27", "x", "n1") == USER.notify("27", "x", "n1") == newest.notify("27", "x", "n1")


def test_only_the_newest_dialect_may_repeat_a_send():
    assert [bot.is_idempotent for bot in (BOT, USER, BotV2("456", token=None))] == [False, False, True]
