"""The tables ``[[routes]]``, ``[chats.*]``, ``[oncall.*]``, ``[heartbeats.*]`` and ``[[maintenance]]``."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from hub.plugin import Severity
from hub.settings.tables import Table
from hub.settings.types import Address, Duration, WeekHours, Wrong


def _one_or_more(value: object) -> object:
    if isinstance(value, str) and not value.startswith("["):
        return (value,)
    return value


#: One pattern or a list of them; ``*`` and ``?`` stand for anything, as in file names.
Patterns = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]


class Match(Table):
    """Which notifications are meant; what is left out matches all, of a list any one."""

    instance: Patterns = Field((), description="Names of plugin instances.")
    kind: Patterns = Field((), description="Kinds of notifications, e.g. 'crm.lead.*'.")
    severity: Annotated[tuple[Severity, ...], BeforeValidator(_one_or_more)] = Field(
        (), description="info, warning, error or critical."
    )
    labels: dict[str, Patterns] = Field(
        default_factory=dict, description="Labels that must all be there, with their values."
    )


class Route(Table):
    """Who gets what; the first match wins unless ``continue`` is set."""

    match: Match = Field(default_factory=Match, description="Which notifications; without it, all.")
    to: tuple[Address, ...] = Field((), description="Who gets them.")
    mode: Literal["replace", "add", "drop"] = Field(
        "replace", description="Instead of the plugin's own recipients, besides them, or nobody at all."
    )
    continue_: bool = Field(False, alias="continue", description="Look at the routes below as well.")

    @model_validator(mode="after")
    def _says_who(self) -> Route:
        if (self.mode == "drop") == bool(self.to):
            raise Wrong("needs either 'to', or mode = \"drop\" without 'to'")
        return self


class Chat(Table):
    """A group chat that the hub creates on first use; its address is ``chat:NAME``."""

    title: str = Field(min_length=1, max_length=255, description="Title of the chat.")
    users: tuple[Address, ...] = Field(
        min_length=1, description="Who is in it; later ones are taken in, nobody is put out."
    )

    @field_validator("users")
    @classmethod
    def _of_people(cls, users: tuple[str, ...]) -> tuple[str, ...]:
        if any(user.startswith("chat:") for user in users):
            raise Wrong("names people; a chat cannot be a member of a chat")
        return users


class Layer(Table):
    """People who take turns; a later layer wins over an earlier one."""

    users: tuple[Address, ...] = Field(min_length=1, description="Who takes turns, in this order.")
    rotation: Duration = Field(description="How long a turn is, e.g. '1w'.")
    start: datetime = Field(description="When the first turn began, in the schedule's zone.")
    only: WeekHours = Field("", description="Part of the week, e.g. 'mon-fri 09:00-18:00'; empty = always.")

    @field_validator("rotation")
    @classmethod
    def _long_enough(cls, rotation: timedelta) -> timedelta:
        if rotation < timedelta(hours=1):
            raise Wrong("is too short a turn; write at least '1h'")
        return rotation


class Period(Table):
    """Something that lasts from one moment to another; without an offset in the hub's or schedule's zone."""

    starts: datetime = Field(alias="from", description="When it begins.")
    ends: datetime = Field(alias="to", description="When it is over.")

    @model_validator(mode="after")
    def _in_order(self) -> Period:
        if (self.starts.tzinfo is None) != (self.ends.tzinfo is None):
            raise Wrong("'from' and 'to' must both have a UTC offset, or neither")
        if self.starts >= self.ends:
            raise Wrong("'to' must be later than 'from'")
        if self.starts.year < 1970 or self.ends.year > 9998:  # in another zone it may be no time at all
            raise Wrong("'from' and 'to' must lie in the years 1970 to 9998")
        return self


class Override(Period):
    """Somebody stands in, whatever the layers say."""

    user: Address = Field(description="Who stands in.")


class Escalation(Table):
    """Who is told when nobody has acknowledged."""

    after: Duration = Field(description="How long after the first message.")
    to: tuple[Address, ...] = Field(
        min_length=1, description="Who is told; 'supervisor:oncall' = head of whoever was told first."
    )


class OnCall(Table):
    """A duty schedule; its address is ``oncall:NAME``."""

    timezone: ZoneInfo | None = Field(None, description="Zone of the schedule; default: the hub's.")
    layers: tuple[Layer, ...] = Field((), description="Rotations; a later one wins.")
    ical: SecretStr = Field(SecretStr(""), description="File or URL of a calendar, instead of layers.")
    overrides: tuple[Override, ...] = Field((), description="Exceptions to the layers.")
    escalation: tuple[Escalation, ...] = Field((), description="Who is told when nobody acknowledges.")

    @model_validator(mode="after")
    def _one_plan(self) -> OnCall:
        if bool(self.layers) == bool(self.ical.get_secret_value()):
            raise Wrong("needs either 'layers' or 'ical'")
        return self


class Heartbeat(Table):
    """A job that must report to ``/in/heartbeat/NAME``, or somebody is told."""

    token: SecretStr = Field(min_length=1, description="Secret that the job sends as a bearer token.")
    within: Duration = Field(description="How long it may be silent, e.g. '26h'.")
    to: tuple[Address, ...] = Field((), description="Who is told; without it, the fallback.")


class Maintenance(Period):
    """A time in which matching notifications reach nobody."""

    match: Match = Field(default_factory=Match, description="Which notifications; without it, all.")
