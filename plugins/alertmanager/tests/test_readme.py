"""The README names every setting and button, and its example call works."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from hub.plugin import plain
from hub_plugin_alertmanager.actions import LEASE
from hub_plugin_alertmanager.settings import AlertmanagerSettings
from hub_plugin_alertmanager.silence_words import shown
from hub_plugin_alertmanager.silences import Silences, Standing
from hub_plugin_alertmanager.watch import GONE

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_has_every_setting():
    table = README.split("## Settings", 1)[1].split("##", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(
        AlertmanagerSettings.model_fields
    )


def test_the_table_of_buttons_has_every_button(make_sender):
    sender = make_sender(api_url="http://am.example:9093")
    fires = sender.send("replica-lags.json")
    (card,) = Silences(sender.ctx.store, sender.ctx.clock).cards()
    silenced = shown(card, Standing(until=sender.ctx.clock.now() + timedelta(hours=1), can_end=True))

    buttons = {plain(action.label) for told in (fires, silenced) for action in told.actions}
    table = README.split("## What the buttons do", 1)[1].split("\n\n", 2)[1]
    named = {name for row in table.splitlines() for name in re.findall(r"\*(.+?)\*", row.split("|")[1])}
    assert named == buttons | {"Acknowledge"}  # that one is the hub's own


def test_the_times_of_silences_are_right():
    assert "within six hours" in README
    assert timedelta(hours=6) == LEASE
    assert "about five minutes after" in " ".join(README.split())
    assert timedelta(minutes=5) == GONE


def test_the_example_call_makes_a_card(sender):
    (body,) = re.findall(r"-d '(\{.*?\})'", README, re.DOTALL)
    assert sender.accept(body.encode()).items
    assert sender.send(body.encode()).title == "Test"
