"""While somebody works on something, nobody is told of it, and afterwards what was held back."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.pipeline.treat.windows import Windows
from hub.plugin import Notification
from hub.settings import Maintenance
from hub.testing import FakeContext
from hub.testing.clock import START

HOUR = timedelta(hours=1)
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


def test_a_card_that_is_shown_goes_on_changing(hub, problem, recovery, say):
    problem(**HOST)
    say("/maintenance 2h host=web1")

    recovery(title="All well", labels={"host": "web1"})

    assert "All well" in hub.shown("27")[-1].text


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
