"""People, departments, stages and currencies as the hub uses them.

Each record is read from the portal's row and survives being stored as JSON.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class PortalUser(_Record):
    """A person.

    Attributes:
        email: empty when the credentials may not see it.
        time_zone: IANA name; empty for the portal's own.
    """

    id: str
    name: str
    email: str = ""
    active: bool = True
    departments: tuple[str, ...] = ()
    time_zone: str = ""
    position: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> PortalUser:
        """Read a row of ``user.get``."""
        names = (_text(row, "NAME"), _text(row, "LAST_NAME"))
        departments = row.get("UF_DEPARTMENT")
        return cls(
            id=str(row["ID"]),
            name=" ".join(filter(None, names)) or _text(row, "EMAIL") or f"user {row['ID']}",
            email=_text(row, "EMAIL"),
            active=row.get("ACTIVE") in (True, "Y", "1", "true"),
            departments=tuple(map(str, departments)) if isinstance(departments, list) else (),
            time_zone=_text(row, "TIME_ZONE"),
            position=_text(row, "WORK_POSITION"),
        )


class Department(_Record):
    """A department; `parent` and `head` are empty when there is none."""

    id: str
    name: str
    parent: str = ""
    head: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Department:
        """Read a row of ``department.get``."""
        return cls(
            id=str(row["ID"]), name=_text(row, "NAME"), parent=_id(row, "PARENT"), head=_id(row, "UF_HEAD")
        )


class Stage(_Record):
    """A stage of deals, leads or other CRM objects.

    Attributes:
        semantics: P in progress, S success, F failure; names may be anything.
    """

    id: str
    name: str
    semantics: Literal["P", "S", "F"] = "P"
    sort: int = 0
    color: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Stage:
        """Read a row of ``crm.status.list``."""
        semantics = row.get("SEMANTICS")
        return cls(
            id=str(row["STATUS_ID"]),
            name=_text(row, "NAME"),
            semantics=semantics if semantics in ("S", "F") else "P",
            sort=_whole(row, "SORT", 0),
            color=_text(row, "COLOR"),
        )


class Currency(_Record):
    """How the portal writes amounts of one currency.

    Attributes:
        template: ``#`` stands for the number, e.g. ``# €`` or ``$#``.
    """

    code: str
    name: str = ""
    template: str = "#"
    decimal_point: str = "."
    thousands_separator: str = ""
    decimals: int = 2
    base: bool = False

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Currency:
        """Read a row of ``crm.currency.list``."""
        return cls(
            code=str(row["CURRENCY"]),
            name=_text(row, "FULL_NAME"),
            template=_text(row, "FORMAT_STRING") or "#",
            decimal_point=_text(row, "DEC_POINT") or ".",
            thousands_separator=_text(row, "THOUSANDS_SEP"),
            decimals=_whole(row, "DECIMALS", 2),
            base=row.get("BASE") == "Y",
        )

    def format(self, amount: Decimal) -> str:
        """Return *amount* as the portal writes it: ``1 250 000,50 €``."""
        digits = f"{amount:,.{self.decimals}f}"
        marks = {",": self.thousands_separator, ".": self.decimal_point}
        return self.template.replace("#", "".join(marks.get(digit, digit) for digit in digits))


def _text(row: Mapping[str, Any], name: str) -> str:
    """Return a string; names and separators arrive with HTML entities, dates sometimes as ``{}``."""
    value = row.get(name)
    return html.unescape(value) if isinstance(value, str) else ""


def _whole(row: Mapping[str, Any], name: str, default: int) -> int:
    """Return a number, which arrives as text or not at all; anything else counts as missing."""
    try:
        return int(row.get(name, default))
    except (TypeError, ValueError, OverflowError):
        return default


def _id(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return str(value) if value not in (0, "0") and isinstance(value, str | int) else ""
