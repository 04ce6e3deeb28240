"""Cards of what has no course: a test, a discovered device, a host that registered itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from hub.plugin import FieldRow, Moment, Notification, Severity, T, Words, field
from hub_plugin_zabbix.call import Subject, ZabbixCall

_SHORT = 250


def occasion(
    call: ZabbixCall, *, key: str, at: datetime, to: tuple[str, ...], labels: Mapping[str, str]
) -> Notification:
    """Return the card of a *call* about none of the problems; a discovered device has one that is posted anew."""
    is_device = call.subject is Subject.DISCOVERY
    return Notification(
        key=key,
        kind=f"zabbix.{call.subject}",
        title=_title(call),
        text=call.alert_message[:1000] if call.subject is Subject.TEST else "",
        severity=Severity.WARNING if call.subject is Subject.DISCOVERY and _is_down(call) else Severity.INFO,
        fields=tuple(_fields(call, at)),
        labels=dict(labels),
        to=to,
        thread=f"device:{call.device[:_SHORT]}" if is_device else "",
        loud=is_device,
        occurred_at=at,
    )


def _title(call: ZabbixCall) -> Words:
    match call.subject:
        case Subject.TEST:
            return T("Test message from Zabbix: {subject}", subject=call.alert_subject[:_SHORT])
        case Subject.AUTOREGISTRATION:
            return T("New host registered itself: {host}", host=(call.host_host or call.host_ip)[:_SHORT])
        case _ if _is_down(call):
            return T("Discovery: {device} is down", device=call.device[:_SHORT])
        case _:
            return T("Discovery: {device} is up", device=call.device[:_SHORT])


def _is_down(call: ZabbixCall) -> bool:
    return call.device_status in {"DOWN", "LOST"}


def _fields(call: ZabbixCall, at: datetime) -> Iterator[FieldRow]:
    if call.discovery_device_dns:
        yield field(T("Server"), call.discovery_device_dns[:_SHORT])
    if call.subject is Subject.AUTOREGISTRATION and call.host_ip:
        yield field(T("Server"), call.host_ip[:_SHORT])
    if call.discovery_rule:
        yield field(T("Discovery rule"), call.discovery_rule[:_SHORT])
    yield field(T("Time"), Moment(at=at))
