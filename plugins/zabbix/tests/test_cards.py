"""What the cards say, and to whom they go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.plugin import Mode, Severity, plain

from .conftest import changed


def rows(card):
    return {plain(row.name): plain(row.value) for row in card.fields}


def buttons(card):
    return [plain(action.label) for action in card.actions]


def test_a_problem_tells_what_where_since_when_and_its_data(sender):
    card = sender.send("problem")
    assert card.title == "Очередь заказов не разбирается (Заказы 1)"
    assert (card.mode, card.severity, card.to) == (Mode.OPEN, Severity.CRITICAL, ("chat:1157",))
    assert rows(card) == {
        "Error type": "Высокая, availability, queue",
        "Server": "Заказы 1, orders-1.prod, 192.0.2.61",
        "Started": "2026-11-22T09:58:20+00:00",
        "Operational data": "ждут: 1840\njava.lang.IllegalStateException: broker is gone\n"
        "\tat ru.acme.Orders.take(Orders.java:118)",
    }
    assert buttons(card) == ["Acknowledge", "Close", "Suppress 1 h", "Open", "Runbook"]
    assert card.url == "https://zabbix.acme.example/tr_events.php?triggerid=20077&eventid=880041"
    assert card.labels["team"] == "orders"
    assert card.labels["hostgroups"] == "Linux servers, Shop"


def test_without_an_api_token_there_are_only_links(make_sender):
    card = make_sender(api_token="", frontend_url=None).send("problem")
    assert buttons(card) == ["Open", "Runbook"]
    assert card.url.startswith("https://zabbix.acme.example/zabbix/tr_events.php")


def test_a_link_that_is_none_is_left_out(make_sender):
    body = changed("problem", zabbix_url="javascript:alert(1)//", trigger_url="see the wiki")
    card = make_sender(api_token="", frontend_url=None).send(body)
    assert (card.url, card.actions) == ("", ())


def test_a_word_in_send_to_leaves_it_to_the_settings(make_sender):
    sender = make_sender(to=["oncall:infra"])
    assert sender.send(changed("problem", recipient="hub")).to == ("oncall:infra",)
    assert sender.send(changed("problem", recipient="user:1, chat:7")).to == ("user:1", "chat:7")


def test_what_is_done_in_zabbix_shows_on_the_card(sender):
    sender.send("problem")
    card = sender.send("acknowledged-in-zabbix")
    assert (card.mode, card.loud) == (Mode.UPDATE, False)
    assert rows(card)["Acknowledged"] == "Пётр Дежурный (pduty), 2026-11-22T10:01:40+00:00"
    assert rows(card)["Comment"] == "Пётр Дежурный (pduty): Перезапускаю брокер"
    assert "Acknowledge" not in buttons(card)
    again = sender.send(
        changed(
            "acknowledged-in-zabbix",
            event_update_actionjson='{"unacknowledge": true}',
            event_update_timestamp="1795341800",
            event_update_message="",
        )
    )
    assert "Acknowledged" not in rows(again)
    assert "Acknowledge" in buttons(again)


def test_the_words_of_6_0_are_read_and_a_worse_severity_rings(sender):
    sender.send("problem-of-6.0-with-raw-macros")
    card = sender.send("severity-raised-in-6.0")
    assert (card.severity, card.loud) == (Severity.CRITICAL, True)
    assert rows(card)["Severity changed"] == "High (Anna Onduty (anna))"
    assert {"Acknowledged", "Closed by", "Comment"} <= rows(card).keys()
    assert buttons(card) == ["Suppress 1 h", "Open"]


def test_renamed_severities_are_not_taken_for_deeds(sender):
    sender.send("problem-of-6.0-with-raw-macros")
    phrase = "changed severity from closed to suppressed"
    card = sender.send(changed("severity-raised-in-6.0", event_update_action=phrase, event_update_message=""))
    assert {"Closed by", "Suppressed until", "Acknowledged"}.isdisjoint(rows(card))


def test_a_recovery_ends_the_card_and_nothing_opens_it_again(sender):
    sender.send("problem")
    sender.send("acknowledged-in-zabbix")
    over = sender.send("recovery")
    assert plain(over.title) == "Resolved: Очередь заказов не разбирается (Заказы 1)"
    assert (over.mode, over.severity, buttons(over)) == (Mode.UPDATE, Severity.INFO, ["Open", "Runbook"])
    assert rows(over)["Lasted"] == "0:06:00"
    assert "Acknowledged" in rows(over)
    late = sender.send(changed("acknowledged-in-zabbix", event_update_timestamp="1795341900"))
    assert late.kind == "zabbix.problem.resolved"


def test_a_suppression_ends_by_itself_and_brings_the_button_back(sender):
    sender.send("problem")
    card = sender.send("suppressed-in-zabbix")
    assert rows(card)["Suppressed until"].startswith("2026-11-22T12:03:20+00:00")
    assert "Suppress 1 h" not in buttons(card)
    (timer,) = sender.plugin.timers()
    assert sender.ctx.timers.due() == []
    sender.ctx.clock.move(timedelta(hours=2))
    (fired,) = sender.ctx.timers.due()
    (after,) = timer.handler(fired)
    assert "Suppress 1 h" in buttons(after)
    assert "Suppressed until" not in rows(after)
    sender.send("recovery")
    assert list(timer.handler(fired)) == []


def test_many_comments_do_not_push_out_the_acknowledgement(sender):
    sender.send("problem")
    sender.send("acknowledged-in-zabbix")
    for n in range(40):
        card = sender.send(
            changed(
                "acknowledged-in-zabbix",
                event_update_actionjson="{}",
                event_update_message=f"{n}" * 900,
                event_update_timestamp=str(1795341800 + n),
            )
        )
    assert "Acknowledged" in rows(card)
    assert [plain(row.name) for row in card.fields].count("Comment") == 3


def test_the_largest_problem_can_be_remembered(sender):
    names = ("event_name", "event_opdata", "trigger_description", "host_name", "event_severity")
    card = sender.send(changed("problem", **dict.fromkeys(names, "😀" * 5000)))
    assert len(card.model_dump_json()) < 64 * 1024


def test_a_service_has_its_root_cause_and_nothing_to_acknowledge(sender):
    card = sender.send("service-problem")
    assert card.title == 'Status of service "Личный кабинет" changed to High'
    assert rows(card)["Service"] == "Личный кабинет"
    assert rows(card)["Cause"] == "Очередь заказов не разбирается"
    assert card.actions == ()


def test_what_zabbix_cannot_do_itself_is_told(sender):
    card = sender.send("item-unsupported")
    assert (card.kind, card.title) == ("zabbix.internal.open", "orders-1.prod:orders.lag is not supported")
    assert rows(card)["Item"] == "orders: lag"
    assert card.text == "Cannot evaluate expression: no data"
    over = sender.send(changed("item-unsupported", event_value="0", event_recovery_id="7009"))
    assert over.kind == "zabbix.internal.resolved"


@pytest.mark.parametrize("name", ["192.0.2.1\0", "ж" * 4000])
def test_a_discovered_device_may_have_any_name(sender, name):
    assert sender.send(changed("host-down", discovery_device_ip=name)).severity is Severity.WARNING
    assert sender.told(changed("host-down", discovery_device_ip=name, event_id="7010")) == []


def test_a_discovered_device_is_told_to_each_recipient(sender):
    first = sender.send(changed("host-down", recipient="user:1"))
    second = sender.send(changed("host-down", recipient="user:5"))
    assert (second.key, second.to) == (first.key, ("user:5",))
    assert sender.send("host-down", "duty").labels["endpoint"] == "duty"


def test_a_discovered_device_is_told_when_it_changes_only(sender):
    assert plain(sender.send("host-down").title) == "Discovery: 198.51.100.77 is down"
    assert sender.told(changed("host-down", event_id="7010")) == []
    up = sender.send(changed("host-down", event_id="7011", discovery_device_status="UP"))
    assert (up.severity, up.loud) == (Severity.INFO, True)
    assert plain(sender.send("service-up").title) == "Discovery: 198.51.100.78 HTTPS:443 is up"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("autoregistration", "New host registered itself: runner-42"),
        ("test-button", "Test message from Zabbix: Hello hub"),
    ],
)
def test_what_has_no_course_is_a_message_of_its_own(sender, name, title):
    card = sender.send(name)
    assert (plain(card.title), card.thread, card.actions) == (title, "", ())
