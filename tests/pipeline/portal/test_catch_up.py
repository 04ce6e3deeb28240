"""Catch-up: what happened while nobody told is found, once, whatever goes wrong meanwhile."""

from datetime import timedelta

import pytest
from pipeline.portal.conftest import new_lead, plugin_of, told
from pipeline.portal.leads import LeadsPlugin

from hub.plugin import CatchUp, PermanentFailure
from hub.sandbox import Sandbox
from hub.storage.cursors import Cursors
from hub.testing import InstalledPlugin, MovedClock, running_hub

SETTLED = timedelta(seconds=2)
WITHOUT_EVENTS = timedelta(seconds=15)
WITH_EVENTS = timedelta(minutes=5)
SOURCE = ("leads", "ONCRMLEADADD")
#: What lets a database refuse new rows, and take them again.
NO_ROW = {
    "sqlite": (
        "CREATE TRIGGER lose BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'gone'); END",
        "DROP TRIGGER lose",
    ),
    "postgresql": (
        "ALTER TABLE inbox ADD CONSTRAINT lose CHECK (id = '') NOT VALID",
        "ALTER TABLE inbox DROP CONSTRAINT lose",
    ),
}


def facts(*leads):
    return [f"lead:{lead}:A lead" for lead in leads]


@pytest.fixture
def find(hub):
    """Let the time to look come, and what was found settle."""

    def find(after=WITHOUT_EVENTS):
        hub.move(after)
        hub.move(SETTLED)

    return find


def test_the_first_look_finds_the_present_and_tells_nothing(hub, leads):
    hub.settle()

    assert (leads.looked_from, leads.notified, hub.events) == ([None], [], [])
    assert Cursors(hub.app.database).get(*SOURCE) is not None


def test_without_events_a_change_is_found_within_seconds(hub, leads, find):
    lead = new_lead(hub.bitrix24)
    hub.move(timedelta(seconds=14))
    assert len(leads.looked_from) == 1
    find(timedelta(seconds=1))

    assert told(hub) == facts(lead)


@pytest.mark.every_backend
def test_what_was_found_page_by_page_is_told_once_each(hub, leads, find):
    found = [new_lead(hub.bitrix24) for _ in range(12)]
    find()

    assert sorted(told(hub)) == sorted(facts(*found))
    assert len(leads.looked_from) == 4  # the present, and three pages


def test_nothing_found_writes_nothing(hub, find):
    with hub.app.database.read() as session:
        before = session.connection().exec_driver_sql("SELECT moved_at FROM cursors").all()
    find()

    with hub.app.database.read() as session:
        assert session.connection().exec_driver_sql("SELECT moved_at FROM cursors").all() == before
    assert hub.events == []


def test_what_an_event_told_is_not_told_again_when_it_is_found(hub, post, leads, find):
    lead = new_lead(hub.bitrix24)
    post(lead, "ONCRMLEADADD", settle=True)
    hub.move(SETTLED)
    find(WITH_EVENTS)

    assert leads.notified == [[lead], [lead]]
    assert told(hub) == facts(lead)
    assert len(hub.shown("1")) == 1


def test_an_event_and_its_finding_that_wait_together_are_one_look(hub, post, leads):
    lead = new_lead(hub.bitrix24)
    hub.clock.move(WITHOUT_EVENTS)
    hub.app.catch_up.turn()
    post(lead, "ONCRMLEADADD", settle=True)
    hub.move(SETTLED)

    assert leads.notified == [[lead, lead]]
    assert told(hub) == facts(lead)


def test_where_events_come_it_is_looked_less_often(hub, post, leads):
    post("1", "ONCRMLEADADD", settle=True)
    for _ in range(4):
        hub.move(timedelta(minutes=1))
    assert len(leads.looked_from) == 1

    hub.move(timedelta(minutes=1))
    assert len(leads.looked_from) == 2

    hub.move(timedelta(hours=24))
    hub.move(WITHOUT_EVENTS)
    assert len(leads.looked_from) == 4  # none has come for a day


def test_an_event_of_another_kind_shows_nothing(hub, post, leads):
    post("1", "ONCRMDEALADD", settle=True)
    hub.move(WITHOUT_EVENTS)

    assert len(leads.looked_from) == 2


def test_a_portal_that_is_away_is_no_fault_of_the_plugin(hub, leads, find):
    lead = new_lead(hub.bitrix24)
    hub.bitrix24.faults.down(html=True)
    for _ in range(8):
        hub.move(WITHOUT_EVENTS)
    assert hub.app.registry.instance("leads").status == "active"
    hub.bitrix24.faults.clear()
    find()

    assert told(hub) == facts(lead)


def test_after_an_outage_it_is_looked_at_once(hub, post, leads):
    post("1", "ONCRMLEADADD", settle=True)  # so that the next look is five minutes away
    watch = hub.app.portal_watch
    watch.failed(_Away("the portal is away"), hub.clock.now(), hub.clock.now())
    hub.settle()
    lead = new_lead(hub.bitrix24)
    watch.connected(hub.clock.now())
    hub.settle()
    hub.move(SETTLED)

    assert told(hub) == facts(lead)


def test_a_catch_up_that_is_broken_leaves_the_events_of_its_plugin_alone(hub, post, leads):
    leads.in_catch_up = _fail
    for _ in range(30):
        hub.move(timedelta(seconds=10))
    lead = new_lead(hub.bitrix24)
    post(lead, settle=True)
    hub.move(SETTLED)

    assert told(hub) == facts(lead)
    assert 4 < len(leads.looked_from) < 8  # ever more rarely


def test_a_plugin_that_says_more_and_stands_still_is_not_asked_without_end(hub, leads):
    leads.in_catch_up = lambda cursor: CatchUp(objects=(), cursor=cursor, more=True)
    hub.move(WITHOUT_EVENTS)
    hub.move(WITHOUT_EVENTS)

    assert len(leads.looked_from) == 2


@pytest.mark.every_backend
def test_what_another_process_has_caught_up_meanwhile_is_not_kept_twice(hub, leads):
    def quicker(cursor):
        leads.in_catch_up = lambda _: None
        hub.app.catch_up.forget()
        hub.app.catch_up.look(*SOURCE)

    lead = new_lead(hub.bitrix24)
    leads.in_catch_up = quicker
    hub.move(WITHOUT_EVENTS)
    hub.move(SETTLED)

    assert len(hub.events) == 1
    assert told(hub) == facts(lead)


def test_what_a_catch_up_keeps_is_kept_with_its_page(hub, leads, find):
    leads.in_catch_up = lambda cursor: leads.ctx.store.set("looked from", cursor)
    new_lead(hub.bitrix24)
    find()
    before = leads.ctx.store.get("looked from")

    def fail(cursor):
        leads.ctx.store.set("looked from", "nowhere")
        raise PermanentFailure("not today")

    leads.in_catch_up = fail
    find()

    assert before == leads.ctx.store.get("looked from")


def test_what_happened_while_the_hub_was_stopped_is_told_once_each(run_hub, tmp_path):
    plugins, clock = [InstalledPlugin("leads", LeadsPlugin)], MovedClock()
    with Sandbox.running() as portal:
        with run_hub(plugins=plugins, folder=tmp_path, clock=clock, sandbox=portal) as hub:
            hub.settle()
        found = [new_lead(portal) for _ in range(50)]
        clock.move(timedelta(minutes=5))
        with run_hub(plugins=plugins, folder=tmp_path, clock=clock, sandbox=portal) as hub:
            hub.settle()
            hub.move(SETTLED)
            hub.move(WITHOUT_EVENTS)

            assert sorted(told(hub)) == sorted(facts(*found))
            assert len(hub.shown("1")) == 50
            assert hub.app.ledger.examine() == ()


def test_a_page_that_was_not_committed_comes_again(hub, leads, find):
    """As after a kill: the database has the cursor and all rows of a page, or nothing of it."""
    lead = new_lead(hub.bitrix24)
    lose, keep = NO_ROW[hub.app.database.url.get_backend_name()]
    with hub.app.database.write() as session:
        session.connection().exec_driver_sql(lose)
    hub.move(WITHOUT_EVENTS)
    assert len(leads.looked_from) == 2
    with hub.app.database.write() as session:
        session.connection().exec_driver_sql(keep)
    find(timedelta(seconds=20))

    assert leads.looked_from[1] == leads.looked_from[2]
    assert told(hub) == facts(lead)


class _Away(Exception):
    pass


def _fail(_):
    raise ZeroDivisionError


def test_messages_that_wait_go_first_but_not_for_ever(tmp_path):
    with running_hub(plugins=[InstalledPlugin("leads", LeadsPlugin)], folder=tmp_path) as hub:
        hub.settle()
        leads = plugin_of(hub, "leads")
        new_lead(hub.bitrix24)
        hub.app.sender.stop()
        hub.move(WITHOUT_EVENTS)
        hub.move(SETTLED)
        assert ([row.state for row in hub.deliveries], len(leads.looked_from)) == (["pending"], 2)

        new_lead(hub.bitrix24)
        hub.move(WITHOUT_EVENTS)
        assert len(leads.looked_from) == 2
        hub.move(WITH_EVENTS)
        assert len(leads.looked_from) == 3
