"""Execution time per method, with a clock that the test moves."""

from datetime import UTC, datetime

import pytest

from hub.bitrix24 import OperatingBudget, Timing
from hub.bitrix24.errors import OperatingLimit


@pytest.fixture
def budget(clock):
    return OperatingBudget(480, clock=clock)


def used(seconds: float, *, reset: float = 1_000_300, processing: float = 1.0) -> Timing:
    return Timing(operating=seconds, processing=processing, reset_at=datetime.fromtimestamp(reset, UTC))


def test_a_method_never_called_has_all_its_time(budget):
    assert budget.pause("crm.deal.list") == 0


def test_a_method_below_four_fifths_is_not_slowed(budget):
    budget.observe("crm.deal.list", used(383))

    assert budget.pause("crm.deal.list") == 0


def test_near_the_limit_calls_are_spread_to_the_rate_that_can_be_kept(budget, clock):
    for _ in range(2):
        budget.observe("crm.deal.list", used(400, processing=2.0))

    assert budget.pause("crm.deal.list") == pytest.approx(2 * 2.0 * 600 / 480)
    clock.now += 5
    assert budget.pause("crm.deal.list") == 0


def test_a_long_pause_is_reported_instead_of_slept(budget, clock):
    budget.observe("crm.deal.list", used(400, processing=20.0))

    with pytest.raises(OperatingLimit) as caught:
        budget.pause("crm.deal.list")

    assert caught.value.reset_at == datetime.fromtimestamp(clock.now + 25, UTC)


def test_at_the_limit_a_method_is_held_until_its_reset(budget, clock):
    budget.observe("crm.deal.list", used(475, reset=clock.now + 300))

    with pytest.raises(OperatingLimit) as caught:
        budget.pause("CRM.Deal.List")

    assert caught.value.reset_at == datetime.fromtimestamp(clock.now + 300, UTC)
    clock.now += 300
    assert budget.pause("crm.deal.list") == 0


def test_other_methods_are_not_held(budget):
    budget.observe("crm.deal.list", used(480))

    assert budget.pause("crm.lead.list") == 0


def test_a_refused_method_rests_until_the_last_known_reset(budget, clock):
    budget.observe("x.send", used(100, reset=clock.now + 200))

    assert budget.block("x.send").reset_at == datetime.fromtimestamp(clock.now + 200, UTC)


def test_a_refused_method_rests_ten_seconds_at_least(budget, clock):
    assert budget.block("x.send").reset_at == datetime.fromtimestamp(clock.now + 10, UTC)


def test_a_wrong_clock_stops_nobody_longer_than_the_window(budget, clock):
    budget.observe("x.send", used(480, reset=clock.now + 10_000))

    with pytest.raises(OperatingLimit) as caught:
        budget.pause("x.send")

    assert caught.value.reset_at == datetime.fromtimestamp(clock.now + 600, UTC)


def test_an_answer_without_times_changes_nothing(budget):
    budget.observe("x.send", Timing(processing=5.0))

    assert budget.pause("x.send") == 0


def test_what_was_used_is_told_until_the_reset(budget, clock):
    budget.observe("x.send", used(120, reset=clock.now + 200))
    budget.block("x.edit")

    assert budget.used() == {"x.send": 0.25, "x.edit": 1.0}
    clock.now += 201
    assert budget.used() == {"x.send": 0.0, "x.edit": 0.0}
