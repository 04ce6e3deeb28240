"""Settings of the CRM plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hub.plugin import PluginSettings

_UNITS: Mapping[str, timedelta] = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_CRON = r"^\S+( \S+){4}$"
#: What stands for people in a rule; anything else there is an address.
RESPONSIBLE, SUPERVISOR = "responsible", "supervisor"


class About(StrEnum):
    """What a notification is about, as rules name it."""

    NEW = "new"
    REMINDER = "reminder"
    STAGE = "stage"
    WON = "won"
    LOST = "lost"
    ASSIGNED = "assigned"
    STALE = "stale"


def _length(value: Any) -> Any:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", value) if isinstance(value, str) else None
    return int(found[1]) * _UNITS[found[2]] if found else value


_Length = Annotated[timedelta, BeforeValidator(_length), Field(gt=timedelta(0))]


class Rule(BaseModel):
    """One table under ``[[plugins.crm.rules]]``: who gets what. Conditions that are left out hold for everything."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    about: tuple[About, ...] = Field((), description="new, reminder, stage, won, lost, assigned, stale.")
    objects: tuple[str, ...] = Field(
        (), description="'lead', 'deal' or the number of a smart process, for example '177'."
    )
    funnel: str = Field("", description="Name or number of the funnel; the default one has the number 0.")
    stages: tuple[str, ...] = Field(
        (), description="Names or ids of stages, for example ['Won', 'C1:NEW']; of a change, the new one."
    )
    min_amount: Decimal | None = Field(None, description="Smallest amount, in the object's own currency.")
    currency: str = Field("", description="Only amounts in this currency, for example 'EUR'.")
    to: tuple[str, ...] = Field(
        description="Addresses, 'responsible' and 'supervisor' among them; [] = nobody is told."
    )


class CrmSettings(PluginSettings):
    """Settings under ``[plugins.crm]``."""

    lead_reminder: _Length = Field(
        timedelta(minutes=30),
        description="A lead nobody takes for so long is shown to the supervisor, e.g. '30m'.",
    )
    lead_taken_status: str = Field(
        "IN_PROCESS", min_length=1, description="Id of the status a lead gets when somebody takes it."
    )
    taken_comment: str = Field(
        "Taken into work from the chat: {name}",
        description="Written into the timeline of a lead that was taken; {name} is who did it; empty = nothing.",
    )
    stale_days: int = Field(
        7, ge=1, le=3650, description="Days without activity after which a deal is in the digest."
    )
    stale_days_by_funnel: dict[str, Annotated[int, Field(ge=1, le=3650)]] = Field(
        default_factory=dict,
        description='Other days for single funnels, by name or number: { "1" = 14 }.',
    )
    stale_lead_days: int = Field(
        1, ge=1, le=3650, description="Days after which a lead still in its first status is in the digest."
    )
    stale_cron: str = Field(
        "0 * * * *", pattern=_CRON, description="When to look for them, five cron fields."
    )
    summary_cron: str = Field(
        "0 9 * * 1", pattern=_CRON, description="When supervisors get their summary of them."
    )
    remind_at: time = Field(
        time(9),
        description="When a deal that was put off until tomorrow comes back, in the zone of whoever put it off.",
    )
    activity_text: str = Field(
        "Get in touch with the client",
        min_length=1,
        description="Text of the activity that the button adds to a deal.",
    )
    notify_lost: bool = Field(False, description="Tell the supervisor about lost deals.")
    lost_reason_field: str = Field(
        "",
        description="Field of a deal that holds the reason, e.g. 'ufCrm_1721244482'; shown beside the stage.",
    )
    won_chat: str = Field(
        "", description="Told about every won deal for which no rule says who is told, e.g. 'chat:1157'."
    )
    entity_types: tuple[int, ...] = Field(
        (), description="Smart processes whose stages are told, by number: [177]."
    )
    phone_region: str = Field(
        "RU", pattern=r"^[A-Z]{2}$", description="Country of telephone numbers that do not say theirs."
    )
    rules: tuple[Rule, ...] = Field((), description="Who gets what; the first rule that matches counts.")

    @model_validator(mode="after")
    def _types_are_smart_processes(self) -> CrmSettings:
        if any(number < 31 for number in self.entity_types):
            raise ValueError(
                "entity_types are numbers of smart processes, 31 or 128 and above; leads and deals are always told"
            )
        if len(set(self.entity_types)) < len(self.entity_types):
            raise ValueError("entity_types has a number twice")
        try:
            self.taken_comment.format(name="")
        except (LookupError, ValueError) as exc:
            raise ValueError("taken_comment: only {name} may stand in braces") from exc
        return self
