"""Numbers, times and currencies, for any input."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_plugin_onec import values

MOSCOW = ZoneInfo("Europe/Moscow")
AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=2, allow_nan=False)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5
)


@given(AMOUNTS, st.sampled_from(["", " ", "\u00a0", "\u202f"]), st.sampled_from(".,"))
def test_an_amount_is_exact_in_whatever_notation(amount, blank, point):
    assert values.number(f"{amount:,}".replace(",", blank).replace(".", point)) == amount


@given(ANYTHING)
def test_anything_is_a_value_or_nothing(value):
    assert isinstance(values.number(value), Decimal | None)
    assert isinstance(values.moment(value, MOSCOW), datetime | None)
    assert len(values.currency(value)) == 3
    values.text(value).encode()


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22T13:04:59",
        "22.11.2026 13:04:59",
        "20261122130459",
        "2026-11-22T10:04:59Z",
        "2026-11-22 13:04:59",
    ],
)
def test_a_time_is_read_in_whatever_notation(written):
    assert values.moment(written, MOSCOW) == datetime(2026, 11, 22, 10, 4, 59, tzinfo=UTC)


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00", "01.01.0001 0:00:00", "", "вчера", None, 10**20])
def test_an_empty_date_is_no_time(written):
    assert values.moment(written, MOSCOW) is None


@pytest.mark.parametrize("written", ["руб.", "руб", "643", "RUB", "rub", "", None, "тугрики"])
def test_roubles_have_many_names(written):
    assert values.currency(written) == "RUB"
