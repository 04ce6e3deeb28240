"""Leads, deals, contacts and companies: reading, adding, changing, and the stage history that follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.sandbox.clock import portal_date
from hub.sandbox.crm_model import CrmRow, StageMove
from hub.sandbox.crm_stages import (
    LEAD_STAGES,
    SMART_STAGES,
    SMART_TYPE,
    Stage,
    category_of,
    deal_stages,
    find_stage,
)
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.portal import Portal
from hub.sandbox.portal_events import raise_event
from hub.sandbox.tables import Table

#: Types of a stage history row.
_CREATED, _MOVED, _FINAL, _FUNNEL = 1, 2, 3, 5


@dataclass(frozen=True, kw_only=True)
class CrmKind:
    """One kind of CRM object."""

    entity_type_id: int
    name: str
    stage: str = ""  # the field with the stage
    semantics: str = ""  # the field with its semantics

    def table(self, portal: Portal) -> Table[CrmRow]:
        """Return where rows of this kind live."""
        tables: dict[str, Table[CrmRow]] = {
            "lead": portal.leads,
            "deal": portal.deals,
            "item": portal.items,
            "contact": portal.contacts,
            "company": portal.companies,
        }
        return tables[self.name]


LEAD = CrmKind(entity_type_id=1, name="lead", stage="STATUS_ID", semantics="STATUS_SEMANTIC_ID")
DEAL = CrmKind(entity_type_id=2, name="deal", stage="STAGE_ID", semantics="STAGE_SEMANTIC_ID")
CONTACT = CrmKind(entity_type_id=3, name="contact")
COMPANY = CrmKind(entity_type_id=4, name="company")
ITEM = CrmKind(entity_type_id=SMART_TYPE, name="item", stage="STAGE_ID", semantics="STAGE_SEMANTIC_ID")
KINDS = {kind.entity_type_id: kind for kind in (LEAD, DEAL, CONTACT, COMPANY, ITEM)}

_DEFAULTS: dict[str, Json] = {
    "lead": {
        "TITLE": "",
        "HONORIFIC": None,
        "NAME": None,
        "SECOND_NAME": None,
        "LAST_NAME": None,
        "COMPANY_TITLE": None,
        "COMPANY_ID": None,
        "CONTACT_ID": None,
        "SOURCE_ID": "WEB",
        "SOURCE_DESCRIPTION": None,
        "STATUS_ID": "NEW",
        "STATUS_DESCRIPTION": None,
        "COMMENTS": None,
        "CURRENCY_ID": "RUB",
        "OPPORTUNITY": "0.00",
        "HAS_PHONE": "N",
        "HAS_EMAIL": "N",
        "DATE_CLOSED": "",
        "OPENED": "Y",
        "WEBFORM_ID": None,
        "UTM_SOURCE": None,
        "UTM_MEDIUM": None,
        "UTM_CAMPAIGN": None,
        "UTM_CONTENT": None,
        "UTM_TERM": None,
    },
    "item": {
        "TITLE": "",
        "CATEGORY_ID": str(category_of(SMART_STAGES[0].id)),
        "STAGE_ID": SMART_STAGES[0].id,
        "CURRENCY_ID": "RUB",
        "OPPORTUNITY": "0.00",
        "COMPANY_ID": "0",
        "CONTACT_ID": None,
        "SOURCE_ID": None,
        "OPENED": "Y",
        "CLOSED": "N",
        "CLOSEDATE": "",
        "IS_MANUAL_OPPORTUNITY": "Y",
        "COMMENTS": "",
    },
    "deal": {
        "TITLE": "",
        "TYPE_ID": "SALE",
        "STAGE_ID": "NEW",
        "PROBABILITY": None,
        "CURRENCY_ID": "RUB",
        "OPPORTUNITY": "0.00",
        "IS_MANUAL_OPPORTUNITY": "Y",
        "TAX_VALUE": "0.00",
        "LEAD_ID": None,
        "COMPANY_ID": "0",
        "CONTACT_ID": None,
        "QUOTE_ID": None,
        "OPENED": "Y",
        "CLOSED": "N",
        "CLOSEDATE": "",
        "COMMENTS": "",
        "CATEGORY_ID": "0",
        "IS_NEW": "N",
        "SOURCE_ID": "WEB",
        "SOURCE_DESCRIPTION": None,
    },
}


class CrmStore:
    """The CRM's tables with the rules that keep them consistent. Lock held."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def get(self, kind: CrmKind, row_id: int) -> CrmRow | None:
        """Return a row, if there."""
        return kind.table(self._portal).get(row_id)

    def rows(self, kind: CrmKind) -> list[Json]:
        """Return all rows as the old list methods show them."""
        return [shown(row) for row in kind.table(self._portal)]

    def add(self, kind: CrmKind, given: Mapping[str, Any], *, by: int | None) -> CrmRow:
        """Add a row with *given* fields; the rest gets defaults. *by* None: a robot did."""
        user = str(by or self._portal.options.webhook_user)
        now = portal_date(self._portal.clock.now())
        fields: Json = {
            **_DEFAULTS.get(kind.name, {}),
            "ASSIGNED_BY_ID": user,
            "CREATED_BY_ID": user,
            "MODIFY_BY_ID": user,
            "DATE_CREATE": now,
            "DATE_MODIFY": now,
            "MOVED_BY_ID": user,
            "MOVED_TIME": now,
            "LAST_ACTIVITY_BY": user,
            "LAST_ACTIVITY_TIME": now,
            **_texts(given),
        }
        if kind is DEAL and "CATEGORY_ID" in given and "STAGE_ID" not in given:
            fields["STAGE_ID"] = deal_stages(int(fields["CATEGORY_ID"]))[0].id
        stage = self._settle_stage(kind, fields)
        table = kind.table(self._portal)
        row = table.put(CrmRow(id=table.next_id(), fields=fields))
        if stage is not None:
            self._remember(kind, row, stage, _CREATED)
        self._raise(kind, "ADD", row.id, by)
        return row

    def update(self, kind: CrmKind, row: CrmRow, given: Mapping[str, Any], *, by: int | None) -> CrmRow:
        """Change fields of a row; a new stage is written to the history. *by* None: a robot did."""
        user = str(by or self._portal.options.webhook_user)
        now = portal_date(self._portal.clock.now())
        changes = _texts(given)
        fields = {**row.fields, **changes, "DATE_MODIFY": now, "MODIFY_BY_ID": user}
        fields |= {"LAST_ACTIVITY_TIME": now, "LAST_ACTIVITY_BY": user}
        moved = bool(kind.stage) and fields[kind.stage] != row.fields[kind.stage]
        stage = self._settle_stage(kind, fields)
        if moved:
            fields |= {"MOVED_TIME": now, "MOVED_BY_ID": user}
        changed = kind.table(self._portal).put(row.model_copy(update={"fields": fields}))
        self._raise(kind, "UPDATE", row.id, by)
        if moved and stage is not None:
            funnel = kind is DEAL and fields["CATEGORY_ID"] != row.fields["CATEGORY_ID"]
            kind_of_move = _FUNNEL if funnel else _MOVED if stage.semantics == "P" else _FINAL
            self._remember(kind, changed, stage, kind_of_move)
            if funnel:
                where = {"CATEGORY_ID": fields["CATEGORY_ID"], "STAGE_ID": stage.id}
                data = {"FIELDS": {"ID": str(row.id), **where}}
                raise_event(self._portal, "ONCRMDEALMOVETOCATEGORY", data, by=by)
        return changed

    def remove(self, kind: CrmKind, row_id: int, *, by: int | None) -> None:
        """Delete a row; its history stays."""
        kind.table(self._portal).remove(row_id)
        self._raise(kind, "DELETE", row_id, by)

    def _raise(self, kind: CrmKind, what: str, row_id: int, by: int | None) -> None:
        fields = {"ID": str(row_id)}
        if kind is ITEM:
            fields["ENTITY_TYPE_ID"] = str(kind.entity_type_id)
        name = f"ONCRM{'DYNAMICITEM' if kind is ITEM else kind.name.upper()}{what}"
        raise_event(self._portal, name, {"FIELDS": fields}, by=by)

    def touch(self, kind: CrmKind, row: CrmRow, *, by: int) -> None:
        """Note that something happened about a row: a comment, an activity."""
        now = portal_date(self._portal.clock.now())
        fields = {**row.fields, "LAST_ACTIVITY_TIME": now, "LAST_ACTIVITY_BY": str(by)}
        kind.table(self._portal).put(row.model_copy(update={"fields": fields}))

    def _settle_stage(self, kind: CrmKind, fields: Json) -> Stage | None:
        if not kind.stage:
            return None
        stage_id = fields[kind.stage]
        stage = find_stage(_stages(kind, stage_id), stage_id)
        if stage is None:
            raise RestError("", f"The stage {stage_id} does not exist")
        fields[kind.semantics] = stage.semantics
        if kind is not LEAD:
            fields["CATEGORY_ID"] = str(category_of(stage_id))
            fields["CLOSED"] = "N" if stage.semantics == "P" else "Y"
        elif stage.semantics != "P" and not fields["DATE_CLOSED"]:
            fields["DATE_CLOSED"] = portal_date(self._portal.clock.now())
        return stage

    def _remember(self, kind: CrmKind, row: CrmRow, stage: Stage, type_id: int) -> None:
        moves = self._portal.stage_moves
        moves.put(
            StageMove(
                id=moves.next_id(),
                entity_type_id=kind.entity_type_id,
                type_id=type_id,
                owner_id=row.id,
                at=self._portal.clock.now(),
                category_id=category_of(stage.id) if kind is not LEAD else 0,
                stage_id=stage.id,
                semantics=stage.semantics,
            )
        )


def _stages(kind: CrmKind, stage_id: str) -> tuple[Stage, ...]:
    if kind is LEAD:
        return LEAD_STAGES
    return deal_stages(category_of(stage_id)) if kind is DEAL else SMART_STAGES


def shown(row: CrmRow) -> Json:
    """A row as the old methods show it: ID first, every value text or null."""
    return {"ID": str(row.id), **row.fields}


def _texts(given: Mapping[str, Any]) -> Json:
    """Return values as stored: money with two decimals, flags as Y and N, other scalars as text."""
    return {name.upper(): _text(name.upper(), value) for name, value in given.items() if name.upper() != "ID"}


def _text(name: str, value: Any) -> Any:
    if value is None or isinstance(value, list | dict):
        return value
    if isinstance(value, bool):
        return "Y" if value else "N"
    if name == "OPPORTUNITY":
        return f"{float(value or 0):.2f}"
    return str(value)
