"""From the alerts of one message to the one card their group has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from hub.plugin import (
    Action,
    Duration,
    FieldRow,
    Mode,
    Moment,
    Notification,
    ProblemState,
    Severity,
    T,
    Words,
    field,
)
from hub_plugin_alertmanager.links import alertmanager_page
from hub_plugin_alertmanager.memory import News
from hub_plugin_alertmanager.parse import AlertEvent, Group

_ROWS = 10
_NAMES = 3
_LABELS = 8
#: Labels that the rest of the card tells already.
_TOLD_ELSEWHERE = frozenset({"alertname", "rulename", "severity", "instance", "receiver", "endpoint"})


def tell(alerts: Sequence[AlertEvent], news: News, *, to: tuple[str, ...]) -> Notification:
    """Return the card of a group after a message with *alerts* (at least one).

    The key says what the message says; in a later generation of the group, which one that is, too.
    """
    group = alerts[0].group
    firing = sorted((alert for alert in alerts if alert.firing), key=_worst_then_newest)
    resolved = sorted((alert for alert in alerts if not alert.firing), key=_worst_then_newest)
    leading = firing or resolved
    return Notification(
        key=f"alerts:{group.content_key}{_generation(news)}",
        kind="alertmanager.firing" if firing else "alertmanager.resolved",
        title=_title(leading, group),
        text=_shared(alert.text for alert in firing),
        severity=firing[0].severity if firing else Severity.INFO,
        url=_url(leading, group),
        fields=tuple(_single(alerts[0]) if is_single(alerts) else _several([*firing, *resolved], group)),
        actions=tuple(_actions(leading, group)),
        labels=_own_word(leading[0]) | group.labels,
        to=to,
        thread=group.thread,
        mode=Mode.OPEN if firing else Mode.UPDATE,
        loud=news.loud,
        problem=_state(firing, group),
        occurred_at=_occurred_at(leading, news),
    )


def is_single(alerts: Sequence[AlertEvent]) -> bool:
    """Say whether the card is about one alert, and not about a group."""
    return len(alerts) == 1 and not alerts[0].group.truncated


def _state(firing: Sequence[AlertEvent], group: Group) -> ProblemState | None:
    if group.is_test:
        return None
    return ProblemState.OPEN if firing else ProblemState.OVER


def _generation(news: News) -> str:
    return f"@{news.returned_at.isoformat()}" if news.returned_at else ""


def _occurred_at(leading: Sequence[AlertEvent], news: News) -> datetime:
    """Return when it happened; what came back is newer than the resolution before, whatever its start says."""
    times = [alert.occurred_at for alert in leading]
    return max([*times, news.returned_at] if news.returned_at else times)


def _title(leading: Sequence[AlertEvent], group: Group) -> Words:
    first, n = leading[0], len(leading) + group.truncated
    if group.is_test:
        return T("Test message from Grafana: {summary}", summary=first.title)
    if n == 1:
        return first.title if first.firing else T("Resolved: {summary}", summary=first.title)
    names = list(dict.fromkeys(alert.name or alert.title for alert in leading))
    name = ", ".join(names[:_NAMES]) + ("…" if len(names) > _NAMES else "")
    if first.firing:
        return T("{n} alert: {name}", "{n} alerts: {name}", n=n, name=name)
    return T("Resolved: {n} alert: {name}", "Resolved: {n} alerts: {name}", n=n, name=name)


def _single(alert: AlertEvent) -> Iterator[FieldRow]:
    if host := alert.labels.get("instance"):
        yield field(T("Host"), host)
    yield field(T("Since"), Moment(at=alert.starts_at))
    if alert.ends_at:
        yield field(T("Resolved at"), Moment(at=alert.ends_at))
        yield field(T("Lasted"), _length(alert))
    if alert.values:
        yield field(T("Values"), ", ".join(f"{name} = {value:g}" for name, value in alert.values.items()))
    yield from _labels(alert.labels)


def _several(alerts: Sequence[AlertEvent], group: Group) -> Iterator[FieldRow]:
    firing = sum(alert.firing for alert in alerts)
    if 0 < firing < len(alerts):
        told = T("{firing} firing, {resolved} resolved", firing=firing, resolved=len(alerts) - firing)
        yield field(T("Alerts"), told)
    for alert in alerts[:_ROWS]:
        if alert.firing:
            value = T("{alert}, since {time}", alert=_what(alert), time=Moment(at=alert.starts_at))
            yield field(T("Firing"), value)
        else:
            yield field(T("Resolved"), T("{alert}, lasted {time}", alert=_what(alert), time=_length(alert)))
    if (n := len(alerts) - _ROWS) > 0:
        yield field(T("Others"), T("and {n} more", "and {n} more", n=n))
    if n := group.truncated:
        sender = "Grafana" if group.is_grafana else "Alertmanager"
        told = T("and {n} more not sent by {sender}", "and {n} more not sent by {sender}", n=n, sender=sender)
        yield field(T("Others"), told)
    yield from _labels(group.labels)


def _what(alert: AlertEvent) -> str:
    """Return the alert's title with its host, unless that is in it already."""
    host = alert.labels.get("instance", "")
    return alert.title if host.split(":")[0] in alert.title else f"{alert.title} ({host})"


def _labels(labels: Mapping[str, str]) -> Iterator[FieldRow]:
    told = [
        f"{name}={value}"
        for name, value in sorted(labels.items())
        if name not in _TOLD_ELSEWHERE and not name.startswith("__")
    ]
    if told:
        yield field(T("Labels"), ", ".join(told[:_LABELS]) + ("…" if len(told) > _LABELS else ""))


def _actions(leading: Sequence[AlertEvent], group: Group) -> Iterator[Action]:
    links = [alert.links for alert in leading]
    firing = leading[0].firing
    if url := _shared(each.panel for each in links):
        yield Action(label=T("Open panel"), url=url)
    if url := _shared(each.dashboard for each in links):
        yield Action(label=T("Open dashboard"), url=url)
    if firing and (url := _shared(each.silence for each in links)):
        yield Action(label=T("Silence in Grafana"), url=url)
    if not group.is_grafana and (url := alertmanager_page(group.external_url, group.group_labels)):
        yield Action(label=T("Open in Alertmanager"), url=url)
    if url := _shared(each.runbook for each in links):
        yield Action(label=T("Runbook"), url=url)


def _url(leading: Sequence[AlertEvent], group: Group) -> str:
    if url := _shared(alert.links.generator for alert in leading):
        return url
    if group.is_grafana:
        return group.external_url
    return alertmanager_page(group.external_url, group.group_labels)


def _own_word(alert: AlertEvent) -> dict[str, str]:
    """Return the sender's own severity, for routes; the alerts of a group need not share one."""
    return {"severity": alert.labels["severity"]} if "severity" in alert.labels else {}


def _shared(values: Iterable[str]) -> str:
    """Return what all *values* are, or nothing when they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def _length(alert: AlertEvent) -> Duration:
    """Return how long the alert fired; clocks that disagree must not make it negative."""
    length = (alert.ends_at or alert.starts_at) - alert.starts_at
    return Duration(length=max(length, timedelta()))


def _worst_then_newest(alert: AlertEvent) -> tuple[int, float]:
    return -alert.severity.rank, -alert.occurred_at.timestamp()
