"""What a dialog does not want to be told of for a while."""

from __future__ import annotations

from datetime import timedelta

import pytest
from echo import TOKEN
from pipeline.chat.conftest import Say
from sqlalchemy import event, select

from hub.storage.chat_tables import Mute
from hub.testing import HubHarness

UNTIL = "muted by user 27 until "


def tell(hub: HubHarness, key: str, to: str = "user:27", **fields: object) -> tuple[str, str]:
    """Let the echo tell something and return how its last delivery ended."""
    hub.receive("echo", {"key": key, "to": [to], **fields}, headers=TOKEN)
    last = [row for row in hub.deliveries if row.key == key][-1]
    return last.state, last.reason


@pytest.mark.every_backend
def test_new_cards_of_a_muted_dialog_end_with_the_reason(hub: HubHarness, say: Say) -> None:
    say("/mute 2h")
    until = hub.clock.now() + timedelta(hours=2)

    assert tell(hub, "k1") == ("suppressed", f"{UNTIL}{until:%Y-%m-%d %H:%M} UTC")
    assert tell(hub, "k2", to="user:1") == ("sent", "")
    (delivery,) = [row for row in hub.deliveries if row.key == "k1"]
    story = hub.app.trace.of(delivery.id)
    assert story is not None
    assert UNTIL in story["notifications"][0]["deliveries"][0]["reason"]


def test_when_it_is_over_new_cards_come_and_nothing_by_itself(hub: HubHarness, say: Say) -> None:
    say("/mute 30m")
    tell(hub, "k1")

    hub.move(timedelta(minutes=30))

    assert tell(hub, "k2") == ("sent", "")
    assert [message.text for message in hub.shown("27")][-1] == "[b]k2[/b]"
    hub.app.housekeeping.clean_up()
    with hub.app.database.read() as session:
        assert session.scalars(select(Mute)).all() == []


@pytest.mark.parametrize(
    ("typed", "muted"),
    [
        ("2h echo", {"lead", "deal", "none"}),
        ("2h Crm.Lead.*", {"lead"}),
        ("2h crm.lead.new", {"lead"}),
        ("2h crm.*", {"lead", "deal"}),
        ("2h desk", set()),
        ("2h e*", {"lead", "deal", "none"}),
    ],
)
def test_a_source_or_a_kind_can_be_muted(hub: HubHarness, say: Say, typed: str, muted: set[str]) -> None:
    say(f"/mute {typed}")

    kinds = {"lead": "crm.lead.new", "deal": "crm.deal.won", "none": ""}
    ended = {name: tell(hub, name, kind=kind)[0] for name, kind in kinds.items()}

    assert {name for name, state in ended.items() if state == "suppressed"} == muted


def test_critical_ones_are_muted_only_by_an_explicit_word(hub: HubHarness, say: Say) -> None:
    assert "What is critical comes nevertheless" in say("/mute 2h echo")
    assert tell(hub, "k1", severity="critical") == ("sent", "")

    assert "what is critical, too" in say("/mute 2h echo critical")
    assert tell(hub, "k2", severity="critical")[0] == "suppressed"


def test_cards_that_are_shown_go_on_changing_but_make_no_sound(hub: HubHarness, say: Say) -> None:
    tell(hub, "k1", thread="t", title="first")
    say("/mute 2h")

    assert tell(hub, "k2", thread="t", title="second", loud=True) == ("sent", "")
    assert tell(hub, "k3", thread="t", title="third", mode="update") == ("sent", "")

    (card,) = [message for message in hub.shown("27") if "third" in message.text]
    assert card.edited
    (quiet,) = [row for row in hub.deliveries if row.key == "k2"]
    assert "without a sound, because muted by user 27" in quiet.recipient


def test_answers_always_come(hub: HubHarness, say: Say) -> None:
    say("/mute 2h")

    assert say("/id") == "You are [b]user:27[/b]."


@pytest.mark.every_backend
def test_the_list_says_what_is_muted_until_when_and_unmute_ends_it(hub: HubHarness, say: Say) -> None:
    assert say("/mute").startswith("Nothing is muted here.\n/mute 2h mutes everything")
    say("/mute 2h echo")
    say("/mute 1h crm.* critical")

    listed = say("/mute").splitlines()
    assert [line.rpartition(": ")[2] for line in listed[:2]] == ["crm.*, what is critical, too.", "echo."]
    assert say("/unmute echo").startswith("No longer muted: echo.")
    assert tell(hub, "k1") == ("sent", "")
    assert say("/unmute").startswith("No longer muted: everything.")
    assert say("/unmute crm.*") == "Nothing is muted here."


def test_only_administrators_mute_a_group_and_the_list_says_who_did(
    hub: HubHarness, say: Say, group: str
) -> None:
    address = group.replace("chat", "chat:")
    assert say("/mute 2h", dialog=group) == "In a group only administrators of the hub may do that."
    assert tell(hub, "k1", to=address) == ("sent", "")

    say("/mute 2h", dialog=group, user=1)

    assert tell(hub, "k2", to=address)[0] == "suppressed"
    assert "[user=1]" in say("/mute", dialog=group)
    assert say("/unmute", dialog=group) == "In a group only administrators of the hub may do that."
    assert tell(hub, "k3") == ("sent", "")


def test_russian_readers_are_told_in_russian(say: Say) -> None:
    say("/lang ru")

    assert say("/mute 2h echo").startswith("Отключено до ")
    assert say("/mute 2h eho") == "Нет источника eho; может быть, echo?"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("2", "/mute 2h mutes"),
        ("critical", "/mute 2h mutes"),
        ("9" * 10_000 + "h", "/mute 2h mutes"),
        ("1h" * 5_000, "/mute 2h mutes"),
        ("2h a b c", "/mute 2h mutes"),
        ("31d", "At most 30 days can be muted."),
        (f"2h {'*' * 10_000}", "That is too long"),
        ("2h nobody", "There is no source nobody; there are: desk, echo, ops, send."),
        ("2h [b]x[/b]", "There is no source ［b］x［/b］;"),
        ("2h ночь", "There is no source ночь;"),
    ],
)
def test_what_cannot_be_muted_is_refused_and_says_how(
    hub: HubHarness, say: Say, typed: str, answer: str
) -> None:
    assert say(f"/mute {typed}").startswith(answer)
    assert hub.actions[-1].state == "refused"


@pytest.mark.every_backend
def test_what_no_database_keeps_is_replaced(say: Say) -> None:
    assert say("/unmute a\0") == "Nothing is muted here."


def test_markup_in_a_pattern_comes_back_as_plain_text_and_means_itself(hub: HubHarness, say: Say) -> None:
    assert "［user=all］*［/user］" in say("/mute 2h\n[user=all]*[/user]")
    assert "［user=all］*［/user］" in say("/mute")

    assert tell(hub, "k1", kind="u") == ("sent", "")
    assert tell(hub, "k2", kind="[user=all]x[/user]")[0] == "suppressed"


def test_a_pattern_full_of_stars_costs_no_time(hub: HubHarness, say: Say) -> None:
    say(f"/mute 2h {'*a' * 50}")

    assert tell(hub, "k1", kind="a" * 200 + "b") == ("sent", "")


def test_a_dialog_has_a_bounded_number_of_mutes(hub: HubHarness, say: Say) -> None:
    for number in range(50):
        hub.app.mutes.put("27", f"a.{number}", critical=False, actor="27", length=timedelta(hours=1))

    assert say("/mute 1h b.*") == "Too much is muted here; /unmute ends it."
    assert say("/mute 2h a.7").startswith("Muted until")


def test_planning_hardly_asks_while_nobody_mutes(hub: HubHarness) -> None:
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if "FROM mutes" in statement:
            asked.append(statement)

    tell(hub, "k0")
    event.listen(hub.app.database.engine, "before_cursor_execute", note)
    try:
        for number in range(5):
            tell(hub, f"k{number + 1}")
    finally:
        event.remove(hub.app.database.engine, "before_cursor_execute", note)

    assert len(asked) <= 1
