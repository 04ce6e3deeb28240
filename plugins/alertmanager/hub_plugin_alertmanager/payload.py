"""The webhook body of Alertmanager (version "4") and of Grafana (version "1"), as far as we use it.

Sources: Alertmanager's ``notify/webhook`` and ``template`` packages, Grafana's ``receivers/webhook``.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)

from hub.plugin import InboundRequest, InvalidPayload

_HINT = "not the standard body of Alertmanager or Grafana; the receiver's payload must not be replaced"
#: Alerts that Grafana raises in place of a rule that has no data or cannot be evaluated.
_GRAFANA_FAULTS = frozenset({"DatasourceNoData", "DatasourceError"})
#: What Go's ``regexp.QuoteMeta`` puts a backslash before.
_QUOTED = re.compile(r"\\([\\.+*?()|\[\]{}^$])")


#: So many alerts of a message are read; the rest is counted, as Alertmanager does beyond ``max_alerts``.
_MOST_ALERTS = 500


def _nothing_is_empty(value: object) -> object:
    return {} if value is None else value


def _texts(value: object) -> object:
    """Return labels or annotations; Alertmanager's are text, of others a number or nothing must not cost the alert."""
    if not isinstance(value, dict):
        return _nothing_is_empty(value)
    return {name: _text(each) for name, each in value.items() if each is not None}


def _text(value: object) -> object:
    return json.dumps(value) if isinstance(value, bool | int | float) else value


def _numbers(value: object) -> object:
    """Keep of Grafana's values what a float can hold; a number of 400 digits must not cost the alert."""
    if not isinstance(value, dict):
        return _nothing_is_empty(value)
    return {name: number for name, number in value.items() if _is_number(number)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max  # not true of NaN


def _real_time(value: datetime | None) -> datetime | None:
    """Return UTC, or ``None`` for Go's zero time and for what no clock shows."""
    return value.astimezone(UTC) if value and 1970 <= value.year < 9999 else None


_Map = Annotated[dict[str, str], BeforeValidator(_texts)]
_Values = Annotated[dict[str, float], BeforeValidator(_numbers)]
_Time = Annotated[AwareDatetime | None, AfterValidator(_real_time)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Alert(_Body):
    """One alert; only ``status`` says whether it fires, some senders leave a future ``endsAt``."""

    status: Literal["firing", "resolved"]
    labels: _Map = Field(default_factory=dict)
    annotations: _Map = Field(default_factory=dict)
    starts_at: _Time = Field(None, alias="startsAt")
    ends_at: _Time = Field(None, alias="endsAt")
    fingerprint: str | None = None
    generator_url: str | None = Field(None, alias="generatorURL")
    silence_url: str | None = Field(None, alias="silenceURL")
    dashboard_url: str | None = Field(None, alias="dashboardURL")
    panel_url: str | None = Field(None, alias="panelURL")
    values: _Values = Field(default_factory=dict)

    @property
    def identity(self) -> str:
        """The fingerprint; equal labels have equal identities, over restarts and episodes."""
        return self.fingerprint or _digest(sorted(self.labels.items()))[:16]

    @property
    def episode(self) -> str:
        """One firing of the alert, from its start to its resolution."""
        return f"{self.identity}@{self.starts_at.isoformat() if self.starts_at else ''}"

    @property
    def name(self) -> str:
        """``alertname``, with the rule's name where Grafana reports missing data or an error."""
        name, rule = self.labels.get("alertname", ""), self.labels.get("rulename", "")
        return f"{name}: {rule}" if rule and name in _GRAFANA_FAULTS else name


class Message(_Body):
    """One notification of one alert group."""

    version: Literal["4", "1"]
    group_key: str = Field(alias="groupKey", min_length=1)
    status: Literal["firing", "resolved"]
    alerts: tuple[Alert, ...] = Field(min_length=1)
    receiver: str | None = None
    group_labels: _Map = Field(default_factory=dict, alias="groupLabels")
    common_labels: _Map = Field(default_factory=dict, alias="commonLabels")
    external_url: str | None = Field(None, alias="externalURL")
    truncated: int | None = Field(None, alias="truncatedAlerts", ge=0, lt=2**64)
    org_id: JsonValue = Field(None, alias="orgId")
    state: JsonValue = None

    @model_validator(mode="before")
    @classmethod
    def _count_what_is_too_much(cls, body: Any) -> Any:
        if not isinstance(body, dict) or not isinstance(alerts := body.get("alerts"), list):
            return body
        before = body.get("truncatedAlerts") or 0
        if len(alerts) <= _MOST_ALERTS or not isinstance(before, int):
            return body
        kept = sorted(alerts, key=_has_ended)[:_MOST_ALERTS]  # what fires is not cut for what is over
        return {**body, "alerts": kept, "truncatedAlerts": before + len(alerts) - _MOST_ALERTS}

    @model_validator(mode="after")
    def _version_one_is_grafana(self) -> Message:
        if self.version == "1" and self.org_id is None and self.state is None:
            raise ValueError("version '1' without orgId and state")
        return self

    @property
    def is_grafana(self) -> bool:
        """Whether Grafana sent it."""
        return self.version == "1"

    @property
    def receiver_name(self) -> str:
        """The receiver as configured; it arrives quoted for a regular expression (``team\\.ops``)."""
        return _QUOTED.sub(r"\1", self.receiver or "")

    def content_key(self, endpoint: str) -> str:
        """Return what a repeat of this message has in common with it.

        Reminders, retries, the twin of a highly available pair and an alert that comes back with its old
        start are equal; a new, resolved or newly cut alert makes a difference, and so does another
        receiver of the same group.
        """
        told = sorted((alert.episode, alert.status) for alert in self.alerts)
        return _digest([endpoint, self.receiver, self.group_key, told, self.truncated or 0])[:40]


def read(request: InboundRequest) -> Message:
    """Read the body.

    Raises:
        InvalidPayload: not JSON (status 400), or a body somebody has rewritten (status 422).
    """
    try:
        return request.json_as(Message)
    except InvalidPayload as exc:
        if exc.status != 422:
            raise
        raise InvalidPayload(f"{_HINT} ({exc})", status=422) from exc


def thread_of(group_key: str, endpoint: str) -> str:
    """Return the thread of a group: its key, below the endpoint where there is one."""
    thread = f"{endpoint}:{group_key}" if endpoint else group_key
    return thread if len(thread) <= 500 else f"{thread[:450]}…{_digest(thread)[:40]}"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _has_ended(alert: object) -> bool:
    return isinstance(alert, dict) and alert.get("status") == "resolved"
