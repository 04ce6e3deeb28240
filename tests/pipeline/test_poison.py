"""One row that nobody can make sense of must not hold up the others."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from hub.storage.columns import storable
from hub.storage.tables import NotificationRow


def test_a_row_whose_content_nobody_understands_fails_alone(hub, tell):
    hub.bitrix24.faults.down()
    tell("odd", to=["user:27"])
    tell("fine", to=["user:1"])
    with hub.app.database.write() as session:
        row = session.scalars(select(NotificationRow).where(col(NotificationRow.key) == "odd")).one()
        row.content = {"key": "odd", "of": "another version"}
    hub.bitrix24.faults.clear()
    hub.move(timedelta(minutes=1))

    states = {row.key: (row.state, "into words" in row.reason) for row in hub.deliveries}
    assert states == {"odd": ("failed", True), "fine": ("sent", False)}


def test_odd_words_of_the_portal_end_one_message_and_hold_up_none(hub, tell):
    tell("hello", to=["user:25"])
    hub.bitrix24.faults.fail(status=400, error="ODD\0REFUSAL", dialog="27")
    tell("odd", to=["user:27"])
    tell("fine", to=["user:1"])

    states = {(row.key, row.dialog): row.state for row in hub.deliveries if row.op == "card"}
    assert (states[("odd", "27")], states[("fine", "1")]) == ("failed", "sent")


def test_a_zone_that_is_the_name_of_a_folder_does_not_stop_anything(hub, tell):
    tell("hello", to=["user:25"])
    hub.bitrix24.change_person(27, time_zone="Europe")
    tell("zone", to=["user:27"])

    assert [row.state for row in hub.deliveries] == ["sent", "sent"]


@pytest.mark.parametrize("text", ["half \ud800 a pair", "nothing \0 here"])
def test_what_no_database_keeps_is_replaced(text):
    kept = storable(text)

    assert "\0" not in kept and kept.encode()
    assert kept[:4] == text[:4]


def test_after_an_error_of_the_hub_itself_nothing_overtakes_what_waits(hub, tell, monkeypatch):
    tell("hello", to=["user:25"])
    record = hub.app.sender._requests._record
    write_down = record.outcomes
    tripped = []

    def trip_over_many(token, sent, *rest):
        if len(sent) > 1:
            tripped.append(len(sent))
            raise ArithmeticError
        return write_down(token, sent, *rest)

    hub.app.sender._outage._try_after = hub.clock.now() + timedelta(hours=1)
    for key in "abc":
        tell(key, to=["user:27"])
    monkeypatch.setattr(record, "outcomes", trip_over_many)
    hub.bitrix24.faults.fail(status=500, error="INTERNAL_SERVER_ERROR", dialog="27", times=2)
    hub.app.sender._outage._try_after = None
    for _ in range(4):
        hub.move(timedelta(seconds=20))

    assert tripped[0] == 3
    assert [card.text for card in hub.shown("27")] == ["[b]a[/b]", "[b]b[/b]", "[b]c[/b]"]
    assert {row.state for row in hub.deliveries} == {"sent"}
