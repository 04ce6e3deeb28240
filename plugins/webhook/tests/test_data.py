"""Numbers, times and forms as senders write them, for any input."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.plugin import InvalidPayload, Money, Number
from hub_plugin_webhook.forms import read_form, without
from hub_plugin_webhook.typed import decimal_of, money, time_of

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5
)


@given(AMOUNTS, st.sampled_from(["", " ", "\u00a0", "\u202f"]), st.sampled_from(".,"))
def test_an_amount_is_exact_in_whatever_notation(amount, blank, point):
    assert decimal_of(f"{amount:,}".replace(",", blank).replace(".", point)) == amount


@given(JSON)
def test_anything_is_an_amount_and_a_time_or_none(value):
    assert isinstance(decimal_of(value), Decimal | None)
    assert isinstance(money(value, "EUR"), Money | None)
    assert isinstance(time_of(value), datetime | None)


@pytest.mark.parametrize("currency", [None, "", "руб.", "EURO", 643])
def test_an_amount_without_a_code_of_its_currency_is_a_number(currency):
    assert money("12.50", currency) == Number(value=Decimal("12.50"))


@pytest.mark.parametrize(
    "value",
    [
        1795341600,
        "1795341600",
        1795341600000,
        "2026-11-22T10:00:00Z",
        "2026-11-22 10:00:00",
        "2026-11-22T13:00:00+03:00",
    ],
)
def test_a_time_is_read_in_whatever_notation(value):
    assert time_of(value) == datetime(2026, 11, 22, 10, tzinfo=UTC)


@given(st.dictionaries(st.text("abя ", min_size=1), st.text(), max_size=5))
def test_a_flat_form_is_read_as_it_was_written(fields):
    assert read_form(urlencode(fields).encode()) == fields


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_refused(body):
    try:
        read_form(body)
        without(body, {"a"})
    except InvalidPayload:
        pass


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"a[x][0]=1&a[x][1]=2", {"a": {"x": ["1", "2"]}}),
        (b"a%5B%5D=1&a%5B%5D=2", {"a": ["1", "2"]}),
        (b"a[7][id]=1", {"a": {"7": {"id": "1"}}}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a=1&a[b]=2", {"a": {"b": "2"}}),
        (b"a]b[=1&[c]=2", {"a]b[": "1", "[c]": "2"}),
        (b"a=", {"a": ""}),
    ],
)
def test_brackets_are_read_as_php_reads_them(body, told):
    assert read_form(body) == told
