"""While somebody works on something, nobody is told of it, and afterwards what was held back."""

from __future__ import annotations

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from echo import TOKEN, EchoPlugin
from pipeline.treat.test_escalation import told

from hub.pipeline.treat.windows import Windows
from hub.plugin import Notification
from hub.sandbox import Sandbox
from hub.settings import Maintenance
from hub.testing import FakeContext, InstalledPlugin
from hub.testing.clock import START, MovedClock

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
HOST = {"labels": {"host": "web1"}, "to": ["user:27"]}


@pytest.fixture
def say(hub):
    """Type something as an administrator and return the answer."""

    def say(text, user=1):
        known = {message.id for message in hub.bitrix24.messages()}
        hub.say(user, text)
        return "\n".join(m.text for m in hub.shown(str(user)) if m.id not in known and m.text != text)

    return say


def test_what_matches_reaches_nobody_and_is_told_at_the_end(hub, problem, say):
    assert "host=web1" in say("/maintenance 2h host=web1")
    problem("down", thread="down", title="web1 is down", **HOST)
    problem("still-down", thread="down", title="web1 is down", **HOST)
    problem("other", thread="other", title="web2 is down", labels={"host": "web2"}, to=["user:27"])

    assert [message.text for message in hub.shown("27")] == ["🔴 [b]web2 is down[/b]"]
    held = [row.reason for row in hub.notifications if row.key == "down"]
    assert held[0].startswith("maintenance of host=web1 by user 1 until ")
    known = len(hub.shown("1"))
    hub.move(2 * HOUR)

    (summary,) = hub.shown("1")[known:]
    assert "1 message was held back" in summary.text
    assert "web1 is down" in summary.text + str(summary.attach)
    problem("down-again", thread="down", title="web1 is down", **HOST)
    assert "web1 is down" in hub.shown("27")[-1].text


@pytest.mark.parametrize("what", ["host=web1", "severity=critical", "kind=web.down"])
def test_what_is_over_at_the_end_is_marked_so(hub, problem, recovery, say, what):
    say(f"/maintenance 2h {what}")
    problem("a", thread="a", title="web1 is slow", kind="web.down", **HOST)
    problem("b", thread="b", title="web1 is down", kind="web.down", **HOST)
    for key in ("b-ok", "b-fine"):
        recovery(key, thread="b", kind="web.up", labels={"host": "web1"})
    hub.move(2 * HOUR)

    summary = json.dumps(hub.shown("1")[-1].attach, ensure_ascii=False)
    assert "web1 is slow\\n✅ web1 is down" in summary


def test_a_card_that_is_shown_goes_on_changing(hub, problem, recovery, say):
    problem(**HOST)
    say("/maintenance 2h host=web1")

    recovery(title="All well", labels={"host": "web1"})

    assert "All well" in hub.shown("27")[-1].text


def test_an_escalation_waits_and_goes_on_when_it_is_over(hub, problem, say):
    problem(labels={"host": "web1"})
    say("/maintenance 30m host=web1")
    hub.move(29 * MINUTE)
    assert told(hub) == ["27"]

    hub.move(MINUTE)
    assert len(told(hub)) == 3  # the time of both levels has come


def test_an_escalation_goes_on_soon_after_an_early_end(hub, problem, say):
    problem(labels={"host": "web1"})
    say("/maintenance 4h host=web1")
    hub.move(15 * MINUTE)
    say("/maintenance end")
    hub.move(5 * MINUTE)

    assert len(told(hub)) == 2


def test_it_can_be_ended_early(hub, problem, say):
    say("/maintenance 2h kind=db.* severity=critical|error")
    problem("down", kind="db.down", to=["user:27"])
    assert hub.shown("27") == []

    say("/maintenance end")
    problem("down-2", kind="db.down", to=["user:27"])

    assert len(hub.shown("27")) == 1
    assert any("1 message was held back" in message.text for message in hub.shown("1"))


@pytest.mark.parametrize(
    "typed", ["2h", "host=web1", "2h host", "40d host=web1", "2h severity=bad", "9" * 500 + "h host=web1"]
)
def test_anything_else_opens_no_window(hub, problem, say, typed):
    say(f"/maintenance {typed}")
    problem(**HOST)

    assert len(hub.shown("27")) == 1


def test_only_administrators_may(hub, problem, say):
    assert "administrators" in say("/maintenance 2h host=web1", user=27)
    problem(**HOST)

    assert any("disk" in message.text for message in hub.shown("27"))


@pytest.mark.parametrize(
    ("after", "instance", "held"),
    [
        pytest.param(-1, "echo", False, id="before"),
        pytest.param(0, "echo", True, id="first-moment"),
        pytest.param(3599, "echo", True, id="last-second"),
        pytest.param(3600, "echo", False, id="over"),
        pytest.param(60, "desk", False, id="other-instance"),
    ],
)
def test_windows_of_the_settings_hold_between_their_ends_in_the_hubs_zone(after, instance, held):
    ctx = FakeContext()
    table = Maintenance.model_validate(
        {"match": {"instance": "echo"}, "from": START.replace(tzinfo=None), "to": START + HOUR}
        | {"to": (START + HOUR).replace(tzinfo=None)}
    )
    windows = Windows([table], ZoneInfo("UTC"), store=ctx.store, clock=ctx.clock)
    ctx.clock.move(timedelta(seconds=after))

    assert (windows.around(instance, Notification(key="k", title="t")) is not None) == held


WINDOW = {
    "match": {"instance": "echo", "labels": {"host": "web*"}},
    "from": "2026-11-22T14:00:00",
    "to": "2026-11-22T16:00:00",
}
OF_THE_SETTINGS = {
    "hub": {"admins": ["user:1", "user:33"], "timezone": "Europe/Moscow"},
    "maintenance": [WINDOW],
}


@pytest.fixture
def planned(run_hub, tmp_path):
    """Run a hub whose settings name a window, which begins in 55 minutes; again, it is the same one."""
    clock, plugins = MovedClock(), [InstalledPlugin("echo", EchoPlugin)]
    with Sandbox.running() as portal:
        yield lambda **other: run_hub(
            OF_THE_SETTINGS | other, sandbox=portal, plugins=plugins, folder=tmp_path, clock=clock
        )


def down(hub, number, **fields):
    told = {
        "key": f"down-{number}",
        "thread": f"web{number}",
        "title": f"web{number:02} is down",
        **HOST,
        **fields,
    }
    hub.receive("echo", told, headers=TOKEN)


def test_a_window_of_the_settings_holds_back_and_tells_administrators_what_was_held(planned):
    with planned() as hub:
        down(hub, 0)
        hub.move(HOUR)
        for number in range(1, 13):
            down(hub, number)
        down(hub, 99, labels={"host": "db1"})
        hub.move(HOUR - timedelta(seconds=1))

        assert [message.text for message in hub.shown("27")] == [
            "[b]web00 is down[/b]",
            "[b]web99 is down[/b]",
        ]
        reasons = {row.reason for row in hub.notifications if row.reason}
        assert reasons == {"maintenance of instance=echo host=web* until 2026-11-22 13:00 UTC"}
        assert hub.shown("1") == hub.shown("33") == []

        hub.move(HOUR)
        for admin in ("1", "33"):
            (summary,) = hub.shown(admin)
            assert "Maintenance is over; 12 messages were held back" in summary.text
            shown = json.dumps(summary.attach, ensure_ascii=False)
            assert all(f"web{number:02} is down" in shown for number in range(1, 11))
            assert "… and 2 more" in shown
            assert "instance=echo host=web*" in shown
        down(hub, 100)
        assert "web100 is down" in hub.shown("27")[-1].text


@pytest.mark.parametrize("later", [{}, {"maintenance": []}], ids=["as-before", "taken-out"])
def test_it_is_told_too_by_a_hub_that_was_away_at_the_end_or_whose_settings_no_longer_name_it(planned, later):
    with planned() as hub:
        hub.move(HOUR)
        down(hub, 1)
        hub.clock.move(3 * HOUR)
    with planned(**later) as hub:
        hub.settle()
        (summary,) = hub.shown("1")
        assert "1 message was held back" in summary.text
        assert "web01 is down" in str(summary.attach)


def test_a_window_in_which_nothing_came_is_not_told(planned):
    with planned() as hub:
        hub.move(4 * HOUR)
        assert hub.shown("1") == []
