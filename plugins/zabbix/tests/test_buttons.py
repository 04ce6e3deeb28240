"""What a click does in Zabbix, and what the card says after Zabbix has answered."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from hub.plugin import PermanentFailure, RetryLater, plain

from .conftest import API_TOKEN, changed
from .test_cards import buttons, rows

SIGNATURE = "Ольга Петрова (Bitrix24)"


@pytest.fixture
def card(sender):
    return sender.send("problem")


def test_acknowledge_says_in_zabbix_who_it_was_and_on_the_card(sender, card):
    reply = sender.click(card, "acknowledge")
    assert sender.api.acts == [{"eventids": ["880041"], "action": 6, "message": SIGNATURE}]
    assert rows(reply.notification)["Acknowledged"].startswith("Ольга Петрова, ")
    assert "Acknowledge" not in buttons(reply.notification)


def test_what_zabbix_tells_back_of_a_click_is_not_a_second_deed(sender, card):
    before = rows(sender.click(card, "acknowledge").notification)
    echo = changed("acknowledged-in-zabbix", event_update_message=SIGNATURE, user_fullname="hub (hub)")
    assert rows(sender.send(echo)) == before


def test_close_is_asked_about_first(sender, card):
    (close,) = (action for action in card.actions if action.command == "close")
    assert close.confirm
    reply = sender.click(card, "close")
    assert sender.api.acts == [{"eventids": ["880041"], "action": 5, "message": SIGNATURE}]
    assert "Closed by" in rows(reply.notification)


def test_suppress_ends_in_an_hour(sender, card):
    reply = sender.click(card, "suppress")
    until = sender.ctx.clock.now() + timedelta(hours=1)
    assert sender.api.acts[0]["action"] == 36
    assert sender.api.acts[0]["suppress_until"] == int(until.timestamp())
    assert rows(reply.notification)["Suppressed until"] == f"{until.isoformat()} (Ольга Петрова)"
    assert [each.due_at for each in sender.ctx.timers.armed.values()] == [until]


def test_a_comment_is_in_zabbix_and_on_the_card_once(sender, card):
    reply = sender.click(card, "comment", "  смотрю ")
    (act,) = sender.api.acts
    assert (act["action"], act["message"]) == (4, f"{SIGNATURE}: смотрю")
    assert rows(reply.notification)["Comment"] == "Ольга Петрова: смотрю"
    echo = changed(
        "acknowledged-in-zabbix", event_update_actionjson="{}", event_update_message=act["message"]
    )
    assert [plain(row.name) for row in sender.send(echo).fields].count("Comment") == 1


@pytest.mark.parametrize("text", ["", "   "])
def test_a_comment_without_words_is_refused(sender, card, text):
    with pytest.raises(PermanentFailure, match="behind /comment"):
        sender.click(card, "comment", text)
    assert sender.api.acts == []


def test_a_service_cannot_be_commented(sender):
    with pytest.raises(PermanentFailure, match="only problems of triggers"):
        sender.click(sender.send("service-problem"), "comment", "looking")


@pytest.mark.parametrize(
    ("version", "auth", "header"),
    [
        ("6.0.14", API_TOKEN, ""),
        ("6.2.9", API_TOKEN, ""),
        ("6.4.0", None, f"Bearer {API_TOKEN}"),
        ("7.2.1", None, f"Bearer {API_TOKEN}"),
        ("8.0.0alpha1", None, f"Bearer {API_TOKEN}"),
    ],
)
def test_the_token_goes_where_the_version_wants_it(sender, card, version, auth, header):
    sender.api.version = version
    sender.click(card, "acknowledge")
    (question, nobody), (act, who) = sender.api.asked
    assert ("auth" in question, nobody) == (False, "")
    assert (act.get("auth"), who) == (auth, header)


def test_6_0_cannot_suppress_says_so_and_no_card_offers_it_again(sender, card):
    sender.api.version = "6.0.14"
    with pytest.raises(PermanentFailure, match=r"Zabbix 6.0 cannot suppress"):
        sender.click(card, "suppress")
    assert sender.api.acts == []
    assert "Suppress 1 h" not in buttons(sender.send("acknowledged-in-zabbix"))


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("Cannot close problem: trigger does not allow manual closing.", "does not allow to close"),
        ("No permissions to referred object or it does not exist!", "may not do this"),
        ("API token expired.", "does not take the hub's API token"),
        ("Session terminated, re-login, please.", "does not take the hub's API token"),
        ('Invalid parameter "/": unexpected\n parameter "auth".', 'Zabbix says: Invalid parameter "/"'),
    ],
)
def test_a_refusal_is_told_in_clear_words_and_changes_nothing(sender, card, refusal, told):
    sender.api.refusal = refusal
    with pytest.raises(PermanentFailure, match=told):
        sender.click(card, "close")
    assert "Closed by" not in rows(sender.send("acknowledged-in-zabbix"))


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, PermanentFailure), (404, PermanentFailure), (503, RetryLater), (502, RetryLater)],
)
def test_an_answer_of_something_before_zabbix_is_told(sender, card, status, error):
    sender.api.status = status
    with pytest.raises(error) as told:
        sender.click(card, "acknowledge")
    assert API_TOKEN not in str(told.value)


def test_a_zabbix_that_is_away_was_not_asked_anything(sender, card):
    sender.api.failure = httpx.ConnectError("refused")
    with pytest.raises(RetryLater, match="cannot be reached"):
        sender.click(card, "acknowledge")


def test_an_answer_that_got_lost_is_neither_yes_nor_no(sender, card):
    sender.click(card, "comment", "now the version is known")
    sender.api.failure = httpx.ReadTimeout("no answer")
    with pytest.raises(httpx.ReadTimeout):
        sender.click(card, "acknowledge")


def test_a_page_that_is_no_api_is_told(sender, card):
    sender.api.page = "<html>"
    with pytest.raises(PermanentFailure, match="check api_url"):
        sender.click(card, "acknowledge")


def test_the_health_check_proves_the_token(sender):
    (check,) = sender.plugin.health_checks()
    assert check.check().message == "Zabbix 7.0 takes the API token"
    sender.api.refusal = "Not authorized."
    assert not check.check().ok


def test_a_click_on_a_problem_long_forgotten_leaves_the_words_to_the_hub(sender, card, make_sender):
    other = make_sender()
    assert other.click(card, "acknowledge") is None
    assert other.api.acts
