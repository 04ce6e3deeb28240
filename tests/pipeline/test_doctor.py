"""Doctor: what is found beside a running hub, and what a check costs that hangs."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from hub.pipeline.doctor import events, work
from hub.pipeline.doctor.examine import Check, examine
from hub.pipeline.doctor.finding import Status, ok
from hub.pipeline.vault import KeyMissing
from hub.storage.backlog import read_backlog


def found_by(hub, **options):
    return {each.check: each for each in hub.app.checkup(**options)}


@pytest.mark.every_backend
def test_beside_a_running_hub_everything_is_well_but_the_clock_that_the_test_has_moved(hub):
    hub.app.housekeeping.write_statuses()
    hub.app.ledger.check()
    hub.app.bot.identity()
    found = found_by(hub)

    # a bucket in Redis that nobody has used yet counts as full
    assert {name for name, each in found.items() if each.status is not Status.OK} - {"rate"} == {"clock"}
    assert found["hub"].message.startswith("is running")


def test_what_waits_for_long_says_why(hub, tell):
    hub.bitrix24.faults.down()
    tell("waits")
    hub.move(timedelta(minutes=20))

    (deliveries, _) = work.waiting(read_backlog(hub.app.database), hub.app.portal_watch.read())
    assert (deliveries.status, deliveries.message) == ("warn", "1 wait, the oldest for 20 min 0 s")
    assert deliveries.advice.startswith("the portal is away")


def test_a_check_that_hangs_or_breaks_costs_no_other_and_tells_no_secret():
    gate = threading.Event()

    def breaks():
        raise OperationalError("SELECT 'hunter2'", None, Exception("hunter2"))

    checks = [
        Check(name="hangs", find=lambda: [ok("hangs", str(gate.wait()))], within=0.05),
        Check(name="breaks", find=breaks),
        Check(name="works", find=lambda: [ok("works", "fine")]),
    ]
    found = list(examine(checks, str))
    gate.set()

    assert [(each.check, each.status) for each in found] == [
        ("hangs", "fail"),
        ("breaks", "fail"),
        ("works", "ok"),
    ]
    assert "hunter2" not in str(found)


class Portal:
    """The other side, which knows two subscriptions and posts a test when it is asked to."""

    def __init__(self, post=lambda: None):
        self.post = post

    def read(self, method, params=None):
        if method == "event.test":
            self.post()
        rows = [{"event": "ONCRMLEADADD", "handler": "https://hub.example/bitrix24/events?key=1"}]
        rows.append({"event": "ONTASKADD", "handler": "https://elsewhere.example/bitrix24/events"})
        return type("Answer", (), {"result": rows})


def test_a_subscription_that_leads_elsewhere_is_none_of_ours():
    wanted = {"ONCRMLEADADD", "ONTASKADD"}
    (found,) = events.subscriptions(Portal(), wanted, "https://hub.example/bitrix24/events")
    assert (found.status, found.message) == ("fail", "not subscribed to ONTASKADD")


def test_the_event_path_works_when_the_portals_test_is_heard(hub):
    now = hub.clock.now()
    noted = []

    def find():
        portal = Portal(lambda: noted.append(now))
        return next(iter(events.path(portal, lambda names: max(noted, default=None), now)))

    assert (find().status, find().status) == ("ok", "ok")
    assert len(noted) == 1  # the second one had just been heard


@pytest.mark.parametrize(("tokens", "status"), [(True, "warn"), (False, "ok")], ids=["awaited", "not-wanted"])
def test_an_outgoing_webhook_that_was_never_heard_is_a_warning_where_one_is_expected(tokens, status):
    (found,) = events.outgoing_webhook({"ONTASKADD"}, lambda names: None, has_tokens=tokens)
    assert found.status == status


def test_a_lost_key_is_not_answered_with_installing_again(hub):
    lost = KeyMissing("no key of HUB_SECRET_KEY opens the application's tokens")
    assert hub.app.portal_watch.advice(lost).startswith("give the hub the key that it had")
