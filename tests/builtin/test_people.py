"""Addresses of people and chats, resolved by a portal's structure."""

from __future__ import annotations

import pytest

from hub.builtin.people import PeoplePlugin
from hub.plugin import Notification, PermanentFailure, PluginSettings, RetryLater
from hub.testing import FakeContext, FakeDepartment, FakeUser

NOTIFICATION = Notification(key="k", title="t")


@pytest.fixture
def ctx():
    """A company: department 1 has a head, 5 below it has another, 8 has one who left, 9 has none."""
    ctx = FakeContext("people")
    ctx.portal.add(
        FakeDepartment(id="1", name="Company", head="1"),
        FakeDepartment(id="5", name="Sales", head="12", parent="1"),
        FakeDepartment(id="8", name="Support", head="40", parent="1"),
        FakeDepartment(id="9", name="Closed", head=""),
        FakeUser(id="1", name="Director", departments=("1",)),
        FakeUser(id="12", name="Head of sales", departments=("5",)),
        FakeUser(id="17", name="Seller", email="seller@acme.example", departments=("5",)),
        FakeUser(id="40", name="Left", email="left@acme.example", departments=("8",), active=False),
        FakeUser(id="41", name="Support", departments=("8",)),
        FakeUser(id="50", name="Alone"),
    )
    return ctx


@pytest.fixture
def resolve(ctx):
    """Return a function that gives dialogs and reasons of an address."""
    resolvers = {r.scheme: r for r in PeoplePlugin(PluginSettings(), ctx).resolvers()}

    def resolve(address):
        scheme, _, rest = address.partition(":")
        return [(r.dialog, r.reason) for r in resolvers[scheme].resolve(rest, NOTIFICATION)]

    return resolve


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("user:17", [("17", "user 17")]),
        ("email:seller@acme.example", [("17", "has the e-mail address seller@acme.example")]),
        ("chat:1157", [("chat1157", "chat 1157")]),
        ("department:5", [("12", "member of department 5"), ("17", "member of department 5")]),
        ("head:5", [("12", "head of department 5")]),
        ("supervisor:17", [("12", "supervisor of user 17")]),
    ],
)
def test_an_address_gives_recipients_with_the_reason(resolve, address, found):
    assert resolve(address) == found


def test_a_department_includes_those_below_it(resolve):
    assert [dialog for dialog, _ in resolve("department:1")] == ["1", "12", "17", "41"]


@pytest.mark.parametrize(
    ("address", "dialog"),
    [
        pytest.param("supervisor:41", "1", id="head-of-my-department-has-left"),
        pytest.param("supervisor:12", "1", id="i-am-the-head"),
    ],
)
def test_an_empty_post_is_filled_from_above(resolve, address, dialog):
    assert [found for found, _ in resolve(address)] == [dialog]


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("user:40", id="has-left"),
        pytest.param("email:left@acme.example", id="has-left-by-email"),
        pytest.param("email:nobody@acme.example", id="unknown-email"),
        pytest.param("head:8", id="head-has-left"),
        pytest.param("head:9", id="no-head"),
        pytest.param("supervisor:1", id="the-director"),
        pytest.param("supervisor:50", id="in-no-department"),
    ],
)
def test_nobody_to_tell_is_an_empty_result(resolve, address):
    assert resolve(address) == []


@pytest.mark.parametrize(
    ("address", "instead"),
    [
        ("user:abc", "user:17"),
        ("user:", "user:17"),
        ("user:0", "user:17"),
        ("user:١٧", "user:17"),
        ("email:seller", "email:a@b.example"),
        ("chat:ops", "chat:1157"),
        ("chat:chat1157", "chat:1157"),
        ("department:sales", "department:5"),
        ("head:-5", "head:5"),
        ("supervisor:oncall", "supervisor:17"),
    ],
)
def test_an_address_that_never_works_says_what_to_write(resolve, address, instead):
    with pytest.raises(PermanentFailure) as failure:
        resolve(address)
    assert instead in str(failure.value)
    assert address in str(failure.value)


def test_an_unknown_person_is_a_failure_with_the_portals_reason(resolve):
    with pytest.raises(PermanentFailure, match="user 99 does not exist"):
        resolve("user:99")


def test_a_user_id_and_a_chat_work_while_the_portal_is_away(ctx, resolve):
    ctx.portal.is_away = True
    assert resolve("user:17") == [("17", "user 17, unchecked: the portal is away")]
    assert resolve("chat:1157") == [("chat1157", "chat 1157")]


@pytest.mark.parametrize("address", ["email:seller@acme.example", "department:5", "head:5", "supervisor:17"])
def test_other_addresses_wait_for_the_portal(ctx, resolve, address):
    ctx.portal.is_away = True
    with pytest.raises(RetryLater):
        resolve(address)


def test_a_chat_can_be_meant_by_its_name_in_the_settings(ctx, resolve):
    ctx.portal.chats["ops"] = "1157"
    assert resolve("chat: ops") == [("chat1157", "chat ops, which is number 1157")]
