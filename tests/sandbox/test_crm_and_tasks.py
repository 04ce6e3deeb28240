"""CRM and tasks, in their documented shapes."""

import httpx
import pytest

from hub.sandbox import Sandbox


def test_a_moved_deal_is_written_to_the_history(webhook):
    webhook.result("crm.deal.update", id=1201, fields={"STAGE_ID": "C1:WON"})
    deal = webhook.result("crm.deal.get", id=1201)
    items = webhook.result(
        "crm.stagehistory.list", entityTypeId=2, filter={"OWNER_ID": 1201}, order={"ID": "DESC"}
    )

    assert (deal["STAGE_SEMANTIC_ID"], deal["CLOSED"], deal["MOVED_BY_ID"]) == ("S", "Y", "1")
    assert [item["STAGE_ID"] for item in items["items"]] == ["C1:WON", "C1:EXECUTING"]
    assert [item["TYPE_ID"] for item in items["items"]] == [3, 1]


def test_old_and_new_methods_show_the_same_deal(webhook):
    old = webhook.result("crm.deal.get", id=1204)
    new = webhook.result("crm.item.get", entityTypeId=2, id=1204)["item"]

    assert (old["OPPORTUNITY"], new["opportunity"]) == ("96000.50", 96000.5)
    assert (old["CATEGORY_ID"], new["categoryId"]) == ("1", 1)
    assert (old["STAGE_ID"], new["stageId"], new["stageSemanticId"]) == ("C1:NEW", "C1:NEW", "P")


def test_leads_are_filtered_and_selected(webhook):
    rows = webhook.result("crm.lead.list", filter={"STATUS_ID": "NEW", ">ID": 901}, select=["ID", "TITLE"])

    assert rows == [{"ID": "903", "TITLE": "Warehouse in Riga"}]


def test_unknown_filters_return_everything_in_old_methods_and_are_refused_in_new_ones(webhook, sandbox):
    rows = webhook.result("crm.deal.list", filter={"COLOUR": "red"})

    assert len(rows) == 5
    assert "more rows came back" in sandbox.warnings()[0]
    assert webhook.refusal("crm.item.list", entityTypeId=2, filter={"colour": "red"}) == (
        400,
        "INVALID_ARG_VALUE",
    )


def test_a_lead_shows_how_to_reach_somebody_only_where_everything_is_selected(webhook):
    fields = {
        "title": "A call",
        "utmSource": "ads",
        "webformId": 4,
        "fm": [{"typeId": "PHONE", "valueType": "WORK", "value": "+79990001122"}],
    }
    lead = webhook.result("crm.item.add", entityTypeId=1, fields=fields)["item"]["id"]
    (everything,) = webhook.result("crm.item.list", entityTypeId=1, filter={"@id": [lead]}, select=["*"])[
        "items"
    ]
    (some,) = webhook.result("crm.item.list", entityTypeId=1, filter={"@id": [lead]}, select=["id", "fm"])[
        "items"
    ]

    assert [(each["typeId"], each["value"]) for each in everything["fm"]] == [("PHONE", "+79990001122")]
    assert (everything["utmSource"], everything["webformId"]) == ("ads", 4)
    assert some == {"id": lead}
    assert webhook.result("crm.lead.get", id=lead)["PHONE"][0]["VALUE"] == "+79990001122"


def test_a_smart_process_has_stages_and_a_history_of_its_own(webhook):
    item = webhook.result("crm.item.add", entityTypeId=177, fields={"title": "Broken camera"})["item"]
    webhook.result("crm.item.update", entityTypeId=177, id=item["id"], fields={"stageId": "DT177_11:SUCCESS"})
    moves = webhook.result("crm.stagehistory.list", entityTypeId=177, order={"ID": "DESC"})["items"]
    stages = webhook.result("crm.status.list", filter={"ENTITY_ID": "DYNAMIC_177_STAGE_11"})
    funnels = webhook.result("crm.category.list", entityTypeId=177)["categories"]

    assert item["stageId"] == "DT177_11:NEW"
    assert [(each["STAGE_ID"], each["CATEGORY_ID"]) for each in moves] == [
        ("DT177_11:SUCCESS", 11),
        ("DT177_11:NEW", 11),
    ]
    assert [stage["SEMANTICS"] for stage in stages] == [None, None, "S", "F"]
    assert [funnel["id"] for funnel in funnels] == [11]


def test_an_activity_counts_as_activity_and_changes_nothing_else(webhook, sandbox):
    before = webhook.result("crm.item.get", entityTypeId=2, id=1202)["item"]
    sandbox.clock.advance(60)
    added = webhook.result(
        "crm.activity.todo.add",
        ownerTypeId=2,
        ownerId=1202,
        deadline="2026-12-01T10:00:00+03:00",
        description="Call",
    )
    after = webhook.result("crm.item.get", entityTypeId=2, id=1202)["item"]
    (activity,) = webhook.result("crm.activity.list", filter={"OWNER_ID": 1202})

    assert (activity["ID"], activity["DESCRIPTION"]) == (str(added["id"]), "Call")
    assert {name for name in before if before[name] != after[name]} == {"lastActivityTime"}


def test_a_portal_can_be_without_items():
    with Sandbox.running(crm_items=False) as portal:
        answer = httpx.post(f"{portal.webhook_url}method.get", json={"name": "crm.item.list"}).json()

    assert answer["result"] == {"isExisting": False, "isAvailable": False}


def test_changes_are_found_by_date(webhook, sandbox):
    since = webhook.result("server.time")
    sandbox.clock.advance(60)
    webhook.result("crm.deal.update", id=1202, fields={"TITLE": "New title"})

    rows = webhook.result("crm.deal.list", filter={">DATE_MODIFY": since}, order={"DATE_MODIFY": "ASC"})
    assert [row["ID"] for row in rows] == ["1202"]


@pytest.mark.parametrize(
    ("method", "params", "refusal"),
    [
        ("crm.deal.get", {"id": 99}, (400, "")),
        ("crm.item.get", {"entityTypeId": 2, "id": 99}, (400, "NOT_FOUND")),
        ("crm.item.get", {"entityTypeId": 31, "id": 1}, (400, "ENTITY_TYPE_NOT_SUPPORTED")),
    ],
)
def test_what_is_not_there_is_refused_in_each_methods_own_way(webhook, method, params, refusal):
    assert webhook.refusal(method, **params) == refusal


def test_stages_say_what_they_mean(webhook):
    rows = webhook.result("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1"}, order={"SORT": "ASC"})

    assert [row["STATUS_ID"] for row in rows if row["SEMANTICS"] == "S"] == ["C1:WON"]
    assert rows[0]["STATUS_ID"] == "C1:NEW"


def test_money_is_written_with_an_entity(webhook):
    rows = {row["CURRENCY"]: row for row in webhook.result("crm.currency.list")}

    assert rows["RUB"]["THOUSANDS_SEP"] == "&nbsp;"
    assert rows["USD"]["FORMAT_STRING"] == "$#"


def test_overdue_tasks_are_found(webhook):
    now = webhook.result("server.time")
    found = webhook.result(
        "tasks.task.list", filter={"<DEADLINE": now, "<REAL_STATUS": 5}, select=["ID", "STATUS"]
    )

    assert [(task["id"], task["status"], task["subStatus"]) for task in found["tasks"]] == [
        ("3701", "2", "-1")
    ]


def test_completing_a_task_twice_is_not_allowed(webhook):
    task = webhook.result("tasks.task.complete", taskId=3701)["task"]

    assert task["status"] == "5"
    assert webhook.refusal("tasks.task.complete", taskId=3701) == (400, "1048582")


def test_history_tells_old_and_new(webhook):
    webhook.result("tasks.task.delegate", taskId=3701, userId=33)
    changes = webhook.result("tasks.task.history.list", taskId=3701)["list"]

    assert [(change["field"], change["value"]) for change in changes] == [
        ("RESPONSIBLE_ID", {"from": "27", "to": "33"}),
        ("NEW", {"from": None, "to": None}),
    ]


def test_rights_depend_on_the_person(webhook):
    allowed = webhook.result("tasks.task.getaccess", taskId=3701, users=[27, 43])["allowedActions"]

    assert (allowed["27"]["COMPLETE"], allowed["43"]["COMPLETE"]) == (True, False)


def test_a_task_out_of_sight_is_an_empty_list(webhook):
    assert webhook.result("tasks.task.get", taskId=1) == []


def test_the_crm_link_comes_only_when_asked_for(webhook):
    plain = webhook.result("tasks.task.get", taskId=3701)["task"]
    linked = webhook.result("tasks.task.get", taskId=3701, select=["ID", "UF_CRM_TASK"])["task"]

    assert "ufCrmTask" not in plain
    assert linked["ufCrmTask"] == ["D_1201"]


def test_comments_can_be_written_for_somebody(webhook):
    webhook.result("task.commentitem.add", TASKID=3701, FIELDS={"POST_MESSAGE": "done", "AUTHOR_ID": 27})
    [comment] = webhook.result("task.commentitem.getlist", TASKID=3701)

    assert (comment["AUTHOR_ID"], comment["POST_MESSAGE"]) == ("27", "done")


def test_one_comment_can_be_read(webhook):
    id = webhook.result("task.commentitem.add", TASKID=3701, FIELDS={"POST_MESSAGE": "done"})

    assert webhook.result("task.commentitem.get", TASKID=3701, ITEMID=id)["POST_MESSAGE"] == "done"
    assert webhook.refusal("task.commentitem.get", TASKID=3702, ITEMID=id) == (400, "ERROR_CORE")


def test_a_task_under_control_waits_for_its_creator(webhook, sandbox):
    task = sandbox.add("task", by=31, TITLE="x", CREATED_BY=31, RESPONSIBLE_ID=27, TASK_CONTROL="Y")

    assert webhook.result("tasks.task.complete", taskId=task)["task"]["status"] == "4"
    assert webhook.result("tasks.task.approve", taskId=task)["task"]["status"] == "5"


def test_a_message_to_a_tasks_chat_is_written_once_under_one_key(sandbox):
    sandbox.set_options(new_task_card=True)
    task = sandbox.add("task", TITLE="x", RESPONSIBLE_ID=27)
    url = sandbox.webhook_url.replace("/rest/", "/rest/api/") + "tasks.task.chat.message.send"

    def send(text):
        body = {"fields": {"taskId": task, "text": text}}
        return httpx.post(url, json=body, headers={"Idempotency-Key": "9f1c1a7e-5f1b-4a1e-9a2c-2f5f2b6c7d80"})

    first, again, other = send("one"), send("one"), send("two")
    assert first.json()["result"] == again.json()["result"] == {"result": True}
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["error"]["code"]) == (
        422,
        "BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION",
    )
    assert [message.text for message in sandbox.messages()] == ["one"]


def test_methods_of_rest_3_are_not_on_the_old_path(webhook):
    assert webhook.refusal("tasks.task.chat.message.send", fields={})[1] == "ERROR_METHOD_NOT_FOUND"


def test_leave_is_in_the_calendar(webhook):
    today = webhook.result("server.time")[:10]
    found = webhook.result("calendar.accessibility.get", **{"users": [27, 37], "from": today, "to": today})

    assert found["27"] == []
    assert found["37"][0]["ACCESSIBILITY"] == "absent"
