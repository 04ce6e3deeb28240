"""What 1C sends and what people read."""

from __future__ import annotations

import json

import pytest

from hub.plugin import InvalidPayload, ItemOutcome, Severity, plain

CARDS = [
    ("order-created.json", "order.created", "New order 00УТ-000217", ("Amount", "18400.00 RUB")),
    (
        "order-created-with-mark.json",
        "order.created",
        "New order 00УТ-000217",
        ("Items", "Стол × 2\nСтул × 8"),
    ),
    ("order-created-utf-16.json", "order.created", "New order 00УТ-000217", ("Customer", "ООО «Образец»")),
    ("order-status-windows-1251.json", "order.status", "Order 00УТ-000217: К отгрузке", None),
    (
        "payment-russian-keys.json",
        "payment.received",
        "Payment ЦБ00-000031 is received",
        ("Amount", "12500.50 RUB"),
    ),
    (
        "payment-russian-keys.json",
        "payment.received",
        "Payment ЦБ00-000031 is received",
        ("Order", "00УТ-000217"),
    ),
    ("stock-low.json", "stock.low", "Running out: Бумага А4", ("Left", "1234.500 пач")),
    ("job-failed.json", "error", "Обмен с сайтом: ошибка", None),
    ("odata-entity.json", "document.posted", "Document 0000-000031 is posted", ("Amount", "9683.42 RUB")),
]


@pytest.mark.parametrize(("payload", "kind", "title", "row"), CARDS)
def test_an_event_is_a_card(base, payload, kind, title, row):
    (card,) = base.told(payload)

    assert (card.kind, plain(card.title), card.to) == (f"onec.{kind}", title, ("department:5",))
    assert row is None or row in [(plain(each.name), plain(each.value)) for each in card.fields]


def test_a_body_in_windows_1251_is_read_with_and_without_its_charset(base):
    told = [
        base.told("order-status-windows-1251.json", charset=charset)
        for charset in ("windows-1251", "utf-8", "x")
    ]
    assert told[0] == told[1] == told[2]


def test_times_without_a_zone_are_those_of_the_server(base):
    times = [base.told(name)[0].occurred_at.isoformat() for name in ("order-created.json", "stock-low.json")]
    assert times == ["2026-11-22T10:01:00+00:00", "2026-11-22T10:04:59+00:00"]


def test_an_order_has_one_card_for_each_base(base):
    (created,), (moved,) = base.told("order-created.json"), base.told("order-status-windows-1251.json")
    (other,) = base.told("order-created.json", "bp")

    assert created.thread == moved.thread == "order:00УТ-000217"
    assert created.key != moved.key
    assert (other.thread, other.labels["endpoint"]) == ("bp:order:00УТ-000217", "bp")
    assert other.key != created.key


def test_nothing_is_shown_of_empty_dates_references_and_texts(base):
    names = [
        plain(row.name)
        for payload in ("stock-low.json", "odata-entity.json")
        for row in base.told(payload)[0].fields
    ]
    assert names == ["Left", "Minimum", "Warehouse", "Amount"]


def test_braces_of_an_error_are_not_a_template(base):
    (card,) = base.told("job-failed.json")
    assert (card.text, card.severity) == (
        "{ОбщийМодуль.Обмен(118)}: Превышено время ожидания",
        Severity.ERROR,
    )


def test_a_link_that_no_browser_opens_is_not_shown(base):
    assert base.told("order-created.json")[0].url == ""


def test_a_batch_keeps_what_can_be_read_and_names_the_rest(base):
    assert [card.kind for card in base.told("batch-with-one-unknown.json")] == [
        "onec.order.created",
        "onec.order.cancelled",
    ]
    answer = base.answer("batch-with-one-unknown.json", ItemOutcome.ACCEPTED, ItemOutcome.DUPLICATE)
    (error,) = answer.pop("errors")
    assert answer == {"accepted": 1, "duplicates": 1}
    assert error["id"] == "b-3"
    assert "known are order.created" in error["message"]


def test_the_answer_has_no_mark_that_1c_would_stumble_over(base):
    answer = base.accept("order-created.json").answer([ItemOutcome.ACCEPTED])
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {"accepted": 1, "duplicates": 0, "errors": []}


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        pytest.param(b'{"event": "order.created", "id": "1', 400, "line 1, column 34", id="cut"),
        pytest.param(b'{"event": NaN}', 400, "not valid JSON", id="no-number"),
        pytest.param(b"\xef\xbb\xbf\xff", 400, "no encoding", id="broken-utf-8"),
        pytest.param(b"[" * 100_000, 400, "not valid JSON", id="deep"),
        pytest.param(b"[]", 422, "1 to 1000 events", id="empty-batch"),
        pytest.param(b"[1, 2]", 422, "none of the 2 events", id="no-events"),
        pytest.param(b'"text"', 422, "must be a JSON object", id="text"),
        pytest.param(b'{"event": "error"}', 422, "id is missing", id="no-id"),
        pytest.param(b'{"event": "new", "id": "1"}', 422, "event is missing or unknown", id="unknown-event"),
        pytest.param(b'{"#type": "jv8:Structure", "#value": []}', 422, "not with", id="xdto"),
    ],
)
def test_what_is_no_event_is_refused_in_words_for_a_programmer(base, body, status, told):
    with pytest.raises(InvalidPayload, match=told) as refusal:
        base.accept(body)
    assert refusal.value.status == status
