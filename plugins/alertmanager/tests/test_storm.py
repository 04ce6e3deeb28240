"""A storm of alerts to one person: few messages, the critical one at once, and nothing that cannot be read."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from itertools import islice

import pytest

from hub.testing import InstalledPlugin, running_hub
from hub_plugin_alertmanager import AlertmanagerPlugin

PROOF = {"authorization": "Bearer t0ken"}
ALERTS, CRITICAL = 500, range(300, 360)
STEP = timedelta(seconds=10) / ALERTS


@pytest.fixture(scope="module")
def hub():
    """A hub that has got 500 alerts within ten seconds, each in a group of its own."""
    own = {"token": "t0ken", "to": ["user:27"]}
    settings = {"plugins": {"alertmanager": own}, "limits": {"per_recipient": "20/1m"}}
    with running_hub(settings, plugins=[InstalledPlugin("alertmanager", AlertmanagerPlugin)]) as hub:
        for number in range(ALERTS):
            hub.clock.move(STEP)
            hub.receive("alertmanager", _alert(number), headers=PROOF, settle=number % 50 == 49)
        hub.move(timedelta(seconds=5))
        yield hub


def test_all_are_taken_and_few_messages_are_shown(hub):
    assert [row.state for row in hub.events] == ["processed"] * ALERTS
    assert len(hub.shown("27")) <= 25


def test_the_first_critical_one_is_shown_within_five_seconds(hub):
    (first,) = [row for row in hub.events if f"alert-{CRITICAL[0]:03}" in str(row.body)]
    (notification,) = [row for row in hub.notifications if row.origin == first.id]
    (delivery,) = [row for row in hub.deliveries if row.notification_id == notification.id]
    assert delivery.state == "sent"
    assert delivery.finished_at - first.received_at <= timedelta(seconds=5)
    assert any(f"alert-{CRITICAL[0]:03}" in message.text for message in hub.shown("27"))


def test_every_alert_is_shown_or_on_a_page_of_a_storm_card_that_can_be_read_while_more_come(hub):
    seen = {name for message in hub.shown("27") for name in _names(message)}
    for storm in [message for message in hub.shown("27") if "Show messages" in message.buttons]:
        label, more = "Show messages", iter(range(ALERTS, ALERTS + 3))
        while label in (page := _now(hub, storm)).buttons:
            hub.click(27, page, label)
            read = _names(_now(hub, storm))
            for number in islice(more, 1):
                hub.receive("alertmanager", _alert(number), headers=PROOF)
                hub.move(timedelta(seconds=10))
                assert _names(_now(hub, storm)) == read
            seen |= read
            label = "Older →"
    assert seen >= {f"alert-{number:03}" for number in range(ALERTS)}


def _now(hub, storm):
    return next(message for message in hub.shown("27") if message.id == storm.id)


def _names(message):
    return set(re.findall(r"alert-\d{3}", f"{message.text} {json.dumps(message.attach)}"))


def _alert(number):
    labels = {"alertname": f"alert-{number:03}", "severity": "critical" if number in CRITICAL else "warning"}
    alert = {"status": "firing", "labels": labels, "startsAt": "2026-11-22T09:00:00Z"}
    group = {"groupKey": f"{{}}:{number}", "groupLabels": {"alertname": labels["alertname"]}}
    return json.dumps({"version": "4", "status": "firing", "alerts": [alert], **group})
