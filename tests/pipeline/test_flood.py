"""Flood control: what comes above a dialog's limit becomes one storm card."""

from collections import Counter
from datetime import timedelta

import pytest
from echo import TOKEN

from hub.plugin import CommandCall
from hub.registry import calls
from hub.testing.clock import START


@pytest.fixture(scope="module")
def lasting_settings():
    """Two instances of the echo: one under the common limit, one under a limit of its own."""
    return {
        "limits": {"per_recipient": "10/1m"},
        "plugins": {"strict": {"use": "echo", "flood_limit": "2/1m"}},
    }


@pytest.fixture
def tell(hub):
    """Send messages one after another, so that it is known which of them are folded."""

    def tell(*keys, instance="strict", **fields):
        for key in keys:
            hub.receive(instance, {"key": key, **fields}, headers=TOKEN)

    return tell


@pytest.fixture
def away(hub):
    """Keep everything from being sent until the test lets go."""
    hub.bitrix24.faults.down(html=True)

    def come_back():
        hub.bitrix24.faults.clear()
        hub.move(timedelta(seconds=15))

    return come_back


def texts(hub, dialog="1"):
    """Return the titles that a dialog shows."""
    return [card.text.replace("[b]", "").replace("[/b]", "") for card in hub.shown(dialog)]


def storm(count, instance="strict"):
    verb = "is" if count == 1 else "are"
    return f"Too many messages from {instance}: {count} {verb} collected here"


def fields(card):
    """Return the rows of a card's table."""
    (grid,) = [block["GRID"] for block in card.attach["BLOCKS"] if "GRID" in block]
    return {row["NAME"]: row["VALUE"] for row in grid}


def text_of(card):
    return next(block["MESSAGE"] for block in card.attach["BLOCKS"] if "MESSAGE" in block)


def ends(hub, instance="strict"):
    """Return the state and the reason of each delivery, by key."""
    return {row.key: (row.state, row.reason) for row in hub.deliveries if row.instance == instance}


def later(hub, seconds=5):
    """Let the cards be edited."""
    hub.move(timedelta(seconds=seconds))


def cards(hub):
    """Return the first deliveries of storm cards."""
    return [row for row in hub.deliveries if row.instance == "hub" and row.mode == "open"]


# above the limit


def test_500_messages_show_as_many_as_the_limit_allows_and_one_card_that_counts_the_rest(hub):
    items = [{"key": f"{n:03}", "severity": "warning"} for n in range(500)]
    hub.receive("echo", {"items": items}, headers=TOKEN)
    later(hub)

    (card,) = cards(hub)
    assert len(texts(hub)) == 11
    assert texts(hub)[-1] == f"🟡 {storm(490, 'echo')}"
    assert fields(hub.shown("1")[-1])["Warnings"] == "490"
    assert Counter(ends(hub, "echo").values()) == {
        ("sent", ""): 10,
        ("suppressed", f"in storm card {card.id}"): 490,
    }


def test_an_instance_has_its_own_limit_and_its_own_card(hub, tell):
    tell("a", "b", "c")
    tell("d", "e", "f", instance="echo")

    assert texts(hub) == ["a", "b", storm(1), "d", "e", "f"]


def test_each_dialog_has_its_own_limit(hub, tell):
    tell("a", "b", to=["user:1"])
    tell("c", to=["user:1", "user:17"])

    assert texts(hub, "1") == ["a", "b", storm(1)]
    assert texts(hub, "17") == ["c"]
    assert sorted((row.dialog, row.state) for row in hub.deliveries if row.key == "c") == [
        ("1", "suppressed"),
        ("17", "sent"),
    ]


def test_critical_messages_fold_only_among_critical_ones(hub, tell):
    tell("a", "b", "c", "d")
    tell("A", "B", "C", severity="critical")
    later(hub)

    assert texts(hub) == ["a", "b", storm(2), "🔴 A", "🔴 B", f"🔴 {storm(1)}"]
    assert [row.lane for row in cards(hub)] == [2, 1]


def test_the_card_is_as_severe_as_the_worst_it_stands_for_and_counts_by_severity(hub, tell):
    tell("a", "b")
    tell("c", severity="info")
    tell("d", "e", severity="error")
    later(hub)

    card = hub.shown("1")[-1]
    assert card.text.startswith("🟠 ")
    assert fields(card) == {
        "Errors": "2",
        "Information": "1",
        "Since": "22 Nov 2026, 10:05",
    }
    assert text_of(card).endswith("[b]Latest[/b]\n🟠 10:05 · e\n🟠 10:05 · d\n🔵 10:05 · c")


def test_a_replay_folds_nothing_twice(hub, tell):
    tell("a", "b", "c")
    before = ends(hub)
    for event in hub.events:
        hub.app.replay.replay(event.id)
    later(hub)

    assert ends(hub) == before
    assert texts(hub) == ["a", "b", storm(1)]


def test_the_trace_of_a_folded_delivery_names_the_card_and_the_card_its_event(hub, tell):
    tell("a", "b", "c")
    (card,) = cards(hub)
    folded = next(row for row in hub.deliveries if row.key == "c")

    for id in (folded.id, card.id):
        found = hub.app.trace.of(id)
        told = {each["key"]: each["deliveries"][0]["reason"] for each in found["notifications"]}
        assert (found["event"]["id"], told["c"]) == (hub.events[2].id, f"in storm card {card.id}")


# threads


def test_an_edit_of_a_card_that_is_shown_is_neither_counted_nor_folded(hub, tell):
    tell("a", "b", "c", "d", thread="t")
    tell("e", "f")

    assert texts(hub) == ["d", "e", storm(1)]


def test_a_loud_one_above_the_limit_edits_its_card_without_a_sound(hub, tell):
    tell("a", thread="t")
    tell("b")
    tell("c", thread="t", loud=True)

    assert texts(hub) == ["c", "b"]
    assert "without a sound, because there were 2/1m already" in hub.deliveries[-1].recipient


def test_a_recovery_of_a_folded_problem_is_counted_on_the_card(hub, tell):
    tell("a", "b")
    tell("c", "d", severity="error")
    tell("e", thread="t", severity="error")
    tell("f", thread="t", kind="echo.recovery", mode="update")
    later(hub)

    (card,) = cards(hub)
    assert texts(hub) == ["a", "b", f"🟠 {storm(3)}"]
    assert fields(hub.shown("1")[-1])["Of them solved"] == "1"
    assert ends(hub)["f"] == ("suppressed", f"its message is in storm card {card.id}")
    assert hub.notifications[-2].reason == ""


def test_another_update_of_a_folded_problem_ends_with_a_reason_too(hub, tell):
    tell("a", "b")
    tell("c", thread="t")
    tell("d", thread="t", title="acknowledged", mode="update")

    assert ends(hub)["d"] == ("suppressed", f"its message is in storm card {cards(hub)[0].id}")


def test_a_recovery_that_came_before_its_folded_problem_is_counted(hub, tell):
    tell("a", "b")
    tell("d", thread="t", kind="echo.recovery", mode="update")
    tell("c", thread="t", severity="error")
    later(hub)

    assert texts(hub)[-1] == storm(1)
    assert fields(hub.shown("1")[-1])["Of them solved"] == "1"


def test_a_recovery_edits_where_the_problem_is_shown_and_counts_where_it_is_folded(hub, tell):
    tell("a", "b", to=["user:1"])
    tell("c", thread="t", severity="error", to=["user:1", "user:17"])
    tell("d", thread="t", kind="echo.recovery", mode="update")
    later(hub)

    assert texts(hub, "17") == ["✅ d"]
    assert texts(hub, "1")[-1] == storm(1)


def test_when_all_is_solved_the_closed_card_says_so(hub, tell):
    tell("a", "b")
    tell("c", thread="t", severity="error")
    later(hub, 60)
    tell("d", thread="t", kind="echo.recovery", mode="update")
    later(hub, 60)

    assert texts(hub)[-1] == f"✅ {storm(1)}"


def test_a_problem_that_was_folded_opens_a_card_when_it_comes_back_later(hub, tell):
    tell("a", "b")
    tell("c", thread="t")
    later(hub, 120)
    tell("d", thread="t")

    assert texts(hub) == ["a", "b", storm(1), "d"]


# the end


def test_a_storm_ends_after_a_quiet_window_and_new_messages_are_shown_again(hub, tell):
    tell("a", "b", "c", "d")
    later(hub)
    assert text_of(hub.shown("1")[-1]).startswith("More new messages than allowed (2 in 1 minute).")
    later(hub, 55)
    card = hub.shown("1")[-1]
    assert text_of(card).startswith("It has calmed down: new messages come one by one again.")
    assert fields(card)["Until"] == "22 Nov 2026, 10:06"

    tell("e", "f", "g")
    assert texts(hub) == ["a", "b", storm(2), "e", "f", storm(1)]


def test_a_storm_goes_on_while_as_many_keep_coming(hub, tell):
    tell("a", "b", "c")
    for n in range(6):
        later(hub, 25)
        tell(f"d{n}")
    later(hub, 14)

    assert texts(hub) == ["a", "b", storm(7)]


def test_a_long_storm_costs_few_requests(hub, tell):
    tell("a", "b")
    for n in range(50):
        tell(f"{n:03}")
        later(hub, 2)

    edits = [row for row in hub.deliveries if row.instance == "hub"]
    assert len(edits) < 20
    assert {row.state for row in edits} == {"sent"}


def test_a_storm_while_the_portal_is_away_ends_with_one_card_that_knows_all(hub, tell, away):
    tell("a", "b", "c", "d", "e")
    later(hub, 5)
    away()

    assert texts(hub) == ["a", "b", storm(3)]
    assert len([row for row in hub.deliveries if row.instance == "hub"]) == 1


def test_a_storm_that_ended_while_the_portal_was_away_is_one_closed_card(hub, tell, away):
    tell("a", "b", "c", "d", "e")
    later(hub, 90)
    away()

    assert texts(hub) == ["a", "b", storm(3)]
    assert text_of(hub.shown("1")[-1]).startswith("It has calmed down")


def test_what_is_over_is_forgotten_in_time(hub, tell):
    tell("a", "b", "c")
    later(hub, 60)
    hub.move(timedelta(days=91))
    hub.app.folding.forget()

    assert shown_page(hub, cards(hub)[0].id, 1).text.id == "These messages are no longer kept."


# the button


def shown_page(hub, card, page):
    """Click on "Show messages" of a card."""
    command = hub.app.registry.command("hub", "show").item
    call = CommandCall(id="c1", actor="1", args={"card": card, "page": page}, dialog="1")
    return hub.app.registry.guard.call("hub", calls.COMMAND, command.handler, call)


def actions(reply):
    return [(action.label.id, action.command, action.args["page"]) for action in reply.notification.actions]


@pytest.fixture
def pages(hub):
    """A card that stands for 25 messages."""
    hub.receive("strict", {"items": [{"key": f"{n:02}", "group": "g"} for n in range(27)]}, headers=TOKEN)
    later(hub)
    return cards(hub)[0].id


def test_the_cards_button_is_a_command_of_the_hub(hub, pages):
    content = hub.notifications[-1].content
    assert [(each["command"], each["args"]) for each in content["actions"]] == [
        ("show", {"card": pages, "page": 1})
    ]
    (button,) = hub.shown("1")[-1].keyboard
    assert button["TEXT"] == "Show messages"


def test_the_list_has_ten_on_a_page_the_latest_first(hub, pages):
    lines = shown_page(hub, pages, 1).notification.text.lines
    assert [str(line.values["title"]) for line in lines[:-1]] == [f"{n:02}" for n in range(26, 16, -1)]
    assert (lines[-1].values["page"], lines[-1].values["pages"]) == (1, 3)


def test_one_turns_the_pages_and_goes_back_to_the_card(hub, pages):
    assert [actions(shown_page(hub, pages, page)) for page in (0, 1, 2, 3)] == [
        [("Show messages", "show", 1)],
        [("Older →", "show", 2), ("Back", "show", 0)],
        [("← Newer", "show", 1), ("Older →", "show", 3), ("Back", "show", 0)],
        [("← Newer", "show", 2), ("Back", "show", 0)],
    ]


def test_the_last_page_holds_the_rest_and_there_is_none_behind_it(hub, pages):
    last, beyond = (shown_page(hub, pages, page).notification for page in (3, 99))

    assert len(last.text.lines) == 6
    assert beyond.text == last.text


def test_a_page_is_an_edit_of_the_card_it_was_asked_on(hub, pages):
    page = shown_page(hub, pages, 1).notification

    assert (page.mode, page.thread) == ("update", hub.notifications[-1].thread)


def test_each_line_says_when_how_bad_and_whether_it_is_solved(hub, tell):
    tell("a", "b")
    tell("c", severity="error", thread="t")
    tell("d", severity="critical", thread="t", kind="echo.recovery", mode="update")

    line = shown_page(hub, cards(hub)[0].id, 1).notification.text.lines[0]
    assert (line.values["mark"], line.values["at"].at, line.values["title"]) == ("✅", START, "c")
