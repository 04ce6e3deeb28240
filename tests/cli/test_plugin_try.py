"""``hub plugins try``: what would become of a request."""

import json
import os

import pytest

from cli.greeter import Installed
from hub.app import Hub
from hub.plugin import Plugin, PluginSettings, Receipt, Source, hookimpl
from hub.sandbox import Sandbox
from hub.settings import load
from hub_plugin_alertmanager import AlertmanagerPlugin

PLUGINS = [Installed("alertmanager", AlertmanagerPlugin)]


class AsksWhoCalls(Plugin[PluginSettings]):
    api_version = "1.0"

    @hookimpl
    def sources(self):
        yield Source(
            verify=lambda request: None,
            accept=lambda request: Receipt(reason=f"it is {request.client}"),
            parse=lambda request: (),
            notify=lambda events: (),
        )


@pytest.fixture
def try_it(hub, config, folder, sample):
    """Try the sample alert with the headers of a sender that knows the token."""
    config('[plugins.alertmanager]\ntoken = "right"\nto = ["user:17"]\n')
    (folder / "headers").write_text(
        "POST /in/am/main?x=1 HTTP/1.1\nHost: hub.example\n"
        "Authorization: Bearer right\nContent-Type: application/json\n"
    )

    def run(*more, file=sample, headers="headers"):
        given = () if headers is None else ("--headers", headers)
        return hub("plugins", "try", "alertmanager", str(file), *given, *more, plugins=PLUGINS)

    return run


def test_an_accepted_request_shows_the_whole_way(try_it):
    done = try_it("--json")
    told = json.loads(done.stdout)

    assert (done.exit_code, told["answer"]["status"], told["error"]) == (0, 200, None)
    (event,) = told["events"]
    assert (event["kind"], event["severity"], event["labels"]["endpoint"]) == ("problem", "critical", "main")
    (notification,) = told["notifications"]
    assert [each["dialog"] for each in notification["recipients"]] == ["17"]
    assert "Less than 3% left" in notification["rendered"]["message"]
    assert notification["rendered"]["attach"]
    assert notification["rendered"]["keyboard"]


def test_people_read_the_same_as_text(try_it):
    shown = try_it().stdout

    assert "answer 200" in shown
    assert "17 (user 17)" in shown


def test_people_read_the_whole_card(try_it):
    card = try_it().stdout.partition("  card\n")[2]

    assert [line.strip() for line in card.splitlines()][:3] == [
        "🔴 [b]Less than 3% left on db-02[/b]",
        "/var/lib/postgresql has 1.9 GiB of 80 GiB left.",
        "Host    db-02:9100",
    ]
    assert "[Runbook]  https://wiki.example/runbooks/disk" in card


@pytest.mark.parametrize(("headers", "told"), [(None, True), ("wrong", False)], ids=["none", "wrong ones"])
def test_who_gave_no_credentials_is_told_how(try_it, folder, headers, told):
    (folder / "wrong").write_text("Authorization: Bearer wrong\n")

    done = try_it(headers=headers)

    assert (done.exit_code, "answer 401" in done.stdout) == (1, True)
    assert ("--headers headers.txt" in done.stderr) is told


def test_nothing_is_stored(try_it, folder):
    try_it()

    assert sorted(path.name for path in folder.iterdir()) == ["headers", "hub.toml"]


def test_wrong_credentials_are_refused(try_it):
    done = try_it("--json", headers=None)
    told = json.loads(done.stdout)

    assert (done.exit_code, told["answer"]["status"], told["notifications"]) == (1, 401, [])
    assert "Authorization" in told["error"]


def test_an_unreadable_body_is_refused(try_it, folder):
    (folder / "body").write_text("{}")

    done = try_it("--json", file="body")

    assert (done.exit_code, json.loads(done.stdout)["answer"]["status"]) == (1, 422)


def test_an_address_without_a_source_is_refused(try_it):
    done = try_it("--path", "a/b/c", "--json")

    assert (done.exit_code, json.loads(done.stdout)["answer"]) == (1, None)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        pytest.param(("--at", "yesterday"), "--at", id="no time"),
        pytest.param(("--headers", "hub.toml"), "--headers", id="no headers"),
        pytest.param(("--headers", "nowhere"), "--headers", id="no file"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage(try_it, more, problem):
    done = try_it(*more)

    assert (done.exit_code, problem in done.stderr) == (2, True)


def test_the_request_arrives_when_it_is_said_to(try_it):
    told = json.loads(try_it("--json", "--at", "2026-01-31T12:00:00+03:00").stdout)

    assert told["events"][0]["group"]["received_at"] == "2026-01-31T09:00:00Z"


@pytest.fixture
def portal(monkeypatch):
    """Let the settings lead to an emulated portal, as they would to a real one."""
    with Sandbox.running() as sandbox:
        monkeypatch.setenv("HUB_BITRIX24__WEBHOOK_URL", sandbox.webhook_url)
        monkeypatch.setenv("HUB_BITRIX24__RATE", "0.001")  # what was sent counts for long
        yield sandbox


@pytest.mark.usefixtures("portal")
def test_what_is_read_from_the_portal_counts_with_what_the_hub_sends(try_it, hub):
    assert hub("db", "upgrade").exit_code == 0

    assert try_it("--live").exit_code == 0

    running = Hub(load(None, os.environ), plugins=[])
    assert running.limiter.level().used > 0
    running.close()


def test_a_trial_of_a_hub_that_never_ran_leaves_nothing_behind(try_it, portal, folder):
    assert try_it("--live").exit_code == 0

    assert portal.calls("user.get")
    assert not (folder / "hub.db").exists()


@pytest.mark.parametrize(
    ("forwarded", "trusted", "told"),
    [
        ("", '["127.0.0.1"]', "127.0.0.1"),
        ("198.51.100.7", '["127.0.0.1"]', "198.51.100.7"),
        ("198.51.100.7", "[]", "127.0.0.1"),
    ],
    ids=["nothing-said", "behind-the-proxy", "no-proxy-is-trusted"],
)
def test_the_senders_address_comes_from_the_headers_as_behind_a_proxy(
    hub, config, folder, sample, forwarded, trusted, told
):
    config(f"[hub]\ntrusted_proxies = {trusted}\n[plugins.asks]\n")
    (folder / "headers").write_text(f"X-Forwarded-For: {forwarded}\n" if forwarded else "")

    done = hub(
        "plugins",
        "try",
        "asks",
        str(sample),
        "--headers",
        "headers",
        plugins=[Installed("asks", AsksWhoCalls)],
    )

    assert f"it is {told}" in done.stderr
