"""Trace: what became of an event, a notification or a delivery, and why."""

import json

import pytest
from echo import raising

from hub.plugin import InvalidPayload

SEND = "imbot.v2.Chat.Message.send"


@pytest.fixture(scope="module")
def lasting_settings():
    return {
        "routes": [
            {"match": {"labels": {"team": "infra"}}, "to": ["user:17", "pager:1"]},
            {"match": {"severity": "info", "labels": {"noise": "yes"}}, "mode": "drop"},
        ]
    }


def story(hub, id=None):
    """Return the ledger's words as the command line gets them."""
    return json.loads(json.dumps(hub.app.trace.of(id or hub.events[0].id)))


def test_any_id_of_the_way_tells_the_whole_way(hub, tell):
    tell("a")
    ids = [hub.events[0].id, hub.notifications[0].id, hub.deliveries[0].id]

    assert [each[0] for each in ids] == ["e", "n", "d"]
    assert story(hub, ids[0]) == story(hub, ids[1]) == story(hub, ids[2])


@pytest.mark.parametrize("id", ["e0", "n0", "d0", "", "x"])
def test_an_unknown_id_has_no_story(hub, id):
    assert hub.app.trace.of(id) is None


def test_a_duplicate_is_counted(hub, tell):
    tell("a")
    tell("a")

    assert story(hub)["event"]["duplicates"] == 1


def test_an_event_that_tells_nothing_new_says_where_it_was_told(hub, tell):
    tell("a", id="first")
    tell("a", id="second")

    first, second = (story(hub, event.id) for event in hub.events)
    assert first["event"]["reason"] == ""
    assert second["event"]["reason"] == f"all of it was told before: {hub.notifications[0].id}"


def test_the_route_and_each_recipient_have_a_reason(hub, tell):
    tell("a", labels={"team": "infra"})

    (notification,) = story(hub)["notifications"]
    assert notification["decision"] == {
        "rules": [1],
        "route": "route 1 (label team=infra)",
        "addresses": ["user:17", "pager:1"],
        "recipients": [
            {"dialog": "17", "reason": "user 17"},
            {"dialog": "1", "reason": "fallback: pager:1: no active plugin resolves pager: addresses"},
        ],
        "problems": ["pager:1: no active plugin resolves pager: addresses"],
        "edits": [],
    }


def test_what_goes_to_nobody_says_why(hub, tell):
    tell("a", labels={"noise": "yes"})

    (notification,) = story(hub)["notifications"]
    assert (notification["reason"], notification["deliveries"]) == (
        "dropped by route 2 (severity info, label noise=yes)",
        [],
    )


def test_a_rejected_event_says_why(hub, echo, tell):
    echo.in_accept = raising(InvalidPayload("field 'key' is missing"))
    tell("a")

    event = story(hub)["event"]
    assert (event["state"], event["reason"]) == ("rejected", "field 'key' is missing")


def test_every_attempt_and_the_end_are_told(hub, tell):
    tell("hello")
    hub.bitrix24.faults.fail_next(1, status=400, error="ATTACH_ERROR", method=SEND)
    tell("a", to=["user:17"])

    ((delivery,),) = [n["deliveries"] for n in story(hub, hub.events[1].id)["notifications"]]
    assert (delivery["state"], delivery["attempts"], delivery["lane"]) == ("sent", 2, "normal")
    assert delivery["message_id"] == str(hub.shown("17")[0].id)
    ((outcome, detail),) = [(each["outcome"], each["detail"]) for each in delivery["tries"]]
    assert outcome == "refused" and "ATTACH_ERROR" in detail


def test_no_story_holds_a_body_or_a_secret(hub, tell):
    tell("a", text="the body of the alert")

    assert "the body of the alert" not in json.dumps(hub.app.trace.of(hub.events[0].id))
    assert "echo-token" not in json.dumps(hub.app.trace.of(hub.events[0].id))
