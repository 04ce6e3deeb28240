"""What a portal says about itself and about us."""

from datetime import UTC, datetime

import httpx
import pytest

from hub.bitrix24 import about
from hub.bitrix24.errors import OutcomeUnknown


@pytest.mark.parametrize(
    ("admin", "is_admin"), [(True, True), ("Y", True), (False, False), ("N", False), (None, False)]
)
def test_the_caller_is_known_by_number_name_and_rights(client, portal, admin, is_admin):
    portal.answers["profile"] = {"ID": "27", "NAME": "Anna", "LAST_NAME": None, "ADMIN": admin}
    assert about.caller(client) == about.Caller(id="27", name="Anna", is_admin=is_admin)


def test_an_answer_without_a_person_is_no_caller(client, portal):
    portal.answers["profile"] = []
    with pytest.raises(OutcomeUnknown):
        about.caller(client)


def test_the_portals_time_is_read_with_its_zone(client, portal):
    portal.answers["server.time"] = "2026-03-02T12:00:00+03:00"
    assert about.server_time(client) == datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_subscriptions_are_read_in_any_case_and_odd_rows_are_none(client, portal):
    portal.answers["event.get"] = [{"event": "onCrmLeadAdd", "handler": "https://a.example/x"}, "odd"]
    assert about.subscriptions(client) == {("ONCRMLEADADD", "https://a.example/x")}


@pytest.mark.parametrize(("api", "method"), [("v2", "imbot.v2.Chat.get"), ("v1", "imbot.dialog.get")])
def test_who_cannot_see_a_chat_is_not_in_it(client, portal, api, method):
    portal.answers[method] = {"id": 1157}
    assert about.is_in_chat(client, api, "456", "token", "1157")
    portal.answers[method] = httpx.Response(403, json={"error": "ACCESS_DENIED"})
    assert not about.is_in_chat(client, api, "456", "token", "1157")
