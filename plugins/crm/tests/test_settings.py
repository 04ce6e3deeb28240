"""Settings: each changes what people see."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

VERA, PAVEL, EMMA, TIMUR, DMITRY = 27, 31, 33, 35, 17
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture(scope="module")
def crm_settings():
    return {
        "lead_reminder": "2h",
        "lead_taken_status": "PROCESSED",
        "taken_comment": "{name} calls the client",
        "stale_days": 20,
        "stale_lead_days": 5,
        "stale_cron": "30 7 * * *",
        "summary_cron": "15 10 * * 5",
        "remind_at": "06:45",
        "activity_text": "Send the offer",
        "phone_region": "DE",
        "entity_types": [177],
        "rules": [
            {"about": ["reminder"], "to": ["user:17"]},
            {"about": ["stage"], "objects": ["177"], "to": ["responsible"]},
            {"about": ["stale"], "objects": ["deal"], "funnel": "0", "to": []},
        ],
    }


@pytest.fixture(scope="module")
def lasting_settings(lasting_settings):
    return {**lasting_settings, "hub": {**lasting_settings["hub"], "timezone": "Europe/Moscow"}}


@pytest.fixture
def lead(crm):
    lead = crm.add("lead", TITLE="Cameras", PHONE=[{"VALUE": "030 901820"}], ASSIGNED_BY_ID=VERA)
    crm.tell()
    return lead


@pytest.fixture
def calendar(crm):
    """Let the hub and the portal have the same date."""
    crm.hub.clock.move_to(crm.portal.clock.now())
    crm.hub.settle()


def wait_until(crm, moment):
    """Move the clocks of the portal and of the hub to a moment in Moscow."""
    crm.pass_time(moment - crm.hub.clock.now())


def next_time(crm, at, days=0):
    """Return the next moment at which it is *at* in Moscow, so many days later."""
    now = crm.hub.clock.now().astimezone(MOSCOW)
    moment = datetime.combine(now.date(), at, MOSCOW)
    return moment + (DAY if moment <= now else timedelta(0)) + days * DAY


def kinds(crm):
    return [row.kind for row in crm.hub.notifications]


def test_a_lead_is_waited_for_as_long_as_is_said_and_then_shown_to_whom_a_rule_names(crm, lead):
    crm.pass_time(119 * MINUTE)
    assert set(crm.told()) == {f"lead:{lead}:created"}
    crm.pass_time(2 * MINUTE)

    assert crm.told()[f"lead:{lead}:reminder"] == {str(DMITRY)}


def test_a_lead_that_is_taken_gets_the_status_and_the_comment_that_are_said(crm, lead):
    crm.hub.click(VERA, crm.card(VERA), "Take into work")

    (comment,) = crm.portal.calls("crm.timeline.comment.add")
    assert crm.get("lead", lead)["STATUS_ID"] == "PROCESSED"
    assert comment.params["fields"]["COMMENT"] == "Вера Соколова calls the client"


def test_a_telephone_number_without_a_country_is_of_the_one_that_is_said(crm, lead):
    assert "Phone: [call=+4930901820]+49 30 901820[/call]" in crm.read(VERA)


def test_a_rule_for_one_smart_process_counts_for_its_items(crm):
    item = crm.add("item", TITLE="Broken camera", ASSIGNED_BY_ID=VERA)
    crm.tell()
    crm.change("item", item, STAGE_ID="DT177_11:CLIENT")
    crm.change("deal", 1201, STAGE_ID="C1:FINAL_INVOICE")
    crm.tell()

    told = {key.rpartition(":")[0]: who for key, who in crm.told().items()}
    assert told[f"item:177:{item}:stagehistory"] == {str(VERA)}
    assert told["deal:1201:stagehistory"] == {str(VERA), str(PAVEL)}


def test_leads_and_deals_are_quiet_after_the_days_that_are_said(crm, calendar):
    wait_until(crm, next_time(crm, time(7, 31), days=3))
    assert kinds(crm) == []
    wait_until(crm, next_time(crm, time(7, 31), days=2))
    assert "crm.lead.stale" in kinds(crm)
    wait_until(crm, next_time(crm, time(7, 31), days=11))
    assert "crm.deal.stale" not in kinds(crm)
    wait_until(crm, next_time(crm, time(7, 31), days=2))
    assert "crm.deal.stale" in kinds(crm)


def test_they_are_looked_for_when_it_is_said(crm, calendar):
    wait_until(crm, next_time(crm, time(7, 31), days=6))
    before = len(kinds(crm))
    wait_until(crm, next_time(crm, time(7, 29)))
    assert len(kinds(crm)) == before
    crm.pass_time(2 * MINUTE)

    assert len(kinds(crm)) > before


def test_deals_of_a_funnel_that_a_rule_sends_to_nobody_are_in_no_digest(crm, calendar):
    wait_until(crm, next_time(crm, time(7, 31), days=21))

    titles = [card.text for card in crm.hub.shown(str(TIMUR)) + crm.hub.shown(str(EMMA))]
    assert any("Монтаж" in title for title in titles)
    assert not any("Видеонаблюдение" in title for title in titles)


def test_supervisors_get_their_summary_on_the_day_that_is_said(crm, calendar):
    mornings = (next_time(crm, time(10, 13), days=days) for days in range(21, 28))
    wait_until(crm, next(moment for moment in mornings if moment.isoweekday() == 5))
    before = kinds(crm).count("crm.summary")
    crm.pass_time(MINUTE)
    assert kinds(crm).count("crm.summary") == before
    crm.pass_time(MINUTE)

    assert kinds(crm).count("crm.summary") > before


def test_an_activity_has_the_words_that_are_said(crm, calendar):
    wait_until(crm, next_time(crm, time(7, 31), days=21))
    crm.hub.click(TIMUR, crm.card(TIMUR), "Add activity")

    (call,) = crm.portal.calls("crm.activity.todo.add")
    assert call.params["description"] == "Send the offer"


def test_a_deal_that_was_put_off_comes_back_at_the_hour_that_is_said(crm, calendar):
    wait_until(crm, next_time(crm, time(7, 31), days=21))
    crm.hub.click(TIMUR, crm.card(TIMUR), "Remind me tomorrow")
    before = len(crm.hub.shown(str(TIMUR)))
    there = crm.hub.clock.now().astimezone(ZoneInfo("Asia/Yekaterinburg"))
    morning = datetime.combine(there.date() + DAY, time(6, 45), there.tzinfo)
    wait_until(crm, morning - MINUTE)
    assert len(crm.hub.shown(str(TIMUR))) == before
    crm.pass_time(MINUTE)

    assert len(crm.hub.shown(str(TIMUR))) == before + 1
