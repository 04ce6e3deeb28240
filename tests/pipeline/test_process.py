"""Process: what a hook says becomes of its row, and what it stores or arms belongs to what it says."""

import itertools
import json
import threading
from datetime import timedelta

import pytest
from echo import TOKEN, EchoPlugin, raising

from hub.plugin import (
    InvalidPayload,
    PermanentFailure,
    Plugin,
    PluginSettings,
    Recipient,
    Resolver,
    RetryLater,
    hookimpl,
)
from hub.testing import InstalledPlugin

SHORT = timedelta(milliseconds=100)


class FilePlugin(Plugin[PluginSettings]):
    """An editor and a resolver that a test replaces."""

    api_version = "1.0"

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.edit = lambda notification: None
        self.resolve = lambda rest: [Recipient(kind="user", id=rest)]

    @hookimpl
    def edit_notification(self, notification):
        return self.edit(notification)

    @hookimpl
    def resolvers(self):
        yield Resolver(scheme="file", resolve=lambda rest, notification: self.resolve(rest))


@pytest.fixture(scope="module")
def lasting_plugins():
    return [InstalledPlugin("echo", EchoPlugin), InstalledPlugin("file", FilePlugin)]


@pytest.fixture(scope="module")
def lasting_settings():
    budgets = {"parse": SHORT, "notify": SHORT, "edit_notification": SHORT, "resolve": SHORT}
    return {"plugins": {"echo": {"budgets": budgets}, "file": {"budgets": budgets}}}


@pytest.fixture
def file(hub):
    return hub.app.registry.instance("file").plugin


@pytest.fixture
def stuck():
    """What makes a hook wait until the test has ended."""
    ended = threading.Event()
    yield lambda _: ended.wait(10)
    ended.set()


def states(hub):
    return [(event.state, event.reason) for event in hub.events]


# what a hook says


@pytest.mark.parametrize("hook", ["in_parse", "in_notify"])
def test_a_payload_found_wrong_after_the_answer_is_rejected(hub, echo, tell, hook):
    setattr(echo, hook, raising(InvalidPayload("field 'host' is missing")))
    tell("a")

    assert states(hub) == [("rejected", "field 'host' is missing")]


@pytest.mark.parametrize("hook", ["in_parse", "in_notify"])
def test_a_permanent_failure_ends_the_row_with_its_reason(hub, echo, tell, hook):
    setattr(echo, hook, raising(PermanentFailure("the shop is closed")))
    tell("a")

    assert states(hub) == [("failed", "the shop is closed")]


def test_a_row_may_ask_when_it_is_tried_again(hub, echo, tell):
    echo.in_notify = raising(RetryLater("busy", after=timedelta(minutes=3)))
    tell("a")
    assert states(hub) == [("new", "busy")]

    hub.move(timedelta(minutes=3) - timedelta(seconds=1))
    assert states(hub) == [("new", "busy")]

    hub.move(timedelta(seconds=1))
    assert states(hub) == [("processed", "")]
    assert len(hub.shown("1")) == 1


def test_a_row_is_given_up_after_seven_days_of_waiting(hub, echo, tell):
    echo.in_notify = raising(
        RetryLater("busy"), RetryLater("busy", after=timedelta(days=8)), RetryLater("busy")
    )
    tell("a")
    hub.move(timedelta(minutes=1))
    hub.move(timedelta(days=8))

    assert states(hub) == [("failed", "gave up after 7 days: busy")]


@pytest.mark.every_backend
def test_a_bug_is_retried_ever_more_seldom_then_failed_and_can_be_replayed(hub, echo, tell):
    echo.in_notify = raising(*[ValueError("boom") for _ in range(10)])
    tell("a")
    waits = []
    while hub.events[0].state == "new":
        waits.append(hub.events[0].due_at - hub.clock.now())
        hub.move(waits[-1] + timedelta(seconds=31))  # a failing instance is tried every 30 s

    assert len(waits) == 9
    assert all(earlier < later for earlier, later in itertools.pairwise(waits))
    ((state, reason),) = states(hub)
    assert state == "failed"
    assert "ValueError: boom; gave up after 10 attempts" in reason

    hub.app.replay.replay(hub.events[0].id)
    hub.move(timedelta(minutes=1))
    assert states(hub) == [("processed", "")]


def test_a_hook_over_its_budget_is_tried_again_and_its_late_result_discarded(hub, echo, tell):
    late, done = threading.Event(), threading.Event()

    def dawdle(fields):
        if not done.is_set():
            done.set()
            late.wait(10)

    echo.in_notify = dawdle
    tell("a")
    late.set()
    assert hub.events[0].state == "new"
    assert "notify" in hub.events[0].reason

    hub.move(timedelta(minutes=1))
    assert states(hub) == [("processed", "")]
    assert len(hub.notifications) == 1


def test_a_row_that_goes_over_budget_each_time_is_given_up(hub, echo, tell):
    late = []

    def dawdle(fields):
        late.append(threading.Event())
        late[-1].wait(10)

    echo.in_notify = dawdle
    tell("a")
    for _ in range(9):
        late[-1].set()
        hub.move(timedelta(minutes=16))

    ((state, reason),) = states(hub)
    late[-1].set()
    assert state == "failed"
    assert "gave up after 10 attempts" in reason


def test_a_plugin_that_waits_for_a_slow_portal_is_not_to_blame(hub, echo, tell):
    echo.in_notify = lambda fields: echo.ctx.portal.call("profile")
    hub.bitrix24.faults.slow(0.4)
    tell("a")
    for _ in range(11):
        hub.move(timedelta(minutes=16))
    ((state, reason),) = states(hub)
    assert (state, hub.app.registry.instance("echo").status.value) == ("new", "active")
    assert "because the portal is slow" in reason

    hub.bitrix24.faults.clear()
    hub.move(timedelta(minutes=16))
    assert states(hub) == [("processed", "")]


def test_nothing_to_tell_is_ignored_with_a_reason(hub, tell):
    tell("a", quiet=True)

    assert states(hub) == [("ignored", "the plugin has nothing to tell about it")]


def test_what_a_plugin_no_longer_serves_waits(hub, echo, tell, monkeypatch):
    echo.in_notify = raising(RetryLater("busy"))
    tell("a")
    with hub.app.database.write() as session:
        from hub.storage.tables import Inbox

        row = session.get_one(Inbox, hub.events[0].id)
        row.request = {**row.request, "path": "/in/echo/old"}
    hub.move(timedelta(minutes=1))

    assert states(hub) == [("new", "plugin 'echo' has no source at this path, only /in/echo")]


def test_words_that_no_database_takes_end_the_row_and_nothing_behind_it(hub, tell):
    hub.receive("echo", json.dumps({"key": "bad \ud83d half"}), headers=TOKEN)
    tell("good")
    for _ in range(10):
        hub.move(timedelta(minutes=11))

    assert [event.state for event in hub.events] == ["failed", "processed"]


# the unit of work


@pytest.mark.every_backend
def test_what_a_hook_stores_and_arms_is_committed_with_what_it_tells(hub, echo, tell):
    def keep(fields):
        echo.ctx.store.set("count", 1)
        echo.ctx.timers.set("later", "k", hub.clock.now() + timedelta(hours=1))

    echo.in_notify = keep
    tell("a")

    assert echo.ctx.store.get("count") == 1
    assert armed(hub) == ["later"]


def test_a_hook_sees_its_own_writes(hub, echo, tell):
    seen = []
    echo.ctx.store.set("a:1", "before")

    def keep(fields):
        echo.ctx.store.set("a:2", ["new"])
        echo.ctx.store.get("a:2").append("a change of a copy")
        echo.ctx.store.delete("a:1")
        seen.extend([echo.ctx.store.get("a:1"), echo.ctx.store.get("a:2"), list(echo.ctx.store.scan("a:"))])

    echo.in_notify = keep
    tell("a")

    assert seen == [None, ["new"], [("a:2", ["new"])]]
    assert list(echo.ctx.store.scan("a:")) == [("a:2", ["new"])]


@pytest.mark.parametrize(
    "error",
    [InvalidPayload("no"), PermanentFailure("no"), RetryLater("no"), ValueError("no")],
    ids=["invalid", "permanent", "later", "bug"],
)
def test_a_hook_that_fails_leaves_nothing(hub, echo, tell, error):
    def keep_and_fail(fields):
        echo.ctx.store.set("count", 1)
        echo.ctx.timers.set("later", "k", hub.clock.now() + timedelta(hours=1))
        raise error

    echo.in_notify = keep_and_fail
    tell("a")

    assert (echo.ctx.store.get("count"), armed(hub)) == (None, [])


def test_parse_and_notify_are_one_unit(hub, echo, tell):
    echo.in_parse = lambda fields: echo.ctx.store.set("parsed", 1)
    echo.in_notify = raising(PermanentFailure("no"))
    tell("a")

    assert echo.ctx.store.get("parsed") is None


def test_nobody_builds_on_what_the_database_refused(hub, echo, tell):
    def count(fields):
        echo.ctx.store.set("count", (echo.ctx.store.get("count") or 0) + 1)
        if fields["key"] == "odd":
            echo.ctx.store.set("half \ud800 a pair", 1)

    for number in range(10):  # so that it is known to be quick, and gets many at a time
        tell(f"quick {number}")
    echo.in_notify = count
    hub.receive("echo", {"items": [{"key": "odd"}, {"key": "b"}, {"key": "c"}]}, headers=TOKEN)

    assert [state for state, _ in states(hub)][-3:] == ["new", "processed", "processed"]
    assert echo.ctx.store.get("count") == 2


def test_what_a_hook_stores_after_its_budget_is_lost(hub, echo, tell):
    late, stored = threading.Event(), threading.Event()

    def dawdle(fields):
        if late.wait(10):
            echo.ctx.store.set("late", 1)
            stored.set()

    echo.in_notify = dawdle
    tell("a")
    late.set()
    assert stored.wait(5)

    assert echo.ctx.store.get("late") is None


def test_what_is_no_json_is_the_plugins_bug_and_stops_nobody(hub, echo, tell):
    when = hub.clock.now() + timedelta(hours=1)
    bad = [
        lambda: echo.ctx.store.set("k", when),
        lambda: echo.ctx.store.set("k", float("nan")),
        lambda: echo.ctx.store.set("k", "x" * 65536),
        lambda: echo.ctx.timers.set("later", "k", when, data={"at": when}),
        lambda: echo.ctx.timers.set("later", "k", when, data="x" * 65536),
        lambda: echo.ctx.timers.set("later", "k", when.replace(tzinfo=None)),
    ]
    refused = []

    def keep(fields):
        for each in bad:
            try:
                each()
            except ValueError as exc:
                refused.append(str(exc))

    echo.in_notify = keep
    tell("a")

    assert len(refused) == len(bad)
    assert states(hub) == [("processed", "")]


# editors


def test_an_editor_that_fails_is_skipped_and_leaves_nothing(hub, file, tell):
    def edit(notification):
        file.ctx.store.set("seen", notification.key)
        raise ValueError("boom")

    file.edit = edit
    tell("a")

    assert len(hub.shown("1")) == 1
    assert file.ctx.store.get("seen") is None
    assert "ValueError" in hub.notifications[0].decision["edits"][0]


def test_an_editor_over_its_budget_is_skipped_and_leaves_nothing(hub, file, tell):
    late, stored, resolved = threading.Event(), threading.Event(), threading.Event()

    def edit(notification):
        late.wait(10)
        file.ctx.store.set("seen", notification.key)
        stored.set()

    def resolve(rest):  # runs after the editor was given up, before the commit
        late.set()
        assert stored.wait(5)
        resolved.set()
        return [Recipient(kind="user", id=rest)]

    file.edit, file.resolve = edit, resolve
    tell("a", to=["file:17"])

    assert resolved.is_set()
    assert len(hub.shown("17")) == 1
    assert file.ctx.store.get("seen") is None


def test_what_an_editor_stores_is_committed_with_the_row(hub, file, tell):
    file.edit = lambda notification: file.ctx.store.set("seen", notification.key)
    tell("a")

    assert file.ctx.store.get("seen") == "a"


def test_an_editor_changes_what_is_routed_and_shown(hub, file, tell):
    file.edit = lambda notification: notification.model_copy(update={"title": "edited", "to": ("user:17",)})
    tell("a")

    assert [card.text for card in hub.shown("17")] == ["[b]edited[/b]"]
    assert hub.shown("1") == []
    assert hub.notifications[0].decision["edits"] == ["file changed title, to"]


def test_an_editor_may_drop_it_with_a_reason(hub, file, tell):
    file.edit = lambda notification: notification.suppress("muted by Anna")
    tell("a")

    assert (hub.deliveries, hub.notifications[0].reason) == ([], "muted by Anna")
    assert states(hub) == [("processed", "")]


def test_a_plugin_may_suppress_its_own(hub, tell):
    tell("a", suppressed="seen already")

    assert (hub.deliveries, hub.notifications[0].reason) == ([], "seen already")


# resolvers


def test_a_resolver_that_fails_leaves_nothing_and_the_fallback_is_told_why(hub, file, tell):
    def resolve(rest):
        file.ctx.store.set("seen", rest)
        raise ValueError("boom")

    file.resolve = resolve
    tell("a", to=["file:17"])

    assert len(hub.shown("1")) == 1
    assert "ValueError: boom" in hub.deliveries[0].recipient
    assert file.ctx.store.get("seen") is None


def test_a_row_waits_while_a_resolver_needs_a_portal_that_is_away(hub, file, tell):
    file.resolve = raising(RetryLater("the portal is away"))
    tell("a", to=["file:17"])
    assert (states(hub), hub.deliveries) == ([("new", "the portal is away")], [])

    file.resolve = lambda rest: [Recipient(kind="user", id=rest)]
    hub.move(timedelta(minutes=1))
    assert (states(hub), len(hub.shown("17"))) == ([("processed", "")], 1)


def test_an_update_needs_no_resolver_because_the_threads_cards_say_where(hub, file, tell):
    tell("a", thread="t", to=["file:17"])
    file.resolve = raising(RetryLater("the portal is away"))
    tell("b", thread="t", to=["file:17"], mode="update", title="over")

    assert [card.text for card in hub.shown("17")] == ["[b]over[/b]"]


def armed(hub):
    """Return the names of the armed timers."""
    from sqlalchemy import select
    from sqlmodel import col

    from hub.storage.tables import ArmedTimer

    with hub.app.database.read() as session:
        return list(session.scalars(select(col(ArmedTimer.name))))
