"""A problem as the card tells it: the facts of a call, in the hub's words and of bounded size."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Severity
from hub_plugin_zabbix.call import Phase, Subject, ZabbixCall

_SHORT = 250
_LONG = 1000
_MOST_TAGS = 20
#: Zabbix's own templates say with these tags what sort of problem it is.
_SORTS = ("scope", "class", "component")
#: ``{EVENT.NSEVERITY}``: the names can be changed, the numbers cannot.
_SEVERITIES = {
    "0": Severity.INFO,
    "1": Severity.INFO,
    "2": Severity.WARNING,
    "3": Severity.ERROR,
    "4": Severity.CRITICAL,
    "5": Severity.CRITICAL,
}


class Problem(BaseModel):
    """A problem of a trigger or a service, or what Zabbix cannot do itself.

    Attributes:
        sort: the sender's own word for the severity, and what sort of problem it is.
        data: operational data; may be a stack trace.
        url: its page in Zabbix.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: Subject
    event_id: str
    title: str
    severity: Severity
    sort: str = ""
    server: str = ""
    service: str = ""
    item: str = ""
    data: str = ""
    description: str = ""
    cause: str = ""
    url: str = ""
    runbook: str = ""
    started_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None

    @property
    def thread(self) -> str:
        """The thread of its card."""
        return f"{self.subject}:{self.event_id}"

    @property
    def can_be_acknowledged(self) -> bool:
        """Whether Zabbix lets people do something about it."""
        return self.subject is Subject.PROBLEM and self.resolved_at is None


def problem_of(call: ZabbixCall, *, zone: ZoneInfo, frontend: str, received_at: datetime) -> Problem:
    """Return what *call* tells of a problem.

    Args:
        frontend: where people open Zabbix; what the call says counts when it is empty.
    """
    service = call.subject is Subject.SERVICE
    internal = call.subject is Subject.INTERNAL
    opened = call.host_name or call.host_host
    title = (call.alert_subject if internal else call.event_name) or call.alert_subject or call.event_name
    is_over = call.phase is Phase.RECOVERY
    return Problem(
        subject=call.subject,
        event_id=call.event_id,
        title=_cut(_with_host(title, opened), _SHORT),
        severity=severity_of(call),
        sort=_cut(_sort(call), _SHORT),
        server=_cut(_server(call), _SHORT),
        service=_cut(call.service_name, _SHORT),
        item=_cut(call.item_name, _SHORT) if internal else "",
        data=_cut(call.event_opdata or ("" if internal else _last_value(call)), _LONG),
        description=_cut(_description(call), _LONG),
        cause=_cut(call.service_rootcause if service else call.event_cause_name, _SHORT),
        url=_page(frontend or call.zabbix_url, call),
        runbook=http_url(call.trigger_url),
        started_at=call.started_at(zone),
        resolved_at=(call.recovered_at(zone) or received_at) if is_over else None,
    )


def severity_of(call: ZabbixCall) -> Severity:
    """Return how bad it is now."""
    return _SEVERITIES.get(call.event_update_nseverity or call.event_nseverity, Severity.WARNING)


def labels_of(call: ZabbixCall, endpoint: str) -> dict[str, str]:
    """Return what routes can match: the tags of the event, what is known of its place, and the address it came to."""
    own = {
        "severity": call.event_severity,
        "host": call.host_host or call.host_name,
        "hostgroups": call.trigger_hostgroups,
        "service": call.service_name,
        "action": call.action_name,
        "recipient": call.recipient,
        "endpoint": endpoint,
    }
    tags = {tag[:100]: value for tag, value in call.tags[:_MOST_TAGS] if tag}
    return {
        name: _cut(value, _SHORT) for name, value in {**tags, **{k: v for k, v in own.items() if v}}.items()
    }


def http_url(url: str) -> str:
    """Return *url*, or nothing when that is no ``http(s)`` address."""
    if not url.isprintable() or " " in url or len(url) > _LONG:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def _page(base: str, call: ZabbixCall) -> str:
    if call.subject is not Subject.PROBLEM or not call.trigger_id:
        return ""
    query = urlencode({"triggerid": call.trigger_id, "eventid": call.event_id})
    return http_url(f"{base.rstrip('/')}/tr_events.php?{query}")


def _with_host(title: str, host: str) -> str:
    return f"{title} ({host})" if host and host not in title else title


def _server(call: ZabbixCall) -> str:
    names = dict.fromkeys((call.host_name, call.host_host, call.host_ip))
    return ", ".join(name for name in names if name)


def _sort(call: ZabbixCall) -> str:
    tags = [value for name in _SORTS for tag, value in call.tags if tag == name and value]
    return ", ".join([word for word in (call.event_update_severity or call.event_severity,) if word] + tags)


def _last_value(call: ZabbixCall) -> str:
    return f"{call.item_name}: {call.item_lastvalue}" if call.item_name and call.item_lastvalue else ""


def _description(call: ZabbixCall) -> str:
    match call.subject:
        case Subject.PROBLEM:
            return call.trigger_description
        case Subject.INTERNAL:
            return call.event_name if call.event_name != call.alert_subject else call.alert_message
        case _:
            return ""


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
