"""Writing a mapping: what it can say, what it may not do, and how a mistake in it is told."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
from pydantic import ValidationError

from hub.plugin import ConfigurationError, InvalidPayload, Moment, Money, Number, Severity, plain
from hub.testing import FakeContext
from hub_plugin_webhook import WebhookPlugin
from hub_plugin_webhook.failures import BadMapping, MappingFailed
from hub_plugin_webhook.settings import WebhookSettings
from hub_plugin_webhook.templates import Template


def test_a_body_of_plain_words_needs_no_mapping(make_sender):
    (card,) = make_sender().told(
        b'{"title": "Backup failed", "text": "disk full", "severity": "error", "id": 7}'
    )
    assert (card.title, card.text, card.severity, card.key) == (
        "Backup failed",
        "disk full",
        Severity.ERROR,
        "7",
    )


def test_a_mapping_names_everything_of_a_card(mapped):
    body = {
        "order": {"no": "A-1", "sum": "1 250,50", "cur": "eur", "at": 1795341600, "items": ["Cup", "Saucer"]},
        "boss": 17,
        "page": "https://shop.example/a-1",
    }
    (card,) = mapped(
        body,
        values={"number": "body.order.no"},
        title="Order {number}",
        text="{% for item in body.order['items'] %}{{ loop.index }}. {{ item }}\n{% endfor %}",
        severity="{{ 'critical' if body.boss == 17 else 'info' }}",
        key="order:{{ number }}",
        thread="order:{{ number }}",
        url="{{ body.page }}",
        occurred_at="body.order.at",
        fields=[
            {"name": "Sum", "money": "body.order.sum", "currency": "body.order.cur"},
            {"name": "Pieces", "number": "length(body.order.items)"},
            {"name": "At", "moment": "body.order.at"},
            {"name": "Nothing", "value": "{{ body.order.nothing.at.all }}"},
        ],
        actions=[{"label": "Open", "url": "{{ body.page }}"}, {"label": "No", "url": "javascript:alert(1)"}],
        labels={"number": "{{ number }}"},
        to=["user:{{ body.boss }}"],
    )

    assert (plain(card.title), card.text) == ("Order A-1", "1. Cup\n2. Saucer")
    assert (card.severity, card.key, card.thread, card.to) == (
        Severity.CRITICAL,
        "order:A-1",
        "order:A-1",
        ("user:17",),
    )
    assert card.occurred_at.isoformat() == "2026-11-22T10:00:00+00:00"
    assert [type(row.value) for row in card.fields] == [Money, Number, Moment]
    assert [(plain(each.label), each.url) for each in card.actions] == [("Open", "https://shop.example/a-1")]
    assert card.labels == {"number": "A-1"}


def test_the_first_card_whose_condition_holds_is_used_and_takes_the_rest_from_the_map(mapped):
    cards = [
        {"when": "body.state == 'paid'", "title": "Paid"},
        {"when": "body.state == 'lost'", "kind": "lost"},
    ]
    told = [
        mapped({"state": state}, title="Order", kind="order", cards=cards) for state in ("paid", "lost", "x")
    ]
    assert [[(plain(card.title), card.kind) for card in each] for each in told] == [
        [("Paid", "order")],
        [("Order", "lost")],
        [],
    ]


def test_xml_is_mapped_like_anything_else(make_sender):
    body = (
        b'<s:order xmlns:s="urn:shop" state="paid"><number>A-77</number>'
        b'<total currency="EUR">12,50</total><item>Cup</item><item>Saucer</item></s:order>'
    )
    mapping = {
        "values": {"number": "body.order.number"},
        "title": "{{ number }} {{ body.order['@state'] }}: {{ body.order.item | join(', ') }}",
        "fields": [
            {"name": "Sum", "money": 'body.order.total."#text"', "currency": 'body.order.total."@currency"'}
        ],
    }
    (card,) = make_sender(map=mapping).told(body, **{"content-type": "application/xml"})
    assert card.title == "A-77 paid: Cup, Saucer"
    assert plain(card.fields[0].value) == "12.50 EUR"


def test_what_the_sender_wrote_is_never_a_template_nor_markup(mapped):
    evil = "[b]{{ 7 * 7 }}[/b] {name} <b>"
    (card,) = mapped({"t": evil}, values={"name": "body.t"}, title="Hello {name}", text="{{ body.t }}")
    assert plain(card.title) == f"Hello {evil}"
    assert card.text == evil
    assert isinstance(card.text, str)


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"], ids=["surrogate", "nul"])
def test_text_that_cannot_be_stored_is_cleaned(mapped, text):
    (card,) = mapped({"t": text}, title="{{ body.t }}!", key="{{ body.t }}", rows_of="body")
    json.loads(card.model_dump_json())
    assert "\x00" not in card.title


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param("{{ body.a * 1000000000 }}", "may not use '\\*'", id="multiply"),
        pytest.param("{{ 10 ** 10 ** 10 }}", "may not use '\\*\\*'", id="power"),
        pytest.param("{{ '%1000000000d' % 1 }}", "may not use '%'", id="format"),
        pytest.param("{{ range(1000000000) }}", "may not use a call", id="range"),
        pytest.param("{{ ''.ljust(1000000000) }}", "may not use a call", id="method"),
        pytest.param("{{ ''.__class__.__mro__() }}", "may not use a call", id="escape"),
        pytest.param("{% set a = body.a ~ body.a %}{{ a }}", "may not use 'set'", id="set"),
        pytest.param("{% include '/etc/passwd' %}", "may not use 'include'", id="include"),
        pytest.param(
            "{% for a in body %}{% for b in body %}{% endfor %}{% endfor %}", "loop inside a loop", id="loops"
        ),
        pytest.param("{{ body.a | center(100000000) }}", "no filter 'center'; known are abs, ", id="filter"),
        pytest.param("{{ body.a ", "is not a template", id="syntax"),
        pytest.param("{{ 1 }}" * 1000, "longer than 4000", id="long"),
    ],
)
def test_a_template_can_only_read_and_write(source, told):
    with pytest.raises(BadMapping, match=told):
        Template(source)


def test_a_template_reaches_no_attribute_of_python():
    scope = {"body": {"a": "text", "items": ["x"]}}
    assert (
        Template("{{ body.a.__class__ }}{{ body.__len__ }}{{ body['__class__'] }}").write(scope, limit=99)
        == ""
    )
    assert Template("{{ body.items[0] }}").write(scope, limit=99) == "x"


def test_what_a_template_writes_is_cut_and_soon_done():
    scope = {"body": ["x" * 100] * 1_000_000}
    began = time.thread_time()
    written = Template("{% for a in body %}{{ a }}{% endfor %}").write(scope, limit=50)
    assert written == "x" * 49 + "…"
    assert time.thread_time() - began < 0.2


def test_a_template_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr("hub_plugin_webhook.templates._PATIENCE", timedelta(seconds=-1))
    with pytest.raises(MappingFailed, match="too long"):
        Template("{{ body }}!").write({"body": "x"}, limit=50)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ({"title": "{{ body.x }"}, "plugins.shop.map.title: is not a template: line 1"),
        (
            {"title": "Order {nmuber}", "values": {"number": "body.n"}},
            "map.title: braces hold names of values; known are number",
        ),
        (
            {"title": "{{ nmuber }}", "values": {"number": "body.n"}},
            "map.title: 'nmuber' is neither .* did you mean 'number'",
        ),
        ({"values": {"n": "body.a b.c"}}, "map.values.n: is not a JMESPath expression; look near character"),
        ({"values": {"body": "item"}}, "map.values.body: is not a usable name"),
        ({"each": "body[?"}, "map.each: is not a JMESPath expression; look at its end"),
        ({"cards": [{"when": "a =="}]}, r"map.cards\[0\].when: is not a JMESPath"),
        (
            {"when": "{{ body.a }}"},
            "map.when: is not a JMESPath .*; it is no template, so write it without braces",
        ),
        (
            {"when": "body.a == 5"},
            "map.when: .* near character 11; numbers, true, .* in backticks, for example `5`",
        ),
        ({"when": 'body.a == "open"'}, "map.when: 'open' is neither .*; a text stands in single quotes"),
        ({"ignore": "bdoy.a"}, "map.ignore: 'bdoy' is neither .* did you mean 'body'"),
        (
            {"when": "lower(body.a) == 'a'"},
            "map.when: there is no function 'lower'; known are abs, avg, ceil",
        ),
        ({"cards": [{}, {"mode": "update"}]}, r"map.cards\[1\].thread: is missing"),
        ({"fields": [{"name": "A"}]}, r"map.fields\[0\]: needs exactly one of value, money"),
        ({"fields": [{"name": "A{b}", "value": "x"}]}, r"map.fields\[0\].name: may not have braces"),
        ({"labels": {"a": "{{ b }}"}}, "map.labels.a: 'b' is neither"),
        ({"to": ["user:{{ nobody }}"]}, r"map.to\[0\]: 'nobody'"),
    ],
)
def test_a_mistake_is_told_with_its_key_path(make_sender, mapping, told):
    with pytest.raises(ConfigurationError, match=told):
        make_sender(map=mapping)


@pytest.mark.parametrize(
    "expression",
    [
        "body.list[?state == 'x' && size > `2`].name | [0]",
        "sort_by(body.list, &size)[-1].{a: name, b: @.size}",
        "body.*.name || item.list[0:2] || to_string(headers)",
        "not_null(nr, body.list[].parts[].name)",
    ],
)
def test_only_what_is_looked_up_in_the_call_itself_must_be_part_of_it(make_sender, expression):
    make_sender(map={"values": {"nr": "body.nr", "found": expression}})


def test_all_mistakes_are_told_at_once(make_sender):
    with pytest.raises(ConfigurationError) as refusal:
        make_sender(probe="((", map={"each": "((", "title": "{{", "cards": [{"when": "(("}, {"url": "{{"}]})
    assert len(refusal.value.problems) == 5


def test_a_body_that_the_mapping_does_not_fit_is_kept_and_the_key_is_told(make_sender):
    sender = make_sender(map={"values": {"n": "length(body.title)"}, "title": "{n}"})
    assert len(sender.accept(b'{"title": 5}').items) == 1
    with pytest.raises(InvalidPayload, match=r"plugins\.shop\.map\.values\.n: does not fit this body"):
        sender.told(b'{"title": 5}')


def test_a_call_with_too_many_events_is_not_cut_silently(mapped):
    with pytest.raises(InvalidPayload, match="more than 200 events"):
        mapped([{"id": n} for n in range(201)], each="body", key="{{ item.id }}", title="x")


def test_without_a_key_the_same_words_count_again_after_ten_minutes(make_sender):
    sender = make_sender(map={"key": ""})
    (first,), (again,) = sender.told(b'{"title": "x"}'), sender.told(b'{"title": "x"}')
    sender.ctx.clock.move(timedelta(minutes=11))
    (later,) = sender.told(b'{"title": "x"}')
    assert first.key == again.key != later.key


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"to": ["user:17"]}, "nobody could send otherwise"),
        ({"username": "a"}, "username and password belong together"),
        ({"token": "t", "preset": "amo"}, "no such preset; known are amocrm"),
        ({"token": "t", "map": {"titel": "x"}}, "map.titel"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, told):
    with pytest.raises(ValidationError, match=told):
        WebhookSettings.model_validate(settings)


def test_a_key_that_is_not_base64_is_refused_without_showing_it(make_sender):
    with pytest.raises(ConfigurationError, match=r"plugins.shop.secret: is not base64") as refusal:
        make_sender("standard-webhooks", secret="whsec_not base64 at all")
    assert "not base64 at all" not in str(refusal.value)


def test_the_package_alone_takes_no_calls_and_is_no_mistake():
    plugin = WebhookPlugin(WebhookSettings.model_validate({}), FakeContext("webhook"))
    assert not list(plugin.sources())
