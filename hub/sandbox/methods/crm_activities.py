"""`crm.activity.todo.add`, `crm.activity.list`: what is to be done about an object of the CRM."""

from datetime import datetime

from hub.sandbox.clock import PORTAL_ZONE, portal_date
from hub.sandbox.crm_model import Activity
from hub.sandbox.crm_store import KINDS, CrmStore
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.parameters import array, integer, mapping, string
from hub.sandbox.registry import Invocation, Page, method
from hub.sandbox.rows import filter_rows, page, select_fields, sort_rows


@method(
    "crm.activity.todo.add",
    integer("ownerTypeId", missing="100"),
    integer("ownerId", missing="100"),
    string("deadline", missing="100"),
    string("title"),
    string("description"),
    integer("responsibleId"),
    integer("parentActivityId"),
    array("pingOffsets"),
    string("colorId"),
    scope="crm",
)
def add(call: Invocation) -> Json:
    kind = KINDS.get(call.params["ownerTypeId"])
    store = CrmStore(call.portal)
    owner = None if kind is None else store.get(kind, call.params["ownerId"])
    if kind is None or owner is None:
        raise RestError("NOT_FOUND", "Element not found")
    responsible = call.get("responsibleId") or call.caller.user_id
    if responsible not in call.portal.people:
        raise RestError("WRONG_FIELD_VALUE", "Wrong value of responsibleId")
    activity = Activity(
        id=call.portal.activities.next_id(),
        owner_type_id=kind.entity_type_id,
        owner_id=owner.id,
        responsible=responsible,
        deadline=_moment(call.params["deadline"]),
        title=call.get("title") or "",
        description=call.get("description") or "",
    )
    call.portal.activities.put(activity)
    store.touch(kind, owner, by=call.caller.user_id)
    return {"id": activity.id}


@method(
    "crm.activity.list",
    mapping("order"),
    mapping("filter"),
    array("select"),
    integer("start"),
    scope="crm",
    ignore_case=True,
)
def list_activities(call: Invocation) -> Page:
    rows = filter_rows(
        map(_row, call.portal.activities),
        {key.upper(): value for key, value in call.get("filter", {}).items()},
        unknown=lambda field: call.warn(f"filter.{field} is not known and was ignored: more rows came back"),
    )
    rows = sort_rows(rows, call.get("order") or {"ID": "ASC"})
    select = call.get("select", [])
    return page(
        rows,
        call.get("start", 0),
        result=lambda part: [select_fields(row, select, ("ID",)) for row in part],
    )


def _row(activity: Activity) -> Json:
    return {
        "ID": str(activity.id),
        "OWNER_TYPE_ID": str(activity.owner_type_id),
        "OWNER_ID": str(activity.owner_id),
        "PROVIDER_ID": "CRM_TODO",
        "SUBJECT": activity.title,
        "DESCRIPTION": activity.description,
        "DEADLINE": portal_date(activity.deadline),
        "RESPONSIBLE_ID": str(activity.responsible),
        "COMPLETED": "N",
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise RestError("WRONG_DATETIME_FORMAT", "Wrong datetime format") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=PORTAL_ZONE)
