"""What is kept, what counts as the same call, what an event means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.plugin import EventKind, InvalidPayload, Severity, plain

from .conftest import changed


def event(sender, body):
    (found,) = sender.source.parse(sender.request(body))
    return found


def test_zabbix_is_answered_with_an_empty_object(sender):
    answer = sender.accept("problem").answer
    assert (answer.status, answer.body, answer.content_type) == (200, "{}", "application/json")


def test_a_step_of_the_escalation_that_repeats_the_problem_is_a_duplicate(sender):
    step = changed("problem", alert_subject="Still a problem", event_age="10m", event_opdata="waiting: 2100")
    assert sender.key(step) == sender.key("problem")


def test_a_step_to_somebody_else_is_kept_but_is_the_same_fact(sender):
    boss = changed("problem", recipient="user:1")
    assert sender.key(boss) != sender.key("problem")
    first, second = sender.send("problem"), sender.send(boss)
    assert (first.key, first.thread) == (second.key, second.thread)
    assert (first.to, second.to) == (("chat:1157",), ("user:1",))


def test_an_endpoint_is_a_label_and_another_one_is_told_the_same_fact(sender):
    assert sender.key("problem", "duty") != sender.key("problem")
    plain, duty = sender.send("problem"), sender.send("problem", "duty")
    assert duty.labels == {**plain.labels, "endpoint": "duty"}
    assert (duty.key, duty.thread) == (plain.key, plain.thread)
    assert sender.send("test-button", "duty").labels["endpoint"] == "duty"


@pytest.mark.parametrize("name", ["recovery", "acknowledged-in-zabbix", "suppressed-in-zabbix"])
def test_what_follows_is_kept_in_the_order_of_its_event(sender, name):
    (problem,), (after,) = sender.accept("problem").items, sender.accept(name).items
    assert after.key != problem.key
    assert after.group == problem.group


def test_two_updates_in_one_second_are_two(sender):
    other = changed("acknowledged-in-zabbix", event_update_message="and the disk")
    assert sender.key(other) != sender.key("acknowledged-in-zabbix")


@pytest.mark.parametrize(
    ("name", "kind", "severity"),
    [
        ("problem", EventKind.PROBLEM, Severity.CRITICAL),
        ("problem-of-6.0-with-raw-macros", EventKind.PROBLEM, Severity.WARNING),
        ("acknowledged-in-zabbix", EventKind.UPDATE, Severity.CRITICAL),
        ("recovery", EventKind.RECOVERY, Severity.CRITICAL),
        ("service-problem", EventKind.PROBLEM, Severity.CRITICAL),
        ("item-unsupported", EventKind.PROBLEM, Severity.WARNING),
        ("host-down", EventKind.MESSAGE, Severity.WARNING),
        ("autoregistration", EventKind.MESSAGE, Severity.WARNING),
        ("test-button", EventKind.MESSAGE, Severity.WARNING),
    ],
)
def test_each_source_of_events_is_told_apart(sender, name, kind, severity):
    assert (event(sender, name).kind, event(sender, name).severity) == (kind, severity)


def test_an_update_of_what_is_over_is_an_update(sender):
    late = changed("acknowledged-in-zabbix", event_value="0")
    assert event(sender, late).kind is EventKind.UPDATE


@pytest.mark.parametrize(
    ("values", "at"),
    [
        ({}, datetime(2026, 11, 22, 9, 58, 20, tzinfo=UTC)),
        ({"event_timestamp": "{EVENT.TIMESTAMP}"}, datetime(2026, 11, 22, 9, 58, 20, tzinfo=UTC)),
        ({"event_timestamp": "9" * 30}, datetime(2026, 11, 22, 10, 5, tzinfo=UTC)),
        ({"event_timestamp": "", "event_date": "yesterday"}, datetime(2026, 11, 22, 10, 5, tzinfo=UTC)),
    ],
    ids=["epoch", "wall-clock-in-the-zone", "impossible", "unreadable"],
)
def test_the_time_is_the_epoch_else_the_servers_clock_else_now(sender, values, at):
    assert event(sender, changed("problem", **values)).occurred_at == at


def test_unresolved_macros_are_empty_and_braces_in_words_are_not(sender):
    card = sender.send("problem-of-6.0-with-raw-macros")
    assert "{" not in card.model_dump_json(include={"title", "text", "labels", "to"}).replace('{"', "")
    assert not card.url.startswith("{")
    kept = sender.send(changed("problem", event_id="9", event_name="{ITEM} is *BAD* in {HOST}"))
    assert "{ITEM} is *BAD* in {HOST}" in str(kept.title)


def test_a_place_that_zabbix_does_not_know_is_not_shown(sender):
    card = sender.send(changed("problem", host_ip="UNKNOWN", host_name="*UNKNOWN*", event_name="UNKNOWN"))
    server = next(str(row.value) for row in card.fields if plain(row.name) == "Server")
    assert "UNKNOWN" not in server
    assert str(card.title).startswith("UNKNOWN (")


def test_numbers_and_nothing_are_as_good_as_text(sender):
    numbers = {"event_source": 0, "event_id": 4410, "event_nseverity": 4, "event_timestamp": 1795341500}
    card = sender.send(changed("problem", **numbers, event_opdata=12.5, event_update_status=None))

    assert (card.thread, card.severity, card.occurred_at.timestamp()) == (
        "problem:4410",
        Severity.CRITICAL,
        1795341500,
    )
    assert "12.5" in str(card.fields)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"{", 400, "JSON"),
        (b"{}", 422, "event_source"),
        (changed("problem", event_source="5"), 422, "event_source"),
        (changed("problem", event_id="{EVENT.ID}"), 422, "event_id"),
        (changed("problem", event_id="1" * 21), 422, "event_id"),
        (changed("problem", schema="zabbix-hub/2"), 422, "schema"),
        (changed("problem", event_name={"a": 1}), 422, "event_name"),
    ],
)
def test_what_is_none_of_our_media_type_is_refused_naming_the_field(sender, body, status, told):
    with pytest.raises(InvalidPayload, match=told) as refusal:
        sender.accept(body)
    assert refusal.value.status == status


def test_pressing_test_twice_is_told_twice(sender):
    first = sender.key("test-button")
    assert sender.key("test-button") == first
    sender.ctx.clock.move_to(datetime(2026, 11, 22, 10, 5, 10, tzinfo=UTC))
    assert sender.key("test-button") != first
