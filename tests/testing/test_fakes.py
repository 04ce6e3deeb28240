"""The clock, store, timers and portal that plugin tests use behave like the hub's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import httpx
import pytest

from hub.plugin import Context, PermanentFailure, RetryLater
from hub.testing import FakeContext, FakeDepartment, FakeStage, FakeUser, MovedClock


@pytest.fixture
def ctx():
    return FakeContext("shop")


def takes(context: Context) -> Context:
    return context


def test_the_clock_moves_only_when_told():
    clock = MovedClock(datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=3))))
    assert clock.now() == clock.now() == datetime(2026, 5, 1, 9, tzinfo=UTC)
    clock.move(timedelta(minutes=-5))
    assert clock.now() == datetime(2026, 5, 1, 8, 55, tzinfo=UTC)


def test_the_clock_refuses_a_time_without_zone():
    with pytest.raises(ValueError, match="time zone"):
        MovedClock(datetime(2026, 5, 1))  # noqa: DTZ001


def test_the_context_has_all_parts(ctx):
    assert takes(ctx).inbound_url("main") == "https://hub.example/in/shop/main"
    assert ctx.inbound_url() == "https://hub.example/in/shop"


def test_the_store_keeps_copies_in_the_order_of_keys(ctx):
    value = {"n": [1]}
    ctx.store.set("b", value)
    ctx.store.set("a:2", 2)
    ctx.store.set("a:1", None)
    value["n"].append(2)
    assert ctx.store.get("b") == {"n": [1]}
    assert list(ctx.store.scan("a:")) == [("a:1", None), ("a:2", 2)]


def test_the_store_forgets_in_time_and_when_told(ctx):
    ctx.store.set("short", 1, ttl=timedelta(minutes=1))
    ctx.store.set("long", 2)
    ctx.clock.move(timedelta(minutes=1))
    assert ctx.store.get("short") is None
    assert [key for key, _ in ctx.store.scan()] == ["long"]
    ctx.store.delete("long")
    ctx.store.delete("long")
    assert not list(ctx.store.scan())


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * 70_000, id="large"),
        pytest.param({1, 2}, id="set"),
        pytest.param(float("nan"), id="nan"),
    ],
)
def test_the_store_refuses_what_the_real_one_refuses(ctx, value):
    with pytest.raises(ValueError):
        ctx.store.set("key", value)


@pytest.mark.parametrize("key", ["nul \0", "half \ud83d", "x" * 2001])
def test_the_store_refuses_the_keys_that_the_real_one_refuses(ctx, key):
    with pytest.raises(ValueError):
        ctx.store.set(key, 1)
    with pytest.raises(ValueError):
        ctx.store.get(key)
    with pytest.raises(ValueError):
        ctx.store.scan(key)
    with pytest.raises(ValueError):
        ctx.timers.set("remind", key, ctx.clock.now())
    with pytest.raises(ValueError):
        ctx.timers.cancel("remind", key)


def test_timers_fire_once_in_order_and_can_be_moved_and_disarmed(ctx):
    now = ctx.clock.now()
    ctx.timers.set("remind", "late", now + timedelta(minutes=2), {"deal": 5})
    ctx.timers.set("remind", "early", now + timedelta(minutes=9))
    ctx.timers.set("remind", "early", now + timedelta(minutes=1))
    ctx.timers.set("remind", "never", now + timedelta(minutes=1))
    ctx.timers.cancel("remind", "never")
    ctx.timers.cancel("remind", "unknown")
    assert ctx.timers.due() == []
    ctx.clock.move(timedelta(minutes=2))
    assert [fired.key for fired in ctx.timers.due()] == ["early", "late"]
    assert ctx.timers.due() == []


def test_nothing_reaches_the_network_by_itself(ctx):
    with pytest.raises(httpx.ConnectError, match=r"must not call api\.example"):
        ctx.http.get("https://api.example/")


def test_the_portal_answers_what_was_prepared_and_remembers_calls(ctx):
    ctx.portal.answers["crm.lead.get"] = lambda params: {"ID": params["id"]}
    ctx.portal.answers["crm.lead.list"] = [{"ID": "11"}, {"ID": "9"}]
    assert ctx.portal.call("crm.lead.get", {"id": 5}) == {"ID": 5}
    assert [row["ID"] for row in ctx.portal.list("crm.lead.list")] == ["9", "11"]
    assert ctx.portal.calls == [("crm.lead.get", {"id": 5}), ("crm.lead.list", {})]
    assert ctx.portal.many("crm.lead.get", [{"id": 6}, {"id": 7}]) == [{"ID": 6}, {"ID": 7}]


def test_a_call_without_prepared_answer_says_how_to_prepare_it(ctx):
    with pytest.raises(PermanentFailure, match=r"portal\.answers\['crm\.deal\.get'\]"):
        ctx.portal.call("crm.deal.get")
    (refused,) = ctx.portal.many("crm.deal.get", [{}])
    assert isinstance(refused, PermanentFailure)


def test_the_portal_knows_people_departments_stages_and_currencies(ctx):
    ctx.portal.add(FakeUser(id="7", name="Ann", email="Ann@acme.example"), FakeDepartment(id="2", name="IT"))
    ctx.portal.add_stages("STATUS", FakeStage(id="NEW", name="New"))
    assert ctx.portal.user_by_email("ann@ACME.example").id == ctx.portal.user("7").id
    assert list(ctx.portal.users(["7", "8"])) == ["7"]
    assert ctx.portal.department("2").name == "IT"
    assert ctx.portal.stages("STATUS")["NEW"] == ctx.portal.stage("STATUS", "NEW")
    assert ctx.portal.currency("RUB").format(Decimal("1.50")) == "1.50 RUB"
    assert ctx.portal.url("/crm/lead/5/") == "https://portal.example/crm/lead/5/"


def test_what_does_not_exist_is_a_permanent_failure(ctx):
    for ask in (ctx.portal.user, ctx.portal.department, ctx.portal.members):
        with pytest.raises(PermanentFailure, match="99 does not exist"):
            ask("99")


def test_a_stage_that_does_not_exist_is_a_permanent_failure(ctx):
    with pytest.raises(PermanentFailure, match="no stage WON of DEAL_STAGE"):
        ctx.portal.stage("DEAL_STAGE", "WON")


def test_a_portal_that_is_away_answers_nothing(ctx):
    ctx.portal.is_away = True
    for ask in (ctx.portal.user, ctx.portal.call, ctx.portal.supervisor, ctx.portal.currency):
        with pytest.raises(RetryLater):
            ask("5")
