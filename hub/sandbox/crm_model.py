"""What the CRM stores, with the field names and text values of the old methods."""

from datetime import datetime

from hub.sandbox.model import Json, Record


class CrmRow(Record):
    """A lead, deal, contact or company: fields as `crm.deal.get` names them, without ID."""

    fields: Json


class Activity(Record):
    """Something to be done about an object of the CRM."""

    owner_type_id: int
    owner_id: int
    responsible: int
    deadline: datetime
    title: str = ""
    description: str = ""


class StageMove(Record):
    """A row of the stage history."""

    entity_type_id: int
    type_id: int
    owner_id: int
    at: datetime
    category_id: int
    stage_id: str
    semantics: str
