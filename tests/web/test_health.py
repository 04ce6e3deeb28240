"""``/health/live`` and ``/health/ready``."""

import sqlite3
from datetime import timedelta

import pytest
from echo import EchoPlugin

from hub import __version__
from hub.plugin import Plugin, PluginSettings
from hub.testing import InstalledPlugin


class OldPlugin(Plugin[PluginSettings]):
    """Made for a hub of long ago."""

    api_version = "0.1"


@pytest.fixture(scope="module")
def lasting_plugins():
    return [InstalledPlugin("echo", EchoPlugin), InstalledPlugin("old", OldPlugin)]


def test_a_running_process_is_alive(hub):
    assert hub.client.get("/health/live").status_code == 200


def test_a_hub_that_can_commit_is_ready_and_says_how_its_parts_are(hub):
    response = hub.client.get("/health/ready")

    assert response.status_code == 200
    shown = response.json()
    assert (shown["status"], shown["database"], shown["broker"]) == ("ok", "ok", "embedded")
    assert shown["portal"]["state"] == "connected"
    assert (shown["version"], shown["ledger"]["gaps"]) == (__version__, 0)
    assert (shown["plugins"]["echo"], shown["plugins"]["old"]) == ("active", "incompatible")


def test_a_hub_that_cannot_commit_is_not_ready(hub):
    with sqlite3.connect(hub.app.database.path) as connection:
        connection.execute("ALTER TABLE facts RENAME TO away")
        response = hub.client.get("/health/ready")
        connection.execute("ALTER TABLE away RENAME TO facts")
    connection.close()

    assert (response.status_code, response.json()["status"]) == (503, "unavailable")
    assert hub.client.get("/health/ready").status_code == 200


def test_a_hub_whose_tables_a_newer_version_has_changed_is_not_ready_and_says_so(hub):
    with sqlite3.connect(hub.app.database.path) as connection:
        ((there,),) = connection.execute("SELECT version_num FROM alembic_version")
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        response = hub.client.get("/health/ready")
        connection.execute("UPDATE alembic_version SET version_num = ?", (there,))
    connection.close()

    assert response.status_code == 503
    assert "newer version of the hub" in response.json()["database"]


def test_a_database_that_hangs_is_not_waited_for(hub):
    with hub.app.database.turn():
        response = hub.client.get("/health/ready", timeout=4)  # the database would take 5

    assert (response.status_code, response.json()["database"]) == (503, "does not answer")
    assert response.json()["plugins"]["echo"] == "active"


def test_a_lost_portal_does_not_stop_intake(hub, tell):
    hub.bitrix24.faults.down()
    tell("a")
    response = hub.client.get("/health/ready")
    hub.bitrix24.faults.clear()

    portal = response.json()["portal"]
    assert (response.status_code, portal["state"], portal["since"][:4]) == (200, "away", "2026")


def test_a_portal_that_refuses_the_webhook_says_what_to_do(hub, tell):
    hub.move(timedelta(minutes=1))  # past the pause after earlier trouble
    hub.bitrix24.faults.revoke_webhook()
    tell("a")
    portal = hub.client.get("/health/ready").json()["portal"]
    hub.bitrix24.faults.clear()

    assert (portal["state"], "bitrix24.webhook_url" in portal["advice"]) == ("disconnected", True)
