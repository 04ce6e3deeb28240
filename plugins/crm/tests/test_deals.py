"""Deals: what is told of a new stage and of a new person, and what that costs."""

from datetime import timedelta

import pytest

VERA, PAVEL, EMMA, TIMUR, SVETLANA, ANNA = 27, 31, 33, 35, 37, 1


def reads(crm, since):
    """Return what was read since a call, in batches or not; the rest is sending."""
    calls = [call.method for call in crm.portal.calls(since=since)]
    return [method for method in calls if method != "batch" and not method.startswith("imbot.")]


@pytest.fixture
def last(crm):
    """Return the number of the last call."""
    return lambda: max(call.id for call in crm.portal.calls())


def moved(number, deal=1201):
    return f"deal:{deal}:stagehistory:{number}"


def test_a_new_stage_of_a_known_deal_costs_two_calls(crm, last):
    crm.post_events()
    crm.change("deal", 1201, STAGE_ID="C1:FINAL_INVOICE")
    crm.tell()
    before = last()
    crm.change("deal", 1201, STAGE_ID="C1:PREPARATION")
    crm.tell()

    assert reads(crm, before) == ["crm.item.list", "crm.stagehistory.list"]
    assert list(crm.told()) == [moved(710), moved(711)]


def test_a_new_lead_costs_one_call_and_a_won_deal_two(crm, last):
    crm.post_events()
    crm.add("lead", TITLE="Before", ASSIGNED_BY_ID=VERA)
    crm.change("deal", 1201, STAGE_ID="C1:FINAL_INVOICE")
    crm.tell()
    before = last()
    crm.add("lead", TITLE="Cameras", ASSIGNED_BY_ID=VERA)
    crm.tell()
    assert reads(crm, before) == ["crm.item.list"]

    before = last()
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.tell()
    assert reads(crm, before) == ["crm.item.list", "crm.stagehistory.list"]


def test_a_look_costs_three_calls_and_what_it_finds_one_more(crm, last):
    crm.add("lead", TITLE="Before", ASSIGNED_BY_ID=VERA)
    crm.change("deal", 1201, STAGE_ID="C1:FINAL_INVOICE")
    crm.tell()
    crm.tell()
    before = last()
    crm.tell()
    look = ["crm.item.list", "crm.stagehistory.list", "crm.item.list"]
    assert reads(crm, before) == look

    before = last()
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.tell()
    assert reads(crm, before) == [*look, "crm.item.list"]


def test_an_update_that_moves_nothing_costs_one_call_and_no_message(crm, last):
    crm.post_events()
    crm.change("deal", 1201, TITLE="Roof")
    crm.tell()
    before = last()
    for number in range(5):
        crm.change("deal", 1201, TITLE=f"Roof {number}")
    crm.tell()

    assert reads(crm, before) == ["crm.item.list"]
    assert crm.told() == {}


def test_many_deals_that_move_together_share_their_calls(crm, last):
    crm.post_events()
    for deal in (1201, 1202, 1203, 1204):
        crm.change("deal", deal, TITLE="Known")
    crm.tell()
    before = last()
    for deal, stage in {1201: "C1:NEW", 1202: "NEW", 1203: "EXECUTING", 1204: "C1:EXECUTING"}.items():
        crm.change("deal", deal, STAGE_ID=stage)
    crm.tell()

    own = [method for method in reads(crm, before) if method.startswith(("crm.item", "crm.stagehistory"))]
    assert len(own) <= 4  # two for each block of neighbouring ids
    assert len(crm.told()) == 4


def test_all_moves_of_an_outage_are_found_and_the_card_says_the_last(crm):
    for stage in ("C1:NEW", "C1:PREPARATION", "C1:FINAL_INVOICE"):
        crm.change("deal", 1201, STAGE_ID=stage)
    crm.tell()

    assert {row.key for row in crm.hub.notifications} == {moved(710), moved(711), moved(712)}
    assert crm.read(VERA)[0] == "[b]Солнечная крыша: Подготовка документов → Финальный счёт[/b]"


def test_what_is_found_late_does_not_hide_what_is_new(crm):
    crm.change("deal", 1201, STAGE_ID="C1:NEW")
    crm.hub.clock.move(timedelta(seconds=15))
    crm.hub.app.catch_up.turn()  # the first move waits to be told
    crm.post_events()
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.hub.settle()
    crm.tell()

    assert {row.key for row in crm.hub.notifications} == {moved(710), moved(711)}


def test_another_funnel_is_a_new_stage(crm):
    crm.change("deal", 1202, STAGE_ID="C1:NEW", CATEGORY_ID=1)
    crm.tell()

    assert crm.told() == {moved(710, deal=1202): {str(EMMA), str(PAVEL)}}
    assert "Funnel: Монтаж" in crm.read(EMMA)
    assert crm.read(EMMA)[0].endswith("Подготовка документов → Новая[/b]")


def test_a_lost_deal_is_told_to_nobody_unless_that_is_wanted(crm):
    crm.change("deal", 1201, STAGE_ID="C1:LOSE")
    crm.tell()

    (row,) = crm.hub.notifications
    assert crm.told() == {}
    assert row.content["suppressed"] == "notify_lost is off"


def test_a_new_deal_is_no_change(crm):
    crm.add("deal", TITLE="New", ASSIGNED_BY_ID=VERA)
    crm.tell()

    assert crm.told() == {}


def test_a_handed_over_deal_is_told_to_both_but_not_to_whom_did_it(crm):
    crm.change("deal", 1201, TITLE="Seen")
    crm.tell()
    crm.change("deal", 1201, by=EMMA, ASSIGNED_BY_ID=EMMA)
    crm.tell()

    assert [who for key, who in crm.told().items() if ":assigned:33:" in key] == [{str(VERA)}]


def test_somebody_who_has_left_is_replaced_by_whoever_is_above(crm):
    left = crm.portal.hire("Nina")
    crm.portal.change_person(left, active=False)
    crm.change("deal", 1201, STAGE_ID="C1:WON", ASSIGNED_BY_ID=left)
    crm.tell()

    assert crm.told() == {moved(710): {str(PAVEL)}}


def test_an_empty_post_above_is_passed_over(crm):
    crm.change("deal", 1204, STAGE_ID="C1:WON")  # Timur's department has no head, the one above has
    crm.tell()

    assert crm.told() == {moved(710, deal=1204): {str(TIMUR), str(PAVEL)}}


def test_a_deal_of_somebody_at_the_top_is_told_to_them_alone(crm):
    crm.change("deal", 1201, ASSIGNED_BY_ID=ANNA)
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.tell()

    assert crm.told()[moved(710)] == {str(ANNA)}


def test_a_deal_of_nobody_goes_to_the_fallback(crm):
    crm.change("deal", 1201, ASSIGNED_BY_ID=0, STAGE_ID="C1:WON")
    crm.tell()

    assert crm.told()[moved(710)] == {str(ANNA)}
    assert {row.recipient for row in crm.hub.deliveries} == {"fallback: nobody else is responsible"}


def test_a_title_full_of_markup_is_only_text(crm):
    crm.change("deal", 1201, TITLE="[user=all]now[/user] [url=https://evil.example]x", STAGE_ID="C1:NEW")
    crm.tell()

    text = crm.read(VERA)[0]
    assert "[user=all]" not in text
    assert "[url" not in text


def test_a_title_of_ten_thousand_marks_is_cut_and_told(crm):
    crm.change("deal", 1201, TITLE="[b][url=https://evil.example]" * 400, STAGE_ID="C1:NEW")
    crm.tell()

    assert crm.told() == {moved(710): {str(VERA), str(PAVEL)}}
    assert "[url=https://evil" not in "".join(crm.read(VERA))


def test_an_event_about_a_deal_that_is_gone_tells_nothing(crm):
    crm.post_events()
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.portal.remove("deal", 1201)
    crm.tell()

    assert crm.told() == {}
    assert {row.state for row in crm.hub.events if row.instance == "crm"} == {"ignored"}


def test_events_about_what_cannot_be_a_deal_tell_nothing(crm):
    for id in ("abc", "0", "9" * 60, "1201.0"):
        form = {"event": "ONCRMDEALUPDATE", "data[FIELDS][ID]": id, "auth[application_token]": crm.token}
        assert crm.hub.client.post("/bitrix24/events", data=form).status_code == 200
    crm.hub.settle()
    crm.tell()

    assert {row.state for row in crm.hub.events} <= {"processed", "ignored"}
    assert crm.told() == {}


def test_a_deal_that_the_hub_may_not_see_tells_nothing(crm):
    crm.portal.faults.fail(method="crm.item.list", status=403, error="ACCESS_DENIED")
    crm.post_events()
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.tell()

    (row,) = [row for row in crm.hub.events if row.instance == "crm"]
    assert (row.state, crm.told()) == ("failed", {})
    assert "ACCESS_DENIED" in row.reason


def test_a_stage_that_nobody_knows_is_shown_by_its_id(crm):
    crm.change("deal", 1202, STAGE_ID="NEW")
    crm.tell()
    crm.portal.faults.fail(method="crm.status.list", status=400, error="ACCESS_DENIED")
    crm.pass_time(timedelta(hours=2))  # the names are no longer fresh
    crm.change("deal", 1202, STAGE_ID="EXECUTING")
    crm.tell()

    assert crm.read(EMMA)[0].endswith("NEW → EXECUTING[/b]")


def test_a_portal_that_was_away_is_read_when_it_is_back(crm):
    crm.post_events()
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.portal.faults.fail(method="crm.item.list", status=502)
    crm.tell()
    assert crm.told() == {}
    crm.portal.faults.clear()
    crm.pass_time(timedelta(minutes=2))

    assert crm.told() == {moved(710): {str(VERA), str(PAVEL)}}


def test_a_replay_tells_nothing_twice(crm):
    crm.post_events()
    crm.change("deal", 1201, STAGE_ID="C1:WON")
    crm.tell()
    for row in crm.hub.events:
        crm.hub.app.replay.replay(row.id)
    crm.hub.settle()
    crm.tell()

    assert len(crm.hub.shown(str(VERA))) == 1
    assert len(crm.hub.shown(str(PAVEL))) == 1
