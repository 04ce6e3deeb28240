"""Many quiet deals: a digest for each person, with few requests."""

import pytest

PEOPLE, DEALS = 20, 5000


@pytest.fixture(scope="module")
def crm_settings():
    return {"summary_cron": "0 9 1 1 *"}  # it reads the deals once more, on a day of its own


def requests(crm):
    """Count what the portal was asked, a batch as one."""
    return sum(call.in_batch is None for call in crm.portal.calls())


@pytest.mark.faults
def test_a_digest_over_five_thousand_deals_takes_at_most_120_requests(crm):
    people = [crm.portal.hire(f"Person {number}") for number in range(PEOPLE)]
    for number in range(DEALS):
        crm.portal.add("deal", TITLE=f"Deal {number}", ASSIGNED_BY_ID=people[number % PEOPLE])
    crm.hub.clock.move_to(crm.portal.clock.now())
    before = 0
    while requests(crm) > before + 20 or not before:  # until all deals are seen
        before = requests(crm)
        crm.tell()
    crm.portal.clock.advance(9 * 24 * 3600)
    before = requests(crm)
    crm.hub.clock.move_to(crm.portal.clock.now())
    crm.hub.settle()

    for person in people:
        (digest,) = crm.hub.shown(str(person))
        assert digest.text == f"[b]{DEALS // PEOPLE} deals without activity[/b]"
    assert requests(crm) - before <= 120
