"""Settings of the tasks plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from hub.plugin import PluginSettings

_UNITS: Mapping[str, timedelta] = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_CRON = r"^\S+( \S+){4}$"
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Topic(StrEnum):
    """What people can be told of."""

    STATUS = "status"
    DEADLINE = "deadline"
    RESPONSIBLE = "responsible"
    PARTICIPANTS = "participants"
    COMMENT = "comment"


def _length(value: Any) -> Any:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhdw])", value) if isinstance(value, str) else None
    return int(found[1]) * _UNITS[found[2]] if found else value


def _length_or_none(value: Any) -> Any:
    return None if value == "" else _length(value)


_Length = Annotated[timedelta, BeforeValidator(_length), Field(gt=timedelta(0))]
_LengthOrNone = Annotated[timedelta | None, BeforeValidator(_length_or_none)]


class TasksSettings(PluginSettings):
    """Settings under ``[plugins.tasks]``."""

    settle: _Length = Field(
        timedelta(seconds=20), description="Changes of a task within this time are one message, e.g. '20s'."
    )
    changes: tuple[Topic, ...] = Field(
        tuple(Topic), description="What is told: status, deadline, responsible, participants, comment."
    )
    groups: tuple[int, ...] = Field(
        (), description="Only tasks of these projects, by number; [] = all tasks, those of no project too."
    )
    overdue_cron: str = Field(
        "0 * * * *", pattern=_CRON, description="When to look for overdue tasks, five cron fields."
    )
    overdue_repeat: _Length = Field(
        timedelta(days=1), description="How often an overdue task is told again, e.g. '1d'."
    )
    due_soon: _LengthOrNone = Field(
        timedelta(hours=24),
        description="Remind so long before a deadline, e.g. '24h'; '' = no reminder.",
    )
    workdays: bool = Field(
        False,
        description="Count days overdue, postpone and remind in working days, Monday to Friday.",
    )
    working_hours: str = Field(
        "09:00-18:00",
        description="Reminders only come at these hours of the reader's day; '' = at any hour.",
    )
    digest_from: int = Field(
        4, ge=2, le=1000, description="From so many tasks at once a person gets one digest."
    )

    @field_validator("working_hours")
    @classmethod
    def _from_before_to(cls, value: str) -> str:
        found = _HOURS.fullmatch(value)
        if value and (found is None or value[:5] >= value[6:]):
            raise ValueError("working_hours are written '09:00-18:00', the earlier hour first, or ''")
        return value

    @property
    def hours(self) -> tuple[time, time] | None:
        """The working hours; ``None`` = all."""
        if not self.working_hours:
            return None
        begin, end = self.working_hours.split("-")
        return time.fromisoformat(begin), time.fromisoformat(end)
