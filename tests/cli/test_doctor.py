"""``hub doctor``: one line for everything that is needed, and what to do about it."""

import pytest
from cryptography.fernet import Fernet

from cli.greeter import SETTINGS, Greeter, Installed
from hub.plugin import CatchUp, Health, HealthCheck, Plugin, PluginSettings, PortalSource, hookimpl
from hub.sandbox import Sandbox

SEND = "imbot.v2.Chat.Message.send"


class Ward(Plugin[PluginSettings]):
    """A plugin that wants to know of leads, and is not well."""

    api_version = "1.0"

    @hookimpl
    def portal_sources(self):
        yield PortalSource(
            events=("ONCRMLEADADD",),
            coalesce=lambda each: each.id,
            notify=lambda objects: (),
            catch_up=lambda cursor: CatchUp(objects=(), cursor=""),
        )

    @hookimpl
    def health_checks(self):
        yield HealthCheck(
            name="api", check=lambda: Health(ok=False, message="401 from the server"), critical=True
        )
        yield HealthCheck(name="disk", check=lambda: Health(ok=True, message="plenty"))


WARD = Installed("ward", Ward)


@pytest.fixture
def portal(folder):
    """An emulated portal, and settings that lead to it."""
    with Sandbox.running() as sandbox:
        text = SETTINGS.replace("http://127.0.0.1:9/rest/1/portal-secret/", sandbox.webhook_url)
        (folder / "hub.toml").write_text(f"{text}[chats.ops]\ntitle = 'Ops'\nusers = ['user:17']\n")
        yield sandbox


@pytest.fixture
def examined(hub_json):
    """Return what is said of each check: its status and its message."""

    def examined(*options, plugins=()):
        found = hub_json("doctor", *options, plugins=plugins)
        assert all(each.keys() == {"check", "status", "message", "advice"} for each in found)
        assert all(each["advice"] for each in found if each["status"] != "ok")
        return {each["check"]: (each["status"], each["message"]) for each in found}

    return examined


def test_a_hub_that_is_well_is_well_and_nobody_gets_a_message(hub, examined, portal):
    hub("bot", "register")
    found = examined()

    assert {status for status, _ in found.values()} == {"ok"}
    assert {
        "database",
        "durability",
        "credentials",
        "scopes",
        "clock",
        "bot",
        "commands",
        "clicks",
    } <= found.keys()
    assert portal.messages() == []
    assert hub("doctor").exit_code == 0


def test_what_is_not_well_is_named_and_the_answer_is_no(hub, examined, portal):
    found = examined(plugins=[WARD, Installed("greeter", Greeter)])

    assert found["plugin greeter"][0] == "warn"  # it is installed, and nobody has configured it
    assert found["plugin ward: api"] == ("fail", "401 from the server")
    assert found["plugin ward: disk"] == ("ok", "plenty")
    assert found["bot"][0] == "warn"
    assert "polling" in found["subscriptions"][1]
    assert hub("doctor", plugins=[WARD]).exit_code == 1


def test_a_bot_of_another_token_is_not_ours(hub, examined, portal, folder):
    hub("bot", "register")
    settings = (folder / "hub.toml").read_text()
    (folder / "hub.toml").write_text(settings.replace("bot-secret", "another"))

    status, message = examined()["bot"]
    assert (status, "another" in message) == ("fail", False)


def test_missing_scopes_are_named_with_what_they_are_for(examined, folder):
    with Sandbox.running(scopes=("imbot", "im", "user", "department")) as portal:
        text = SETTINGS.replace("http://127.0.0.1:9/rest/1/portal-secret/", portal.webhook_url)
        (folder / "hub.toml").write_text(text)

        assert examined(plugins=[WARD])["scopes"] == (
            "fail",
            "the scope crm is missing, needed for events of the portal (ONCRMLEADADD …)",
        )


def test_schedules_want_to_know_who_is_absent(examined, folder):
    layer = "{ users = ['user:5'], rotation = '1w', start = '2026-01-05T09:00:00' }"
    with Sandbox.running(scopes=("imbot", "im", "user", "department")) as portal:
        text = SETTINGS.replace("http://127.0.0.1:9/rest/1/portal-secret/", portal.webhook_url)
        (folder / "hub.toml").write_text(f"{text}[oncall.infra]\nlayers = [{layer}]\n")

        assert examined()["scopes"] == (
            "warn",
            "the scope calendar is missing, needed for passing over people who are absent",
        )


def test_live_proves_that_a_repeat_is_shown_once_and_looks_into_the_chats(hub, examined, portal):
    hub("bot", "register")
    hub("chat", "adopt", "ops", portal.open_chat("Secret", [17, 23]))
    found = examined("--live")

    assert found["repeats"][0] == "ok"
    assert (len(portal.shown("1")), len(portal.calls(SEND))) == (1, 2)
    assert found["chat ops"][0] == "fail"


def test_a_portal_that_is_away_is_told_once_and_without_the_webhooks_secret(hub, examined, config):
    found = examined()
    assert [check for check, (status, _) in found.items() if status == "fail"] == ["credentials"]
    assert "secret" not in hub("doctor").output.replace("secret key", "").replace("HUB_SECRET_KEY", "")


def test_settings_that_are_wrong_are_told_all_at_once(hub_json, folder):
    (folder / "hub.toml").write_text('[bot]\nfallback = "nobody"\n[hub]\nlanguage = "klingon"\n')
    found = hub_json("doctor")

    assert {each["check"] for each in found} == {"settings"}
    assert {"bot.fallback", "hub.language", "bitrix24.webhook_url"} <= {
        each["message"].partition(":")[0] for each in found
    }


def test_an_application_that_is_not_installed_is_told_how_to_install_it(
    hub_json, folder, portal, monkeypatch
):
    monkeypatch.setenv("HUB_SECRET_KEY", Fernet.generate_key().decode())
    own = "\n".join(f"{name} = {value!r}" for name, value in portal.application.items())
    (folder / "hub.toml").write_text(
        f"[hub]\npublic_url = 'https://hub.example'\n[bitrix24]\n{own}\n[bot]\nfallback = 'user:1'\n"
    )
    (found,) = [each for each in hub_json("doctor") if each["status"] == "fail"]
    assert found["check"] == "credentials"
    assert found["advice"].startswith(
        "install the application in the portal, with https://hub.example/bitrix24/"
    )
