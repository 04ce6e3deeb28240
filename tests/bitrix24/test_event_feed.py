"""The bot's queue: what is asked for and what an answer means."""

import pytest

from hub.bitrix24 import EventFeed
from hub.bitrix24.errors import OutcomeUnknown

FEED = EventFeed("456", "t0ken")


def page(*ids, following=None, more=False):
    events = [{"eventId": number, "type": "ONIMBOTV2MESSAGEADD", "data": {}} for number in ids]
    return {"events": events, "nextOffset": following, "hasMore": more}


def test_the_first_call_confirms_nothing():
    call = FEED.call(None)

    assert call.method == "imbot.v2.Event.get"
    assert call.params == {"botId": 456, "botToken": "t0ken", "limit": 100}


def test_a_later_call_confirms_what_came_before():
    assert EventFeed("456", None).call(1051, limit=1000).params == {
        "botId": 456,
        "limit": 1000,
        "offset": 1051,
    }


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_page_has_the_size_a_portal_takes(limit):
    with pytest.raises(ValueError, match="1 to 1000"):
        FEED.call(None, limit)


def test_events_come_in_the_order_of_their_ids():
    found = FEED.read(page(1002, 1001, following=1003, more=True), None)

    assert [event.id for event in found.events] == [1001, 1002]
    assert found.events[0].raw["type"] == "ONIMBOTV2MESSAGEADD"
    assert (found.next_offset, found.has_more) == (1003, True)


@pytest.mark.parametrize("following", [0, None, 7, 1051, "1051"])
def test_an_empty_queue_leaves_the_offset_where_it_is(following):
    assert FEED.read(page(following=following), 1051).next_offset == 1051


def test_as_long_as_nothing_came_there_is_no_offset():
    assert FEED.read(page(following=0), None).next_offset is None


@pytest.mark.parametrize("following", [None, 0, "soon", 1e300, -5])
def test_an_unreadable_offset_is_made_up_for_by_the_events(following):
    assert FEED.read(page(1001, 1002, following=following), None).next_offset == 1003


def test_a_page_that_leads_nowhere_has_nothing_behind_it():
    assert FEED.read(page(following=1051, more=True), 1051).has_more is False


@pytest.mark.parametrize("events", [[], {}, None, "x", [None, 3, {"type": "x"}, {"eventId": "x"}]])
def test_a_page_without_events_is_empty(events):
    assert FEED.read({"events": events}, None).events == ()


def test_events_in_a_map_are_read_like_a_list():
    found = FEED.read({"events": {"0": {"eventId": "1001"}, "3": {"eventId": 1004}}}, None)

    assert [event.id for event in found.events] == [1001, 1004]


@pytest.mark.parametrize("result", [None, True, [], "x", 3])
def test_what_is_no_page_leaves_the_outcome_unknown(result):
    with pytest.raises(OutcomeUnknown):
        FEED.read(result, None)
