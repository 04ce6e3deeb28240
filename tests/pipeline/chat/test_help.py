"""What people can type, and what they hear when they typed something else."""

from __future__ import annotations

import pytest
from pipeline.chat.conftest import Say

from hub.testing import HubHarness


def test_help_lists_one_line_for_each_command_and_names_the_plugin(say: Say) -> None:
    assert say("/help").splitlines() == [
        "[b]You can type:[/b]",
        "/help (command) — What I can do",
        "/status — Whether messages come",
        "/comment text — Comment on a card",
        "/mute 2h (source) — No new messages for a while",
        "/unmute (source) — New messages come again",
        "/lang en / ru — The language I write in",
        "/id — Your address and this chat's",
        "[b]desk[/b]",
        "/desktickets — List tickets",
        "[b]ops[/b]",
        "/opstickets number — Tickets of operations",
        "/opshelp — Help of operations",
        "/reopen — Open again {now}",
    ]


def test_commands_of_administrators_are_listed_for_them_alone(say: Say) -> None:
    assert "/wipe" not in say("/help")
    assert "/wipe — Wipe all" in say("/help", user=1)
    assert say("/help wipe") == "I do not know /wipe. /help lists what I know."
    assert say("/help wipe", user=1).splitlines() == [
        "/wipe — Wipe all",
        "It belongs to ops.",
        "Only administrators of the hub may use it.",
    ]


def test_only_administrators_can_type_what_is_for_them(say: Say) -> None:
    assert say("/wipe now") == "Only administrators of the hub may do that."
    assert say("/wipe now", user=1) == "ops got 'now'"


def test_help_speaks_the_language_that_was_chosen(say: Say) -> None:
    say("/lang ru")

    assert "/mute 2h (источник) — Отключить новые сообщения на время" in say("/help")
    assert "/mute 2h (source)" in say("/help", user=1)


@pytest.mark.parametrize("typed", ["/opsHelp x", "/re-open x", "/reopen x", "/RE-OPEN x"])
def test_commands_that_share_a_name_have_their_plugin_in_front_and_hyphens_do_not_count(
    say: Say, typed: str
) -> None:
    assert say(typed) == "ops got 'x'"


def test_the_hub_keeps_its_own_names(say: Say) -> None:
    assert say("/help id") == "/id — Your address and this chat's"
    assert say("/tickets").startswith("I do not know /tickets. Did you mean /")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/hlep", "I do not know /hlep. Did you mean /help? /help lists what I know."),
        ("/справка", "I do not know /справка. /help lists what I know."),
        ("/help [b]x[/b]", "I do not know /［b］x［/b］. /help lists what I know."),
        (f"/help {'x' * 10_000}", f"I do not know /{'x' * 40}…. /help lists what I know."),
        ("/help /id\nsecond line", "/id — Your address and this chat's"),
    ],
    ids=["near", "russian", "markup", "long", "lines"],
)
def test_what_nobody_knows_is_said_to_be_unknown(say: Say, typed: str, answer: str) -> None:
    assert say(typed) == answer


def test_an_unknown_command_in_a_group_is_answered_where_the_bot_is_spoken_to(
    hub: HubHarness, say: Say, group: str
) -> None:
    bot = hub.app.bot.identity().id

    assert say(f"[user={bot}]Bot[/user] /hlep", dialog=group).startswith("I do not know /hlep.")


def test_plain_text_is_answered_by_a_short_hint(say: Say) -> None:
    assert say("thank you") == "I only understand commands; /help lists them."


def test_talk_in_a_group_is_left_alone(hub: HubHarness, group: str) -> None:
    hub.say(27, "thank you", dialog=group)

    assert [message.text for message in hub.shown(group)] == ["thank you"]
