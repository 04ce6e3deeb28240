"""While I was away: what expired during an outage becomes one card for each dialog."""

from collections import Counter
from datetime import timedelta

import pytest
from echo import TOKEN, EchoPlugin

from hub.testing import InstalledPlugin

SOON = "2026-11-22T10:30:00Z"


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture
def hub(fresh_hub, tell):
    """A portal that knows the bot already and is away."""
    for dialog in (1, 17):
        fresh_hub.receive("echo", {"key": f"hello {dialog}", "to": [f"user:{dialog}"]}, headers=TOKEN)
    fresh_hub.bitrix24.faults.down(html=True)
    return fresh_hub


@pytest.fixture
def tell(fresh_hub):
    def tell(*keys, **fields):
        items = [{"key": key, "group": "in order", **fields} for key in keys]
        fresh_hub.receive("echo", {"items": items}, headers=TOKEN)

    return tell


@pytest.fixture
def come_back(hub):
    """Let the portal answer after a time."""

    def come_back(after=timedelta(hours=1)):
        hub.move(after)
        hub.bitrix24.faults.clear()
        hub.move(timedelta(seconds=15))

    return come_back


def texts(hub, dialog="1"):
    """Return the titles that a dialog shows, without the greeting."""
    return [card.text.replace("[b]", "").replace("[/b]", "") for card in hub.shown(dialog)][1:]


def body(hub, dialog="1"):
    """Return the lines of the last card's text."""
    return hub.shown(dialog)[-1].attach["BLOCKS"][0]["MESSAGE"].split("\n")


def missed(count):
    return f"While I was away, {count} message{'s' if count > 1 else ''} went out of date"


def ends(hub):
    return {row.key: (row.state, row.reason) for row in hub.deliveries if row.instance == "echo"}


def cards(hub):
    return [row for row in hub.deliveries if row.instance == "hub"]


def test_what_expired_is_told_in_one_card_with_its_titles(hub, tell, come_back):
    tell("a", expires_at=SOON, severity="error")
    tell("b", expires_at=SOON)
    tell("c")
    come_back()

    assert sorted(texts(hub)) == sorted(["c", f"🟠 {missed(2)}"])
    assert body(hub) == ["🟠 10:05 · a", "🔵 10:05 · b"]
    (card,) = cards(hub)
    why = f'expired at 2026-11-22 10:30 UTC; in "while I was away" card {card.id}'
    assert (ends(hub)["a"], ends(hub)["b"]) == (("suppressed", why), ("suppressed", why))


def test_each_dialog_has_its_own_card(hub, tell, come_back):
    tell("a", expires_at=SOON, to=["user:1", "user:17"])
    tell("b", expires_at=SOON, to=["user:17"])
    come_back()

    assert (texts(hub, "1"), texts(hub, "17")) == ([missed(1)], [missed(2)])


def test_a_card_tells_of_the_first_ten_and_how_many_more_there_are(hub, tell, come_back):
    tell(*(f"{n:03}" for n in range(130)), expires_at=SOON)
    come_back()
    hub.move(timedelta(seconds=5))

    assert texts(hub) == [missed(130)]
    assert body(hub) == [*(f"🔵 10:05 · {n:03}" for n in range(10)), "… and 120 more"]
    assert [button["TEXT"] for button in hub.shown("1")[-1].keyboard] == ["Show messages"]
    assert len(cards(hub)) <= 2
    assert Counter(state for state, _ in ends(hub).values()) == {"suppressed": 130, "sent": 2}


def test_what_expires_while_the_outage_still_drains_joins_its_card(hub, tell, come_back):
    tell("a", expires_at=SOON)
    come_back()
    tell("b", expires_at=SOON)
    hub.move(timedelta(seconds=5))

    assert texts(hub) == [missed(2)]


def test_the_next_outage_has_a_card_of_its_own(hub, tell, come_back):
    tell("a", expires_at=SOON)
    come_back()
    hub.move(timedelta(minutes=10))
    hub.bitrix24.faults.down(html=True)
    tell("b", expires_at="2026-11-22T11:20:00Z")
    come_back()

    assert texts(hub) == [missed(1), missed(1)]


def test_an_edit_that_expired_is_no_news(hub, tell, come_back):
    hub.bitrix24.faults.clear()
    tell("a", thread="t")
    hub.bitrix24.faults.down(html=True)
    tell("b", thread="t", mode="update", expires_at=SOON)
    come_back()

    assert texts(hub) == ["a"]
    assert ends(hub)["b"] == ("suppressed", "expired at 2026-11-22 10:30 UTC")


def test_a_card_that_tells_of_something_critical_goes_in_its_lane(hub, tell, come_back):
    tell("a", expires_at=SOON)
    tell("b", expires_at=SOON, severity="critical")
    come_back()

    assert texts(hub) == [f"🔴 {missed(2)}"]
    assert {row.lane for row in cards(hub)} == {1}
