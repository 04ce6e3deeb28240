"""What a folding card says: how many messages it stands for, the latest of them, or a page of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.pipeline.render import mark_of
from hub.pipeline.stored_words import words_of
from hub.plugin import (
    Action,
    Duration,
    FieldRow,
    Mode,
    Moment,
    Notification,
    Severity,
    T,
    Words,
    bold,
    field,
    lines,
)
from hub.settings import parse_duration
from hub.storage.folding import FoldKind, Tally
from hub.storage.tables import Folded, FoldingCard

#: The instance that all cards of the hub's own belong to.
HUB = "hub"
SHOW = "show"
PER_PAGE = 10
#: What a card tells of by itself: the latest of a storm, the first of what was missed.
GLIMPSE = {FoldKind.STORM: 5, FoldKind.AWAY: 10}

#: The time alone says when; what is further away from the card needs its date.
_SAME_DAY = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of what a card stands for; number 0 is the card as it is without anybody's click."""

    number: int
    of: int
    folded: Sequence[Folded]


def thread_of(card: str) -> str:
    """Return the thread of a folding card."""
    return f"folding:{card}"


def card(row: FoldingCard, tally: Tally, page: Page, *, key: str, opens: bool) -> Notification:
    """Return the card as it is now.

    Args:
        opens: it is posted; otherwise the one that is there is edited.
    """
    unsolved = [Severity(word) for word, n in tally.count.items() if n > tally.solved.get(word, 0)]
    return Notification(
        key=key,
        kind=f"hub.{row.kind}" if unsolved or not row.closed_at else f"hub.{row.kind}.resolved",
        title=_title(row, tally.total),
        text=_text(row, tally, page),
        fields=() if page.number else tuple(_fields(row, tally)),
        severity=max(unsolved, default=Severity.INFO),
        actions=tuple(_actions(row, tally, page)),
        labels={"instance": row.instance} if row.instance else {},
        thread=thread_of(row.id),
        mode=Mode.OPEN if opens else Mode.UPDATE,
    )


def _title(row: FoldingCard, total: int) -> Words:
    if row.kind == FoldKind.AWAY:
        return T(
            "While I was away, {n} message went out of date",
            "While I was away, {n} messages went out of date",
            n=total,
        )
    return T(
        "Too many messages from {instance}: {n} is collected here",
        "Too many messages from {instance}: {n} are collected here",
        instance=row.instance,
        n=total,
    )


def _text(row: FoldingCard, tally: Tally, page: Page) -> Words:
    if page.number:
        where = T("Page {page} of {pages}", page=page.number, pages=page.of)
        return lines(*(_line(row, each) for each in page.folded), where)
    if row.kind == FoldKind.AWAY:
        more = tally.total - len(page.folded)
        rest = T("… and {n} more", "… and {n} more", n=more) if more else ""
        return lines(*(_line(row, each) for each in page.folded), rest)
    latest = (_line(row, each) for each in page.folded)
    return lines(_state(row), bold(T("Latest")), *latest)


def _state(row: FoldingCard) -> Words:
    if row.closed_at:
        return T("It has calmed down: new messages come one by one again.")
    count, _, per = row.rate.partition("/")
    return T(
        "More new messages than allowed ({count} in {window}). The next ones are only counted here,"
        " without a sound, until it calms down.",
        count=int(count),
        window=Duration(length=parse_duration(per)),
    )


def _fields(row: FoldingCard, tally: Tally) -> list[FieldRow]:
    names = {
        Severity.CRITICAL: T("Critical"),
        Severity.ERROR: T("Errors"),
        Severity.WARNING: T("Warnings"),
        Severity.INFO: T("Information"),
    }
    rows = [
        field(name, str(tally.count[severity])) for severity, name in names.items() if severity in tally.count
    ]
    if solved := sum(tally.solved.values()):
        rows.append(field(T("Of them solved"), str(solved)))
    if row.kind == FoldKind.STORM:
        rows.append(field(T("Since"), Moment(at=row.opened_at)))
        if row.closed_at:
            rows.append(field(T("Until"), Moment(at=row.closed_at)))
    return rows


def _line(row: FoldingCard, folded: Folded) -> Words:
    another_day = abs(folded.told_at - row.opened_at) > _SAME_DAY
    return T(
        "{mark} {at} · {title}",
        mark=mark_of(Severity(folded.severity), solved=folded.solved) or "🔵",
        at=Moment(at=folded.told_at, show="datetime" if another_day else "time"),
        title=words_of(folded.title),
    )


def _actions(row: FoldingCard, tally: Tally, page: Page) -> list[Action]:
    def turn(label: Words, number: int) -> Action:
        return Action(label=label, command=SHOW, args={"card": row.id, "page": number})

    if not page.number:
        needed = tally.total > len(page.folded) or row.kind == FoldKind.STORM
        return [turn(T("Show messages"), 1)] if needed else []
    return [
        *([turn(T("← Newer"), page.number - 1)] if page.number > 1 else ()),
        *([turn(T("Older →"), page.number + 1)] if page.number < page.of else ()),
        turn(T("Back"), 0),
    ]
