"""What ``hub config show`` prints."""

import json

from pydantic import SecretStr

from hub.plugin import PluginSettings
from hub.settings import describe

SECRETS = ("s3cret", "b0t", "p4ss", "t0ken", "h3art")


class _Zabbix(PluginSettings):
    token: SecretStr
    frontend_url: str = ""


def test_each_value_has_its_origin(read):
    shown = describe(read("[bot]\nname = 'Ops'"))

    assert shown["bot"]["name"] == {"value": "Ops", "origin": "file"}
    assert shown["bot"]["fallback"] == {"value": "user:1", "origin": "env"}
    assert shown["hub"]["catch_up_max"] == {"value": "3d", "origin": "default"}


def test_secrets_are_stars_and_empty_ones_are_empty(read):
    shown = describe(read())

    assert shown["bitrix24"]["webhook_url"]["value"] == "***"
    assert shown["bitrix24"]["client_secret"]["value"] == ""


def test_a_list_is_one_value_and_keeps_the_spelling_of_the_file(read):
    shown = describe(read("[[routes]]\nto = ['user:1']\ncontinue = true"))

    assert shown["routes"]["origin"] == "file"
    assert shown["routes"]["value"][0]["continue"] is True


def test_a_plugins_own_values_are_hidden_until_its_model_is_known(read):
    settings = read("[plugins.zabbix]\ntoken = 't0ken'\nfrontend_url = 'https://z'\nflood_limit = '1/1m'")

    assert describe(settings)["plugins"]["zabbix"]["frontend_url"]["value"] == "***"
    known = describe(settings, {"zabbix": _Zabbix(token=SecretStr("t0ken"), frontend_url="https://z")})
    assert known["plugins"]["zabbix"]["frontend_url"] == {"value": "https://z", "origin": "file"}
    assert known["plugins"]["zabbix"]["token"]["value"] == "***"
    assert known["plugins"]["zabbix"]["flood_limit"]["value"] == "1/1m"


def test_no_secret_is_in_what_is_printed(read):
    settings = read(
        "[plugins.x]\ntoken = 't0ken'\n[plugins.x.deep]\nlist = ['t0ken']\n"
        "[heartbeats.backup]\ntoken = 'h3art'\nwithin = '1h'\n"
        "[bitrix24]\napplication_tokens = ['t0ken']",
        {
            "HUB_HUB__DATABASE_URL": "postgresql://u:p4ss@db/hub?password=p4ss",
            "HUB_HUB__BROKER_URL": "redis://:p4ss@c",
        },
    )

    for text in (json.dumps(describe(settings)), repr(settings), str(settings)):
        assert not any(secret in text for secret in SECRETS)


def test_a_server_is_shown_without_its_password(read):
    shown = describe(read("", {"HUB_HUB__DATABASE_URL": "postgresql://u:p4ss@db:5432/hub"}))

    assert shown["hub"]["database_url"]["value"] == "postgresql://db:5432/hub"
