"""Why did I (not) get it? Each case is planted in a running hub and asked about on the command line."""

import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from echo import TOKEN, EchoPlugin, raising

from hub.cli import cli
from hub.cli.session import Session
from hub.plugin import PermanentFailure, Plugin, PluginSettings, Recipient, Resolver, hookimpl
from hub.testing import InstalledPlugin

SEND = "imbot.v2.Chat.Message.send"
MINUTE = timedelta(minutes=1)


class DutyPlugin(Plugin[PluginSettings]):
    """Knows who is on duty, unless it trips."""

    api_version = "1.0"

    @hookimpl
    def resolvers(self):
        yield Resolver(scheme="duty", resolve=self._resolve)

    def _resolve(self, rest, notification):
        if rest == "bug":
            raise ValueError("boom")
        if rest == "unknown":
            raise PermanentFailure("there is no roster \ud800unknown")
        return [Recipient(kind="user", id="17", reason=f"on duty for {rest}")]


class TidyPlugin(Plugin[PluginSettings]):
    """Drops noise, and shortens titles."""

    api_version = "1.0"

    @hookimpl
    def edit_notification(self, notification):
        if notification.labels.get("noise"):
            return notification.suppress("the night shift does not want it")
        if notification.labels.get("long"):
            return notification.model_copy(update={"title": "short", "loud": True})
        return None


PLUGINS = [
    InstalledPlugin("echo", EchoPlugin),
    InstalledPlugin("duty", DutyPlugin),
    InstalledPlugin("tidy", TidyPlugin),
]


@pytest.fixture(scope="module")
def lasting_plugins():
    return PLUGINS


@pytest.fixture
def hub_plugins():
    return PLUGINS


@pytest.fixture(scope="module")
def lasting_settings():
    return {
        "bot": {"fallback": "user:19"},
        "routes": [
            {"match": {"labels": {"route": "replace"}}, "to": ["user:17"]},
            {"match": {"severity": "info", "labels": {"route": "drop"}}, "mode": "drop"},
            {"match": {"labels": {"route": "add*"}}, "to": ["user:27"], "mode": "add", "continue": True},
            {"match": {"kind": ["alert", "alert.*"], "instance": "echo"}, "to": ["user:17"], "mode": "add"},
        ],
    }


@pytest.fixture
def hub_settings(lasting_settings):
    return lasting_settings


@pytest.fixture
def hub(lasting_hub):
    return lasting_hub


@pytest.fixture
def ask(hub, monkeypatch):
    """Run ``hub`` as the operator does beside the running hub; returns what the terminal shows."""
    monkeypatch.setattr("hub.cli.session.log_warnings", lambda: None)

    def ask(*arguments):
        session = Session(plugins=PLUGINS, clock=hub.clock)
        session.settings = lambda: hub.app.settings
        done = CliRunner().invoke(cli, arguments, obj=session, prog_name="hub")
        assert done.exit_code == 0, done.output
        return done.output

    return ask


@pytest.fixture
def why(hub, ask):
    """Trace the latest event, or the one that was the *number*-th."""

    def why(number=-1):
        return ask("trace", hub.events[number].id)

    return why


def in_short(story):
    return story.splitlines()[0].removeprefix("in short: ")


def delivered(hub, key):
    return next(row for row in hub.deliveries if row.key == key)


# at the door


def test_the_signature_was_wrong(hub, ask):
    for _ in range(2):
        hub.receive("echo", {"key": "a"}, headers={"authorization": "Bearer wrong"})

    assert "echo has refused 2 requests, of which nothing is kept" in ask("events", "list")
    assert "the last at 2026-11-22 10:05:00: wrong credentials" in ask("events", "list")
    assert re.search(r"verify .* 2 +2026-11-22 10:05:00 +wrong credentials", ask("plugins", "show", "echo"))


def test_refusals_of_one_plugin_are_nothing_to_those_who_look_at_another(hub, ask):
    hub.receive("echo", {"key": "a"}, headers={"authorization": "Bearer wrong"})

    assert "refused" not in ask("events", "list", "--instance", "tidy")


def test_refusals_are_forgotten_after_a_day(hub, ask):
    hub.receive("echo", {"key": "a"}, headers={"authorization": "Bearer wrong"})
    hub.move(timedelta(hours=25))

    assert "refused" not in ask("events", "list")


def test_the_payload_could_not_be_read(hub, why):
    hub.receive("echo", "{", headers=TOKEN)

    assert in_short(why()).startswith("rejected: the body is not valid JSON")


def test_it_came_twice(tell, why):
    tell("a")
    tell("a")

    assert "came 1 more times, kept once" in why()


def test_who_sent_it_and_how_that_was_checked(tell, why):
    tell("a")

    assert "a request from 127.0.0.1, verified by bearer_token" in why()


def test_the_plugin_had_nothing_to_tell(tell, why):
    tell("a", quiet=True)

    assert in_short(why()) == "ignored: the plugin has nothing to tell about it"


def test_it_was_told_before_by_another_event(hub, tell, why):
    tell("a", id="first")
    tell("a", id="second")

    assert in_short(why()) == f"processed: all of it was told before: {hub.notifications[0].id}"


# routed


def test_no_route_matched(hub, tell, why, ask):
    tell("a", labels={"route": "other"})

    story = why()
    assert "no route matched; the notification's own recipients: user:1" in story
    (explain,) = re.findall(r"'hub (routes explain n\w+)'", story)
    told = ask(*explain.split())
    assert re.search(r"^1 +no .*label route is other, not replace$", told, re.M)
    assert re.search(r"^4 +no .*kind is message, not alert or alert\.\*$", told, re.M)


def test_no_route_matched_for_want_of_a_label(hub, tell, ask):
    tell("a")

    told = ask("routes", "explain", hub.notifications[0].id)
    assert "there is no label route" in told


def test_routes_are_explained_without_an_event(ask):
    told = ask("routes", "explain", "--instance", "echo", "--label", "route=drop", "--severity", "error")

    assert "severity is error, not info" in told


def test_a_route_sent_it_to_others(tell, why):
    tell("a", labels={"route": "replace"})

    story = why()
    assert "routed  route 1 (label route=replace): user:17" in story
    assert in_short(story) == "shown to user 17"


def test_a_route_dropped_it(tell, why):
    tell("a", labels={"route": "drop"}, severity="info")

    assert in_short(why()) == "nobody was told: dropped by route 2 (severity info, label route=drop)"


def test_routes_that_go_on_added_recipients(tell, why):
    tell("a", labels={"route": "add-1"}, kind="alert.disk")

    assert (
        "routed  route 3 (label route=add*) adds, then route 4 (instance echo, kind alert or alert.*) adds:"
        " user:1, user:27, user:17"
    ) in why()


# resolved


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        pytest.param("user:41", "there is nobody active behind it", id="has left"),
        pytest.param("pager:1", "no active plugin resolves pager: addresses", id="no such scheme"),
        pytest.param("duty:bug", "plugin duty: resolve raised ValueError: boom", id="resolver raised"),
        pytest.param("duty:unknown", "there is no roster ", id="resolver refused"),
    ],
)
def test_the_address_led_nowhere(tell, why, address, reason):
    tell("a", to=[address])

    story = why()
    assert f"trouble {address}: {reason}" in story
    assert f"to 19 (fallback: {address}: {reason}" in story


def test_the_resolver_says_why_somebody_got_it(tell, why):
    tell("a", to=["duty:infra"])

    assert "to 17 (on duty for infra)" in why()


def test_a_department_stands_for_its_members(hub, tell, why):
    tell("a", to=["department:5"])

    story = why()
    assert len(re.findall(r"to \d+ \(member of department 5\)", story)) == len(hub.deliveries) > 1


# edited


def test_an_editor_suppressed_it(tell, why):
    tell("a", labels={"noise": "yes"})

    story = why()
    assert in_short(story) == "nobody was told: the night shift does not want it"
    assert "edited  tidy dropped the night shift does not want it" in story


def test_an_editor_changed_it(tell, why):
    tell("a", labels={"long": "yes"})

    assert "edited  tidy changed title, loud" in why()


# cards


def test_an_update_found_no_card(tell, why):
    tell("a", thread="t", mode="update")

    story = why()
    assert in_short(story).startswith("nobody was told: no card of this thread yet")
    assert "waits   no card of thread t yet; until 2026-11-22 10:15:00" in story


def test_the_card_that_was_there_was_edited(hub, tell, why):
    tell("a", thread="t")
    tell("b", thread="t")

    (card,) = hub.shown("1")
    assert f"sent as an edit of message {card.id}" in why()
    assert f"sent as message {card.id}" in why(0)


def test_the_card_could_not_be_edited_and_was_posted_anew(hub, tell, why):
    tell("a", thread="t")
    hub.bitrix24.faults.fail_next(
        1, status=400, error="CANT_EDIT_MESSAGE", method="imbot.v2.Chat.Message.update"
    )
    tell("b", thread="t")

    assert "refused: posted anew, because" in why()
    assert "sent as message" in why()


def test_it_expired(hub, tell, why):
    tell("a", expires_at="2026-11-22T09:00:00Z")

    assert "suppressed: expired at 2026-11-22 09:00 UTC" in why()
    short = in_short(why())
    assert short.startswith("not shown to user 1; expired at 2026-11-22 09:00 UTC")
    assert short.count("shown to") == 1  # the card of the hub that stands for it does not count


# refused


def test_the_chat_of_a_person_refused_it(hub, tell, why):
    hub.bitrix24.faults.fail(status=403, error="ACCESS_DENIED", method=SEND, dialog="17")
    tell("a", to=["user:17"])

    story = why()
    assert re.search(r"failed: .*ACCESS_DENIED", story)
    assert re.search(r"bell to 17 \(the bell instead of the chat: .*ACCESS_DENIED", story)


def test_a_group_refused_it(hub, tell, why):
    hub.bitrix24.faults.fail(status=403, error="ACCESS_DENIED", method=SEND, dialog="chat1157")
    tell("a", to=["chat:1157"])

    assert re.search(r"to 19 \(fallback: chat1157 refused: .*ACCESS_DENIED", why())


def test_it_is_not_known_whether_it_is_shown(hub, tell, why):
    tell("hello")
    hub.bitrix24.faults.refuse_after_reserving(1)
    tell("a")

    story = why()
    assert "unknown: " in story
    assert "2026-11-22 10:05:00  in doubt since then: an answer was lost" in story
    assert in_short(story).startswith("not yet sent to user 1; ")


# behind something


def test_it_is_behind_another_message_of_its_dialog(hub, tell, why):
    tell("hello")
    hub.bitrix24.faults.refuse_after_reserving(1)
    tell("a")
    tell("b")

    assert in_short(why()) == (
        f"not yet sent to user 1; the order within a dialog and lane is kept, behind {delivered(hub, 'a').id}"
    )


def test_it_is_behind_another_message_of_its_thread(hub, tell, why):
    tell("hello")
    hub.bitrix24.faults.refuse_after_reserving(1)
    tell("a", thread="t")
    tell("b", thread="t")

    assert in_short(why()) == (
        f"not yet sent to user 1; deliveries of one thread go one after another, behind {delivered(hub, 'a').id}"
    )


def test_it_is_behind_an_event_of_its_group(hub, echo, tell, why):
    echo.in_notify = raising(ValueError("boom"))
    tell("a", group="g")
    tell("b", group="g")

    assert in_short(why()) == f"waits: events of one group go one after another, behind {hub.events[0].id}"
    assert "plugin echo: notify raised ValueError: boom; until 2026-11-22 10:05:0" in why(0)


class TestTroubles:
    """What a hub remembers for a while, so that each case needs one of its own."""

    @pytest.fixture
    def hub(self, fresh_hub):
        return fresh_hub

    def test_the_portal_is_away(self, hub, tell, why):
        hub.bitrix24.faults.down()
        tell("a")

        story = why()
        assert in_short(story).startswith("not yet sent to user 1; the portal is away: ")
        assert re.search(
            r"pending: the portal is away: .* \(since 2026-11-22 10:05:00\); until 2026-11-22 10:", story
        )

    def test_newer_content_took_its_place(self, hub, tell, why):
        tell("hello")
        hub.bitrix24.faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED")
        tell("a", thread="t")
        tell("b", thread="t")
        hub.bitrix24.faults.clear()
        hub.move(MINUTE)

        (_, card) = hub.shown("1")
        newer = delivered(hub, "b").id
        assert in_short(why(1)) == "superseded for user 1"
        assert f"superseded: superseded by {newer}" in why(1)
        assert f"{newer} is sent as message {card.id}" in why(1)

    def test_the_plugin_is_failing_and_its_events_wait(self, hub, echo, tell, why, ask):
        echo.in_notify = raising(*[ValueError("boom")] * 100)
        for number in range(8):
            tell(f"{number}")

        assert in_short(why()).startswith(
            "waits: plugin echo is failing and is tried every 30 s: notify failed 5 times"
        )
        assert re.search(r"^echo .*failing .*notify failed 5 times in a row", ask("plugins", "list"), re.M)
        assert "echo is failing since 2026-11-22 10:05:00 and its events wait" in ask("events", "list")

    def test_the_plugin_failed_until_it_was_given_up(self, hub, echo, tell, why):
        echo.in_notify = raising(*[ValueError("boom")] * 100)
        tell("a")
        for _ in range(40):
            hub.move(timedelta(minutes=15))

        assert (
            in_short(why())
            == "failed: plugin echo: notify raised ValueError: boom; gave up after 10 attempts"
        )

    def test_it_was_given_up_after_a_week(self, hub, tell, why):
        hub.bitrix24.faults.fail(status=400, error="SENDING_FAILED", method=SEND)
        tell("a")
        for _ in range(9):
            hub.move(timedelta(days=1))

        assert in_short(why()) == "given up for user 1"
        assert "dead: gave up after 7 days" in why()
