"""From a webhook call to items to keep, and from an item to events."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from hub.plugin import EventKind, InboundEvent, InboundRequest, Item, Receipt, Severity
from hub_plugin_alertmanager.links import Links, http_url, links_of
from hub_plugin_alertmanager.payload import Alert, Message, read, thread_of

#: Prometheus' "the pipeline works" alert: it always fires and says nothing to people.
_WATCHDOG = "Watchdog"
#: What the test button of a Grafana contact point sends, each time in a new group.
_GRAFANA_TEST = "TestAlert"
#: Long enough for a quick retry or a twin, shorter than an alert needs to end and to come back.
_BUCKET_SECONDS = 10
#: Characters that are told of what rules say.
_TITLE, _TEXT = 500, 4000


class Group(BaseModel):
    """What a message says about its group as a whole, and when it was received."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    thread: str
    content_key: str
    received_at: datetime
    is_grafana: bool
    is_test: bool
    labels: dict[str, str]
    group_labels: dict[str, str]
    external_url: str
    truncated: int


class AlertEvent(InboundEvent):
    """One alert, with the group it came in; ``notify`` gets the very objects that ``parse`` returns.

    Attributes:
        own_labels: the alert's, without what the plugin adds to ``labels``.
    """

    group: Group
    name: str
    starts_at: datetime
    ends_at: datetime | None
    links: Links
    fingerprint: str
    own_labels: dict[str, str]
    values: dict[str, float]

    @property
    def firing(self) -> bool:
        """Whether it is a problem now."""
        return self.ends_at is None


def accept(request: InboundRequest, *, watched: bool = False) -> Receipt:
    """Keep the message as one item; a retry and the twin of an HA pair are duplicates.

    The same words may mean something again later, so the key holds the time of arrival in steps of ten
    seconds; ``notify``, which remembers what was told, judges the rest.

    Args:
        watched: keep the Watchdog alert as well.

    Raises:
        InvalidPayload: not JSON (status 400), or not a body of Alertmanager or Grafana (status 422).
    """
    message = read(request)
    if not any(_is_shown(alert) for alert in message.alerts):
        if watched and _watchdog_fires(message):
            beat = f"watchdog:{int(request.received_at.timestamp())}"
            return Receipt(items=(Item(key=beat, group=_WATCHDOG),))
        return Receipt(reason="only the Watchdog alert, which is not shown")
    endpoint = _endpoint(request)
    key = f"{message.content_key(endpoint)}:{int(request.received_at.timestamp()) // _BUCKET_SECONDS}"
    return Receipt(items=(Item(key=key, group=thread_of(message.group_key, endpoint)),))


def parse(request: InboundRequest) -> list[AlertEvent]:
    """Read one message; it carries one event for each alert that is shown."""
    message = read(request)
    group = _group(message, request)
    return [_event(alert, message, group, request) for alert in message.alerts if _is_shown(alert)]


def parse_watched(request: InboundRequest) -> list[InboundEvent]:
    """Read one message as :func:`parse` does, with one event more where the Watchdog fires."""
    events: list[InboundEvent] = [*parse(request)]
    if _watchdog_fires(read(request)):
        events.append(
            InboundEvent(
                event_id=_WATCHDOG,
                kind=EventKind.MESSAGE,
                severity=Severity.INFO,
                title=_WATCHDOG,
                occurred_at=request.received_at,
            )
        )
    return events


def _group(message: Message, request: InboundRequest) -> Group:
    endpoint = _endpoint(request)
    names = {"receiver": message.receiver_name, "endpoint": endpoint}
    labels = {**message.common_labels, **message.group_labels}
    return Group(
        thread=thread_of(message.group_key, endpoint),
        content_key=message.content_key(endpoint),
        received_at=request.received_at,
        is_grafana=message.is_grafana,
        is_test=message.is_grafana
        and all(alert.labels.get("alertname") == _GRAFANA_TEST for alert in message.alerts),
        labels=labels | {name: value for name, value in names.items() if value},
        group_labels=message.group_labels,
        external_url=http_url(message.external_url),
        truncated=message.truncated or 0,
    )


def _event(alert: Alert, message: Message, group: Group, request: InboundRequest) -> AlertEvent:
    starts_at = alert.starts_at or request.received_at
    ends_at = (alert.ends_at or request.received_at) if alert.status == "resolved" else None
    summary, *rest = _words(alert)
    links = links_of(alert, message)
    own = {name: group.labels[name] for name in ("receiver", "endpoint") if name in group.labels}
    return AlertEvent(
        event_id=alert.episode,
        kind=_kind(alert, group),
        severity=Severity.read(alert.labels.get("severity")),
        title=_cut(" ".join(summary.split()), _TITLE),
        text=_cut(next((text for text in rest if text != summary), ""), _TEXT),
        occurred_at=ends_at or starts_at,
        url=links.generator or None,
        labels=alert.labels | own,
        group=group,
        name=alert.name,
        starts_at=starts_at,
        ends_at=ends_at,
        links=links,
        fingerprint=alert.identity,
        own_labels=alert.labels,
        values=alert.values,
    )


def _words(alert: Alert) -> list[str]:
    """Return what describes the alert, the shortest form first; never empty."""
    told = [alert.annotations.get(name, "").strip() for name in ("summary", "description", "message")]
    return [text for text in told if text] or [alert.name or alert.identity]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _kind(alert: Alert, group: Group) -> EventKind:
    if group.is_test:
        return EventKind.MESSAGE
    return EventKind.PROBLEM if alert.status == "firing" else EventKind.RECOVERY


def _is_shown(alert: Alert) -> bool:
    return alert.labels.get("alertname") != _WATCHDOG


def _watchdog_fires(message: Message) -> bool:
    return any(not _is_shown(alert) and alert.status == "firing" for alert in message.alerts)


def _endpoint(request: InboundRequest) -> str:
    return request.path_params.get("endpoint", "")
