"""What was missed: it goes behind what happens now, and what is days old is told in one card for each dialog."""

from datetime import timedelta

import pytest
from pipeline.portal.conftest import new_lead, told

from hub.storage.states import Lane

SETTLED = timedelta(seconds=2)
LOOK = timedelta(seconds=15)


@pytest.fixture
def miss(hub):
    """Let leads come about that happened so long ago, and find them."""

    def miss(*ages):
        titles = [(hub.clock.now() - age).isoformat() for age in ages]
        ids = [new_lead(hub.bitrix24, title) for title in titles]
        hub.move(LOOK)
        hub.move(SETTLED)
        return [f"lead:{id}:{title}" for id, title in zip(ids, titles, strict=True)]

    return miss


def rows(hub):
    return [row for row in hub.deliveries if row.instance == "leads"]


def cards(hub):
    return [message for message in hub.shown("1") if "While I was away" in message.text]


@pytest.mark.parametrize(
    ("age", "lane"),
    [(timedelta(minutes=14), Lane.NORMAL), (timedelta(minutes=16), Lane.BACKLOG)],
    ids=["a moment ago", "long ago"],
)
def test_what_was_missed_long_ago_goes_behind(hub, miss, age, lane):
    miss(age)

    (row,) = rows(hub)
    assert (row.lane, row.state) == (lane, "sent")


def test_what_was_missed_and_is_critical_goes_ahead(hub, leads, miss):
    leads.words = {"severity": "critical"}
    miss(timedelta(hours=1))

    assert rows(hub)[0].lane == Lane.CRITICAL


def test_an_event_is_never_late(hub, post):
    post(new_lead(hub.bitrix24, (hub.clock.now() - timedelta(days=30)).isoformat()), settle=True)
    hub.move(SETTLED)

    (row,) = rows(hub)
    assert (row.lane, row.state) == (Lane.NORMAL, "sent")


@pytest.mark.every_backend
def test_what_is_days_old_is_one_card_in_each_dialog(hub, leads, miss):
    leads.words = {"to": ("user:1", "user:17")}
    facts = miss(*[timedelta(days=4)] * 7, timedelta(hours=1))
    hub.move(timedelta(seconds=5))

    assert sorted(told(hub)) == sorted(facts)
    for dialog in ("1", "17"):
        assert len(hub.shown(dialog)) == 2
    (card,) = cards(hub)
    assert "7 messages" in card.text
    old = [row for row in rows(hub) if row.dialog == "1" and row.state == "suppressed"]
    assert len(old) == 7
    assert 'longer ago than hub.catch_up_max; in "while I was away" card d' in old[0].reason
    assert "18 Nov" in card.attach["BLOCKS"][0]["MESSAGE"]  # when it happened, not when it was found


def test_what_is_found_to_be_days_old_later_joins_the_card(hub, miss):
    miss(timedelta(days=4))
    miss(timedelta(days=5))
    hub.move(timedelta(seconds=5))

    (card,) = cards(hub)
    assert "2 messages" in card.text


def test_a_card_that_is_there_is_brought_up_to_date_however_late(hub, leads, miss):
    leads.words = {"thread": "lead", "loud": True}
    miss(timedelta(hours=1))
    miss(timedelta(days=4))

    (message,) = hub.shown("1")
    assert message.edited
    assert [row.state for row in rows(hub)] == ["sent", "sent"]
