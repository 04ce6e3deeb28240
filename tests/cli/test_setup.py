"""``hub init``, ``hub config``, ``hub db``: before the hub runs."""

import json
import stat
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from pydantic import BaseModel, model_validator

from cli.greeter import Greeter, Installed
from hub.plugin import Plugin, PluginSettings
from hub.settings import load

WEBHOOK = "https://portal.example/rest/1/portal-secret/"
GREETER = Installed("greeter", Greeter)


def test_init_writes_settings_that_work_and_prints_a_key(hub, folder):
    done = hub("init", "--webhook-url", WEBHOOK, "--fallback", "user:7")

    settings = load(folder / "hub.toml", {})
    assert settings.bitrix24.webhook_url.get_secret_value() == WEBHOOK
    assert settings.bot.fallback == "user:7"
    assert 32 <= len(settings.bot.token.get_secret_value()) <= 40
    assert Fernet(done.stdout.strip().removeprefix("HUB_SECRET_KEY="))


def test_init_keeps_the_file_to_its_owner(hub, folder):
    hub("init", "--webhook-url", WEBHOOK)

    assert stat.S_IMODE((folder / "hub.toml").stat().st_mode) == 0o600


def test_init_overwrites_nothing(hub, config, folder):
    before = (folder / "hub.toml").read_text()

    done = hub("init", "--webhook-url", WEBHOOK)

    assert (done.exit_code, (folder / "hub.toml").read_text()) == (1, before)


def test_init_asks_until_the_answers_are_usable(hub, folder):
    hub("init", typed=f"portal.example\n{WEBHOOK}\nAnn\nuser:7\n")

    settings = load(folder / "hub.toml", {})
    assert (settings.bitrix24.webhook_url.get_secret_value(), settings.bot.fallback) == (WEBHOOK, "user:7")


@pytest.mark.parametrize("redirected", ["</dev/null", "<&-"], ids=["nothing to read", "closed"])
def test_init_without_anybody_to_ask_names_its_options(folder, redirected):
    line = f"{sys.executable} -m hub init {redirected}"

    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)

    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert all(option in done.stderr for option in ("--webhook-url", "--fallback"))
    assert not (folder / "hub.toml").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(("--webhook-url", "portal"), id="no URL"),
        pytest.param(("--webhook-url", "https://portal.example/rest/1/"), id="no secret"),
        pytest.param(("--webhook-url", "https://portal.example/rest/one/abc/"), id="no user id"),
        pytest.param(("--webhook-url", WEBHOOK, "--fallback", "Ann"), id="no address"),
    ],
)
def test_init_refuses_what_the_hub_would_refuse(hub, folder, wrong):
    assert (hub("init", *wrong).exit_code, (folder / "hub.toml").exists()) == (2, False)


@pytest.mark.parametrize("method", ["profile", "profile.json", "im.notify.system.add.json"])
def test_init_cuts_the_method_off_that_the_portal_shows_behind_a_webhook(hub, folder, method):
    hub("init", "--webhook-url", WEBHOOK + method)

    assert load(folder / "hub.toml", {}).bitrix24.webhook_url.get_secret_value() == WEBHOOK


def test_a_webhook_of_another_shape_is_one_line_of_wrong_settings(hub, config, folder):
    file = folder / "hub.toml"
    file.write_text(file.read_text().replace("rest/1/portal-secret/", "rest/1/portal-secret/profile.json"))

    done = hub("config", "check")

    assert (done.exit_code, done.stderr.startswith("Error: bitrix24.webhook_url: is not")) == (2, True)
    assert "portal-secret" not in done.stderr


def test_config_show_says_where_values_come_from_and_no_secrets(hub, hub_json, config, monkeypatch):
    config('[plugins.greeter]\ntoken = "hunter2"\nname = "Ann"\n')
    monkeypatch.setenv("HUB_HUB__LANGUAGE", "ru")

    shown = hub_json("config", "show", plugins=[GREETER])

    assert shown["hub"]["language"] == {"value": "ru", "origin": "env"}
    assert shown["bot"]["token"] == {"value": "***", "origin": "file"}
    assert shown["plugins"]["greeter"]["name"] == {"value": "Ann", "origin": "file"}
    text = hub("config", "show", plugins=[GREETER]).stdout
    assert not any(
        secret in text + json.dumps(shown) for secret in ("hunter2", "bot-secret", "portal-secret")
    )


def test_config_check_finds_nothing_in_good_settings(hub, config):
    config('[plugins.greeter]\ntoken = "t"\n')

    assert hub("config", "check", plugins=[GREETER]).exit_code == 0


def test_config_check_finds_what_is_wrong_with_plugins_and_addresses(hub, hub_json, config):
    config('[[routes]]\nto = ["nobody:7"]\n[plugins.greeter]\ntokn = "t"\n')

    done = hub("config", "check", plugins=[GREETER])

    assert done.exit_code == 2
    for key in ("plugins.greeter.token", "plugins.greeter.tokn", "routes[0].to"):
        assert key in done.stderr
    assert hub_json("config", "check", plugins=[GREETER])["ok"] is False


class TornSettings(PluginSettings):
    @model_validator(mode="after")
    def _never_right(self):
        raise ValueError("set one or the other")


class Torn(Plugin[TornSettings]):
    api_version = "1.0"
    settings_model = TornSettings


def test_config_check_names_a_table_that_is_wrong_as_a_whole_once(hub, config):
    config("[plugins.torn]\n")

    done = hub("config", "check", plugins=[Installed("torn", Torn)])

    assert done.stderr == "Error: plugins.torn: set one or the other\n"


LOST_ADDRESSES = """
[hub]
admins = ["nobody:1"]
[[routes]]
match = { instance = ["greter", "gr*"] }
to = ["user:1", "chat:opps", "chat:ops"]
[chats.ops]
title = "Operations"
users = ["user:5", "user:five"]
[oncall.infra]
layers = [{ users = ["nobody:2"], rotation = "1w", start = 2026-01-05T09:00:00 }]
escalation = [{ after = "15m", to = ["supervisor:oncall", "user:me"] }]
[[maintenance]]
match = { instance = "nobody" }
from = 2026-12-01T22:00:00
to = 2026-12-02T02:00:00
[plugins.teller]
to = ["user:1", "nobody:3"]
rules = [{ to = "chat:nowhere" }]
"""


class Rule(BaseModel):
    to: str


class TellerSettings(PluginSettings):
    to: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()


class Teller(Plugin[TellerSettings]):
    api_version = "1.0"
    settings_model = TellerSettings


def test_config_check_looks_at_every_address_and_every_name_of_a_plugin(hub_json, config):
    config(LOST_ADDRESSES)

    found = hub_json("config", "check", plugins=[GREETER, Installed("teller", Teller)])["problems"]

    assert {problem.partition(":")[0] for problem in found if ".token" not in problem} == {
        "hub.admins[0]",
        "routes[0].to[1]",
        "routes[0].match.instance",
        "chats.ops.users[1]",
        "oncall.infra.layers[0].users[0]",
        "oncall.infra.escalation[0].to[1]",
        "maintenance[0].match.instance",
        "plugins.teller.to[1]",
        "plugins.teller.rules[0].to",
    }
    assert any("there is no chat 'opps'" in problem and "'ops'?" in problem for problem in found)
    assert "routes[0].match.instance: there is no plugin 'greter'; did you mean 'greeter'?" in found


def test_config_check_tells_of_the_hub_and_of_its_plugins_at_once(hub, config):
    config('[hub]\nlanguage = "klingon"\n[plugins.greeter]\ntokn = "hunter2"\n')

    said = hub("config", "check", plugins=[GREETER]).stderr

    assert all(key in said for key in ("hub.language", "plugins.greeter.token", "plugins.greeter.tokn"))
    assert "hunter2" not in said


def test_config_check_mentions_a_broken_plugin_that_no_setting_mends(hub, config):
    done = hub("config", "check", plugins=[Installed("lost", ImportError("no acme"))])

    assert (done.exit_code, "plugin 'lost' is broken" in done.stderr) == (0, True)


def test_looking_at_settings_makes_no_database(hub, config, folder):
    hub("config", "check")
    hub("config", "show")

    assert [path.name for path in folder.iterdir()] == ["hub.toml"]


def test_db_upgrade_makes_the_tables_and_may_run_again(hub, config, folder):
    codes = [hub("db", "upgrade").exit_code, hub("db", "upgrade").exit_code]

    assert (codes, (folder / "hub.db").exists()) == ([0, 0], True)
