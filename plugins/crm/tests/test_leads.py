"""Leads: taking them, being reminded of them, handing them over."""

import threading
from datetime import timedelta

import pytest

VERA, PAVEL, EMMA, ANNA = 27, 31, 33, 1
REMINDER = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def lead(crm):
    """A new lead of Vera's, on which Emma's card shows too."""
    lead = crm.add("lead", TITLE="Cameras", ASSIGNED_BY_ID=VERA)
    crm.tell()
    return lead


def of(crm, lead):
    """Return the lead as it is in the CRM."""
    return crm.get("lead", lead)


def test_taking_a_lead_moves_it_with_one_call_and_says_who_did(crm, lead):
    crm.hub.click(VERA, crm.card(VERA), "Take into work")

    (update,) = crm.portal.calls("crm.item.update")
    (comment,) = crm.portal.calls("crm.timeline.comment.add")
    assert update.params["fields"] == {"stageId": "IN_PROCESS", "assignedById": VERA}
    assert comment.params["fields"]["COMMENT"] == "Taken into work from the chat: Вера Соколова"
    assert (of(crm, lead)["STATUS_ID"], of(crm, lead)["ASSIGNED_BY_ID"]) == ("IN_PROCESS", str(VERA))
    assert crm.read(VERA)[0] == "[b]Lead taken by Вера Соколова, 13:05: Cameras[/b]"
    assert crm.card(VERA).buttons == ["Open in CRM"]


def test_of_two_who_take_a_lead_in_the_same_second_one_wins_and_the_other_is_told_who(crm):
    lead = crm.add("lead", TITLE="Cameras", ASSIGNED_BY_ID=VERA)
    crm.tell()
    crm.change("lead", lead, ASSIGNED_BY_ID=EMMA)  # so that both have its card
    crm.tell()
    clicks = [
        threading.Thread(target=crm.portal.click, args=(who, crm.card(who), "Take into work"))
        for who in (VERA, EMMA)
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    crm.hub.fetch()

    winner = int(of(crm, lead)["ASSIGNED_BY_ID"])
    loser = {VERA: EMMA, EMMA: VERA}[winner]
    name = {VERA: "Вера Соколова", EMMA: "Emma Larsen"}[winner]
    assert len(crm.portal.calls("crm.item.update")) == 1
    assert name in crm.read(loser)[0]
    assert "done already" in crm.read(loser)[0] or "is on it" in crm.read(loser)[0]
    cards = [crm.hub.shown(str(who)) for who in (VERA, EMMA)]
    assert all(shown[0].text.startswith(f"[b]Lead taken by {name}") for shown in cards)


def test_a_lead_that_was_taken_in_the_crm_is_not_taken_again(crm, lead):
    clicked = crm.card(VERA)
    crm.change("lead", lead, by=EMMA, STATUS_ID="IN_PROCESS", ASSIGNED_BY_ID=EMMA)
    crm.hub.click(VERA, clicked, "Take into work")

    assert crm.portal.calls("crm.item.update") == []
    assert of(crm, lead)["ASSIGNED_BY_ID"] == str(EMMA)
    card, answer = crm.hub.shown(str(VERA))
    assert answer.text == "Somebody was quicker: [user=33]Emma Larsen[/user], В работе."
    assert card.buttons == ["Open in CRM"]


def test_a_lead_that_was_moved_on_in_the_crm_loses_its_button(crm, lead):
    crm.change("lead", lead, by=EMMA, STATUS_ID="PROCESSED")
    crm.tell()

    assert crm.card(VERA).buttons == ["Open in CRM"]
    assert crm.read(VERA)[-1] == "Status: Обработан: [user=33]Emma Larsen[/user]"


def test_taking_is_not_told_as_being_handed_over(crm, lead):
    crm.hub.click(VERA, crm.card(VERA), "Take into work")
    crm.tell()
    crm.tell()

    assert set(crm.told()) == {f"lead:{lead}:created", f"lead:{lead}:taken:27"}


def test_the_echo_of_a_click_may_come_days_later(crm, lead):
    crm.change("lead", lead, ASSIGNED_BY_ID=EMMA)
    crm.tell()
    crm.hub.click(VERA, crm.card(VERA), "Take into work")
    crm.hub.clock.move(timedelta(days=4))
    crm.tell()

    assert [key for key in crm.told() if ":assigned:27:" in key] == []


def test_only_the_click_itself_is_not_told(crm, lead):
    crm.hub.click(VERA, crm.card(VERA), "Take into work")
    crm.tell()
    crm.change("lead", lead, ASSIGNED_BY_ID=EMMA)
    crm.tell()
    crm.change("lead", lead, ASSIGNED_BY_ID=VERA)
    crm.tell()

    assert [key.split(":")[3] for key in crm.told() if ":assigned:" in key] == [str(EMMA), str(VERA)]


def test_a_click_that_was_refused_hides_nothing(crm, lead):
    crm.change("lead", lead, ASSIGNED_BY_ID=EMMA)
    crm.tell()
    crm.portal.faults.fail(method="crm.item.update", status=400, error="ACCESS_DENIED", times=1)
    crm.hub.click(VERA, crm.card(VERA), "Take into work")
    crm.change("lead", lead, ASSIGNED_BY_ID=VERA)
    crm.tell()

    assert [who for key, who in crm.told().items() if ":assigned:27:" in key] == [{str(VERA), str(EMMA)}]


def test_a_lead_that_is_gone_cannot_be_taken(crm, lead):
    crm.portal.remove("lead", lead)
    crm.hub.click(VERA, crm.card(VERA), "Take into work")

    assert crm.read(VERA)[0].startswith("That is not possible: the lead is no longer in the CRM")


def test_a_lead_that_may_not_be_changed_says_so_and_keeps_its_button(crm, lead):
    crm.portal.faults.fail(method="crm.item.update", status=400, error="ACCESS_DENIED", times=1)
    crm.hub.click(VERA, crm.card(VERA), "Take into work")

    card, answer = crm.hub.shown(str(VERA))
    assert "ACCESS_DENIED" in answer.text
    assert "Take into work" in card.buttons


def test_a_comment_that_cannot_be_written_does_not_give_the_lead_back(crm, lead):
    crm.portal.faults.fail(method="crm.timeline.comment.add", status=400, error="ACCESS_DENIED", times=1)
    crm.hub.click(VERA, crm.card(VERA), "Take into work")

    assert crm.read(VERA)[0].startswith("[b]Lead taken by")


def test_a_lead_nobody_takes_is_shown_to_the_supervisor_once(crm, lead):
    crm.pass_time(REMINDER - MINUTE)
    assert set(crm.told()) == {f"lead:{lead}:created"}
    crm.pass_time(2 * MINUTE)
    crm.pass_time(2 * REMINDER)

    assert crm.told()[f"lead:{lead}:reminder"] == {str(PAVEL)}
    assert crm.read(PAVEL)[0].startswith("[b]Nobody has taken this lead for 30")
    crm.hub.click(PAVEL, crm.card(PAVEL), "Take into work")
    assert of(crm, lead)["ASSIGNED_BY_ID"] == str(PAVEL)
    assert crm.read(VERA)[0].startswith("[b]Lead taken by Павел Волков")


def test_a_lead_that_was_taken_reminds_nobody(crm, lead):
    crm.hub.click(VERA, crm.card(VERA), "Take into work")
    crm.pass_time(REMINDER + MINUTE)

    assert crm.hub.shown(str(PAVEL)) == []


def test_many_leads_that_nobody_takes_are_one_card(crm):
    for number in range(25):
        crm.add("lead", TITLE=f"Lead {number}", ASSIGNED_BY_ID=VERA)
    crm.tell()
    crm.pass_time(REMINDER + MINUTE)

    (card,) = crm.hub.shown(str(PAVEL))
    assert card.text == "[b]Nobody has taken 25 new leads[/b]"
    assert crm.read(PAVEL)[-1] == "Others: and 5 more"


def test_a_lead_of_somebody_at_the_top_reminds_them_themselves(crm):
    lead = crm.add("lead", TITLE="Big", ASSIGNED_BY_ID=ANNA)
    crm.tell()
    crm.pass_time(REMINDER + MINUTE)

    assert crm.told()[f"lead:{lead}:reminder"] == {str(ANNA)}


def test_a_lead_that_was_there_before_the_hub_is_no_news(crm):
    crm.change("lead", 901, TITLE="Renamed")
    crm.tell()

    assert crm.told() == {}


def test_a_handed_over_lead_can_be_taken_by_whom_it_was_given_to(crm, lead):
    crm.change("lead", lead, ASSIGNED_BY_ID=EMMA)
    crm.tell()

    assert crm.read(EMMA)[0] == "[b]Lead of Emma Larsen: Cameras[/b]"
    assert "Take into work" in crm.card(EMMA).buttons
