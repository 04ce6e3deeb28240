"""All problems at once, by key, never a value."""

import json
import re

import pytest
from pydantic import BaseModel, SecretStr, field_validator, model_validator

from hub.plugin import ConfigurationError, PluginSettings
from hub.settings import load, validate
from hub.settings.environment import EnvText

WRONG = """
surprise = 1
[hub]
timezone = "Sekret/Zone"
admins = "user:1"
retention_days = "sekret"
max_body = "1Sekret"
trusted_proxies = ["sekret"]
[bitrix24]
webhook_url = "sekret"
rate = "sekret"
[bot]
tokn = "sekret"
hidden = "sekret"
color = "sekret"
[[routes]]
to = ["sekret"]
match = { severity = "sekret", instances = "sekret" }
[[routes]]
mode = "drop"
to = ["user:1"]
[chats.123]
title = ""
users = []
[oncall.infra]
layers = [{ users = ["user:1"], rotation = "sekret", start = "sekret", only = "sekret" }]
[oncall.empty]
[heartbeats.backup]
within = "26h"
[[maintenance]]
from = "2026-12-02T00:00:00"
to = "2026-12-01T00:00:00"
[[maintenance]]
from = "2026-12-01T22:00:00"
to = "9999-12-31T23:59:59"
[plugins.Zabbix]
[plugins.crm]
enabled = "sekret"
flap_limit = -1
budgets = { sekret = "1s" }
"""


@pytest.fixture
def all_problems(problems):
    return problems(
        WRONG, {"HUB_BITRIX24__WEBHOOK_URL": "sekret", "HUB_SECRET_KEY": "sekret", "HUB_SEKRET": "sekret"}
    )


@pytest.mark.parametrize(
    "expected",
    [
        r"surprise: unknown key; known are bitrix24, bot, .*",
        r"hub\.timezone: is not a time zone; write for example 'Europe/Moscow'",
        r'hub\.admins: must be a list, for example \["user:1"\]',
        r"hub\.retention_days: must be a whole number",
        r"hub\.max_body: is not a size; write for example '1MiB'",
        r"hub\.trusted_proxies\[0\]: is not an address or network; write .*",
        r"bitrix24\.webhook_url \(HUB_BITRIX24__WEBHOOK_URL\): is not an incoming webhook; copy it .*",
        r"bitrix24\.rate: must be a number",
        r"bot\.tokn: unknown key; did you mean 'token'\?",
        r"bot\.hidden: must be true or false",
        r"bot\.color: must be 'red', .*",
        r"routes\[0\]\.to\[0\]: is not an address; .*",
        r"routes\[0\]\.match\.severity\[0\]: must be 'info', 'warning', 'error' or 'critical'",
        r"routes\[0\]\.match\.instances: unknown key; did you mean 'instance'\?",
        r"routes\[1\]: needs either 'to', or mode = \"drop\" without 'to'",
        r"chats\.123: is not a usable name; .*",
        r"chats\.123\.title: is too short; at least 1 characters",
        r"chats\.123\.users: is too short; at least 1",
        r"oncall\.infra\.layers\[0\]\.rotation: is not a duration; .*",
        r"oncall\.infra\.layers\[0\]\.start: is not a date and time; .*",
        r"oncall\.infra\.layers\[0\]\.only: is not a part of the week; .*",
        r"oncall\.empty: needs either 'layers' or 'ical'",
        r"heartbeats\.backup\.token: is missing; set it here or as HUB_HEARTBEATS__BACKUP__TOKEN",
        r"maintenance\[0\]: 'to' must be later than 'from'",
        r"maintenance\[1\]: 'from' and 'to' must lie in the years 1970 to 9998",
        r"plugins\.Zabbix: is not a usable name; use small letters, digits and hyphens, at most 50",
        r"plugins\.crm\.enabled: must be true or false",
        r"plugins\.crm\.flap_limit: is too small; at least 0",
        r"plugins\.crm\.budgets: may only name verify, .*",
        r"HUB_SECRET_KEY: key 1 is not a Fernet key; 'hub init' prints one",
        r"HUB_SEKRET: not a setting; did you mean 'HUB_SECRET_KEY'\?",
    ],
)
def test_each_problem_is_told_with_its_key_and_what_to_do(all_problems, expected):
    assert any(re.fullmatch(expected, problem) for problem in all_problems), "\n".join(all_problems)


def test_no_problem_shows_a_value(all_problems):
    for problem in all_problems:
        assert "sekret" not in problem.lower().replace("hub_sekret", "")


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("HUB_DATABASE_URL", "HUB_DATABASE_URL: not a setting; did you mean 'HUB_HUB__DATABASE_URL'?"),
        (
            "HUB_BITRIX24__WEBHOK",
            "bitrix24.webhok (HUB_BITRIX24__WEBHOK): unknown key; did you mean 'webhook_url'?",
        ),
        ("HUB_BOTS__NAME", "HUB_BOTS__NAME: not a setting; did you mean 'HUB_BOT__NAME'?"),
        (
            "HUB_SERVICE_HOST",
            "HUB_SERVICE_HOST: not a setting; Kubernetes adds it: set enableServiceLinks to false",
        ),
        ("HUB_ROUTES__0__TO", "routes: must be a list"),
        ("HUB_BOT", "HUB_BOT: is not valid JSON"),
        ("HUB_HUB__ADMINS", "hub.admins (HUB_HUB__ADMINS): is not valid JSON"),
    ],
)
def test_a_wrong_variable_is_told_with_a_suggestion(problems, variable, hint):
    assert any(problem.startswith(hint) for problem in problems("", {variable: "sekret"}))


def test_variables_of_other_programs_are_none_of_our_business(read):
    read("", {"HUBBLE": "x", "hub_bot__name": "x", "PATH": "/"})


def test_a_key_of_a_list_cannot_be_set_from_the_environment(problems):
    (problem,) = problems("[[routes]]\nto = ['user:1']", {"HUB_ROUTES__0": "x"})

    assert (
        problem == "HUB_ROUTES__0: there is no table in its way; give the whole value as JSON in HUB_ROUTES"
    )


def test_nothing_at_all_says_what_is_needed():
    with pytest.raises(ConfigurationError) as caught:
        load(None, {})

    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "bitrix24.webhook_url",
        "bot.fallback",
    ]


def test_a_webhook_needs_a_bot_token(problems):
    assert problems("", {"HUB_BOT__TOKEN": ""})[0].startswith("bot.token: is missing")


def test_a_webhook_and_an_application_exclude_each_other(problems):
    assert problems("[bitrix24]\nclient_id = 'x'")[0].startswith(
        "bitrix24.client_id: stands beside webhook_url"
    )


def test_an_application_needs_all_its_keys_and_the_encryption_key():
    with pytest.raises(ConfigurationError) as caught:
        load(None, {"HUB_BITRIX24__PORTAL": "company.example", "HUB_BOT__FALLBACK": "user:1"})

    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "bitrix24.client_id",
        "bitrix24.client_secret",
        "HUB_SECRET_KEY",
    ]


class _Talkative(PluginSettings):
    name: str = ""
    token: SecretStr = SecretStr("")
    ports: list[int] | None = None
    words: str | list[str] = ""

    @field_validator("name")
    @classmethod
    def _repeats(cls, value: str) -> str:
        if value:
            raise ValueError(f"{value} is a bad name")
        return value

    @model_validator(mode="after")
    def _tells_a_secret(self) -> "_Talkative":
        if self.token.get_secret_value():
            raise ValueError(f"Token {self.token.get_secret_value()} does not work")
        return self


@pytest.mark.parametrize("raw", [{"name": "sekret"}, {"name": "x"}, {"token": "sekret"}], ids=json.dumps)
def test_even_a_plugins_own_validator_cannot_show_a_value(raw):
    with pytest.raises(ConfigurationError) as caught:
        validate(_Talkative, raw, at=("plugins", "talk"))

    assert caught.value.problems[0].endswith(": is not a valid value")


def test_json_is_read_only_where_the_model_wants_a_list():
    settings = validate(_Talkative, {"ports": EnvText("[1, 2]"), "words": EnvText("[1, 2]")})

    assert (settings.ports, settings.words) == ([1, 2], "[1, 2]")


def test_what_is_validated_is_left_as_it_was():
    raw = {"ports": EnvText("[1]")}

    validate(_Talkative, raw)

    assert raw == {"ports": "[1]"}


def test_a_model_without_keys_says_to_remove_it():
    class Empty(BaseModel, extra="forbid"):
        pass

    with pytest.raises(ConfigurationError, match="x: unknown key; remove it"):
        validate(Empty, {"x": 1})
