"""One call of the media type: what its parameters say, and what kind of event they are about."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from hub.plugin import InboundRequest, InvalidPayload

#: A macro that means nothing for the event, or has no value, stays as it is written.
_UNRESOLVED = re.compile(r"\{[$A-Z][A-Z0-9_.$:]*\}|\*[A-Z]+\*")
_MOST = 4000


class Subject(StrEnum):
    """What an event is about."""

    TEST = "test"
    PROBLEM = "problem"
    DISCOVERY = "discovery"
    AUTOREGISTRATION = "autoregistration"
    INTERNAL = "internal"
    SERVICE = "service"


class Phase(StrEnum):
    """Where in its life the thing is that an event is about."""

    PROBLEM = "problem"
    UPDATE = "update"
    RECOVERY = "recovery"


#: ``{EVENT.SOURCE}``; nothing stands there when somebody presses "Test".
_SUBJECTS = {
    "": Subject.TEST,
    "0": Subject.PROBLEM,
    "1": Subject.DISCOVERY,
    "2": Subject.AUTOREGISTRATION,
    "3": Subject.INTERNAL,
    "4": Subject.SERVICE,
}


def _resolved(value: object) -> object:
    """Return what a macro says; our script sends text only, others' numbers and nothing are text as well."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    return "" if _UNRESOLVED.fullmatch(text) else text[:_MOST]


def _known(text: str) -> str:
    return "" if text == "UNKNOWN" else text


Macro = Annotated[str, BeforeValidator(_resolved)]
#: A macro of a host or device, for which Zabbix writes this word where there is none.
Place = Annotated[Macro, AfterValidator(_known)]


class Update(BaseModel):
    """What ``{EVENT.UPDATE.ACTIONJSON}`` says; Zabbix 6 has no such macro.

    ``suppress_until`` is a Unix time, 0 = until somebody ends it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    acknowledge: bool = False
    unacknowledge: bool = False
    close: bool = False
    severity: dict[str, Any] | None = None
    suppress_until: int | None = None
    unsuppress: bool = False


class ZabbixCall(BaseModel):
    """The parameters of our media type, as far as the plugin uses them; unresolved macros are empty."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    body_schema: Literal["", "zabbix-hub/1"] = Field("", alias="schema")
    event_source: Macro
    event_id: Macro
    zabbix_url: Macro = ""
    recipient: Macro = ""
    alert_subject: Macro = ""
    alert_message: Macro = ""
    action_name: Macro = ""
    event_object: Macro = ""
    event_value: Macro = ""
    event_name: Macro = ""
    event_date: Macro = ""
    event_time: Macro = ""
    event_timestamp: Macro = ""
    event_nseverity: Macro = ""
    event_severity: Macro = ""
    event_opdata: Macro = ""
    event_tags: Macro = ""
    event_update_status: Macro = ""
    event_update_action: Macro = ""
    event_update_actionjson: Macro = ""
    event_update_message: Macro = ""
    event_update_nseverity: Macro = ""
    event_update_severity: Macro = ""
    event_update_date: Macro = ""
    event_update_time: Macro = ""
    event_update_timestamp: Macro = ""
    user_fullname: Macro = ""
    user_username: Macro = ""
    event_recovery_id: Macro = ""
    event_recovery_date: Macro = ""
    event_recovery_time: Macro = ""
    event_recovery_timestamp: Macro = ""
    event_cause_name: Macro = ""
    trigger_id: Macro = ""
    trigger_description: Macro = ""
    trigger_url: Macro = ""
    trigger_hostgroups: Macro = ""
    host_host: Place = ""
    host_name: Place = ""
    host_ip: Place = ""
    item_name: Macro = ""
    item_lastvalue: Macro = ""
    service_name: Macro = ""
    service_rootcause: Macro = ""
    service_tags: Macro = ""
    discovery_rule: Macro = ""
    discovery_device_ip: Macro = ""
    discovery_device_dns: Place = ""
    discovery_device_status: Macro = ""
    discovery_service_name: Macro = ""
    discovery_service_port: Macro = ""
    discovery_service_status: Macro = ""

    @property
    def subject(self) -> Subject:
        """What the event is about."""
        return _SUBJECTS[self.event_source]

    @property
    def phase(self) -> Phase:
        """What is told; an update of a resolved problem has the value of a recovery, so updates come first."""
        if self.event_update_status == "1":
            return Phase.UPDATE
        return Phase.RECOVERY if self.event_value == "0" else Phase.PROBLEM

    @property
    def device(self) -> str:
        """The address that was discovered, with the service where it is about one."""
        if self.event_object == "2":
            return f"{self.discovery_device_ip} {self.discovery_service_name}:{self.discovery_service_port}"
        return self.discovery_device_ip

    @property
    def device_status(self) -> str:
        """``UP`` or ``DOWN``, of the service where it is about one."""
        return self.discovery_service_status if self.event_object == "2" else self.discovery_device_status

    @property
    def tags(self) -> list[tuple[str, str]]:
        """The tags of the event, or of the service."""
        return list(_tags(self.event_tags)) + list(_tags(self.service_tags))

    @property
    def update(self) -> Update | None:
        """What was done in an update, where this Zabbix says it for programs."""
        try:
            return Update.model_validate_json(self.event_update_actionjson)
        except ValidationError:
            return None

    def started_at(self, zone: ZoneInfo) -> datetime | None:
        """Return when the event began."""
        return _moment(self.event_timestamp, self.event_date, self.event_time, zone)

    def updated_at(self, zone: ZoneInfo) -> datetime | None:
        """Return when the update was made."""
        return _moment(self.event_update_timestamp, self.event_update_date, self.event_update_time, zone)

    def recovered_at(self, zone: ZoneInfo) -> datetime | None:
        """Return when it was over."""
        return _moment(
            self.event_recovery_timestamp, self.event_recovery_date, self.event_recovery_time, zone
        )

    def key(self) -> str:
        """Return what every repeat of this call to the same recipient has in common with it.

        An escalation that repeats a problem sends the same event id again.
        """
        told = {
            Phase.PROBLEM: [],
            Phase.RECOVERY: [self.event_recovery_id],
            Phase.UPDATE: [
                self.event_update_timestamp or f"{self.event_update_date} {self.event_update_time}",
                self.event_update_action,
                self.event_update_actionjson,
                self.event_update_message,
                self.event_update_nseverity,
                self.user_username,
            ],
        }[self.phase]
        return f"{self.event_id}:{self.phase}:{_digest(told)}" if told else f"{self.event_id}:{self.phase}"

    def row_key(self, endpoint: str) -> str:
        """Return :meth:`key` with the recipient and the endpoint: an escalation tells others the same."""
        told_to = [self.recipient, endpoint] if endpoint else [self.recipient]
        return f"{self.key()}:{_digest(told_to)}"


def read(request: InboundRequest) -> ZabbixCall:
    """Read the body.

    Raises:
        InvalidPayload: not JSON (status 400), or not what the media type sends (status 422).
    """
    call = request.json_as(ZabbixCall)
    if call.event_source not in _SUBJECTS:
        raise InvalidPayload("event_source: unknown; known are 0 to 4", status=422)
    if call.subject is not Subject.TEST and not (call.event_id.isascii() and call.event_id.isdigit()):
        raise InvalidPayload("event_id: is no number", status=422)
    if len(call.event_id) > 20:
        raise InvalidPayload("event_id: is too long", status=422)
    return call


def _tags(text: str) -> list[tuple[str, str]]:
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
    if not isinstance(found, list):
        return []
    return [
        (tag["tag"], str(tag.get("value", "")))
        for tag in found
        if isinstance(tag, dict) and isinstance(tag.get("tag"), str)
    ]


def _moment(timestamp: str, date: str, time: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment; older servers tell only the wall clock."""
    try:
        if timestamp:
            return datetime.fromtimestamp(int(timestamp), UTC)
        wall = datetime.strptime(f"{date} {time}", "%Y.%m.%d %H:%M:%S")  # noqa: DTZ007 - the zone follows
        return wall.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]
