"""What retention means to those who come back later."""

from datetime import timedelta

DAY = timedelta(days=1)


def test_an_event_whose_body_is_gone_cannot_run_again(hub, tell):
    tell("a")
    (event,) = hub.events
    hub.move(15 * DAY)
    hub.app.retention.turn()

    replayed = hub.app.replay.replay(event.id)
    assert (replayed.ok, replayed.message) == (False, "its body is no longer kept (hub.body_retention_days)")
    assert hub.app.inbox.get(event.id).state == "processed"


def test_a_card_can_be_edited_when_the_event_that_opened_it_is_gone(hub, tell):
    tell("a", thread="t", title="down")
    hub.move(60 * DAY)
    tell("b", thread="t", title="still down", mode="update")
    hub.move(60 * DAY)
    hub.app.retention.turn()
    assert [event.key for event in hub.events] == ["b"]

    tell("c", thread="t", title="up", mode="update")
    assert [(card.text, card.edited) for card in hub.shown("1")] == [("[b]up[/b]", True)]


def test_what_was_purged_is_no_gap(hub, tell):
    for key in "abc":
        tell(key)
    hub.move(100 * DAY)
    hub.app.retention.turn()

    report = hub.app.ledger.check()
    assert (report.gaps, hub.events, hub.notifications, hub.deliveries) == ((), [], [], [])
    assert {table: tally.purged for table, tally in report.tables.items()} == dict.fromkeys(report.tables, 3)
