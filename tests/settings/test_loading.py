"""Where settings come from, and which wins."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from hub.plugin import ConfigurationError, Severity
from hub.settings import Settings, load

from .conftest import COMPLETE

EVERYTHING = """
[hub]
public_url = "https://hub.example.org/"
timezone = "Europe/Moscow"
admins = ["user:1"]
[bitrix24]
webhook_url = "https://portal.example/rest/1/s3cret/"
[bot]
token = "b0t"
fallback = "user:1"
[[routes]]
match = { instance = "alertmanager", severity = ["critical"], labels = { team = "infra" } }
to = ["oncall:infra", "chat:1157"]
mode = "replace"
continue = false
[chats.ops]
title = "Operations"
users = ["user:5", "department:3"]
[oncall.infra]
timezone = "Europe/Moscow"
ical = ""
overrides = [{ user = "user:9", from = "2026-12-31T00:00:00", to = "2027-01-02T00:00:00" }]
escalation = [{ after = "15m", to = ["supervisor:oncall"] }, { after = "30m", to = ["chat:1157"] }]
[[oncall.infra.layers]]
users = ["user:5", "user:7"]
rotation = "1w"
start = "2026-01-05T09:00:00"
only = "mon-fri 09:00-18:00"
[heartbeats.backup]
token = "h3art"
within = "26h"
to = ["oncall:infra"]
[[maintenance]]
match = { labels = { host = "web1" } }
from = "2026-12-01T22:00:00"
to = "2026-12-02T02:00:00"
[plugins.alertmanager]
token = "t0ken"
flood_limit = "10/1m"
budgets = { parse = "5s" }
[plugins.payments.stripe]
secret = "whsec"
"""


@pytest.fixture
def everything(tmp_path) -> Settings:
    file = tmp_path / "mine.toml"
    file.write_text(EVERYTHING, encoding="utf-8")
    return load(file, {})


def test_every_table_is_read(everything):
    assert everything.hub.public_url == "https://hub.example.org"
    assert everything.routes[0].match.severity == (Severity.CRITICAL,)
    assert everything.routes[0].match.instance == ("alertmanager",)
    assert everything.chats["ops"].users == ("user:5", "department:3")
    assert everything.oncall["infra"].layers[0].rotation == timedelta(weeks=1)
    assert everything.oncall["infra"].overrides[0].starts.isoformat() == "2026-12-31T00:00:00"
    assert everything.heartbeats["backup"].within == timedelta(hours=26)
    assert everything.maintenance[0].match.labels == {"host": ("web1",)}


def test_the_hubs_keys_of_a_plugin_are_apart_from_its_own(everything):
    table = everything.plugins["alertmanager"]

    assert table.flood_limit.count == 10
    assert table.budgets == {"parse": timedelta(seconds=5)}
    assert table.own == {"token": "t0ken"}
    assert everything.plugins["payments"].own == {"stripe": {"secret": "whsec"}}


def test_defaults_are_those_of_the_reference():
    settings = load(None, COMPLETE)

    assert settings.hub.database_url.get_secret_value() == "sqlite:///hub.db"
    assert settings.hub.max_body == 1024 * 1024
    assert [str(network) for network in settings.hub.trusted_proxies] == ["127.0.0.1/32"]
    assert settings.hub.catch_up_max == timedelta(days=3)
    assert (settings.bitrix24.rate, settings.bitrix24.burst) == (2.0, 50)
    assert (settings.bot.code, settings.bot.api, settings.bot.events) == ("notify_bot", "auto", "fetch")
    assert settings.limits.per_recipient is None


def test_a_complete_environment_needs_no_file():
    assert load(None, COMPLETE).bot.fallback == "user:1"


def test_the_file_named_by_hub_config_is_read(tmp_path):
    file = tmp_path / "other.toml"
    file.write_text("[bot]\nname = 'Other'", encoding="utf-8")

    assert load(None, COMPLETE | {"HUB_CONFIG": str(file)}).bot.name == "Other"


def test_a_file_that_was_named_has_to_be_there():
    with pytest.raises(ConfigurationError, match=r"gone\.toml: no such file; 'hub init' writes one"):
        load(Path("gone.toml"), COMPLETE)


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path, COMPLETE)


def test_broken_toml_says_where(problems):
    (problem,) = problems('[bot]\nname = "ok"\ntoken = s3cret\n')

    assert problem.startswith("hub.toml: not valid TOML at line 3, column 9")
    assert "s3cret" not in problem


def test_a_file_in_another_encoding_is_told():
    Path("hub.toml").write_bytes("[bot]\nname = 'Уведомления'".encode("cp1251"))

    with pytest.raises(ConfigurationError, match="UTF-8"):
        load(None, COMPLETE)


def test_the_environment_wins(read):
    assert read("[bot]\nname = 'File'", {"HUB_BOT__NAME": "Env"}).bot.name == "Env"


def test_an_underscore_in_an_instance_name_is_a_hyphen(read):
    settings = read("", {"HUB_PLUGINS__ZABBIX_DC2__TOKEN": "x", "HUB_PLUGINS__ZABBIX_DC2__USE": "zabbix"})

    assert settings.plugins["zabbix-dc2"].use == "zabbix"
    assert settings.plugins["zabbix-dc2"].own == {"token": "x"}


def test_a_name_in_the_file_is_met_whatever_its_spelling(read):
    settings = read(
        "[chats.night_shift]\ntitle = 'x'\nusers = ['user:1']", {"HUB_CHATS__NIGHT_SHIFT__TITLE": "Night"}
    )

    assert {name: chat.title for name, chat in settings.chats.items()} == {"night_shift": "Night"}


def test_a_nested_key_of_a_plugin_comes_from_the_environment(read):
    settings = read("[plugins.payments.stripe]\nsecret='a'", {"HUB_PLUGINS__PAYMENTS__STRIPE__SECRET": "b"})

    assert settings.plugins["payments"].own == {"stripe": {"secret": "b"}}


def test_lists_and_tables_in_the_environment_are_json(read):
    settings = read(
        "[[routes]]\nto = ['user:9']",
        {
            "HUB_ROUTES": '[{"to": ["user:1"], "match": {"labels": {"a": "b"}}, "continue": true}]',
            "HUB_HUB__ADMINS": '["user:1", "user:2"]',
            "HUB_CHATS": '{"ops": {"title": "Ops", "users": ["user:1"]}}',
            "HUB_PLUGINS__ZABBIX__BUDGETS": '{"parse": "3s"}',
        },
    )

    assert settings.routes[0].to == ("user:1",)
    assert settings.hub.admins == ("user:1", "user:2")
    assert settings.chats["ops"].title == "Ops"
    assert settings.plugins["zabbix"].budgets == {"parse": timedelta(seconds=3)}


def test_a_key_goes_into_a_table_given_as_json(read):
    settings = read("", {"HUB_LIMITS": '{"per_recipient": "1/1m"}', "HUB_LIMITS__PER_RECIPIENT": "2/1m"})

    assert settings.limits.per_recipient.count == 2


def test_text_that_looks_like_json_stays_text_where_text_belongs(read):
    assert read("", {"HUB_BOT__NAME": "[ops]"}).bot.name == "[ops]"


def test_secret_keys_are_kept_apart(read):
    keys = [Fernet.generate_key().decode() for _ in range(2)]

    settings = read("", {"HUB_SECRET_KEY": f"{keys[0]}, {keys[1]}"})

    assert [key.get_secret_value() for key in settings.secret_keys] == keys


def test_a_local_application_stands_for_the_webhook():
    settings = load(
        None,
        {
            "HUB_BITRIX24__PORTAL": "https://Company.bitrix24.com/",
            "HUB_BITRIX24__CLIENT_ID": "local.1",
            "HUB_BITRIX24__CLIENT_SECRET": "s",
            "HUB_BOT__FALLBACK": "user:1",
            "HUB_SECRET_KEY": Fernet.generate_key().decode(),
        },
    )

    assert settings.bitrix24.portal == "company.bitrix24.com"


def test_the_example_is_what_toml_itself_reads(everything):
    assert set(tomllib.loads(EVERYTHING)) <= set(type(everything).model_fields)
