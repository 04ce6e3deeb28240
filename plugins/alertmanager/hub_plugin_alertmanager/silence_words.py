"""What a card says of silences, and the buttons that make and end them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hub.plugin import Action, FieldRow, Mode, Moment, Notification, ProblemState, Severity, T, Words, field
from hub_plugin_alertmanager.silences import Card, Standing

#: The commands behind the buttons, and how long a silence may be.
SILENCE, UNSILENCE = "silence", "unsilence"
HOUR, FOUR_HOURS, RESOLVED = "1h", "4h", "resolved"


def shown(card: Card, standing: Standing) -> Notification:
    """Return the words of a card that fires, with how it stands."""
    told = card.told
    silenced = standing.until is not None
    return told.model_copy(
        update={
            "fields": (*told.fields, *_rows(standing)),
            "actions": (*_buttons(card, standing), *told.actions),
            # whoever silences something is at it
            "problem": ProblemState.ACKNOWLEDGED if silenced else ProblemState.OPEN,
        }
    )


def changed(card: Card, standing: Standing, by: str, at: datetime) -> Notification:
    """Return what the card says from now on; *by* names what changed it."""
    update = {
        "key": f"{_fact(card)}#{by}",
        "mode": Mode.UPDATE,
        "to": (),
        "loud": False,
        "occurred_at": at,
    }
    return shown(card, standing).model_copy(update=update)


def resolved(card: Card, since: datetime, at: datetime) -> Notification:
    """Return the words of a card whose alerts Alertmanager no longer lists."""
    update = {
        "key": f"{_fact(card)}#gone:{at.isoformat()}",
        "kind": "alertmanager.resolved",
        "title": T("Resolved: {summary}", summary=card.told.title),
        "text": "",
        "severity": Severity.INFO,
        "fields": (*card.told.fields, field(T("Gone from Alertmanager since"), Moment(at=since))),
        "mode": Mode.UPDATE,
        "to": (),
        "loud": False,
        "problem": ProblemState.OVER,
        "occurred_at": at,
    }
    return card.told.model_copy(update=update)


def until(standing: Standing) -> Words:
    """Return until when something is silenced, and by whom."""
    who = standing.by or ""
    if standing.until_resolved or standing.until is None:
        return T("until resolved ({who})", who=who)
    return T("until {time} ({who})", time=Moment(at=standing.until), who=who)


def _rows(standing: Standing) -> Iterator[FieldRow]:
    if standing.until is not None:
        yield field(T("Silenced"), until(standing))
    elif standing.some:
        yield field(T("Silenced"), T("{some} of {all}", some=standing.some, all=standing.all))


def _buttons(card: Card, standing: Standing) -> Iterator[Action]:
    args = {"card": card.id, "about": card.about}
    if standing.until is None:
        for label, length in (
            (T("Silence 1 h"), HOUR),
            (T("Silence 4 h"), FOUR_HOURS),
            (T("Until resolved"), RESOLVED),
        ):
            yield Action(label=label, command=SILENCE, args={**args, "length": length})
    elif standing.can_end:
        yield Action(label=T("Unsilence"), command=UNSILENCE, args=args)


def _fact(card: Card) -> str:
    return card.told.key.partition("#")[0][:400]
