"""What the command line says about events of the portal."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from pipeline.portal.conftest import new_lead
from pipeline.portal.leads import LeadsPlugin

from hub.cli import cli
from hub.cli.session import Session
from hub.testing import InstalledPlugin

SETTLED = timedelta(seconds=2)


@pytest.fixture
def ask(hub, monkeypatch):
    """Run ``hub`` as the operator does beside the running hub; returns what the terminal shows."""
    monkeypatch.setattr("hub.cli.session.log_warnings", lambda: None)

    def ask(*arguments):
        session = Session(plugins=[InstalledPlugin("leads", LeadsPlugin)], clock=hub.clock)
        session.settings = lambda: hub.app.settings
        done = CliRunner().invoke(cli, arguments, obj=session, prog_name="hub")
        assert done.exit_code == 0, done.output
        return done.output

    return ask


def test_an_event_is_traced_to_what_it_named_and_on_to_the_message(hub, post, ask):
    lead = new_lead(hub.bitrix24)
    post(lead, settle=True)
    arrival, row = hub.events
    assert "waits: it is not due yet" in ask("trace", row.id)
    hub.move(SETTLED)

    first = ask("trace", arrival.id)
    assert f"in short: processed: went on as {row.id}" in first
    assert f"{arrival.id}  hub  an event posted by the portal from 127.0.0.1" in first
    assert "received as post:ONCRMLEADUPDATE:" in first
    second = ask("trace", row.id)
    assert f"{row.id}  leads  lead {lead}, named by {arrival.id}" in second
    assert "in short: shown to user 1" in second


def test_what_a_catch_up_found_is_traced(hub, ask):
    lead = new_lead(hub.bitrix24)
    hub.move(timedelta(seconds=15))

    (row,) = hub.events
    assert f"{row.id}  leads  lead {lead}, found by a catch-up" in ask("trace", row.id)


def test_the_body_of_an_event_is_shown_on_request_only(hub, post, ask):
    post("4711", settle=True)
    id = hub.events[0].id

    assert "4711" not in ask("events", "show", id)
    shown = json.loads(ask("events", "show", id, "--body", "--json"))
    assert json.loads(shown["body"])["data"] == {"FIELDS": {"ID": "4711"}}
    assert "lead 4711" in ask("events", "show", hub.events[1].id)
    assert "post:ONCRMLEADUPDATE" in ask("events", "list", "--json")
