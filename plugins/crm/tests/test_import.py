"""An import: many leads in one second are read in bulk, and folded by the hub's flood control."""

import pytest

VERA = 27


@pytest.fixture(scope="module")
def crm_settings():
    return {"flood_limit": "10/1m"}


EVENT, CATCH_UP = "event", "catch-up"


@pytest.mark.parametrize(
    ("either", "leads"),
    [
        (EVENT, 40),
        (CATCH_UP, 110),
        pytest.param(EVENT, 2000, marks=pytest.mark.faults),
        pytest.param(CATCH_UP, 2000, marks=pytest.mark.faults),
    ],
    indirect=["either"],
)
def test_an_import_is_one_storm_card_and_few_calls(either, leads):
    crm = either
    ids = [crm.portal.add("lead", TITLE=f"Lead {index}", ASSIGNED_BY_ID=VERA) for index in range(leads)]
    crm.heard(leads)
    crm.tell()

    keys = {row.key for row in crm.hub.notifications if row.instance == "crm"}
    folded = [row for row in crm.hub.deliveries if row.state == "suppressed"]
    pages = crm.portal.calls("crm.item.list")
    assert keys == {f"lead:{id}:created" for id in ids}
    assert len(folded) == leads - 10
    assert len(crm.hub.shown(str(VERA))) == 11  # the first ten, and the card that counts the others
    assert len(pages) < 20 + leads // 10
    assert crm.hub.app.ledger.examine() == ()


def test_what_was_imported_is_not_read_again_for_ever(crm):
    for index in range(55):
        crm.portal.add("lead", TITLE=f"Lead {index}", ASSIGNED_BY_ID=VERA)
    for _ in range(3):
        crm.tell()
    since = max(call.id for call in crm.portal.calls())
    before = len(crm.hub.events)
    crm.tell()

    assert len(crm.portal.calls(since=since)) <= 5
    assert len(crm.hub.events) == before


def test_the_people_of_many_new_leads_are_asked_for_together(crm):
    crm.post_events()
    for number in range(8):
        crm.portal.add("lead", TITLE="Imported", ASSIGNED_BY_ID=crm.portal.hire(f"Person {number}"))
    crm.heard(8)
    crm.tell()

    requests = {call.in_batch or call.id for call in crm.portal.calls("user.get")}
    assert len(crm.told()) == 8
    assert len(requests) <= 2
