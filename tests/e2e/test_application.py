"""A hub that is a local application: its token expires in the middle of the work, and nobody notices."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import stored
from applications import application_settings, install
from cryptography.fernet import Fernet
from echo import TOKEN, EchoPlugin

from hub.app import Hub
from hub.bitrix24 import OutgoingMessage, template_id
from hub.sandbox import Sandbox
from hub.testing import InstalledPlugin

PLUGINS = [InstalledPlugin("echo", EchoPlugin)]
HOUR = 3601


@pytest.fixture
def sandbox():
    with Sandbox.running() as sandbox:
        yield sandbox


@pytest.fixture
def run(run_hub, tmp_path, sandbox):
    """Run a hub that is an application; *keys* are those of HUB_SECRET_KEY."""

    def run(*keys):
        settings = application_settings(sandbox, *keys)
        return run_hub(settings, plugins=PLUGINS, folder=tmp_path, sandbox=sandbox)

    return run


@pytest.fixture
def hub(run):
    with run() as hub:
        assert install(hub).status_code == 200
        yield hub


def refreshes(sandbox):
    return len(sandbox.calls("oauth/token"))


def test_a_token_that_expires_under_five_hundred_messages_is_renewed_once(hub, sandbox):
    people = ["user:1", "user:17", "user:27", "user:31", "user:33"]
    items = [{"key": f"m{number}", "to": [people[number % 5]]} for number in range(500)]
    hub.receive("echo", {"items": items}, headers=TOKEN, settle=False)
    sandbox.wait_for(lambda: len(sandbox.messages()) > 100, timeout=60)
    sandbox.clock.advance(HOUR)
    hub.settle()

    told = Counter(message.text for message in sandbox.messages())
    assert told == Counter(f"[b]m{number}[/b]" for number in range(500))
    assert {row.state for row in hub.deliveries} == {"sent"}
    assert refreshes(sandbox) == 1
    assert sandbox.warnings() == []


def test_four_threads_whose_token_expires_renew_it_once(hub, sandbox):
    dialect = hub.app.bot.dialect()

    def send(worker):
        for number in range(50):
            name = f"{worker}-{number}"
            key = template_id(portal="p", bot="b", instance="i", key=name, dialog=str(worker), generation=0)
            call = dialect.send("27", OutgoingMessage(text=name), key)
            hub.app.client.call(call.method, call.params)
            if name == "0-20":
                sandbox.clock.advance(HOUR)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))

    texts = [message.text for message in sandbox.messages()]
    assert sorted(texts) == sorted(f"{worker}-{number}" for worker in range(4) for number in range(50))
    assert refreshes(sandbox) == 1


def test_two_processes_on_one_database_renew_once(hub, sandbox):
    other = Hub(hub.app.settings, clock=hub.clock, plugins=PLUGINS, duties=False)
    try:
        for app in (hub.app, other):
            app.client.call("profile")
        sandbox.clock.advance(HOUR)
        with ThreadPoolExecutor(8) as pool:
            clients = [hub.app.client, other.client] * 4
            got = list(pool.map(lambda client: client.call("profile").result["ID"], clients))
    finally:
        other.close()

    assert got == ["1"] * 8
    assert refreshes(sandbox) == 1


def test_no_secret_reaches_a_log_or_the_database_file(hub, sandbox, caplog, capsys):
    for name in (None, "httpx"):  # whatever an earlier test made of it
        caplog.set_level(logging.DEBUG, name)
    secrets = {sandbox.application["client_secret"]}

    def see():
        tokens = hub.app.vault.read()
        secrets.update((tokens.access_token, tokens.refresh_token, tokens.application_token))

    see()
    sandbox.clock.advance(HOUR)
    hub.receive("echo", {"key": "a"}, headers=TOKEN)
    see()
    sandbox.faults.fail(method="oauth/token", error="invalid_grant", status=400)
    sandbox.clock.advance(HOUR)
    hub.receive("echo", {"key": "b"}, headers=TOKEN)
    told = capsys.readouterr()
    kept = stored.files(hub.app.database)

    assert len(secrets) == 6
    assert "/oauth/token/" in caplog.text
    for secret in secrets:
        assert secret not in caplog.text + told.out + told.err
        assert secret.encode() not in kept


def test_a_key_that_is_lost_is_told_and_stops_no_intake(run):
    with run() as hub:
        install(hub)
    with run(Fernet.generate_key().decode()) as hub:
        accepted = hub.receive("echo", {"key": "a"}, headers=TOKEN)
        portal = hub.client.get("/health/ready").json()["portal"]

    assert accepted.status_code == 200
    assert (portal["state"], "HUB_SECRET_KEY" in portal["error"]) == ("disconnected", True)
