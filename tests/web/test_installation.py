"""``/bitrix24/install``: whom the hub believes, and what follows from it."""

import sqlite3
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import structlog
from applications import PUBLIC_URL, application_settings, install

from hub.bitrix24 import read_app_event
from hub.bitrix24.errors import NotInstalled
from hub.pipeline.installation import INSTALL_PATH, InstallRefused
from hub.sandbox import Sandbox

HANDLER = f"{PUBLIC_URL}/bitrix24/events"
PROBE, HOUR = timedelta(seconds=15), timedelta(hours=1)


@pytest.fixture(scope="module")
def lasting_sandbox():
    with Sandbox.running() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def lasting_settings(lasting_sandbox):
    return application_settings(lasting_sandbox)


def portal(hub):
    return hub.client.get("/health/ready").json()["portal"]


def events(hub):
    return {event for event, _ in hub.bitrix24.bindings()}


@pytest.fixture
def offer(hub, posted):
    """What the portal posts, as fields that a test can forge."""
    hub.bitrix24.install_app(posted[0])
    form = posted[1].get(timeout=60)[1]
    return {"event": "ONAPPINSTALL", **{f"auth[{name}]": value for name, value in form["auth"].items()}}


@pytest.fixture
def told(hub, posted):
    """Let the portal tell something about the application, and hand it to the installation."""

    def tell(act, **forged):
        act(posted[0])
        form = posted[1].get(timeout=60)[1]
        form["auth"] |= forged
        hub.app.installation.app_event(read_app_event(form))

    return tell


def post(hub, fields, query=""):
    return hub.client.post(
        f"{INSTALL_PATH}{query}",
        content=urlencode(fields),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )


# Before and after


def test_before_the_installation_the_hub_takes_events_and_says_what_to_do(hub, tell):
    assert tell("a").status_code == 200

    shown = portal(hub)
    assert shown["state"] == "disconnected"
    assert f"{PUBLIC_URL}{INSTALL_PATH}" in shown["advice"]
    assert [row.state for row in hub.deliveries] == ["pending"]
    assert hub.bitrix24.calls() == []


def test_the_installation_lets_out_at_once_what_has_waited(hub, tell):
    tell("a")
    hub.move(PROBE)  # tried again in vain
    assert install(hub).text == "installed\n"
    hub.settle()

    assert portal(hub)["state"] == "connected"
    assert [card.text for card in hub.shown("1")] == ["[b]a[/b]"]
    assert hub.app.vault.read().application_token


def test_a_framed_installation_ends_with_a_page_that_tells_the_portal(hub):
    page = install(hub, framed=True)

    assert "BX24.installFinish()" in page.text
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src https://api.bitrix24.com 'nonce-" in page.headers["content-security-policy"]
    assert portal(hub)["state"] == "connected"


def test_a_second_installation_is_refused_until_the_reset(hub):
    install(hub)
    first = hub.app.vault.read()

    assert install(hub).status_code == 409
    assert (again := install(hub, framed=True)).status_code == 409
    assert "Connected" in again.text
    assert hub.app.vault.read() == first

    assert hub.app.installation.reset()
    assert portal(hub)["state"] == "disconnected"
    assert install(hub).status_code == 200
    assert hub.app.vault.read() != first


def test_dead_credentials_can_be_replaced_without_a_reset(hub, tell):
    install(hub)
    hub.bitrix24.faults.fail(method="oauth/token", error="invalid_grant", status=400)
    hub.bitrix24.clock.advance(3601)
    tell("a")
    hub.move(PROBE)  # past the pause after earlier trouble
    assert (portal(hub)["state"], "install" in portal(hub)["advice"]) == ("disconnected", True)

    hub.bitrix24.faults.clear()
    assert install(hub).status_code == 200
    hub.move(PROBE)
    assert [row.state for row in hub.deliveries] == ["sent"]


def test_who_just_looks_is_told_how_it_is(hub):
    before = hub.client.get(INSTALL_PATH).text
    install(hub)
    after = hub.client.get(INSTALL_PATH).text

    assert f"{PUBLIC_URL}{INSTALL_PATH}" in before
    assert "Connected" in after


# Forged installations


@pytest.mark.parametrize(
    "forged",
    [
        {"auth[client_endpoint]": "https://evil.example/rest/"},
        {"auth[client_endpoint]": "http://169.254.169.254/rest/"},
        {"auth[client_endpoint]": "http://127.0.0.1:1/rest/"},
    ],
    ids=["another host", "metadata address", "another port"],
)
def test_credentials_of_another_portal_are_refused_and_nobody_is_asked(hub, offer, forged):
    assert post(hub, offer | forged).status_code == 403

    assert hub.app.vault.read() is None
    assert hub.bitrix24.calls() == []


def test_a_frame_of_another_portal_is_refused(hub):
    fields = {
        "AUTH_ID": "a",
        "REFRESH_ID": "r",
        "member_id": "m",
        "APPLICATION_TOKEN": "t",
        "AUTH_EXPIRES": "3600",
    }
    refused = post(hub, fields, "?DOMAIN=evil.example&PROTOCOL=1")

    assert (refused.status_code, "Not installed" in refused.text) == (403, True)
    assert hub.bitrix24.calls() == []


def test_a_token_that_the_portal_does_not_know_is_refused(hub, offer):
    assert post(hub, offer | {"auth[access_token]": "guess"}).status_code == 403
    assert hub.app.vault.read() is None


def test_the_token_of_another_application_is_refused(hub):
    hub.bitrix24.set_options(client_id="local.another")

    assert install(hub).status_code == 403
    assert hub.app.vault.read() is None


@pytest.mark.parametrize("framed", [False, True])
def test_who_is_no_administrator_cannot_install(hub, framed):
    refused = install(hub, user_id=27, framed=framed)

    assert (refused.status_code, "administrator" in refused.text) == (403, True)
    assert hub.app.vault.read() is None


def test_forgeries_do_not_fill_the_log(hub, offer):
    hub.clock.move(timedelta(days=1))
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            assert post(hub, offer | {"auth[access_token]": "secret-guess"}).status_code == 403

    told = [log for log in logs if log["log_level"] == "warning"]
    assert [log["event"] for log in told] == ["installation refused"]
    assert "secret-guess" not in str(told)


def test_nothing_is_kept_of_the_end_of_what_was_never_installed(hub):
    ending = {"event": "ONAPPUNINSTALL", "auth[application_token]": "t", "auth[member_id]": "m"}

    assert hub.client.post("/bitrix24/events", data=ending).status_code == 403
    assert hub.events == []


@pytest.mark.parametrize("missing", ["event", "auth[refresh_token]", "auth[member_id]"])
def test_a_missing_field_is_a_bad_request(hub, offer, missing):
    refused = post(hub, {name: value for name, value in offer.items() if name != missing})

    assert (refused.status_code, hub.app.vault.read()) == (400, None)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"x" * 70_000, 413), (b"a=1&" * 5000, 400), (b"\xff[[[]]=%", 400), (b"", 400), (b'{"event": 1}', 400)],
    ids=["huge", "many fields", "noise", "empty", "json"],
)
def test_what_is_no_installation_is_refused(hub, content, status):
    refused = hub.client.post(INSTALL_PATH, content=content)

    assert (refused.status_code, hub.app.vault.read()) == (status, None)


def test_a_portal_that_cannot_be_asked_is_asked_later(hub, offer):
    hub.bitrix24.faults.fail_next(method="app.info", status=503, error="QUERY_LIMIT_EXCEEDED")
    refused = post(hub, offer)
    assert (refused.status_code, refused.headers["retry-after"].isdigit()) == (503, True)

    assert post(hub, offer).status_code == 200


def test_a_database_that_is_away_is_no_error_of_ours(hub, offer):
    with sqlite3.connect(hub.app.database.path) as connection:
        connection.execute("ALTER TABLE credentials RENAME TO away")
        answers = [post(hub, offer), hub.client.get(INSTALL_PATH)]
        connection.execute("ALTER TABLE away RENAME TO credentials")
    connection.close()

    assert [answer.status_code for answer in answers] == [503, 503]
    assert post(hub, offer).status_code == 200


def test_it_is_known_since_when_nobody_has_installed_it(hub):
    hub.app.portal_watch.failed(NotInstalled("not installed"), hub.clock.now(), hub.clock.now() + PROBE)
    assert portal(hub)["since"] == hub.clock.now().isoformat()


# Subscriptions


def test_what_is_installed_subscribes_once(hub):
    hub.app.subscriptions.keep()
    assert hub.bitrix24.calls() == []

    install(hub)
    for _ in range(3):
        hub.app.subscriptions.keep()
    assert events(hub) == {"ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPTEST"}
    assert {handler for _, handler in hub.bitrix24.bindings()} == {HANDLER}
    assert len(hub.bitrix24.calls("event.get")) == 1


def test_handlers_that_vanish_are_bound_again_within_the_hour(hub):
    install(hub)
    hub.app.subscriptions.keep()
    for event, handler in hub.bitrix24.bindings():
        hub.app.client.call("event.unbind", {"event": event, "handler": handler})
    hub.app.subscriptions.keep()
    assert events(hub) == set()

    hub.clock.move(HOUR)
    hub.app.subscriptions.keep()
    assert events(hub) == {"ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPTEST"}


# Updates and the end


def test_an_update_brings_its_token_and_subscribes_again(hub, told):
    install(hub)
    hub.app.subscriptions.keep()
    before = hub.app.vault.read()
    told(lambda url: hub.bitrix24.update_app(url, new_token=True))
    hub.app.subscriptions.keep()
    after = hub.app.vault.read()

    assert not hub.app.installation.verifies(before.application_token)
    assert hub.app.installation.verifies(after.application_token)
    assert hub.app.client.call("profile").result["ID"] == "1"
    assert events(hub) == {"ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPTEST"}


@pytest.mark.parametrize(
    "forged",
    [{"access_token": "guess"}, {"member_id": "guess"}, {"client_endpoint": "https://evil.example/rest/"}],
    ids=["token", "member", "endpoint"],
)
def test_a_forged_update_changes_nothing(hub, told, forged):
    install(hub)
    before = hub.app.vault.read()
    with pytest.raises(InstallRefused):
        told(lambda url: hub.bitrix24.update_app(url, new_token=True), **forged)

    assert hub.app.vault.read() == before


def test_forged_updates_do_not_take_the_requests_that_messages_need(hub, told):
    install(hub)
    refused = []
    hub.clock.move(HOUR)
    for _ in range(3):
        hub.clock.move(timedelta(seconds=1))
        with pytest.raises(InstallRefused) as caught:
            told(lambda url: hub.bitrix24.update_app(url, new_token=True), access_token="guess")
        refused.append(caught.value.status)
    assert refused == [403, 503, 503]  # the portal was asked once

    hub.clock.move(timedelta(seconds=10))
    told(lambda url: hub.bitrix24.update_app(url, new_token=True))


def test_after_the_application_was_removed_everything_waits_for_the_next_installation(hub, tell, told):
    install(hub)
    tell("a")
    hub.move(PROBE)  # past the pause after earlier trouble
    told(hub.bitrix24.uninstall_app)
    tell("b")
    assert portal(hub)["state"] == "disconnected"
    assert [row.state for row in hub.deliveries] == ["sent", "pending"]

    install(hub)
    for _ in range(3):
        hub.move(PROBE)
    assert [row.state for row in hub.deliveries] == ["sent", "sent"]


@pytest.mark.parametrize("forged", [{"application_token": "guess"}, {"member_id": "guess"}])
def test_a_forged_end_changes_nothing(hub, told, forged):
    install(hub)
    before = hub.app.vault.read()
    with pytest.raises(InstallRefused):
        told(hub.bitrix24.uninstall_app, **forged)

    assert hub.app.vault.read() == before
