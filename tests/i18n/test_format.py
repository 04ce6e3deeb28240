"""Numbers, money, moments and durations as readers of both languages see them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from hub.i18n import Reader
from hub.i18n.format import duration, moment, money, number

READERS = {
    "en": Reader(language="en", zone=ZoneInfo("Europe/Moscow")),
    "ru": Reader(language="ru", zone=ZoneInfo("Europe/Moscow")),
}


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "unit", "en", "ru"),
    [
        ("1250000", "", "1,250,000", "1 250 000"),
        ("0.1250", "", "0.125", "0,125"),
        ("-7.5", "", "-7.5", "-7,5"),
        ("93.4", "%", "93.4 %", "93,4 %"),
        ("1E+300", "", "1E+300", "1E+300"),
        ("1E-9999999", "", "1E-9999999", "1E-9999999"),
        ("1." + "3" * 60, "", "1." + "3" * 19, "1," + "3" * 19),
    ],
)
def test_a_number(value, unit, en, ru):
    assert _spaced(number(Decimal(value), READERS["en"], unit=unit)) == en
    assert _spaced(number(Decimal(value), READERS["ru"], unit=unit)) == ru


@pytest.mark.parametrize(
    ("amount", "currency", "en", "ru"),
    [
        ("1250000", "RUB", "RUB 1,250,000", "1 250 000 ₽"),
        ("1250000.00", "RUB", "RUB 1,250,000", "1 250 000 ₽"),
        ("12.5", "USD", "$12.50", "12,50 $"),
        ("-3.456", "EUR", "-€3.46", "-3,46 €"),
        ("-7", "RUB", "-RUB 7", "-7 ₽"),
        ("1.5", "KWD", "KWD 1.500", "1,500 KWD"),
        ("15.5", "BONUS", "15.5 BONUS", "15,5 BONUS"),
        ("1", "rub", "RUB 1", "1 ₽"),
        ("1E+50", "RUB", "1E+50 RUB", "1E+50 RUB"),
    ],
)
def test_money(amount, currency, en, ru):
    assert _spaced(money(Decimal(amount), currency, READERS["en"])) == en
    assert _spaced(money(Decimal(amount), currency, READERS["ru"])) == ru


@pytest.mark.parametrize(
    ("show", "en", "ru"),
    [
        ("datetime", "22 Nov 2026, 12:58", "22 ноября 2026, 12:58"),
        ("date", "22 Nov 2026", "22 ноября 2026"),
        ("time", "12:58", "12:58"),
    ],
)
def test_a_moment_in_the_readers_zone(show, en, ru):
    at = datetime(2026, 11, 22, 9, 58, 31, tzinfo=UTC)

    assert moment(at, READERS["en"], show=show) == en
    assert moment(at, READERS["ru"], show=show) == ru


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "22 Nov 2026, 09:58 UTC"),
        ("Asia/Kolkata", "22 Nov 2026, 15:28 UTC+05:30"),
        ("America/New_York", "22 Nov 2026, 04:58 UTC-05:00"),
    ],
)
def test_a_group_of_several_zones_sees_which_one_is_meant(zone, shown):
    group = Reader(language="en", zone=ZoneInfo(zone), several_zones=True)

    assert moment(datetime(2026, 11, 22, 9, 58, tzinfo=UTC), group) == shown


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Honolulu"])
@pytest.mark.parametrize(
    "never",
    [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)],
    ids=["year 1", "year 9999"],
)
def test_a_sender_may_write_never_as_the_first_or_last_day_of_the_calendar(zone, never):
    assert moment(never, Reader(language="ru", zone=ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("seconds", "en", "ru"),
    [
        (0, "0 seconds", "0 секунд"),
        (0.4, "0 seconds", "0 секунд"),
        (59.7, "1 minute", "1 минута"),
        (960, "16 minutes", "16 минут"),
        (7_200, "2 hours", "2 часа"),
        (7_500, "2 hr 5 min", "2 ч 5 мин"),
        (86_400 * 3 + 3_600 * 5 + 59, "3 days 5 hr", "3 дн. 5 ч"),
        (86_400 + 60, "1 day", "1 день"),
        (-300, "−5 minutes", "−5 минут"),
    ],
)
def test_a_duration_in_its_two_largest_units(seconds, en, ru):
    length = timedelta(seconds=seconds)

    assert _spaced(duration(length, READERS["en"])) == en
    assert _spaced(duration(length, READERS["ru"])) == ru


def test_an_unknown_language_reads_english():
    assert Reader(language="de", zone=ZoneInfo("UTC")).language == "en"
