"""From an entry point to a status with a reason; one bad plugin harms nobody else."""

import sys
from datetime import timedelta

import pytest
from pydantic import SecretStr, model_validator

from hub.plugin import ConfigurationError, Plugin, PluginSettings, Source, hookimpl
from hub.registry import Status
from hub.settings import load as read_settings

from .conftest import SHORT, Base, install


class _TokenSettings(PluginSettings):
    token: SecretStr
    ports: list[int] = []


class _NeedsToken(Plugin[_TokenSettings]):
    api_version = "1.0"
    settings_model = _TokenSettings


def _raises(error):
    def load():
        raise error

    return load


def _class(**members):
    return type("Made", (Base,), members)


def _constructor_raises(error):
    def __init__(self, settings, ctx):  # noqa: N807
        raise error

    return _class(__init__=__init__)


def test_a_plugin_without_settings_is_active_with_no_table(load):
    instance = load(install("plain", Base)).instance("plain")

    assert (instance.status, instance.reason, instance.api_version) == (Status.ACTIVE, "", "1.0")
    assert (instance.distribution, instance.version) == ("hub-plugin-plain", "1.2.0")


def test_settings_reach_the_plugin_validated(load):
    instance = load(install("x", _NeedsToken), tables={"x": {"token": "s3cret"}}).instance("x")

    assert instance.plugin.settings.token.get_secret_value() == "s3cret"
    assert instance.plugin.ctx.name == "x"


@pytest.mark.parametrize(
    ("plugin", "status", "reason"),
    [
        (
            _raises(ImportError("no module named x")),
            Status.BROKEN,
            "cannot be imported: raised ImportError: no module",
        ),
        (_raises(SystemExit(3)), Status.BROKEN, "cannot be imported: raised SystemExit: 3"),
        (_raises(KeyboardInterrupt()), Status.BROKEN, "cannot be imported: raised KeyboardInterrupt"),
        (_raises(RecursionError()), Status.BROKEN, "cannot be imported: raised RecursionError"),
        (lambda: sys.exit("bye"), Status.BROKEN, "cannot be imported: raised SystemExit: bye"),
        (object, Status.BROKEN, "the entry point is no class derived from hub.plugin.Plugin"),
        (lambda: 5, Status.BROKEN, "the entry point is no class derived from hub.plugin.Plugin"),
        (type("Old", (Plugin,), {}), Status.BROKEN, "api_version is missing or malformed; set it to '1.0'"),
        (_class(api_version="1"), Status.BROKEN, "api_version is missing or malformed"),
        (_class(api_version=1.0), Status.BROKEN, "api_version is missing or malformed"),
        (
            _class(api_version="2.0"),
            Status.INCOMPATIBLE,
            "made for plugin API 2.0, the hub has 1.0; update the hub",
        ),
        (
            _class(api_version="1.1"),
            Status.INCOMPATIBLE,
            "made for plugin API 1.1, the hub has 1.0; update the hub",
        ),
        (
            _class(api_version="0.9"),
            Status.INCOMPATIBLE,
            "made for plugin API 0.9, the hub has 1.0; update the plugin",
        ),
        (_class(settings_model=dict), Status.BROKEN, "settings_model is no class derived from"),
        (_constructor_raises(OSError("no")), Status.BROKEN, "the constructor raised OSError: no"),
        (_constructor_raises(SystemExit()), Status.BROKEN, "the constructor raised SystemExit"),
        (_constructor_raises(ConfigurationError("set a", "set b")), Status.MISCONFIGURED, "set a; set b"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plugin_that_cannot_be_used_says_why_and_harms_nobody(load, plugin, status, reason):
    registry = load(install("bad", plugin), install("good", Base))

    assert registry.instance("bad").status is status
    assert registry.instance("bad").reason.startswith(reason)
    assert registry.instance("good").status is Status.ACTIVE


def test_wrong_settings_name_every_key_and_no_value(load):
    registry = load(install("x", _NeedsToken), tables={"x": {"ports": ["s3cret"], "tokn": "s3cret"}})

    instance = registry.instance("x")
    assert instance.status is Status.MISCONFIGURED
    assert instance.reason.split("; ")[0] == "plugins.x.token: is missing"
    assert "plugins.x.ports[0]: must be a whole number" in instance.reason
    assert "plugins.x.tokn: unknown key; did you mean 'token'?" in instance.reason
    assert "s3cret" not in instance.reason


def test_a_rule_of_the_settings_as_a_whole_is_told(load):
    class Either(PluginSettings):
        token: str = ""

        @model_validator(mode="after")
        def _one(self):
            raise ValueError("set token, or username and password")

    instance = load(install("x", _class(settings_model=Either))).instance("x")

    assert (instance.status, instance.reason) == (
        Status.MISCONFIGURED,
        "plugins.x: set token, or username and password",
    )


def test_a_settings_validator_that_crashes_breaks_only_its_plugin(load):
    class Crash(PluginSettings):
        @model_validator(mode="after")
        def _crash(self):
            raise ZeroDivisionError

    instance = load(install("x", _class(settings_model=Crash))).instance("x")

    assert (instance.status, instance.reason) == (Status.BROKEN, "settings_model raised ZeroDivisionError")


def test_a_plugin_that_sleeps_at_import_does_not_hold_up_the_start(load, forever):
    registry = load(
        install("sleepy", forever),
        install("good", Base),
        tables={"sleepy": {"budgets": {"load": SHORT}}},
    )

    assert registry.instance("sleepy").status is Status.BROKEN
    assert "gave no result within 0.15 s" in registry.instance("sleepy").reason
    assert registry.instance("good").status is Status.ACTIVE


@pytest.mark.parametrize("where", ["__init__", "sources"])
def test_a_plugin_that_sleeps_while_it_is_set_up_is_broken(load, forever, where):
    sleep = forever if where == "__init__" else hookimpl(lambda self: forever())
    registry = load(
        install("sleepy", _class(**{where: sleep})), tables={"sleepy": {"budgets": {"load": SHORT}}}
    )

    assert registry.instance("sleepy").status is Status.BROKEN


def test_the_hub_waits_ten_seconds_for_a_plugin_to_load():
    from hub.settings import DEFAULT_BUDGETS

    assert DEFAULT_BUDGETS["load"] == timedelta(seconds=10)


def test_a_disabled_plugin_is_not_even_imported(load):
    imported = []

    instance = load(install("x", lambda: imported.append(1)), tables={"x": {"enabled": False}}).instance("x")

    assert (instance.status, instance.reason) == (Status.DISABLED, "enabled = false in [plugins.x]")
    assert imported == []


@pytest.mark.parametrize(
    ("table", "hint"),
    [
        pytest.param({}, "did you mean 'zabbix'?", id="slip"),
        pytest.param({"use": "zabix"}, "did you mean 'zabbix'?", id="slip in use"),
        pytest.param({"use": "crm"}, "plugins are packages such as hub-plugin-<name>", id="nothing near"),
    ],
)
def test_a_table_without_its_plugin_says_which_is_near_and_invents_no_package(load, table, hint):
    instance = load(install("zabbix", Base), tables={"zabix": table}).instance("zabix")

    assert (instance.status, instance.reason.endswith(hint)) == (Status.MISCONFIGURED, True)
    assert "pip install" not in instance.reason


def test_a_sensitive_source_needs_the_encryption_key(load):
    class Secretive(Base):
        @hookimpl
        def sources(self):
            yield Source(verify=lambda r: None, parse=lambda r: (), notify=lambda e: (), sensitive=True)

    without = load(install("x", Secretive)).instance("x")
    assert without.status is Status.MISCONFIGURED
    assert without.reason == "/in/x keeps data encrypted, HUB_SECRET_KEY is not set; 'hub init' prints one"
    assert load(install("x", Secretive), secret_key_present=True).instance("x").status is Status.ACTIVE


def test_a_plugin_imported_once_serves_all_its_instances(load):
    imports = []

    def load_once():
        imports.append(1)
        return _NeedsToken

    registry = load(
        install("zabbix", load_once),
        tables={"zabbix": {"token": "a"}, "zabbix-dc2": {"use": "zabbix", "token": "b"}},
    )

    assert len(imports) == 1
    assert [(each.name, each.plugin_name, each.status) for each in registry.instances()] == [
        ("zabbix", "zabbix", "active"),
        ("zabbix-dc2", "zabbix", "active"),
    ]


def test_an_instance_may_stand_in_the_environment_alone(load, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environ = {
        "HUB_BITRIX24__WEBHOOK_URL": "https://portal.example/rest/1/s3cret/",
        "HUB_BOT__TOKEN": "t",
        "HUB_BOT__FALLBACK": "user:1",
        "HUB_PLUGINS__ZABBIX_DC2__USE": "zabbix",
        "HUB_PLUGINS__ZABBIX_DC2__TOKEN": "[a]",
        "HUB_PLUGINS__ZABBIX_DC2__PORTS": "[1, 2]",
    }
    tables = {name: table.model_dump() for name, table in read_settings(None, environ).plugins.items()}

    instance = load(install("zabbix", _NeedsToken), tables=tables).instance("zabbix-dc2")

    assert instance.status is Status.ACTIVE
    assert (instance.settings.token.get_secret_value(), instance.settings.ports) == ("[a]", [1, 2])


def test_installed_plugins_are_found_by_their_entry_points(monkeypatch, clock):
    import importlib.metadata

    from hub.registry import Registry
    from hub.testing import FakeContext

    monkeypatch.setattr(
        importlib.metadata,
        "entry_points",
        lambda *, group: [install("x", Base)] if group == "hub.plugins" else [],
    )

    registry = Registry.load({}, lambda name: FakeContext(name=name), secret_key_present=False, clock=clock)

    assert registry.instance("x").status is Status.ACTIVE


def test_a_distribution_without_readable_metadata_is_no_obstacle(load):
    class Torn:
        @property
        def name(self):
            raise KeyError("Name")

        version = "1"

    entry_point = install("x", Base)
    entry_point.dist = Torn()

    assert load(entry_point).instance("x").distribution == ""
