"""From a sender's request to the card in a chat."""

import json
from datetime import timedelta

import pytest

TOKEN = {"authorization": "Bearer s3cret"}


def alert(status="firing", name="DiskFull", started="2026-11-22T09:58:12Z", **labels):
    """Return one alert as Alertmanager sends it."""
    ended = "0001-01-01T00:00:00Z" if status == "firing" else "2026-11-22T10:04:00Z"
    labels = {"alertname": name, "severity": "critical", **labels}
    return {
        "status": status,
        "labels": labels,
        "annotations": {"summary": f"{name} on {labels.get('instance', 'db-1')}"},
        "startsAt": started,
        "endsAt": ended,
        "generatorURL": "https://prometheus.example/graph",
        "fingerprint": f"{abs(hash((name, *sorted(labels.items())))):016x}"[:16],
    }


def message(*alerts, group="{}:{alertname='DiskFull'}"):
    """Return a webhook call of Alertmanager."""
    firing = any(each["status"] == "firing" for each in alerts)
    return {
        "version": "4",
        "groupKey": group,
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": "hub",
        "groupLabels": {"alertname": "DiskFull"},
        "commonLabels": {"alertname": "DiskFull", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example",
        "alerts": list(alerts),
    }


@pytest.fixture
def hub_settings():
    return {"plugins": {"alertmanager": {"token": "s3cret", "to": ["user:1", "user:27"]}}}


def test_a_firing_alert_is_a_card_for_every_recipient(hub):
    hub.receive("alertmanager", message(alert()), headers=TOKEN)

    assert ["DiskFull on db-1" in hub.shown(dialog)[-1].text for dialog in ("1", "27")] == [True, True]
    assert hub.bitrix24.warnings() == []


def test_the_same_message_again_gets_the_same_answer_and_shows_nothing(hub):
    first = hub.receive("alertmanager", message(alert()), headers=TOKEN)
    again = hub.receive("alertmanager", message(alert()), headers=TOKEN)

    assert (first.status_code, again.status_code) == (200, 200)
    assert [event.duplicates for event in hub.events] == [1]
    assert len(hub.shown("1")) == 1


def test_resolving_edits_the_card_that_is_there(hub):
    hub.receive("alertmanager", message(alert()), headers=TOKEN)
    hub.receive("alertmanager", message(alert("resolved")), headers=TOKEN)

    (card,) = hub.shown("1")
    assert card.edited
    assert card.text.startswith("✅")


def test_a_new_firing_alert_in_the_group_is_posted_anew_and_the_old_card_shrinks(hub):
    hub.receive("alertmanager", message(alert()), headers=TOKEN)
    hub.receive("alertmanager", message(alert(), alert(instance="db-2")), headers=TOKEN)

    old, new = hub.shown("1")
    assert old.edited and not old.attach and "↓" in old.text
    assert "2 alerts" in new.text


def test_wrong_credentials_are_refused_and_nothing_is_stored(hub):
    response = hub.receive("alertmanager", message(alert()), headers={"authorization": "Bearer wrong"})

    assert response.status_code == 401
    assert hub.events == []


def test_malformed_json_of_an_authenticated_sender_is_kept_as_rejected_once(hub):
    answers = [hub.receive("alertmanager", "{", headers=TOKEN).status_code for _ in range(2)]

    assert answers == [400, 400]
    assert [(event.state, event.duplicates) for event in hub.events] == [("rejected", 1)]


@pytest.mark.parametrize(
    ("instance", "method", "status"),
    [("nobody", "POST", 404), ("alertmanager", "GET", 405), ("alertmanager/a/b", "POST", 404)],
)
def test_what_no_source_takes_is_refused(hub, instance, method, status):
    assert hub.receive(instance, b"{}", headers=TOKEN, method=method).status_code == status


def test_a_body_that_is_too_large_is_refused(hub):
    response = hub.receive("alertmanager", b" " * (1024 * 1024 + 1), headers=TOKEN)

    assert response.status_code == 413
    assert hub.events == []


def test_a_trailing_slash_is_accepted_and_never_redirected(hub):
    assert hub.receive("alertmanager", message(alert()), headers=TOKEN, path="main/").status_code == 200


def test_an_outage_ends_with_one_message_for_a_problem_that_came_and_went(hub):
    hub.receive("alertmanager", message(alert(name="Warmup"), group="other"), headers=TOKEN)
    hub.bitrix24.faults.down()
    hub.receive("alertmanager", message(alert()), headers=TOKEN)
    hub.receive("alertmanager", message(alert("resolved")), headers=TOKEN)
    hub.bitrix24.faults.clear()
    hub.move(timedelta(minutes=1))

    assert [card.text[0] for card in hub.shown("1")] == ["🔴", "✅"]


def test_the_ledger_tells_the_whole_way(hub):
    hub.receive("alertmanager", message(alert()), headers=TOKEN)
    story = json.loads(json.dumps(hub.app.trace.of(hub.events[0].id)))

    (notification,) = story["notifications"]
    assert notification["decision"]["addresses"] == ["user:1", "user:27"]
    assert [delivery["state"] for delivery in notification["deliveries"]] == ["sent", "sent"]
