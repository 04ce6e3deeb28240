"""What is known of a payment does not depend on the order in which it was told."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.testing.clock import START
from hub_plugin_payments.payment import Dispute, DisputeState, Payment, Stage, State

TIMES = st.integers(0, 3).map(lambda minutes: START + timedelta(minutes=minutes))
AMOUNTS = st.integers(0, 3).map(Decimal)
STAGES = st.builds(Stage, state=st.sampled_from(State), at=TIMES, reason=st.sampled_from(["", "why"]))
DISPUTES = st.builds(Dispute, state=st.sampled_from(DisputeState), at=TIMES)
PAYMENTS = st.builds(
    Payment,
    provider=st.just("stripe"),
    id=st.just("pi_1"),
    stage=st.none() | STAGES,
    amount=st.none() | AMOUNTS,
    order=st.sampled_from(["", "1", "A-1"]),
    customer=st.sampled_from(["", "a@b.example", "Anna, a@b.example"]),
    refunds=st.sets(st.sampled_from(["re_1", "re_2"])).map(lambda ids: dict.fromkeys(ids, Decimal(1))),
    refunded=AMOUNTS,
    refunded_fully=st.booleans(),
    disputes=st.dictionaries(st.sampled_from(["du_1", "du_2"]), DISPUTES, max_size=2),
    test=st.booleans(),
)


@settings(max_examples=60)
@given(PAYMENTS, PAYMENTS)
def test_two_notifications_say_the_same_either_way_round(first, second):
    assert first.join(second) == second.join(first)


@settings(max_examples=60)
@given(PAYMENTS, PAYMENTS)
def test_a_repeat_adds_nothing(first, second):
    joined = first.join(second)
    assert first.join(first) == first
    assert joined.join(first).status is joined.status
    assert joined.join(second).stage == joined.stage


@settings(max_examples=60)
@given(PAYMENTS, PAYMENTS, PAYMENTS)
def test_nothing_that_came_later_is_undone_by_what_came_before(first, second, third):
    def seen(payment):
        return payment.stage, payment.back, payment.refunded_fully, payment.disputes, payment.order

    assert seen(first.join(second).join(third)) == seen(third.join(first).join(second))
