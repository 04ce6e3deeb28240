"""What people read about a lead; all of it is one card, whose thread is the lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from hub.plugin import (
    Action,
    Duration,
    FieldRow,
    Mode,
    Moment,
    Notification,
    Person,
    T,
    Words,
    field,
    lines,
    link,
)
from hub_plugin_crm.audience import Audience
from hub_plugin_crm.entities import LEAD
from hub_plugin_crm.items import Item
from hub_plugin_crm.names import Names
from hub_plugin_crm.phones import phone

TAKE = "take"
#: So many are shown one by one.
_LINES = 20


class LeadCards:
    """Writes them with the names of the portal; *region* is where telephone numbers without a country are from."""

    def __init__(self, names: Names, region: str) -> None:
        self._names = names
        self._region = region

    def new(self, lead: Item, audience: Audience) -> Notification:
        """Return what the responsible person reads first."""
        return self._card(
            lead,
            key="created",
            kind="crm.lead.new",
            title=T("New lead: {lead}", lead=_called(lead)),
            to=audience.to,
            suppressed=audience.nobody,
            occurred_at=lead.created_at,
        )

    def handed_over(self, lead: Item, to: tuple[str, ...], stamp: str) -> Notification:
        """Return what the new responsible person and the one before read."""
        return self._card(
            lead,
            key=f"assigned:{lead.responsible}:{stamp}",
            kind="crm.lead.assigned",
            title=T(
                "Lead of {who}: {lead}", who=self._names.person(lead.responsible).name, lead=_called(lead)
            ),
            to=to,
            occurred_at=lead.updated_at,
        )

    def reminder(self, lead: Item, audience: Audience, waited: timedelta) -> Notification:
        """Return what the supervisor reads when nobody takes the lead."""
        return self._card(
            lead,
            key="reminder",
            kind="crm.lead.reminder",
            title=T(
                "Nobody has taken this lead for {time}: {lead}",
                time=Duration(length=waited),
                lead=_called(lead),
            ),
            to=audience.to,
            suppressed=audience.nobody,
        )

    def reminders(
        self, leads: Sequence[Item], audience: Audience, minute: str, *, before: int
    ) -> Notification:
        """Return what the supervisor reads when many leads are waiting at once; *before* = told of already."""
        n = before + len(leads)
        shown = leads[:_LINES]
        rows = [
            field(
                f"{number}.",
                T(
                    "{lead}: {who}",
                    lead=link(_called(lead), LEAD.page(lead.id)),
                    who=self._names.person(lead.responsible),
                ),
            )
            for number, lead in enumerate(shown, start=1)
        ]
        if n > len(shown):
            rows.append(field(T("Others"), T("and {n} more", "and {n} more", n=n - len(shown))))
        to = ",".join(audience.to)
        return Notification(
            key=f"leads:untaken:{minute}:{n}:{to}",
            kind="crm.lead.reminder",
            title=T("Nobody has taken {n} new lead", "Nobody has taken {n} new leads", n=n),
            url="/crm/lead/",
            fields=tuple(rows),
            to=audience.to,
            thread=f"leads:untaken:{minute}:{to}",
        )

    def left(self, lead: Item) -> Notification:
        """Return what the card says once somebody has moved the lead on in the CRM."""
        moved = T(
            "{stage}: {who}",
            stage=self._names.stage(LEAD, "", lead.stage),
            who=self._names.person(lead.moved_by),
        )
        told = self._card(
            lead,
            key=f"stage:{lead.stage}:{_stamp(lead.moved_at)}",
            kind="crm.lead.stage",
            title=T("Lead: {lead}", lead=_called(lead)),
            occurred_at=lead.moved_at,
        )
        changed = {"mode": Mode.UPDATE, "fields": (*told.fields, field(T("Status"), moved))}
        return told.model_copy(update=changed)

    def taken(self, lead: Item, who: Person, at: datetime) -> Notification:
        """Return what the card says once somebody has taken the lead from the chat."""
        told = self._card(
            lead,
            key=f"taken:{who.id}",
            kind="crm.lead.taken",
            title=T(
                "Lead taken by {who}, {time}: {lead}",
                who=who.name,
                time=Moment(at=at, show="time"),
                lead=_called(lead),
            ),
        )
        return told.model_copy(update={"actions": _actions(lead, free=False)})

    def _card(self, lead: Item, *, key: str, kind: str, title: Words, **more: object) -> Notification:
        name = LEAD.key(lead.id)
        return Notification.model_validate(
            {
                "key": f"{name}:{key}",
                "kind": kind,
                "title": title,
                "url": LEAD.page(lead.id),
                "fields": tuple(self._fields(lead)),
                "actions": _actions(lead, free=self._names.is_free(lead)),
                "labels": {"responsible": lead.responsible, "source": lead.source},
                "thread": name,
                **more,
            }
        )

    def _fields(self, lead: Item) -> Iterator[FieldRow]:
        who = ", ".join(filter(None, (lead.person, lead.company_name)))
        if who and who != lead.title:
            yield field(T("Name"), who)
        if lead.phones:
            yield field(T("Phone"), lines(*(phone(number, self._region) for number in lead.phones)))
        if lead.emails:
            yield field(T("E-mail"), lines(*lead.emails))
        if source := self._names.source(lead.source):
            yield field(T("Source"), source)
        if amount := self._names.amount(lead):
            yield field(T("Amount"), amount)
        if lead.form:
            yield field(T("Web form"), lead.form)
        if lead.campaign:
            yield field(T("Campaign"), " / ".join(lead.campaign))


def _actions(lead: Item, *, free: bool) -> tuple[Action, ...]:
    opening = Action(label=T("Open in CRM"), url=LEAD.page(lead.id))
    taking = Action(label=T("Take into work"), command=TAKE, args={"lead": lead.id}, style="primary")
    return (opening, taking) if free else (opening,)


def _called(lead: Item) -> Words:
    return lead.title or lead.person or T("no. {id}", id=lead.id)


def _stamp(at: datetime | None) -> str:
    return at.isoformat() if at else ""
