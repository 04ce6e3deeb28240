"""Rules: who gets what, by funnel, stage and amount."""

import pytest
from pydantic import ValidationError

from hub_plugin_crm.settings import CrmSettings

VERA, PAVEL, EMMA, DMITRY, ANNA = 27, 31, 33, 17, 1


@pytest.fixture(scope="module")
def crm_settings():
    return {
        "notify_lost": True,
        "lost_reason_field": "ufCrm_1721244482",
        "won_chat": "user:17",
        "taken_comment": "",
        "rules": [
            {"about": ["stage"], "objects": ["deal"], "stages": ["Подготовка документов"], "to": []},
            {"about": ["stage"], "funnel": "Монтаж", "min_amount": 1000000, "to": ["supervisor", "user:1"]},
            {"about": ["stage"], "funnel": "0", "currency": "EUR", "to": ["responsible"]},
            {"about": ["won"], "min_amount": 1000000, "to": ["responsible", "supervisor", "user:1"]},
            {"about": ["new"], "objects": ["lead"], "min_amount": 50000, "to": ["responsible", "supervisor"]},
            {"about": ["assigned"], "to": []},
        ],
    }


def moved(number, deal=1201):
    return f"deal:{deal}:stagehistory:{number}"


def told_of(crm, kind, id, **fields):
    crm.change(kind, id, **fields)
    crm.tell()
    return crm.told()


@pytest.mark.parametrize(
    ("deal", "fields", "who"),
    [
        (1201, {"STAGE_ID": "C1:PREPARATION"}, None),
        (1201, {"STAGE_ID": "C1:NEW"}, {PAVEL, ANNA}),
        (1201, {"STAGE_ID": "C1:NEW", "OPPORTUNITY": 999999}, {VERA, PAVEL}),
        (1203, {"STAGE_ID": "EXECUTING"}, {PAVEL}),
        (1202, {"STAGE_ID": "EXECUTING"}, {EMMA, PAVEL}),
        (1201, {"STAGE_ID": "C1:WON"}, {VERA, PAVEL, ANNA}),
        (1202, {"STAGE_ID": "WON"}, {EMMA, PAVEL, DMITRY}),
        (1202, {"STAGE_ID": "LOSE"}, {PAVEL}),
    ],
    ids=["stage-to-nobody", "funnel", "amount", "currency", "usual", "won", "won-chat", "lost"],
)
def test_the_first_rule_that_matches_counts(crm, deal, fields, who):
    told = told_of(crm, "deal", deal, **fields)

    assert told == ({moved(710, deal): set(map(str, who))} if who else {})


def test_a_rule_that_tells_nobody_is_named(crm):
    told_of(crm, "deal", 1201, STAGE_ID="C1:PREPARATION")

    (row,) = crm.hub.notifications
    assert row.content["suppressed"] == "rule 1 of the plugin's rules sends it to nobody"


def test_a_lost_deal_says_why(crm):
    told_of(crm, "deal", 1202, STAGE_ID="APOLOGY", UF_CRM_1721244482="Too expensive")

    assert crm.read(PAVEL)[:2] == [
        "[b]Lost: Видеонаблюдение, склад 4[/b]",
        "Reason: Анализ причины провала: Too expensive",
    ]


def test_a_large_lead_is_told_to_the_supervisor_too(crm):
    lead = crm.add("lead", TITLE="Large", OPPORTUNITY=60000, ASSIGNED_BY_ID=VERA)
    crm.tell()

    assert crm.told() == {f"lead:{lead}:created": {str(VERA), str(PAVEL)}}


def test_a_lead_is_taken_without_a_comment_where_none_is_wanted(crm):
    crm.add("lead", TITLE="Small", ASSIGNED_BY_ID=VERA)
    crm.tell()
    crm.hub.click(VERA, crm.card(VERA), "Take into work")

    assert crm.read(VERA)[0].startswith("[b]Lead taken by")
    assert crm.portal.calls("crm.timeline.comment.add") == []


def test_a_rule_can_keep_handovers_quiet(crm):
    crm.change("deal", 1202, TITLE="Seen")
    crm.tell()

    assert told_of(crm, "deal", 1202, ASSIGNED_BY_ID=VERA) == {}


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"entity_types": [2]}, "smart processes"),
        ({"entity_types": [177, 177]}, "twice"),
        ({"lead_reminder": "soon"}, "lead_reminder"),
        ({"taken_comment": "by {who}"}, "{name}"),
        ({"stale_cron": "hourly"}, "stale_cron"),
        ({"rules": [{"about": ["sold"], "to": []}]}, "about"),
        ({"rules": [{"stage": "NEW", "to": []}]}, "stage"),
        ({"rules": [{"funnel": "1"}]}, "to"),
    ],
)
def test_what_cannot_work_is_refused_with_what_to_do(settings, problem):
    with pytest.raises(ValidationError, match=problem):
        CrmSettings.model_validate(settings)
