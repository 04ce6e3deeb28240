"""From a call of the media type to one event in the hub's words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime

from hub.plugin import Answer, EventKind, InboundEvent, InboundRequest, Item, Receipt
from hub_plugin_zabbix.call import Phase, Subject, ZabbixCall, read
from hub_plugin_zabbix.problem import labels_of, severity_of

#: A repeated try of the media type's "Test" is told again, a retry of the same is not.
_ONE_TEST = 10
_ADDRESS = re.compile(r"[a-z][a-z0-9-]*:\S+")
_KINDS = {
    Phase.PROBLEM: EventKind.PROBLEM,
    Phase.UPDATE: EventKind.UPDATE,
    Phase.RECOVERY: EventKind.RECOVERY,
}


class ZabbixEvent(InboundEvent):
    """An event with the call that tells it.

    Attributes:
        to: the addresses that "Send to" names.
    """

    call: ZabbixCall
    to: tuple[str, ...]
    received_at: AwareDatetime


def accept(request: InboundRequest) -> Receipt:
    """Keep the call, each event and phase once for a recipient, and answer ``{}``.

    Calls about one thing are processed in their order.

    Raises:
        InvalidPayload: it is none of our media type.
    """
    call, endpoint = read(request), request.path_params.get("endpoint", "")
    match call.subject:
        case Subject.TEST:
            tried = int(request.received_at.timestamp()) // _ONE_TEST
            key, group = f"test:{hashlib.sha256(request.body).hexdigest()[:16]}:{tried}", None
        case Subject.DISCOVERY:
            key, group = call.row_key(endpoint), f"device:{call.device[:200]}"
        case _:
            key, group = call.row_key(endpoint), f"event:{call.event_id}"
    return Receipt(items=(Item(key=key, group=group),), answer=Answer.json({}))


def parser(zone: ZoneInfo) -> Callable[[InboundRequest], Sequence[ZabbixEvent]]:
    """Return what reads a stored call of a server whose clock is in *zone*."""

    def parse(request: InboundRequest) -> Sequence[ZabbixEvent]:
        call = read(request)
        has_course = call.subject in {Subject.PROBLEM, Subject.SERVICE, Subject.INTERNAL}
        return [
            ZabbixEvent(
                event_id=call.event_id or "test",
                kind=_KINDS[call.phase] if has_course else EventKind.MESSAGE,
                severity=severity_of(call),
                title=call.event_name or call.alert_subject,
                occurred_at=_at(call, zone) or request.received_at,
                labels=labels_of(call, request.path_params.get("endpoint", "")),
                call=call,
                to=_addresses(call.recipient),
                received_at=request.received_at,
            )
        ]

    return parse


def _at(call: ZabbixCall, zone: ZoneInfo) -> datetime | None:
    match call.phase:
        case Phase.UPDATE:
            return call.updated_at(zone)
        case Phase.RECOVERY:
            return call.recovered_at(zone)
        case _:
            return call.started_at(zone)


def _addresses(recipient: str) -> tuple[str, ...]:
    """Return the addresses in "Send to"; other words there are only a label for routes."""
    found = (part.strip() for part in recipient.split(","))
    return tuple(part for part in found if _ADDRESS.fullmatch(part))
