"""``hub send``, and what can be seen and done afterwards: events, deliveries, trace."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from cli.greeter import SETTINGS
from hub.app import Hub
from hub.bitrix24.errors import CredentialsDead
from hub.cli import cli
from hub.cli.session import Session
from hub.sandbox import Sandbox


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A hub that has sent one message by hand; nothing here changes what another test sees."""
    folder = tmp_path_factory.mktemp("ledger")
    with Sandbox.running() as portal:
        text = SETTINGS.replace("http://127.0.0.1:9/rest/1/portal-secret/", portal.webhook_url)
        (folder / "hub.toml").write_text(text + f'[hub]\ndatabase_url = "sqlite:///{folder}/hub.db"\n')
        session = Session(config=folder / "hub.toml", plugins=[])
        run = CliRunner().invoke
        arguments = [
            "send",
            "--to",
            "user:17",
            "--to",
            "user:27",
            "--title",
            "Hello",
            "how are you?",
            "--json",
        ]
        event = json.loads(run(cli, arguments, obj=session).stdout)["id"]
        hub = Hub(session.settings(), plugins=[])
        hub.start(work=True)
        try:
            portal.wait_for(lambda: portal.shown("17") and portal.shown("27"), timeout=60)
        finally:
            hub.stop()
        yield folder, event, portal


@pytest.fixture
def ledger(place):
    """Run ``hub`` where a message has been sent."""
    folder, _, _ = place

    def run(*arguments):
        session = Session(config=folder / "hub.toml", plugins=[])
        return CliRunner().invoke(cli, arguments, obj=session, prog_name="hub")

    return run


@pytest.fixture
def event(place):
    return place[1]


@pytest.fixture
def delivery(ledger):
    return json.loads(ledger("deliveries", "list", "--json").stdout)[0]["id"]


def test_a_message_by_hand_is_seen_in_the_chat(place):
    (message,) = place[2].shown("17")

    assert "Hello" in message.text


def test_events_have_the_keys_that_programs_rely_on(ledger, event):
    (row,) = json.loads(ledger("events", "list", "--json").stdout)

    assert list(row) == ["id", "instance", "state", "key", "received_at", "duplicates", "reason"]
    assert (row["id"], row["instance"], row["state"]) == (event, "send", "processed")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param(("--state", "failed"), 0, id="other state"),
        pytest.param(("--state", "processed", "--instance", "send"), 1, id="this"),
        pytest.param(("--instance", "zabbix"), 0, id="other plugin"),
    ],
)
def test_events_can_be_chosen(ledger, filters, found):
    assert len(json.loads(ledger("events", "list", *filters, "--json").stdout)) == found


def test_deliveries_have_the_keys_that_programs_rely_on(ledger):
    rows = json.loads(ledger("deliveries", "list", "--json").stdout)

    assert {tuple(row) for row in rows} == {
        ("id", "notification", "dialog", "state", "lane", "attempts", "message_id", "due_at", "reason")
    }
    assert sorted((row["dialog"], row["state"]) for row in rows) == [("17", "sent"), ("27", "sent")]


def test_people_see_the_titles_of_deliveries(ledger):
    header, *rows = ledger("deliveries", "list").stdout.splitlines()

    assert header.split()[:4] == ["ID", "DIALOG", "TITLE", "STATE"]
    assert [row.split()[2] for row in rows] == ["Hello", "Hello"]


@pytest.mark.parametrize("what", ["events", "deliveries"])
def test_an_empty_list_says_so_beside_the_data(ledger, what):
    done = ledger(what, "list", "--state", "failed")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "none\n")


def test_an_event_is_shown_without_its_content(ledger, event):
    assert "how are you" not in ledger("events", "show", event).stdout
    assert "how are you" in ledger("events", "show", event, "--body").stdout


def test_a_delivery_is_shown_with_its_recipient(ledger, delivery):
    assert json.loads(ledger("deliveries", "show", delivery, "--json").stdout)["recipient"].startswith(
        "user "
    )


@pytest.mark.parametrize("start", ["event", "notification", "delivery"])
def test_the_story_is_the_same_from_wherever_it_is_asked(ledger, event, delivery, start):
    notification = json.loads(ledger("deliveries", "show", delivery, "--json").stdout)["notification"]
    ids = {"event": event, "notification": notification, "delivery": delivery}

    story = ledger("trace", ids[start]).stdout

    assert [
        word in story for word in (event, "processed", "Hello", "no route matched", "to 17", "as message")
    ] == ([True] * 6)


def test_the_story_is_data_too(ledger, event):
    story = json.loads(ledger("trace", event, "--json").stdout)

    assert story["event"]["id"] == event
    assert len(story["notifications"][0]["deliveries"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("events", "show", "e0"),
        ("events", "replay", "e0"),
        ("deliveries", "show", "d0"),
        ("deliveries", "retry", "d0"),
        ("trace", "x0"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_a_no(ledger, arguments):
    assert ledger(*arguments).exit_code == 1


def test_what_was_sent_is_not_sent_again(ledger, delivery):
    assert ledger("deliveries", "retry", delivery).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("send", "--to", "Ann", "hi"), id="no address"),
        pytest.param(("send", "--to", "nobody:7", "hi"), id="no resolver"),
        pytest.param(("send", "--to", "user:1", " "), id="no text"),
        pytest.param(("send", "hi"), id="nobody"),
    ],
)
def test_a_message_that_cannot_be_sent_is_wrong_usage(ledger, arguments):
    assert ledger(*arguments).exit_code == 2


def test_a_replayed_event_waits_for_the_running_hub(ledger, event):
    ledger("events", "replay", event)

    assert json.loads(ledger("events", "list", "--json").stdout)[0]["state"] == "new"


def test_an_outage_is_told_above_the_deliveries(place, tmp_path):
    settings = (place[0] / "hub.toml").read_text().replace(str(place[0]), str(tmp_path))
    (tmp_path / "hub.toml").write_text(settings)
    session = Session(config=tmp_path / "hub.toml", plugins=[])
    hub = Hub(session.settings(), plugins=[])
    now = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
    hub.portal_watch.failed(CredentialsDead("profile: INVALID_CREDENTIALS"), now, now + timedelta(seconds=15))
    hub.close()

    result = CliRunner().invoke(cli, ["deliveries", "list", "--json"], obj=session)

    assert json.loads(result.stdout) == []
    assert "INVALID_CREDENTIALS" in result.stderr
    assert "make a new one" in result.stderr
