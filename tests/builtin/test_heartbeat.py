"""Jobs that must report."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.testing.clock import MovedClock

HOUR = timedelta(hours=1)
TOKEN = {"authorization": "Bearer beat-token"}


@pytest.fixture(scope="module")
def lasting_settings():
    return {"heartbeats": {"backup": {"token": "beat-token", "within": "26h", "to": ["user:27"]}}}


@pytest.fixture
def hub(lasting_hub):
    lasting_hub.app.registry.instance("heartbeat").plugin.startup()
    return lasting_hub


def beat(hub):
    return hub.receive("heartbeat", path="backup", headers=TOKEN)


def test_a_job_that_stays_away_is_told_and_recovers_by_itself(hub):
    assert beat(hub).status_code == 200
    hub.move(26 * HOUR - timedelta(seconds=1))
    assert hub.shown("27") == []

    hub.move(timedelta(seconds=1))
    (card,) = hub.shown("27")
    assert "backup has not reported" in card.text
    hub.move(100 * HOUR)
    assert len(hub.shown("27")) == 1

    beat(hub)
    (card,) = hub.shown("27")
    assert "backup reports again" in card.text
    hub.move(26 * HOUR)
    assert "has not reported" in hub.shown("27")[-1].text


def test_each_report_begins_the_time_anew(hub):
    for _ in range(4):
        beat(hub)
        hub.move(20 * HOUR)

    assert hub.shown("27") == []


def test_one_that_never_reported_is_told_too(hub):
    hub.move(26 * HOUR)

    assert len(hub.shown("27")) == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("backup", {}, 401), ("backup", {"authorization": "Bearer x"}, 401), ("other", TOKEN, 404)],
)
def test_strangers_and_unknown_names_are_refused(hub, path, headers, status):
    assert hub.receive("heartbeat", path=path, headers=headers).status_code == status
    assert hub.events == []


def test_the_time_in_which_the_hub_was_down_is_not_held_against_a_job(run_hub, tmp_path):
    settings = {"heartbeats": {"backup": {"token": "beat-token", "within": "1h", "to": ["user:27"]}}}
    moved = MovedClock()
    with run_hub(settings, folder=tmp_path, clock=moved) as hub:
        beat(hub)
    moved.move(3 * HOUR)
    with run_hub(settings, folder=tmp_path, clock=moved) as hub:
        hub.settle()
        assert hub.shown("27") == []
        hub.move(timedelta(minutes=5))
        assert len(hub.shown("27")) == 1
