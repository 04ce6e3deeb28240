"""Smart processes: items with stages of their own, when the settings name their type."""

import pytest

VERA, PAVEL, EMMA = 27, 31, 33


@pytest.fixture(scope="module")
def crm_settings():
    return {"entity_types": [177]}


@pytest.fixture
def item(either):
    item = either.add("item", TITLE="Broken camera", ASSIGNED_BY_ID=VERA, OPPORTUNITY=5000)
    either.tell()
    return item


def test_a_new_stage_of_an_item(either, item):
    either.change("item", item, STAGE_ID="DT177_11:CLIENT")
    either.tell()

    assert either.told() == {f"item:177:{item}:stagehistory:711": {str(VERA), str(PAVEL)}}
    assert either.read(VERA)[0] == "[b]Broken camera: Принята → Ждём клиента[/b]"
    assert "Funnel: Сервис" in either.read(VERA)
    assert either.card(VERA).keyboard[0]["LINK"] == f"/crm/type/177/details/{item}/"


def test_an_item_that_is_done_is_a_stage_like_others(crm):
    item = crm.add("item", TITLE="Broken camera", ASSIGNED_BY_ID=VERA)
    crm.tell()
    crm.change("item", item, STAGE_ID="DT177_11:SUCCESS", ASSIGNED_BY_ID=EMMA)
    lead = crm.add("lead", TITLE="Beside it", ASSIGNED_BY_ID=VERA)
    crm.tell()

    assert {row.kind for row in crm.hub.notifications} == {
        "crm.item.stage",
        "crm.item.assigned",
        "crm.lead.new",
    }
    told = {key: who for key, who in crm.told().items() if ":assigned:33:" in key}
    assert list(told.values()) == [{str(VERA), str(EMMA)}]
    assert crm.told()[f"lead:{lead}:created"] == {str(VERA)}
