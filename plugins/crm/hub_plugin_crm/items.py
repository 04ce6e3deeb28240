"""A lead, a deal or an item of a smart process, as far as we use it, from the row of any method.

``crm.item.*`` writes names in camel case and numbers as numbers, the methods before it in capitals and all values as
text. No row has both, so one reader does for all. Any value may be missing, empty or of a strange type.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

Row = Mapping[str, JsonValue]

#: More digits than this are no amount.
_DIGITS = 20
#: So many telephone numbers or addresses of one person are shown.
_CONTACTS = 5
_UTM = ("Source", "Medium", "Campaign", "Content", "Term")


class Item(BaseModel):
    """One object of the CRM; what is missing is empty or ``None``.

    Attributes:
        semantics: of the stage: ``P`` in progress, ``S`` won, ``F`` lost.
        funnel: the category's id, ``0`` for the default one and for leads.
        responsible: the portal's user id, as are ``moved_by`` and ``updated_by``.
        person: name of whom a lead is about.
        form: id of the web form that made it.
        campaign: the UTM marks, in their usual order.
        lost_reason: from the field that the settings name.
        east: how far east of Greenwich the portal's clock is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    stage: str
    semantics: str
    funnel: str
    amount: Decimal | None
    currency: str
    responsible: str
    moved_by: str
    moved_at: AwareDatetime | None
    updated_by: str
    updated_at: AwareDatetime | None
    created_at: AwareDatetime | None
    active_at: AwareDatetime | None
    contact: str
    company: str
    company_name: str
    source: str
    person: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    form: str
    campaign: tuple[str, ...]
    lost_reason: str
    east: timedelta = timedelta(0)


def read_item(row: Row, *, lost_reason_field: str = "") -> Item:
    """Read a row of ``crm.item.*``, ``crm.lead.*`` or ``crm.deal.*``."""
    semantics = text(row, "stageSemanticId", "STAGE_SEMANTIC_ID", "STATUS_SEMANTIC_ID")
    names = (text(row, "name", "NAME"), text(row, "lastName", "LAST_NAME"))
    utm = (text(row, f"utm{mark}", f"UTM_{mark.upper()}") for mark in _UTM)
    return Item(
        id=id_in(row, "id", "ID"),
        title=text(row, "title", "TITLE"),
        stage=text(row, "stageId", "STAGE_ID", "STATUS_ID"),
        semantics=semantics if semantics in ("S", "F") else "P",
        funnel=id_in(row, "categoryId", "CATEGORY_ID") or "0",
        amount=_amount(_first(row, "opportunity", "OPPORTUNITY")),
        currency=text(row, "currencyId", "CURRENCY_ID"),
        responsible=id_in(row, "assignedById", "ASSIGNED_BY_ID"),
        moved_by=id_in(row, "movedBy", "MOVED_BY_ID"),
        moved_at=moment(row, "movedTime", "MOVED_TIME"),
        updated_by=id_in(row, "updatedBy", "MODIFY_BY_ID"),
        updated_at=moment(row, "updatedTime", "DATE_MODIFY"),
        created_at=moment(row, "createdTime", "DATE_CREATE"),
        active_at=moment(row, "lastActivityTime", "LAST_ACTIVITY_TIME"),
        contact=id_in(row, "contactId", "CONTACT_ID"),
        company=id_in(row, "companyId", "COMPANY_ID"),
        company_name=text(row, "companyTitle", "COMPANY_TITLE"),
        source=text(row, "sourceId", "SOURCE_ID"),
        person=" ".join(filter(None, names)),
        phones=_reachable(row, "PHONE"),
        emails=_reachable(row, "EMAIL"),
        form=id_in(row, "webformId", "WEBFORM_ID"),
        campaign=tuple(mark for mark in utm if mark),
        lost_reason=text(row, lost_reason_field, lost_reason_field.replace("ufCrm_", "UF_CRM_")),
        east=_east(row, "updatedTime", "DATE_MODIFY"),
    )


def text(row: Row, *names: str) -> str:
    """Return the first of the named values that is there, as text on one line."""
    value = _first(row, *names)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def id_in(row: Row, *names: str) -> str:
    """Return an id; zero is none."""
    found = text(row, *names)
    return found if found.isascii() and found.isdigit() and found.strip("0") else ""


def moment(row: Row, *names: str) -> datetime | None:
    """Return a point in time, or ``None`` for what does not say its offset."""
    at = _written(row, *names)
    try:
        return at.astimezone(UTC) if at is not None else None
    except OverflowError:
        return None


def _written(row: Row, *names: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text(row, *names))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _east(row: Row, *names: str) -> timedelta:
    at = _written(row, *names)
    return (at.utcoffset() if at is not None else None) or timedelta(0)


def _first(row: Row, *names: str) -> JsonValue:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _amount(value: JsonValue) -> Decimal | None:
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount and abs(amount.adjusted()) < _DIGITS else None


def _reachable(row: Row, kind: str) -> tuple[str, ...]:
    """Return telephone numbers or addresses: ``fm`` of the new methods, ``PHONE`` and ``EMAIL`` of the old."""
    fm, old = row.get("fm"), row.get(kind)
    rows = [each for each in fm if isinstance(each, dict)] if isinstance(fm, list) else []
    found = [text(each, "value", "VALUE") for each in rows if text(each, "typeId", "TYPE_ID") == kind]
    if isinstance(old, list):
        found += [text(each, "VALUE") for each in old if isinstance(each, dict)]
    return tuple(dict.fromkeys(value for value in found if value))[:_CONTACTS]
