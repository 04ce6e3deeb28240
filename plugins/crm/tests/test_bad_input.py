"""What a portal may answer when things are not as they should be."""

from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from hub.plugin import Money, PermanentFailure, Phone
from hub.sandbox import Sandbox
from hub.testing import FakeContext, InstalledPlugin
from hub_plugin_crm import CrmPlugin
from hub_plugin_crm.crm import Crm
from hub_plugin_crm.entities import DEAL
from hub_plugin_crm.history import read_move
from hub_plugin_crm.items import read_item
from hub_plugin_crm.names import Names
from hub_plugin_crm.phones import phone

VERA, PAVEL = 27, 31


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"id": None, "title": None, "opportunity": None},
        {"id": [], "title": {}, "opportunity": [], "fm": {}, "updatedTime": 5},
        {
            "id": -1,
            "ID": "x",
            "assignedById": "undefined",
            "opportunity": "NaN",
            "fm": [None, 1, {"value": []}],
        },
        {"id": 10**30, "opportunity": "1e999999", "movedTime": "0001-01-01T00:00:00+23:59", "PHONE": "none"},
        {"title": "a\nb\x00" * 1000, "createdTime": "2026-01-01T00:00:00", "stageSemanticId": "X"},
    ],
)
def test_any_row_can_be_read(row):
    item = read_item(row)

    assert (item.amount, item.responsible, item.semantics) == (None, "", "P")
    assert (item.phones, item.emails, item.moved_at, item.created_at) == ((), (), None, None)
    assert read_move(row) is None


def test_both_kinds_of_methods_say_the_same():
    new = {
        "id": 5,
        "title": "Roof",
        "stageId": "C1:WON",
        "stageSemanticId": "S",
        "categoryId": 1,
        "opportunity": 12500.5,
        "currencyId": "EUR",
        "assignedById": 27,
        "updatedTime": "2026-01-01T12:59:58+03:00",
        "contactId": 84,
        "companyId": 0,
        "fm": [{"typeId": "PHONE", "value": "+49 30 1"}, {"typeId": "EMAIL", "value": "a@b.example"}],
    }
    old = {
        "ID": "5",
        "TITLE": "Roof",
        "STAGE_ID": "C1:WON",
        "STAGE_SEMANTIC_ID": "S",
        "CATEGORY_ID": "1",
        "OPPORTUNITY": "12500.50",
        "CURRENCY_ID": "EUR",
        "ASSIGNED_BY_ID": "27",
        "DATE_MODIFY": "2026-01-01T12:59:58+03:00",
        "CONTACT_ID": "84",
        "COMPANY_ID": "0",
        "PHONE": [{"VALUE": "+49 30 1"}],
        "EMAIL": [{"VALUE": "a@b.example"}],
    }
    assert read_item(new) == read_item(old)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8 (999) 000-11-22", Phone(number="+79990001122", shown="+7 999 000-11-22")),
        ("+49 30 901820", Phone(number="+4930901820", shown="+49 30 901820")),
        ("ask for Ann", Phone(number="ask for Ann")),
        ("12", Phone(number="12", shown="12")),
        ("", Phone(number="")),
    ],
)
def test_telephone_numbers_are_written_so_that_they_can_be_called(written, expected):
    assert phone(written, "RU") == expected


def test_an_amount_in_a_currency_that_the_portal_does_not_know(crm):
    crm.change("deal", 1201, CURRENCY_ID="XTS", STAGE_ID="C1:WON")
    crm.tell()

    assert "1,250,000" in crm.read(VERA)[0] or "1\u00a0250\u00a0000" in crm.read(VERA)[0]


def test_a_currency_keeps_its_own_marks_between_thousands(crm):
    crm.change("deal", 1203, STAGE_ID="WON")
    crm.tell()

    assert "12\u00a0500,00 €" in crm.read(PAVEL)[0]


def test_clients_that_may_not_be_seen_are_left_out(crm):
    crm.portal.faults.fail(method="crm.contact.list", status=403, error="ACCESS_DENIED")
    crm.portal.faults.fail(method="crm.company.list", status=403, error="ACCESS_DENIED")
    crm.change("deal", 1201, STAGE_ID="C1:NEW")
    crm.tell()

    assert not any(line.startswith("Client") for line in crm.read(VERA))


def test_one_object_that_may_not_be_seen_does_not_hide_the_others():
    ctx = FakeContext("crm")

    def listed(params):
        ids = params["filter"]["@id"]
        if set(ids) & {7, 31}:
            raise PermanentFailure("ACCESS_DENIED")
        return {"items": [{"id": id} for id in ids]}

    ctx.portal.answers |= {"method.get": {"isAvailable": True}, "crm.item.list": listed}
    found = Crm(ctx.portal, ctx.store).items(DEAL, [str(id) for id in range(1, 51)])

    assert set(found) == {str(id) for id in range(1, 51)} - {"7", "31"}


def test_a_portal_that_shows_no_deals_at_all_is_not_asked_for_each():
    ctx = FakeContext("crm")
    asked = []

    def denied(params):
        asked.append(params)
        raise PermanentFailure("ACCESS_DENIED")

    ctx.portal.answers |= {"method.get": {"isAvailable": True}, "crm.item.list": denied}
    with pytest.raises(PermanentFailure, match="ACCESS_DENIED"):
        Crm(ctx.portal, ctx.store).items(DEAL, [str(id) for id in range(1, 51)])
    assert len(asked) < 20


def test_an_amount_is_never_lost_for_want_of_a_currency():
    ctx = FakeContext("crm")
    names = Names(ctx.portal, ctx.store)
    ctx.portal.currency = _unknown

    assert names.money(Decimal(5), "XTS") == Money(amount=Decimal(5), currency="XTS")


def _unknown(code):
    raise PermanentFailure(code)


@pytest.fixture
def old_portal(run_hub, tmp_path):
    """A portal without crm.item.*, and a hub that has looked at it once."""
    with (
        Sandbox.running(crm_items=False) as portal,
        run_hub(plugins=[InstalledPlugin("crm", CrmPlugin)], folder=tmp_path, sandbox=portal) as hub,
    ):
        hub.settle()
        yield hub


def test_a_portal_without_items_is_read_and_written_by_the_older_methods(old_portal):
    hub, portal = old_portal, old_portal.bitrix24
    lead = portal.add("lead", TITLE="Old ways", ASSIGNED_BY_ID=VERA, PHONE=[{"VALUE": "+79990001122"}])
    portal.change("deal", 1201, STAGE_ID="C1:WON")
    for seconds in (15, 2):
        portal.clock.advance(seconds)
        hub.move(timedelta(seconds=seconds))
    card = next(each for each in hub.shown(str(VERA)) if "Old ways" in each.text)
    hub.click(VERA, card, "Take into work")

    assert {row.key for row in hub.notifications if row.instance == "crm"} >= {
        f"lead:{lead}:created",
        "deal:1201:stagehistory:711",
        f"lead:{lead}:taken:27",
    }
    answer = httpx.post(f"{portal.webhook_url}crm.lead.get", json={"id": lead}).json()["result"]
    assert (answer["STATUS_ID"], answer["ASSIGNED_BY_ID"]) == ("IN_PROCESS", str(VERA))
    assert portal.calls("crm.item.list") == []
    assert portal.warnings() == []


def test_funnels_that_may_not_be_seen_are_asked_for_once_each():
    ctx = FakeContext("crm")
    ctx.portal.answers["crm.category.list"] = PermanentFailure("ACCESS_DENIED")
    names = Names(ctx.portal, ctx.store)

    assert [names.funnel(DEAL, id) for id in "1212"] == [""] * 4
    assert [method for method, _ in ctx.portal.calls] == ["crm.category.list"] * 2


def test_the_reason_of_a_lost_deal_is_found_by_either_name():
    rows = ({"ufCrm_172": "Too expensive"}, {"UF_CRM_172": "Too expensive"})

    assert [read_item(row, lost_reason_field="ufCrm_172").lost_reason for row in rows] == [
        "Too expensive"
    ] * 2
