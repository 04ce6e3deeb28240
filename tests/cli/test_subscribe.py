"""``hub subscribe`` and ``hub portal reset``."""

import pytest
from applications import KEY, PUBLIC_URL

from cli.greeter import SETTINGS, Installed
from hub.bitrix24 import read_install
from hub.cli.session import Session
from hub.plugin import CatchUp, PermanentFailure, Plugin, PluginSettings, PortalSource, hookimpl
from hub.sandbox import Sandbox
from hub_plugin_alertmanager import AlertmanagerPlugin

HANDLER = f"{PUBLIC_URL}/bitrix24/events"


class Leads(Plugin[PluginSettings]):
    """Wants to know of leads, and sets something up elsewhere."""

    api_version = "1.0"

    @hookimpl
    def portal_sources(self):
        yield PortalSource(
            events=("ONCRMLEADADD", "ONCRMDEALMOVETOCATEGORY"),
            coalesce=lambda changed: changed.id,
            notify=lambda objects: (),
            catch_up=lambda cursor: CatchUp(objects=(), cursor="now"),
        )

    @hookimpl
    def subscribe(self):
        pass


class Hopeless(Plugin[PluginSettings]):
    """Cannot set up what it needs."""

    api_version = "1.0"

    @hookimpl
    def subscribe(self):
        raise PermanentFailure("the other side does not want to")


LEADS, HOPELESS = Installed("leads", Leads), Installed("hopeless", Hopeless)


@pytest.fixture(scope="module")
def _portal():
    with Sandbox.running() as sandbox:
        yield sandbox


@pytest.fixture
def portal(_portal):
    _portal.reset()
    return _portal


@pytest.fixture
def application(folder, monkeypatch, portal):
    """Settings of an application that is not installed yet."""
    own = "\n".join(f'{name} = "{value}"' for name, value in portal.application.items())
    (folder / "hub.toml").write_text(
        f'[hub]\npublic_url = "{PUBLIC_URL}"\n[bitrix24]\n{own}\n[bot]\nfallback = "user:1"\n'
    )
    monkeypatch.setenv("HUB_SECRET_KEY", KEY)


@pytest.fixture
def installed(application, portal, posted):
    """The same after the installation."""
    portal.install_app(posted[0])
    form = posted[1].get(timeout=60)[1]
    with Session(plugins=[]).hub() as app:
        app.installation.install(read_install(form, {}))


@pytest.mark.usefixtures("installed")
def test_what_plugins_want_is_bound_once(hub_json, portal):
    first, second = (hub_json("subscribe", plugins=[LEADS]) for _ in range(2))
    wanted = ["ONAPPTEST", "ONAPPUNINSTALL", "ONAPPUPDATE", "ONCRMDEALMOVETOCATEGORY", "ONCRMLEADADD"]

    assert (sorted(first["portal"]["bound"]), first["portal"]["kept"]) == (wanted, [])
    assert (second["portal"]["bound"], sorted(second["portal"]["kept"])) == ([], wanted)
    assert {"name": "leads", "subscribed": True, "error": None} in first["plugins"]
    assert {handler for _, handler in portal.bindings()} == {HANDLER}


@pytest.mark.usefixtures("installed")
def test_what_nobody_wants_any_more_is_unbound(hub_json, portal):
    hub_json("subscribe", plugins=[LEADS])

    assert sorted(hub_json("subscribe")["portal"]["unbound"]) == ["ONCRMDEALMOVETOCATEGORY", "ONCRMLEADADD"]
    assert {event for event, _ in portal.bindings()} == {"ONAPPTEST", "ONAPPUNINSTALL", "ONAPPUPDATE"}


@pytest.mark.usefixtures("installed")
def test_an_address_that_has_changed_leaves_no_handlers_behind(hub_json, portal, folder):
    hub_json("subscribe", plugins=[LEADS])
    settings = folder / "hub.toml"
    settings.write_text(settings.read_text().replace(PUBLIC_URL, "https://new.example"))
    hub_json("subscribe", plugins=[LEADS])

    assert {handler for _, handler in portal.bindings()} == {"https://new.example/bitrix24/events"}


@pytest.mark.usefixtures("installed")
def test_an_event_that_the_portal_does_not_send_is_a_no(hub, portal):
    portal.set_options(scopes={"imbot"})
    done = hub("subscribe", plugins=[LEADS])

    assert (done.exit_code, "ERROR_EVENT_NOT_FOUND" in done.stdout) == (1, True)


@pytest.mark.usefixtures("application")
def test_an_application_that_is_not_installed_is_told_how_to_get_there(hub):
    done = hub("subscribe", plugins=[LEADS])

    assert done.exit_code == 1
    assert f"{PUBLIC_URL}/bitrix24/install" in done.stderr
    assert "leads: set up" in done.stderr


def test_with_a_webhook_it_is_said_what_to_do_by_hand(hub, folder, portal):
    (folder / "hub.toml").write_text(
        SETTINGS.replace("http://127.0.0.1:9/rest/1/portal-secret/", portal.webhook_url)
    )
    done = hub("subscribe", plugins=[LEADS])

    assert done.exit_code == 0
    assert "ONCRMLEADADD" in done.stderr
    assert "ONCRMDEALMOVETOCATEGORY" not in done.stderr
    assert "bitrix24.application_tokens" in done.stderr
    assert portal.calls() == []


def test_one_plugin_is_set_up_alone_and_its_failure_is_a_no(hub_json, hub, config):
    done = hub("subscribe", "hopeless", "--json", plugins=[LEADS, HOPELESS])

    assert done.exit_code == 1
    assert [each["name"] for each in hub_json("subscribe", "leads", plugins=[LEADS])["plugins"]] == ["leads"]
    assert "does not want to" in done.stdout


def test_a_plugin_nobody_knows_is_a_no(hub, config):
    done = hub("subscribe", "nobody")

    assert (done.exit_code, "nobody" in done.stderr) == (1, True)


@pytest.mark.usefixtures("installed")
def test_the_reset_forgets_the_credentials_once(hub, hub_json):
    first, second = (hub_json("portal", "reset", "--yes") for _ in range(2))

    assert (first, second) == ({"forgotten": True}, {"forgotten": False})
    assert "not installed" in hub("subscribe").stderr


@pytest.mark.usefixtures("installed")
def test_the_reset_asks_first(hub, hub_json):
    assert hub("portal", "reset", typed="n\n").exit_code == 1
    assert hub_json("subscribe")["portal"]["error"] is None


@pytest.mark.usefixtures("application")
def test_the_bot_of_an_application_that_is_not_installed_is_a_no(hub):
    done = hub("bot", "register")

    assert (done.exit_code, "not installed" in done.stderr) == (1, True)


@pytest.mark.usefixtures("installed")
def test_a_live_trial_asks_the_portal_with_the_applications_tokens(hub, portal, folder, sample):
    with (folder / "hub.toml").open("a") as settings:
        settings.write('[plugins.alertmanager]\ntoken = "right"\nto = ["user:17"]\n')
    (folder / "headers").write_text("Authorization: Bearer right\nContent-Type: application/json\n")
    arguments = ("plugins", "try", "alertmanager", str(sample), "--headers", "headers", "--live")
    done = hub(*arguments, plugins=[Installed("alertmanager", AlertmanagerPlugin)])

    assert done.exit_code == 0
    assert portal.calls("user.get")
