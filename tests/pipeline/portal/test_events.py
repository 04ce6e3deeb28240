"""Events of the portal: from the post to the plugins that want to know."""

from datetime import timedelta

import pytest
from pipeline.portal.conftest import MEMBER, TOKEN, new_lead, plugin_of, post_form, told
from pipeline.portal.leads import LeadsPlugin

from hub.testing import InstalledPlugin

SETTLED = timedelta(seconds=2)


@pytest.fixture(scope="module")
def lasting_plugins():
    return [InstalledPlugin("leads", LeadsPlugin), InstalledPlugin("others", LeadsPlugin)]


def test_each_plugin_that_declared_an_event_looks_at_its_object_once_it_has_settled(hub, post, leads):
    lead = new_lead(hub.bitrix24, "Roof")
    assert post(lead, settle=True).status_code == 200
    assert leads.notified == []

    hub.move(SETTLED)

    assert (leads.notified, plugin_of(hub, "others").notified) == ([[lead]], [[lead]])
    assert {(row.instance, row.key) for row in hub.notifications} == {
        ("leads", f"lead:{lead}:Roof"),
        ("others", f"lead:{lead}:Roof"),
    }
    arrival, *rows = hub.events
    assert (arrival.state, arrival.reason) == ("processed", f"went on as {', '.join(row.id for row in rows)}")


@pytest.mark.every_backend
def test_a_burst_for_one_object_is_one_look(hub, post, leads):
    lead, other = new_lead(hub.bitrix24), new_lead(hub.bitrix24)
    post(lead, "ONCRMLEADADD")
    for _ in range(5):
        post(lead)
    post(other)
    hub.settle()
    hub.move(SETTLED)

    assert sorted(leads.notified) == sorted([[lead, lead], [other]])  # added, and changed however often
    first, *rest = [row for row in hub.events if row.instance == "leads" and row.group_key == f"lead:{lead}"]
    assert {(row.state, row.reason) for row in rest} == {("ignored", f"read together with {first.id}")}


def test_what_comes_while_a_plugin_looks_is_looked_at_afterwards(hub, post, leads):
    lead = new_lead(hub.bitrix24, "before")
    post(lead, settle=True)

    def change(_):
        leads.in_notify = lambda _: None
        post(lead)

    leads.in_notify = change
    hub.move(SETTLED)
    hub.move(SETTLED)

    assert leads.notified == [[lead], [lead]]


def test_a_plugin_that_cannot_say_what_belongs_together_keeps_nothing_from_anybody(hub, post, leads):
    def fail(_):
        raise ZeroDivisionError

    leads.in_coalesce = fail
    lead = new_lead(hub.bitrix24)
    post(lead, settle=True)
    hub.move(SETTLED)

    assert (leads.notified, plugin_of(hub, "others").notified) == ([[lead]], [[lead]])


@pytest.mark.parametrize(
    ("event", "data", "reason"),
    [
        ("ONCRMDEALUPDATE", {"FIELDS": {"ID": "7"}}, "no plugin wants to know of ONCRMDEALUPDATE"),
        ("onCrmLeadAdd", {"FIELDS": {"ID": "0"}}, "ONCRMLEADADD names no object"),
        ("ONCRMLEADADD", "undefined", "ONCRMLEADADD names no object"),
    ],
    ids=["unwanted", "zero", "nothing"],
)
def test_what_nobody_can_look_at_ends_with_the_reason(hub, event, data, reason):
    auth = {"member_id": MEMBER, "application_token": TOKEN}
    assert post_form(hub, {"event": event, "data": data, "auth": auth}).status_code == 200
    hub.settle()

    (row,) = hub.events
    assert (row.state, row.reason) == ("ignored", reason)


def test_a_click_that_is_posted_is_for_the_bot(hub):
    data = {"bot": {"id": "9"}, "user": {"id": "27"}, "command": {"command": "/hub", "params": "gone.0"}}
    auth = {"application_token": "customtest-bot-token"}
    post_form(hub, {"event": "ONIMBOTV2COMMANDADD", "data": data, "auth": auth})
    hub.settle()

    (row,) = hub.events
    assert row.reason.startswith("went on as a")


def test_an_event_runs_again_on_request(hub, post, leads):
    lead = new_lead(hub.bitrix24)
    post(lead, settle=True)
    hub.move(SETTLED)

    assert hub.app.replay.replay(hub.events[0].id).ok
    hub.settle()
    hub.move(SETTLED)

    assert leads.notified == [[lead], [lead]]
    assert len(told(hub)) == 2  # once for each plugin


def test_rows_of_a_source_that_is_gone_fail_with_the_reason(hub, post):
    post(new_lead(hub.bitrix24), settle=True)
    rows = [row for row in hub.events if row.instance == "leads"]
    with hub.app.database.write() as session:
        for row in rows:
            session.merge(row).request = {**row.request, "source": "ONCRMQUOTEADD"}
    hub.move(SETTLED)

    (row,) = [row for row in hub.events if row.instance == "leads"]
    assert (row.state, row.reason) == ("failed", "portal source 'ONCRMQUOTEADD' is no longer declared")
