"""The types plugins speak in."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import BaseModel, ValidationError

from hub.plugin import (
    Action,
    Duration,
    InboundRequest,
    InvalidPayload,
    Item,
    Mode,
    Moment,
    Money,
    Notification,
    Person,
    Recipient,
    Severity,
    T,
    accept_one,
    bold,
    code,
    field,
    lines,
    link,
)

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


def request(body, content_type="application/json"):
    return InboundRequest(
        method="POST",
        url="",
        path="/in/x",
        headers=(("Content-Type", content_type),),
        body=body,
        received_at=NOW,
    )


def test_a_notification_survives_being_stored():
    told = Notification(
        key="deal:1",
        title=T("{n} deal of {who}", "{n} deals of {who}", n=2, who=Person(name="Vera", id="27")),
        text=lines("plain", bold("loud"), code("x = 1"), link("there", "/crm/")),
        fields=(
            field("Sum", Money(amount=Decimal("1250000.50"), currency="RUB")),
            field("Since", Moment(at=NOW)),
            field("Lasted", Duration(length=timedelta(minutes=16))),
        ),
        actions=(Action(label="Take", command="take", args={"id": 1}), Action(label="Open", url="/crm/")),
        severity=Severity.CRITICAL,
    )

    assert Notification.model_validate(json.loads(told.model_dump_json())) == told


@pytest.mark.parametrize(
    ("n", "words"), [(1, "1 alert since noon"), (3, "3 alerts since noon"), (0, "0 alerts since noon")]
)
def test_a_text_reads_as_english_in_logs(n, words):
    assert str(T("{n} alert since {when}", "{n} alerts since {when}", n=n, when="noon")) == words


@pytest.mark.parametrize("template", ["{a.b}", "{a[0]}", "{0}", "{a!r}", "{a:>9}", "{}"])
def test_only_names_may_stand_in_the_braces_of_a_text(template):
    with pytest.raises(ValidationError):
        T(template, a="x")


def test_severities_are_ordered():
    ordered = [Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL]

    assert sorted([*ordered[2:], *ordered[:2]]) == ordered
    assert max(ordered) is Severity.CRITICAL


@pytest.mark.parametrize(
    ("word", "severity"),
    [("page", "critical"), ("None", "info"), ("WARN", "warning"), (None, "warning"), ("purple", "warning")],
)
def test_the_words_of_senders_become_severities(word, severity):
    assert Severity.read(word) == severity


def test_the_own_words_of_a_sender_win():
    assert Severity.read("High", {"high": Severity.CRITICAL}) is Severity.CRITICAL


@pytest.mark.parametrize("fields", [{}, {"command": "a", "url": "/b"}])
def test_an_action_does_one_thing(fields):
    with pytest.raises(ValidationError, match="either a command or a url"):
        Action(label="x", **fields)


def test_an_update_needs_a_thread():
    with pytest.raises(ValidationError, match="needs a thread"):
        Notification(key="k", title="t", mode=Mode.UPDATE)


def test_a_suppressed_notification_says_why():
    assert Notification(key="k", title="t").suppress("maintenance").suppressed == "maintenance"


@pytest.mark.parametrize(("kind", "dialog"), [("user", "27"), ("chat", "chat27")])
def test_a_recipient_knows_its_dialog(kind, dialog):
    assert Recipient(kind=kind, id="27").dialog == dialog


def test_by_default_a_request_is_one_item():
    assert accept_one(request(b"{}")).items == (Item(),)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{", "application/json"), (b"\xff", "application/cloudevents+json"), (b"", "text/plain")],
)
def test_by_default_broken_json_and_nothing_are_rejected(body, content_type):
    with pytest.raises(InvalidPayload):
        accept_one(request(body, content_type))


class Order(BaseModel):
    id: int
    total: int


def test_a_refused_body_names_the_fields_and_not_their_values():
    with pytest.raises(InvalidPayload) as caught:
        request(b'{"id": "s3cret"}').json_as(Order)

    assert caught.value.status == 422
    assert "id" in str(caught.value) and "total" in str(caught.value) and "s3cret" not in str(caught.value)


def test_a_senders_own_keys_are_told_short_and_without_control_characters():
    class Counts(BaseModel):
        counts: dict[str, int]

    key = "\x1b[2J\r\nfake: line" + "k" * 5000
    with pytest.raises(InvalidPayload, match=r"counts\.\ufffd\[2J\ufffd\ufffdfake: line") as caught:
        request(json.dumps({"counts": {key: "x"}}).encode()).json_as(Counts)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b"\xff\xfe", b'{"id": ' + b"9" * 5000 + b"}"])
def test_what_is_not_json_is_refused_and_never_an_error_of_ours(body):
    with pytest.raises(InvalidPayload):
        request(body).json_as(Order)


def test_a_form_with_a_doubled_field_is_refused():
    with pytest.raises(InvalidPayload):
        request(b"a=1&a=2", "application/x-www-form-urlencoded").form()


def test_a_form_keeps_its_keys_as_sent():
    sent = request(b"a%5Bb%5D=%D1%8F&c=", "application/x-www-form-urlencoded")

    assert sent.form() == {"a[b]": "я", "c": ""}
