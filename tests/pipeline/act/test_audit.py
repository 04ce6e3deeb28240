"""Audit: who asked for what, told with the card it was about, and kept as long."""

import json
from datetime import timedelta

from hub.cli.story import story


def told(hub, id):
    """Return the lines that ``hub trace`` prints."""
    found = json.loads(json.dumps(hub.app.trace.of(id)))
    return list(story(found, hub.app.settings.hub.timezone))


def test_a_click_shows_in_the_story_of_its_card_and_has_one_of_its_own(hub, card):
    message = card()
    hub.click(27, message, "Take")
    (action,) = hub.actions
    opened, clicked = hub.events[0], next(each for each in hub.events if each.id == action.origin)

    said = "user 27 clicked Take (desk:take): done"
    assert clicked.reason == f"went on as {action.id}"
    assert any(line.endswith(said) for line in told(hub, opened.id))
    assert told(hub, action.id)[0].startswith(f"in short: {said}")


def test_who_was_refused_is_told_with_the_reason(hub, card):
    hub.click(27, card(), "Close")
    (action,) = hub.actions

    assert (
        "user 27 clicked Close (desk:close): refused: user 27 is not among hub.admins"
        in told(hub, action.id)[0]
    )


def test_actions_are_purged_with_the_event_they_came_from(hub, card):
    hub.click(27, card(), "Take")
    hub.move(timedelta(days=100))
    hub.app.retention.turn()

    assert (hub.actions, hub.events) == ([], [])
