"""What a group's card remembers: news, reminders, alerts that come back, replays."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hub.plugin import Mode, plain

FIRES = "replica-lags.json"
REMINDS = "replica-lags-reminder.json"
ENDS = "replica-caught-up.json"
TWO_FIRE = "two-probes-fail.json"


@pytest.fixture
def one_ends(changed):
    """The second of the two probes has recovered, the first still fails."""
    stays, ends = json.loads(changed(TWO_FIRE))["alerts"]
    return changed(TWO_FIRE, alerts=[stays, ends | {"status": "resolved", "endsAt": "2026-11-22T09:50:00Z"}])


def only(changed, payload, *numbers):
    """Return *payload* with some of its alerts, as it comes when the others are silenced."""
    alerts = json.loads(changed(payload))["alerts"]
    return changed(payload, alerts=[alerts[n] for n in numbers])


# What rings


def test_the_first_message_of_a_group_rings(sender):
    assert sender.send(FIRES, "spb").loud
    assert sender.send(FIRES, "msk").loud
    assert sender.send(TWO_FIRE, "spb").loud


def test_a_group_rings_again_only_for_alerts_it_has_not_shown(sender):
    story = [
        TWO_FIRE,
        "third-probe-fails-one-recovers.json",
        "two-recover-one-fails.json",
        "all-probes-recovered.json",
    ]
    told = [sender.send(payload) for payload in story]
    assert [card.loud for card in told] == [True, True, False, False]
    assert [card.mode for card in told] == [Mode.OPEN] * 3 + [Mode.UPDATE]
    assert len({card.thread for card in told}) == 1


def test_a_new_episode_after_recovery_rings_as_a_fact_of_its_own(sender, changed):
    first = sender.send(FIRES)
    sender.send(ENDS)
    (alert,) = json.loads(changed(FIRES))["alerts"]
    card = sender.send(changed(FIRES, alerts=[alert | {"startsAt": "2026-11-22T12:00:00Z"}]))
    assert card.loud
    assert card.key != first.key


# What says nothing new


def test_a_reminder_is_not_told(sender):
    sender.send(FIRES)
    assert sender.told(REMINDS) == []


def test_a_second_resolved_message_is_not_told(sender):
    sender.send(FIRES)
    sender.send(ENDS)
    assert sender.told(ENDS) == []


def test_the_late_twin_of_a_highly_available_pair_is_not_told(sender, changed):
    sender.send(FIRES)
    assert sender.told(changed(FIRES, externalURL="http://alertmanager-2.acme.example:9093")) == []


def test_reminders_keep_the_memory_of_a_long_problem(sender):
    sender.send(FIRES)
    for _ in range(5):
        sender.ctx.clock.move(timedelta(days=20))
        assert sender.told(REMINDS) == []


def test_a_group_that_was_quiet_for_long_begins_anew(sender):
    first = sender.send(FIRES)
    sender.ctx.clock.move(timedelta(days=31))
    card = sender.send(FIRES)
    assert (card.loud, card.key) == (True, first.key)


# What comes back


def test_an_alert_that_comes_back_with_its_old_start_is_a_new_fact_and_rings(sender):
    first, over = sender.send(FIRES), sender.send(ENDS)
    again = sender.send(FIRES)
    assert again.loud
    assert again.key not in {first.key, over.key}
    assert (again.thread, again.mode) == (first.thread, Mode.OPEN)


def test_it_happened_when_it_came_back_and_not_when_it_once_began(sender):
    sender.send(FIRES)
    over = sender.send(ENDS)
    again = sender.send(FIRES)
    assert again.occurred_at == sender.ctx.clock.now() > over.occurred_at


def test_it_ends_again_as_another_fact(sender):
    told = [sender.send(payload) for payload in (FIRES, ENDS, FIRES, ENDS)]
    assert len({card.key for card in told}) == 4
    assert [card.loud for card in told] == [True, False, True, False]


def test_it_may_come_back_any_number_of_times(sender):
    told = [sender.send(payload) for payload in [FIRES, ENDS] * 60]
    assert len({card.key for card in told}) == 120


def test_a_reminder_after_a_return_is_not_told(sender):
    for payload in (FIRES, ENDS, FIRES):
        sender.send(payload)
    assert sender.told(REMINDS) == []


def test_one_alert_of_a_group_comes_back(sender, one_ends):
    told = [sender.send(payload) for payload in (TWO_FIRE, one_ends, TWO_FIRE, one_ends)]
    assert [card.loud for card in told] == [True, False, True, False]
    assert len({card.key for card in told}) == 4
    assert plain(told[2].title) == "2 alerts: ProbeFailed"


def test_an_alert_comes_back_beside_a_new_one(sender, changed, one_ends):
    sender.send(TWO_FIRE)
    sender.send(one_ends)
    alerts = json.loads(changed(TWO_FIRE))["alerts"]
    new = alerts[0] | {"fingerprint": "0123456789abcdef"}
    card = sender.send(changed(TWO_FIRE, alerts=[*alerts, new]))
    assert card.loud
    assert plain(card.title) == "3 alerts: ProbeFailed"


def test_an_alert_that_was_silenced_meanwhile_is_shown_again_but_does_not_ring(sender, changed):
    first = sender.send(TWO_FIRE)
    sender.send(only(changed, TWO_FIRE, 0))
    card = sender.send(TWO_FIRE)
    assert not card.loud
    assert card.key != first.key


# What was there before


def test_a_replayed_row_is_the_fact_that_it_was(sender):
    requests, keys = [], []
    for payload in (FIRES, ENDS, FIRES, ENDS, FIRES):
        sender.ctx.clock.move(timedelta(minutes=7))
        requests.append(sender.request(payload))
        keys += [card.key for card in sender.process(requests[-1])]
    assert len(set(keys)) == 5
    for request, key in zip(requests, keys, strict=True):
        assert [card.key for card in sender.process(request)] == [key]


def test_a_replay_changes_nothing_that_is_remembered(sender):
    old = sender.request(FIRES)
    sender.process(old)
    sender.send(ENDS)
    remembered = list(sender.ctx.store.scan())
    sender.process(old)
    assert list(sender.ctx.store.scan()) == remembered
    assert sender.told(ENDS) == []


def test_messages_of_one_instant_are_told_in_their_order(sender):
    requests = [sender.request(payload) for payload in (FIRES, ENDS, FIRES)]
    told = [card for request in requests for card in sender.process(request)]
    assert [card.loud for card in told] == [True, False, True]
    assert len({card.key for card in told}) == 3


# How much is kept


def test_a_huge_group_is_remembered_within_the_stores_limit(sender, changed):
    (alert,) = json.loads(changed(FIRES))["alerts"]
    many = [alert | {"fingerprint": f"{n:016x}"} for n in range(5000)]
    for start in range(0, 5000, 500):  # no more alerts of a message are read
        sender.send(changed(FIRES, alerts=many[start : start + 500]))
    assert not sender.send(changed(FIRES, alerts=many[-10:], truncatedAlerts=4990)).loud


def test_a_restless_group_stays_small_and_never_repeats_a_fact(sender, changed):
    (alert,) = json.loads(changed(FIRES))["alerts"]
    keys = set()
    for n in [*range(450), *range(450)]:
        keys.add(sender.send(changed(FIRES, alerts=[alert | {"fingerprint": f"{n:016x}"}])).key)
        sender.send(changed(FIRES, alerts=[alert | {"fingerprint": f"{n:016x}", "status": "resolved"}]))
    assert len(keys) == 900
    ((_, remembered),) = sender.ctx.store.scan()
    assert len(json.dumps(remembered)) < 10_000
