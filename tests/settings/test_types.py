"""Durations, rates, addresses, URLs."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from hub.bitrix24.auth import IncomingWebhook
from hub.settings import Settings, format_duration, parse_duration


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("26h", timedelta(hours=26)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("1h30m", timedelta(hours=1, minutes=30)),
    ],
)
def test_a_duration_is_numbers_with_units(written, meant):
    assert parse_duration(written) == meant


@pytest.mark.parametrize("written", ["", "5", "m", "1.5h", "-1m", "1 h", "0s", "1y", "9999w", "1h "])
def test_anything_else_is_no_duration(written):
    with pytest.raises(ValueError, match="duration"):
        parse_duration(written)


@pytest.mark.parametrize("written", ["1w", "1d2h", "1h30m", "45s"])
def test_a_duration_is_written_as_it_is_read(written):
    assert format_duration(parse_duration(written)) == written


def test_a_rate_is_a_number_within_a_duration(read):
    rate = read('[limits]\nper_recipient = "30/1m"').limits.per_recipient

    assert (rate.count, rate.per, str(rate)) == (30, timedelta(minutes=1), "30/1m")


@pytest.mark.parametrize("written", ["30", "0/1m", "30/", "30/1y", "x/1m"])
def test_anything_else_is_no_rate(problems, written):
    assert "is not a" in problems(f'[limits]\nper_recipient = "{written}"')[0]


def test_a_rate_has_at_most_a_thousand_in_its_time(read, problems):
    assert read('[limits]\nper_recipient = "1000/1d"').limits.per_recipient.count == 1000
    (problem,) = problems('[limits]\nper_recipient = "1001/1d"')
    assert problem.startswith("limits.per_recipient: allows too many; a rate has at most 1000 in its time")


def test_an_instance_may_have_a_rate_of_its_own(problems):
    assert problems("[plugins.zabbix]\nflood_limit = 'many'")[0].startswith(
        "plugins.zabbix.flood_limit: is not a rate; write for example '30/1m'"
    )


@pytest.mark.parametrize(
    "address", ["user:17", "email:a@b.example", "chat:ops", "supervisor:oncall", "x-y:1"]
)
def test_an_address_is_a_scheme_and_something(read, address):
    assert read(f'[hub]\nadmins = ["{address}"]').hub.admins == (address,)


@pytest.mark.parametrize("address", ["user", "user:", ":17", "User:17", "user: 17", "user:17 ", "17"])
def test_anything_else_is_no_address(problems, address):
    assert problems(f'[hub]\nadmins = ["{address}"]') == [
        "hub.admins[0]: is not an address; write for example 'user:17', 'chat:1157' or 'oncall:infra'"
    ]


@pytest.mark.parametrize(
    ("key", "value", "accepted"),
    [
        ("bitrix24.webhook_url", "http://127.0.0.1:9000/rest/1/abc/", True),
        ("bitrix24.webhook_url", "http://localhost/rest/1/abc/", True),
        ("bitrix24.webhook_url", "http://[::1]:80/rest/1/abc", True),
        ("bitrix24.webhook_url", "http://portal.example/rest/1/abc/", False),
        ("bitrix24.webhook_url", "http://127.0.0.1.evil.example/rest/1/abc/", False),
        ("bitrix24.webhook_url", "https://portal.example/", False),
        ("bitrix24.webhook_url", "ftp://portal.example/rest/1/abc/", False),
        ("hub.database_url", "sqlite:///hub.db", True),
        ("hub.database_url", "postgresql://u:p@db/hub", True),
        ("hub.database_url", "mysql://db/hub", False),
        ("hub.database_url", "sqlite:///", False),
        ("hub.broker_url", "", True),
        ("hub.broker_url", "redis://cache:6379/0", True),
        ("hub.broker_url", "rediss://cache", True),
        ("hub.broker_url", "amqp://rabbit", True),
        ("hub.broker_url", "amqps://rabbit", True),
        ("hub.broker_url", "kafka://k", False),
        ("hub.public_url", "https://hub.example.org", True),
        ("hub.public_url", "hub.example.org", False),
        ("hub.public_url", "http://[::1", False),
        ("hub.metrics_listen", "127.0.0.1:9100", True),
        ("hub.metrics_listen", ":9100", True),
        ("hub.metrics_listen", "9100", False),
        ("hub.metrics_listen", "127.0.0.1:91000", False),
        ("hub.timezone", "Europe/Moscow", True),
        ("hub.timezone", "Mars/Olympus", False),
        ("hub.max_body", "512KiB", True),
        ("hub.max_body", "0", False),
        ("hub.max_body", "1 parsec", False),
        ("hub.language", "ru", True),
        ("hub.language", "klingon", False),
        ("bitrix24.rate", "0", False),
        ("bitrix24.rate", "nan", False),
        ("bot.token", "x" * 40, True),
        ("bot.token", "x" * 41, False),
        ("bot.type", "supervisor", True),
        ("bot.type", "boss", False),
    ],
)
def test_a_value_is_accepted_or_refused_by_its_key(read, problems, key, value, accepted):
    table, name = key.split(".")
    environ = {f"HUB_{table}__{name}".upper(): value}

    if accepted:
        read("", environ)
    else:
        (problem,) = problems("", environ)
        assert problem.startswith(key)


def test_a_webhook_ends_in_a_slash_however_it_was_written(read):
    settings = read("", {"HUB_BITRIX24__WEBHOOK_URL": "https://portal.example/rest/1/abc"})

    assert settings.bitrix24.webhook_url.get_secret_value() == "https://portal.example/rest/1/abc/"


@pytest.mark.parametrize(
    "url",
    [
        "https://portal.example/rest/1/abc/",
        "https://portal.example/rest/1/abc",
        "https://портал.рф/rest/1/abc/",
        "http://127.0.0.1:9000/rest/1/abc/",
        "http://[::1]:80/rest/1/abc",
        "https://portal.example/rest/1/",
        "https://portal.example/rest/1/abc/profile",
        "https://portal.example/rest/1/abc/profile.json",
        "https://portal.example/rest/one/abc/",
        "https://portal.example/rest/1/a b/",
        "https://portal.example/rest/1/abc/?x=1",
        "https://user@portal.example/rest/1/abc/",
        "https://portal.example:port/rest/1/abc/",
        "https:///rest/1/abc/",
        "http://portal.example/rest/1/abc/",
        "ftp://portal.example/rest/1/abc/",
        "portal.example",
    ],
)
def test_the_settings_and_what_calls_the_portal_accept_the_same_webhooks(problems, read, url):
    environ = {"HUB_BITRIX24__WEBHOOK_URL": url}
    try:
        IncomingWebhook(url)
    except ValueError:
        (problem,) = problems("", environ)
        assert problem.startswith("bitrix24.webhook_url")
        assert "abc" not in problem
    else:
        read("", environ)


@pytest.mark.parametrize(
    ("written", "meant"), [("B", "bot"), ("h", "bot"), ("S", "supervisor"), ("o", "openline"), ("bot", "bot")]
)
def test_a_bots_type_may_be_the_portals_letter(written, meant):
    assert Settings.model_validate({"bot": {"fallback": "user:1", "type": written}}).bot.type == meant


def test_a_chat_is_no_member_of_a_chat():
    with pytest.raises(ValidationError, match="cannot be a member"):
        Settings.model_validate(
            {"bot": {"fallback": "user:1"}, "chats": {"ops": {"title": "Ops", "users": ["chat:dev"]}}}
        )
