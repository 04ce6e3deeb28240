"""The living card of a problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

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
    Value,
    Words,
    code,
    field,
)
from hub_plugin_zabbix.book import Page
from hub_plugin_zabbix.deeds import Deed, Standing
from hub_plugin_zabbix.problem import Problem

#: The commands behind the buttons.
ACKNOWLEDGE, CLOSE, SUPPRESS = "acknowledge", "close", "suppress"


@dataclass(frozen=True, kw_only=True)
class Offers:
    """What the buttons can do: nothing without the API, and before Zabbix 6.2 it could not suppress."""

    act: bool
    suppress: bool


def card(
    page: Page,
    *,
    key: str,
    offers: Offers,
    mode: Mode = Mode.UPDATE,
    to: tuple[str, ...] = (),
    labels: Mapping[str, str],
    occurred_at: datetime | None = None,
) -> Notification:
    """Return the card of a problem as it is now; it is posted anew when the problem got worse."""
    problem = page.problem
    over = problem.resolved_at is not None
    return Notification(
        key=key,
        kind=f"zabbix.{problem.subject}.{'resolved' if over else 'open'}",
        title=T("Resolved: {problem}", problem=problem.title) if over else problem.title,
        text="" if over else problem.description,
        severity=Severity.INFO if over else problem.severity,
        url=problem.url,
        fields=(*_facts(problem), *_deeds(page), *_end(problem)),
        actions=tuple(_actions(problem, page.standing, offers)),
        labels=dict(labels),
        to=to,
        thread=problem.thread,
        mode=mode,
        loud=page.is_worse,
        problem=_state(page),
        occurred_at=occurred_at,
    )


def _state(page: Page) -> ProblemState:
    """Return how it stands; whoever closes or suppresses a problem is at it as well."""
    standing = page.standing
    if page.problem.resolved_at is not None:
        return ProblemState.OVER
    is_cared_for = standing.acknowledged or standing.closed or standing.suppressed
    return ProblemState.ACKNOWLEDGED if is_cared_for else ProblemState.OPEN


def _facts(problem: Problem) -> Iterator[FieldRow]:
    if problem.sort:
        yield field(T("Error type"), problem.sort)
    if problem.server:
        yield field(T("Server"), problem.server)
    if problem.service:
        yield field(T("Service"), problem.service)
    if problem.item:
        yield field(T("Item"), problem.item)
    if problem.started_at:
        yield field(T("Started"), Moment(at=problem.started_at))
    if problem.data:
        yield field(T("Operational data"), code(problem.data) if "\n" in problem.data else problem.data)
    if problem.cause:
        yield field(T("Cause"), problem.cause)


def _deeds(page: Page) -> Iterator[FieldRow]:
    standing = page.standing
    if deed := standing.severity:
        yield field(T("Severity changed"), _signed(deed.severity, deed) if deed.severity else _who(deed))
    if deed := standing.acknowledged:
        yield field(T("Acknowledged"), _who(deed))
    if page.problem.resolved_at is None and (deed := standing.suppressed):
        end: Value = Moment(at=deed.until) if deed.until else T("until it is ended")
        yield field(T("Suppressed until"), _signed(end, deed))
    if deed := standing.closed:
        yield field(T("Closed by"), _who(deed))
    for deed in standing.comments:
        yield field(T("Comment"), T("{who}: {words}", who=deed.by, words=deed.comment))


def _end(problem: Problem) -> Iterator[FieldRow]:
    if problem.resolved_at:
        yield field(T("Resolved at"), Moment(at=problem.resolved_at))
        if problem.started_at and problem.resolved_at >= problem.started_at:
            yield field(T("Lasted"), Duration(length=problem.resolved_at - problem.started_at))


def _who(deed: Deed) -> Words:
    return T("{who}, {when}", who=deed.by, when=Moment(at=deed.at))


def _signed(what: Value, deed: Deed) -> Words:
    return T("{what} ({who})", what=what, who=deed.by)


def _actions(problem: Problem, standing: Standing, offers: Offers) -> Iterator[Action]:
    if offers.act and problem.can_be_acknowledged:
        args = {"event": problem.event_id}
        if standing.acknowledged is None:
            yield Action(label=T("Acknowledge"), command=ACKNOWLEDGE, args=args, style="primary")
        if standing.closed is None:
            yield Action(label=T("Close"), command=CLOSE, args=args, style="alert", confirm=True)
        if offers.suppress and standing.suppressed is None:
            yield Action(label=T("Suppress 1 h"), command=SUPPRESS, args=args)
    if problem.url:
        yield Action(label=T("Open"), url=problem.url)
    if problem.runbook:
        yield Action(label=T("Runbook"), url=problem.runbook)
