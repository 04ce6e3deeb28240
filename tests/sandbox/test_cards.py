"""Keyboards and cards: what is kept, silently dropped, refused."""

import json

import pytest

TAKE = {"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "take n7"}
LATER = {"TEXT": "Later", "COMMAND": "hub"}
NEWLINE = {"TYPE": "NEWLINE"}


@pytest.mark.parametrize(
    "keyboard",
    [
        [TAKE, NEWLINE, LATER],
        {"BUTTONS": [TAKE, NEWLINE, LATER]},
        json.dumps([TAKE, NEWLINE, LATER]),
        json.dumps({"BOT_ID": 456, "BUTTONS": [TAKE, NEWLINE, LATER]}),
    ],
    ids=["list", "map", "list-as-text", "map-as-text"],
)
def test_all_documented_forms_of_a_keyboard_are_the_same(bot, sandbox, keyboard):
    bot.send(message="x", keyboard=keyboard)

    [message] = sandbox.shown("27")
    assert message.buttons == ["Take", "Later"]
    assert [button["BOT_ID"] for button in message.keyboard if "TEXT" in button] == [bot.id, bot.id]


@pytest.mark.parametrize(
    "keyboard",
    [
        [[TAKE, LATER]],
        {"BUTTONS": [[TAKE], [LATER]]},
        [{"COMMAND": "hub"}],
        [{"TEXT": "Take"}],
        [{"TEXT": "Take", "PARAMS": "x"}],
        [{"TEXT": "x", "LINK": "javascript:alert(1)"}],
        [{"TEXT": "x", "LINK": "example.org"}],
        [{"TEXT": "x", "ACTION": "EXPLODE"}],
        [NEWLINE],
        "not json",
        {"TEXT": "Take", "COMMAND": "hub"},
    ],
    ids=[
        "nested",
        "nested-in-map",
        "no-text",
        "no-action",
        "params-only",
        "script-link",
        "bare-host",
        "unknown-action",
        "only-newline",
        "broken-text",
        "single-button",
    ],
)
def test_a_keyboard_without_a_valid_button_is_refused(bot, keyboard):
    assert bot.send_refusal(message="x", keyboard=keyboard) == (400, "KEYBOARD_ERROR")


def test_invalid_buttons_are_dropped_in_silence_and_noted(bot, sandbox):
    bot.send(message="x", keyboard=[TAKE, {"COMMAND": "hub"}, [LATER]])

    assert sandbox.shown("27")[0].buttons == ["Take"]
    assert len(sandbox.warnings()) == 2


def test_of_several_actions_the_link_wins(bot, sandbox):
    bot.send(message="x", keyboard=[{**TAKE, "LINK": "/crm/deal/details/1201/"}])

    [button] = sandbox.shown("27")[0].keyboard
    assert "COMMAND" not in button
    assert button["LINK"] == "/crm/deal/details/1201/"


def test_a_leading_slash_of_a_command_is_stripped(bot, sandbox):
    bot.send(message="x", keyboard=[{"TEXT": "Take", "COMMAND": "/hub"}])

    assert sandbox.shown("27")[0].keyboard[0]["COMMAND"] == "hub"


def test_an_enormous_keyboard_is_refused(bot):
    keyboard = [{"TEXT": "x" * 1000, "COMMAND": "hub"} for _ in range(60)]

    assert bot.send_refusal(message="x", keyboard=keyboard) == (400, "KEYBOARD_OVERSIZE")


BLOCKS = [
    {"MESSAGE": "[b]text[/b]"},
    {"LINK": {"NAME": "Deal", "LINK": "/crm/deal/details/1201/"}},
    {"USER": {"NAME": "Вера", "USER_ID": 27}},
    {"GRID": [{"DISPLAY": "ROW", "NAME": "Amount", "VALUE": "1"}]},
    {"DELIMITER": {"SIZE": 200}},
    {"IMAGE": {"LINK": "https://example.org/x.png"}},
]


@pytest.mark.parametrize(
    "attach",
    [BLOCKS, {"COLOR_TOKEN": "alert", "BLOCKS": BLOCKS}, json.dumps(BLOCKS)],
    ids=["short", "full", "text"],
)
def test_all_documented_forms_of_a_card_are_the_same(bot, sandbox, attach):
    bot.send(message="x", attach=attach)

    assert sandbox.shown("27")[0].attach["BLOCKS"] == BLOCKS
    assert sandbox.warnings() == []


@pytest.mark.parametrize(
    "attach",
    [
        {"TITLE": "x", "DESCRIPTION": "y", "COLOR": "#fff", "LINK": "/x"},
        {"BLOCKS": []},
        [{"MESSAGE": "x", "DELIMITER": {}}],
        [{"LINK": {"NAME": "x"}}],
        [{"LINK": {"NAME": "x", "LINK": "javascript:alert(1)"}}],
        [{"USER": {"USER_ID": 27}}],
        [{"GRID": [{"NAME": "x", "VALUE": "y"}]}],
        [{"GRID": [{"DISPLAY": "COLUMNS", "NAME": "x", "VALUE": "y"}]}],
        [{"BUTTON": {}}],
        ["text"],
        "not json",
    ],
    ids=[
        "no-blocks",
        "empty-blocks",
        "two-keys-in-a-block",
        "link-without-link",
        "script-link",
        "user-without-name",
        "grid-without-display",
        "unknown-display",
        "unknown-block",
        "text-block",
        "broken-text",
    ],
)
def test_a_card_without_a_valid_block_is_refused(bot, attach):
    assert bot.send_refusal(message="x", attach=attach) == (400, "ATTACH_ERROR")


def test_old_grid_displays_become_new_ones(bot, sandbox):
    bot.send(attach=[{"GRID": [{"DISPLAY": "COLUMN", "NAME": "x", "VALUE": "y"}]}])

    assert sandbox.shown("27")[0].attach["BLOCKS"][0]["GRID"][0]["DISPLAY"] == "ROW"


def test_an_enormous_card_is_refused(bot):
    assert bot.send_refusal(attach=[{"MESSAGE": "x" * 60_000}]) == (400, "ATTACH_OVERSIZE")
