"""The CRM's dictionaries and the stage history."""

from hub.sandbox.clock import portal_date
from hub.sandbox.crm_model import StageMove
from hub.sandbox.crm_stages import (
    FUNNELS,
    LEAD_STAGES,
    SMART_FUNNELS,
    SMART_STAGES,
    SMART_TYPE,
    SOURCES,
    Stage,
    deal_stages,
)
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.parameters import array, integer, mapping
from hub.sandbox.registry import Invocation, Page, method
from hub.sandbox.rows import filter_rows, page, select_fields, sort_rows

_SEMANTICS = {"P": None, "S": "S", "F": "F"}


@method("crm.status.list", mapping("order"), mapping("filter"), scope="crm", ignore_case=True)
def statuses(call: Invocation) -> Page:
    rows: list[Json] = []
    for funnel in FUNNELS:
        entity = f"DEAL_STAGE_{funnel.id}" if funnel.id else "DEAL_STAGE"
        rows += _stages(entity, deal_stages(funnel.id), funnel.id)
    for funnel in SMART_FUNNELS:
        rows += _stages(f"DYNAMIC_{SMART_TYPE}_STAGE_{funnel.id}", SMART_STAGES, funnel.id)
    rows += _stages("STATUS", LEAD_STAGES, None)
    rows += [
        {
            "ENTITY_ID": "SOURCE",
            "STATUS_ID": status,
            "NAME": name,
            "NAME_INIT": name,
            "SORT": str(index * 10),
            "SYSTEM": "N",
            "CATEGORY_ID": None,
            "COLOR": None,
            "SEMANTICS": None,
            "EXTRA": {},
        }
        for index, (status, name) in enumerate(SOURCES, 1)
    ]
    rows = [{"ID": str(100 + index * 2), **row} for index, row in enumerate(rows)]
    wanted = {key.upper(): value for key, value in call.get("filter", {}).items()}
    found = filter_rows(rows, wanted, unknown=lambda field: call.warn(f"filter.{field} was ignored"))
    found = sort_rows(found, call.get("order") or {"SORT": "ASC"})
    return Page(result=found, total=len(found))


@method("crm.category.list", integer("entityTypeId", missing="100"), scope="crm")
def categories(call: Invocation) -> Page:
    kind = call.params["entityTypeId"]
    funnels = {2: FUNNELS, SMART_TYPE: SMART_FUNNELS}.get(kind)
    if funnels is None:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    rows = [
        {
            "id": funnel.id,
            "name": funnel.name,
            "sort": funnel.sort,
            "entityTypeId": kind,
            "isDefault": "Y" if funnel is funnels[0] else "N",
        }
        for funnel in funnels
    ]
    return Page(result={"categories": sort_rows(rows, {"sort": "ASC"})}, total=len(rows))


@method("crm.currency.list", mapping("order"), scope="crm", ignore_case=True)
def currencies(call: Invocation) -> Page:
    rows = [
        _currency("RUB", "1.0000", "Российский рубль", "# ₽", ",", base=True),
        _currency("EUR", "98.5000", "Евро", "# €", ","),
        {**_currency("USD", "91.2000", "Доллар США", "$#", "."), "THOUSANDS_SEP": None},
    ]
    return Page(result=rows, total=0)


@method(
    "crm.stagehistory.list",
    integer("entityTypeId", missing="100"),
    mapping("order"),
    mapping("filter"),
    array("select"),
    integer("start"),
    scope="crm",
)
def stage_history(call: Invocation) -> Page:
    kind = call.params["entityTypeId"]
    rows = [_move(move) for move in call.portal.stage_moves if move.entity_type_id == kind]
    wanted = call.get("filter", {})
    rows = filter_rows(rows, wanted, unknown=lambda field: call.warn(f"filter.{field} was ignored"))
    rows = sort_rows(rows, call.get("order") or {"ID": "ASC"})
    select = call.get("select", [])
    return page(
        rows,
        call.get("start", 0),
        result=lambda part: {"items": [select_fields(row, select, ("ID",)) for row in part]},
    )


def _stages(entity: str, stages: tuple[Stage, ...], category: int | None) -> list[Json]:
    return [
        {
            "ENTITY_ID": entity,
            "STATUS_ID": stage.id,
            "NAME": stage.name,
            "NAME_INIT": stage.name,
            "SORT": str(index * 10),
            "SYSTEM": "Y" if stage.kind != "process" or index == 1 else "N",
            "CATEGORY_ID": str(category) if category else None,
            "COLOR": stage.color,
            "SEMANTICS": _SEMANTICS[stage.semantics],
            "EXTRA": {"SEMANTICS": stage.kind, "COLOR": stage.color},
        }
        for index, stage in enumerate(stages, 1)
    ]


def _currency(code: str, amount: str, name: str, pattern: str, point: str, *, base: bool = False) -> Json:
    return {
        "CURRENCY": code,
        "AMOUNT_CNT": "1",
        "AMOUNT": amount,
        "SORT": "100",
        "BASE": "Y" if base else "N",
        "FULL_NAME": name,
        "LID": "ru",
        "FORMAT_STRING": pattern,
        "DEC_POINT": point,
        "THOUSANDS_SEP": "&nbsp;",
        "DECIMALS": "2",
        "DATE_UPDATE": "2026-01-12T09:00:00+03:00",
    }


def _move(move: StageMove) -> Json:
    row: Json = {
        "ID": move.id,
        "TYPE_ID": move.type_id,
        "OWNER_ID": move.owner_id,
        "CREATED_TIME": portal_date(move.at),
    }
    if move.entity_type_id == 1:
        return row | {"STATUS_SEMANTIC_ID": move.semantics, "STATUS_ID": move.stage_id}
    return row | {
        "CATEGORY_ID": move.category_id,
        "STAGE_SEMANTIC_ID": move.semantics,
        "STAGE_ID": move.stage_id,
    }
