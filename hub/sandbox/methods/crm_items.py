"""`crm.item.*` for leads (1), deals (2) and a smart process: the same rows in camel case, numbers as numbers."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from hub.sandbox.crm_model import CrmRow
from hub.sandbox.crm_store import DEAL, ITEM, LEAD, CrmKind, CrmStore
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.parameters import array, boolean, integer, mapping
from hub.sandbox.registry import Invocation, Page, method
from hub.sandbox.rows import filter_rows, page, select_fields, sort_rows

_NUMBERS = {
    "createdBy": "CREATED_BY_ID",
    "updatedBy": "MODIFY_BY_ID",
    "assignedById": "ASSIGNED_BY_ID",
    "companyId": "COMPANY_ID",
    "contactId": "CONTACT_ID",
    "movedBy": "MOVED_BY_ID",
    "lastActivityBy": "LAST_ACTIVITY_BY",
}
_TEXTS = {
    "createdTime": "DATE_CREATE",
    "updatedTime": "DATE_MODIFY",
    "movedTime": "MOVED_TIME",
    "lastActivityTime": "LAST_ACTIVITY_TIME",
    "opened": "OPENED",
    "currencyId": "CURRENCY_ID",
    "sourceId": "SOURCE_ID",
    "title": "TITLE",
    "comments": "COMMENTS",
}
_OF_LEADS = {
    "name": "NAME",
    "secondName": "SECOND_NAME",
    "lastName": "LAST_NAME",
    "companyTitle": "COMPANY_TITLE",
    "sourceDescription": "SOURCE_DESCRIPTION",
    "statusDescription": "STATUS_DESCRIPTION",
    "hasPhone": "HAS_PHONE",
    "hasEmail": "HAS_EMAIL",
    "utmSource": "UTM_SOURCE",
    "utmMedium": "UTM_MEDIUM",
    "utmCampaign": "UTM_CAMPAIGN",
    "utmContent": "UTM_CONTENT",
    "utmTerm": "UTM_TERM",
}
#: Telephone numbers and addresses come as one list, `fm`, which cannot be selected by name.
_REACHABLE = ("PHONE", "EMAIL")
_USER_FIELD = re.compile(r"UF_CRM_([0-9]+)|ufCrm_?([0-9]+)")
_OF_DEALS = {"closed": "CLOSED", "closedate": "CLOSEDATE", "isManualOpportunity": "IS_MANUAL_OPPORTUNITY"}

_TYPE = integer("entityTypeId", missing="100")
_ID = integer("id", missing="100")
_NAMES = boolean("useOriginalUfNames")


@method("crm.item.get", _TYPE, _ID, _NAMES, scope="crm")
def get(call: Invocation) -> Json:
    kind = _kind(call)
    return {"item": _item(kind, _existing(call, kind))}


@method(
    "crm.item.list",
    _TYPE,
    array("select"),
    mapping("filter"),
    mapping("order"),
    integer("start"),
    _NAMES,
    scope="crm",
)
def list_items(call: Invocation) -> Page:
    kind = _kind(call)
    rows = [_item(kind, row) for row in _candidates(call, kind)]
    rows = filter_rows(rows, call.get("filter", {}), unknown=_refused)
    rows = sort_rows(rows, call.get("order") or {"id": "ASC"})
    select = call.get("select", [])
    return page(
        rows,
        call.get("start", 0),
        result=lambda part: {"items": [_selected(row, select) for row in part]},
    )


def _candidates(call: Invocation, kind: CrmKind) -> Iterable[CrmRow]:
    """Return the rows that may meet the filter: those that it names, or all."""
    named = call.get("filter", {}).get("@id")
    if not isinstance(named, list):
        return kind.table(call.portal)
    rows = (kind.table(call.portal).get(int(id)) for id in named if str(id).isdecimal())
    return [row for row in rows if row is not None]


def _selected(row: Json, select: list[Any]) -> Json:
    selected = select_fields(row, select, ("id",))
    return selected if "*" in select else {name: value for name, value in selected.items() if name != "fm"}


@method("crm.item.add", _TYPE, mapping("fields", missing="100"), _NAMES, scope="crm")
def add(call: Invocation) -> Json:
    kind = _kind(call)
    fields = _old_names(call, kind, call.params["fields"])
    return {"item": _item(kind, CrmStore(call.portal).add(kind, fields, by=call.caller.user_id))}


@method("crm.item.update", _TYPE, _ID, mapping("fields", missing="100"), _NAMES, scope="crm")
def update(call: Invocation) -> Json:
    kind = _kind(call)
    fields = _old_names(call, kind, call.params["fields"])
    row = CrmStore(call.portal).update(kind, _existing(call, kind), fields, by=call.caller.user_id)
    return {"item": _item(kind, row)}


@method("crm.item.delete", _TYPE, _ID, scope="crm")
def delete(call: Invocation) -> list[Json]:
    kind = _kind(call)
    CrmStore(call.portal).remove(kind, _existing(call, kind).id, by=call.caller.user_id)
    return []


def _kind(call: Invocation) -> CrmKind:
    kind = {1: LEAD, 2: DEAL, ITEM.entity_type_id: ITEM}.get(call.params["entityTypeId"])
    if kind is None:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    return kind


def _existing(call: Invocation, kind: CrmKind) -> CrmRow:
    row = CrmStore(call.portal).get(kind, call.params["id"])
    if row is None:
        raise RestError("NOT_FOUND", "Element not found")
    return row


@cache
def _names(kind: CrmKind) -> dict[str, str]:
    own = (
        {**_OF_LEADS, "webformId": "WEBFORM_ID"}
        if kind is LEAD
        else {**_OF_DEALS, "categoryId": "CATEGORY_ID"}
    )
    stage = {"stageId": kind.stage, "stageSemanticId": kind.semantics, "opportunity": "OPPORTUNITY"}
    return _NUMBERS | _TEXTS | own | stage


def _item(kind: CrmKind, row: CrmRow) -> Json:
    item: Json = {"id": row.id, "entityTypeId": kind.entity_type_id}
    for name, old in _names(kind).items():
        value: Any = row.fields.get(old)
        if name in _NUMBERS or name in ("categoryId", "webformId"):
            value = int(value or 0)
        elif name == "opportunity":
            value = float(value or 0)
            value = int(value) if value.is_integer() else value
        item[name] = value
    item["contactIds"] = [item["contactId"]] if item["contactId"] else []
    item["observers"] = []
    if kind is LEAD:
        item["fm"] = _fm(row)
    for old, value in row.fields.items():
        if old.startswith("UF_") and (found := _USER_FIELD.fullmatch(old)):
            item[f"ufCrm_{found[1]}"] = value
    return item


def _fm(row: CrmRow) -> list[Json]:
    return [
        {
            "id": int(each.get("ID", 0)),
            "valueType": each.get("VALUE_TYPE", "WORK"),
            "value": each.get("VALUE", ""),
            "typeId": kind,
        }
        for kind in _REACHABLE
        for each in row.fields.get(kind) or ()
    ]


def _old_names(call: Invocation, kind: CrmKind, fields: Mapping[str, Any]) -> Json:
    names = _names(kind)
    old: Json = {}
    for name, value in fields.items():
        if name in names:
            old[names[name]] = value
        elif found := _USER_FIELD.fullmatch(name):
            old[f"UF_CRM_{found[1] or found[2]}"] = value
        elif name == "fm" and kind is LEAD:
            for each in value:
                old.setdefault(each["typeId"], []).append(
                    {"VALUE": each["value"], "VALUE_TYPE": each["valueType"]}
                )
        else:
            call.warn(f"fields.{name} is not known and was ignored")
    return old


def _refused(field: str) -> None:
    raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{field}' is not allowed in filter")
