"""Subscriptions are made to be what is wanted, however often."""

import httpx
import pytest

from hub.bitrix24 import Client, IncomingWebhook
from hub.bitrix24.errors import AccessRefused, Unreachable
from hub.bitrix24.oauth import SingleToken
from hub.bitrix24.subscriptions import ensure
from hub.sandbox import Sandbox

HANDLER = "https://hub.example/bitrix24/events"
WANTED = ("ONCRMLEADADD", "onTaskUpdate")


@pytest.fixture(scope="module")
def _shared():
    with Sandbox.running() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_shared):
    _shared.faults.clear()
    _shared.reset()
    return _shared


@pytest.fixture
def client(sandbox):
    own = {**sandbox.application, "grant_type": "authorization_code", "code": sandbox.authorize()}
    pair = httpx.get(f"{sandbox.url}/oauth/token/", params=own).json()
    client = Client(SingleToken(sandbox.application["portal"], pair["access_token"]))
    yield client
    client.close()


def test_what_is_missing_is_bound_and_a_second_run_changes_nothing(client, sandbox):
    first, second = (ensure(client, WANTED, HANDLER) for _ in range(2))

    assert (first.bound, first.kept) == (("ONCRMLEADADD", "ONTASKUPDATE"), ())
    assert (second.bound, second.kept) == ((), ("ONCRMLEADADD", "ONTASKUPDATE"))
    assert sandbox.bindings() == [("ONCRMLEADADD", HANDLER), ("ONTASKUPDATE", HANDLER)]


def test_what_is_ours_and_no_longer_wanted_goes_and_what_is_others_stays(client, sandbox):
    old, other = "https://old.example/bitrix24/events", "https://hub.example/bitrix24/events-of-others"
    for event, handler in (
        ("ONCRMLEADADD", HANDLER),
        ("ONCRMDEALADD", f"{HANDLER}?x=1"),
        ("ONTASKADD", old),
        ("ONTASKADD", other),
    ):
        client.call("event.bind", {"event": event, "handler": handler})
    changes = ensure(client, ["ONCRMLEADADD"], HANDLER, former=[old])

    assert sorted(changes.unbound) == ["ONCRMDEALADD", "ONTASKADD"]
    assert sandbox.bindings() == [("ONCRMLEADADD", HANDLER), ("ONTASKADD", other)]


def test_a_handler_bound_for_two_users_is_left_once(client, sandbox):
    for user in (0, 1):
        client.call("event.bind", {"event": "ONCRMLEADADD", "handler": HANDLER, "auth_type": user})
    ensure(client, ["ONCRMLEADADD"], HANDLER)

    assert sandbox.bindings() == [("ONCRMLEADADD", HANDLER)]


def test_an_event_the_portal_does_not_have_does_not_keep_the_others_away(client, sandbox):
    changes = ensure(client, ["ONNOTHING", "ONCRMLEADADD"], HANDLER)

    assert changes.bound == ("ONCRMLEADADD",)
    assert "ERROR_EVENT_NOT_FOUND" in changes.refused["ONNOTHING"]


def test_an_address_the_portal_does_not_take_is_told(client):
    changes = ensure(client, ["ONCRMLEADADD"], "ftp://hub.example/")

    assert list(changes.refused) == ["ONCRMLEADADD"]


def test_a_handler_that_is_there_already_counts_as_bound(portal, make_client, error):
    """Another process binds at the same time."""
    answers = iter([[], [{"event": "ONCRMLEADADD", "handler": HANDLER, "auth_type": "0", "offline": 0}]])
    portal.answers["event.get"] = lambda params: next(answers)
    portal.answers["event.bind"] = error("ERROR_CORE", "Unable to set event handler: Handler already binded")
    changes = ensure(make_client(), ["ONCRMLEADADD"], HANDLER)

    assert (changes.bound, dict(changes.refused)) == (("ONCRMLEADADD",), {})


def test_offline_rows_and_odd_ones_are_passed_over(portal, make_client):
    portal.answers["event.get"] = [{"event": "ONTASKUPDATE", "connector_id": "", "offline": 1}, "odd"]

    assert ensure(make_client(), [], HANDLER).unbound == ()


def test_an_incoming_webhook_is_refused(sandbox):
    client = Client(IncomingWebhook(sandbox.webhook_url))
    with pytest.raises(AccessRefused):
        ensure(client, WANTED, HANDLER)
    client.close()


def test_a_portal_that_is_away_is_an_error(portal, make_client):
    portal.answers["event.get"] = []
    portal.answers["event.bind"] = Unreachable("gone")
    with pytest.raises(Unreachable):
        ensure(make_client(), ["ONCRMLEADADD"], HANDLER)
