"""Messages in the words of ``imbot.v2``."""

import pytest

from hub.bitrix24 import BotDialect, BotSpec, BotV2, OutgoingMessage, execute, forms
from hub.bitrix24.errors import OutcomeUnknown

BUTTON = {"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "a1"}
BLOCKS = [{"MESSAGE": "[b]Deal[/b]"}]
KEY = "8d6f0f3e-7c1b-4b52-9a55-2f4f6a1b7c90"


@pytest.fixture
def bot() -> BotDialect:
    return BotV2("456", token="t0ken", client_id="notify_bot")


def test_a_card_is_sent_with_everything_it_has(bot):
    call = bot.send("u27", OutgoingMessage(text="Deal", attach=BLOCKS, keyboard=[BUTTON]), KEY)

    assert call.method == "imbot.v2.Chat.Message.send"
    assert call.params == {
        "botId": 456,
        "botToken": "t0ken",
        "dialogId": "27",
        "fields": {
            "message": "Deal",
            "urlPreview": "N",
            "templateId": KEY,
            "attach": BLOCKS,
            "keyboard": {"BOT_ID": 456, "BUTTONS": [BUTTON]},
        },
    }


def test_a_bare_message_has_neither_card_nor_buttons(bot):
    fields = bot.send("chat5", OutgoingMessage(text="Deal", url_preview=True), KEY).params["fields"]

    assert fields == {"message": "Deal", "urlPreview": "Y", "templateId": KEY}


def test_an_update_replaces_card_and_buttons(bot):
    call = bot.update("84330", OutgoingMessage(text="Won", attach=BLOCKS, keyboard=[BUTTON]))

    assert call.method == "imbot.v2.Chat.Message.update"
    assert call.params["messageId"] == 84330
    assert call.params["fields"] == {
        "message": "Won",
        "urlPreview": "N",
        "attach": BLOCKS,
        "keyboard": {"BOT_ID": 456, "BUTTONS": [BUTTON]},
    }


def test_an_update_clears_what_the_message_no_longer_has(bot):
    fields = bot.update("84330", OutgoingMessage(text="Won")).params["fields"]

    assert (fields["attach"], fields["keyboard"]) == ("N", "N")


def test_an_application_sends_no_token():
    bot = BotV2("456", token=None)

    assert "botToken" not in bot.send("27", OutgoingMessage(text="x"), KEY).params
    assert "CLIENT_ID" not in bot.notify("27", "x", "tag").params


@pytest.mark.parametrize("result", [{"id": 84330, "uuidMap": []}, {"id": "84330"}])
def test_the_message_id_is_read_from_the_result(bot, result):
    assert bot.message_id(result) == "84330"


@pytest.mark.parametrize("result", [None, True, [], {}, {"id": 0}, {"id": None}])
def test_a_result_without_an_id_leaves_the_outcome_unknown(bot, result):
    with pytest.raises(OutcomeUnknown):
        bot.message_id(result)


def test_a_notification_carries_its_tag_and_owner(bot):
    call = bot.notify("27", "Deal won", "hub:n1")

    assert call.method == "im.notify.system.add"
    assert call.params == {"USER_ID": 27, "MESSAGE": "Deal won", "TAG": "hub:n1", "CLIENT_ID": "notify_bot"}


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_message_without_text_does_not_exist(text):
    with pytest.raises(ValueError, match="text"):
        OutgoingMessage(text=text, attach=BLOCKS)


def test_no_message_is_made_for_what_is_no_dialog(bot):
    with pytest.raises(ValueError, match="not a dialog"):
        bot.send("everybody", OutgoingMessage(text="x"), KEY)


def test_a_message_is_the_same_alone_and_in_a_batch(client, portal, bot):
    portal.answers["imbot.v2.Chat.Message.send"] = {"id": 1}
    call = bot.send("27", OutgoingMessage(text="&[b]", attach=BLOCKS, keyboard=[BUTTON]), KEY)

    execute(client, [call])
    execute(client, [call, call])

    alone = portal.requests[0][1]
    query = portal.requests[1][1]["cmd"]["c0"].partition("?")[2]
    assert forms.parse(query) == alone | {
        "botId": "456",
        "fields": alone["fields"] | {"keyboard": {"BOT_ID": "456", "BUTTONS": [BUTTON]}},
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("B", "bot"),
        ("H", "bot"),
        ("S", "supervisor"),
        ("O", "openline"),
        ("bot", "bot"),
        ("personal", "personal"),
    ],
)
def test_old_letters_name_types_of_bots(given, expected):
    assert BotSpec(code="c", name="n", type=given).type == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("green", "green"), ("LIGHT_BLUE", "lightBlue"), ("lightBlue", "lightBlue"), ("RED", "red")],
)
def test_colours_are_known_in_every_spelling(given, expected):
    assert BotSpec(code="c", name="n", color=given).color == expected


@pytest.mark.parametrize(
    "changes",
    [{"token": "x" * 41}, {"token": ""}, {"color": "beige"}, {"type": "X"}, {"code": ""}, {"name": ""}],
)
def test_what_a_portal_would_not_take_is_refused_at_once(changes):
    with pytest.raises(ValueError) as caught:
        BotSpec(**{"code": "c", "name": "n"} | changes)

    assert "xxx" not in str(caught.value)
