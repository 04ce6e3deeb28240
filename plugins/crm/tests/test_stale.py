"""Digests: deals that nothing happens to, leads nobody has touched."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.testing import FakeContext
from hub_plugin_crm.entities import DEAL
from hub_plugin_crm.items import read_item
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import CrmSettings
from hub_plugin_crm.staleness import Staleness
from hub_plugin_crm.tomorrow import tomorrow_at, zone_of

VERA, PAVEL, EMMA, TIMUR = 27, 31, 33, 35
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def stale(crm):
    """Let the portal's deals be quiet for some days; after so long both the digest and the summary are due."""

    def stale(days=9):
        crm.portal.clock.advance(days * 24 * 3600)
        crm.hub.clock.move_to(crm.portal.clock.now())
        crm.hub.settle()

    crm.hub.clock.move_to(crm.portal.clock.now())
    return stale


def quiet_deals(crm, number, person=VERA):
    for index in range(number):
        crm.portal.add("deal", TITLE=f"Deal {index}", OPPORTUNITY=1000 + index, ASSIGNED_BY_ID=person)


def card_about(crm, person, words):
    """Return the newest card that says *words* in its title."""
    return [each for each in crm.hub.shown(str(person)) if words in each.text][-1]


def test_each_person_gets_one_digest_the_largest_first(crm, stale):
    quiet_deals(crm, 24)
    stale()

    digest = card_about(crm, VERA, "deals")
    rows = crm.lines(digest)
    assert digest.text == "[b]25 deals without activity[/b]"
    assert "Солнечная крыша" in rows[1]
    assert "Deal 23[/url], 9 days, 1\u00a0023,00 ₽" in rows[2]
    assert rows[21:] == ["Others: and 5 more", "Together: 1\u00a0274\u00a0276,00 ₽"]
    assert digest.buttons[:20] == [str(number) for number in range(1, 21)]


def test_a_deal_is_told_once_a_day(crm, stale):
    stale()
    before = len(crm.hub.shown(str(EMMA)))
    for _ in range(3):
        crm.hub.move(HOUR)
    assert len(crm.hub.shown(str(EMMA))) == before

    crm.hub.move(timedelta(hours=21))
    assert len(crm.hub.shown(str(EMMA))) == before + len(kinds(crm, EMMA))


def kinds(crm, person):
    """Return the kinds of digests there are for a person."""
    keys = {row.id: row.kind for row in crm.hub.notifications}
    return {keys[row.notification_id] for row in crm.hub.deliveries if row.dialog == str(person)}


def test_a_single_deal_has_its_buttons_at_once_and_they_work(crm, stale):
    stale()
    card = card_about(crm, TIMUR, "Монтаж")
    assert card.text == "[b]Nothing has happened for 9 days: Монтаж, офис на Лесной[/b]"
    assert card.buttons == ["Open", "Remind me tomorrow", "Add activity"]

    crm.hub.click(TIMUR, card, "Add activity")
    (call,) = crm.portal.calls("crm.activity.todo.add")
    assert (call.params["ownerId"], call.params["responsibleId"]) == (1204, TIMUR)
    assert call.params["description"] == "Get in touch with the client"
    assert call.error is None


def test_a_deal_that_was_put_off_comes_back_tomorrow_to_whom_put_it_off(crm, stale):
    stale()
    card = card_about(crm, TIMUR, "Монтаж")
    crm.hub.click(TIMUR, card, "Remind me tomorrow")
    before = len(crm.hub.shown(str(TIMUR)))
    morning = tomorrow_at(time(9), crm.hub.clock.now(), ZoneInfo("Asia/Yekaterinburg"))
    crm.hub.clock.move_to(morning - MINUTE)
    crm.hub.settle()
    assert len(crm.hub.shown(str(TIMUR))) == before

    crm.hub.move(MINUTE)
    assert len(crm.hub.shown(str(TIMUR))) == before + 1
    crm.hub.move(HOUR)
    assert len(crm.hub.shown(str(TIMUR))) == before + 1


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        (zone_of("Asia/Vladivostok", timedelta()), "2026-03-02T15:00", "2026-03-03T23:00"),
        (zone_of("", timedelta(hours=3)), "2026-03-02T20:59", "2026-03-03T06:00"),
        (zone_of("Nowhere/At all", timedelta(hours=3)), "2026-03-02T21:00", "2026-03-04T06:00"),
        (zone_of("Europe/Berlin", timedelta()), "2026-03-28T12:00", "2026-03-29T07:00"),
    ],
    ids=["after midnight there", "late in the portal", "a zone nobody knows", "the clocks change"],
)
def test_tomorrow_begins_in_the_morning_where_somebody_is(zone, now, expected):
    at = tomorrow_at(time(9), datetime.fromisoformat(now).replace(tzinfo=UTC), zone)

    assert at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_number_of_a_digest_brings_the_deal_with_its_own_buttons(crm, stale):
    quiet_deals(crm, 2)
    stale()
    digest = card_about(crm, VERA, "deals")
    crm.hub.click(VERA, digest, "2")
    crm.hub.settle()

    assert crm.card(VERA).text == "[b]Nothing has happened for 9 days: Deal 1[/b]"
    assert crm.card(VERA).buttons == ["Open", "Remind me tomorrow", "Add activity"]
    again = next(each for each in crm.hub.shown(str(VERA)) if each.id == digest.id)
    assert again.buttons[:3] == ["1", "2", "3"]


def test_a_filter_that_the_portal_ignores_is_checked_again(crm, stale):
    stale(days=3)

    assert [row for row in crm.hub.notifications if row.kind == "crm.deal.stale"] == []


@pytest.mark.parametrize(
    ("funnel", "days", "expected"),
    [("0", 8, True), ("0", 6, False), ("1", 6, True), ("1", 4, False), ("2", 20, False), ("2", 31, True)],
)
def test_each_funnel_has_its_own_patience(funnel, days, expected):
    ctx = FakeContext("crm")
    ctx.portal.answers["crm.category.list"] = {"categories": [{"id": 2, "name": "Slow"}]}
    settings = CrmSettings(stale_days_by_funnel={"1": 5, "Slow": 30})
    staleness = Staleness(settings, Names(ctx.portal, ctx.store), ctx.clock)
    quiet = (ctx.clock.now() - timedelta(days=days)).isoformat()
    deal = read_item({"id": 1, "categoryId": funnel, "lastActivityTime": quiet})

    assert staleness.is_stale(DEAL, deal) is expected


def test_leads_that_nobody_has_touched_are_told_too(crm, stale):
    stale(days=2)

    read = crm.read(VERA)
    assert read[0] == "[b]1 new lead that nobody has taken[/b]"
    assert "/crm/lead/details/901/" in read[1]
    assert crm.card(VERA).buttons == ["Open"]


def test_supervisors_get_a_summary_of_their_people(crm, stale):
    quiet_deals(crm, 3)
    stale(days=9)

    card = card_about(crm, PAVEL, "your team")
    assert "Вера Соколова: 4 deals, the oldest for 9 days" in crm.lines(card)


def test_many_deals_are_read_page_by_page_in_several_steps(crm, stale):
    quiet_deals(crm, 260)
    crm.tell()
    since = max(call.id for call in crm.portal.calls())
    stale()

    calls = crm.portal.calls(since=since)
    pages = [call for call in calls if "stageSemanticId" in call.params.get("filter", {})]
    behind = [page.params["filter"][">id"] for page in pages]
    assert card_about(crm, VERA, "deals").text == "[b]261 deals without activity[/b]"
    assert len(pages) == 2 * 6  # for the digest and for the summary
    assert len(set(map(int, behind))) == 6
    assert {int(page.params["start"]) for page in pages} == {-1}


def test_a_digest_that_an_outage_cuts_off_is_begun_anew_and_leaves_out_nothing(crm, stale):
    quiet_deals(crm, 260)
    crm.tell()
    crm.tell()
    crm.portal.faults.fail(method="crm.item.list", status=503, error="INTERNAL_SERVER_ERROR", skip=7)
    stale()
    assert not any("deals without activity" in card.text for card in crm.hub.shown(str(VERA)))
    crm.portal.faults.clear()
    crm.hub.move(2 * HOUR)
    crm.hub.move(HOUR)

    assert card_about(crm, VERA, "deals").text == "[b]261 deals without activity[/b]"
