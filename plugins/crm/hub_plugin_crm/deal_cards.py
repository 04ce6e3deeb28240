"""What people read about a deal or an item of a smart process; its thread is the object."""

from __future__ import annotations

from collections.abc import Iterator

from hub.plugin import Action, FieldRow, Notification, T, Words, field
from hub_plugin_crm.audience import Audience
from hub_plugin_crm.entities import Entity
from hub_plugin_crm.history import Move
from hub_plugin_crm.items import Item
from hub_plugin_crm.names import Names


class DealCards:
    """Writes them with the names of the portal."""

    def __init__(self, names: Names, entity: Entity) -> None:
        self._names = names
        self._entity = entity

    def moved(self, item: Item, move: Move, old: str, audience: Audience, *, mover: str) -> Notification:
        """Return what is told of a new stage.

        Args:
            old: name of the stage before; empty where nobody knows.
            mover: id of who moved it; empty where nobody knows.
        """
        new = self._names.stage(self._entity, move.funnel, move.stage)
        values = {"deal": called(item), "old": old or "…", "new": new}
        title = T("{deal}: {old} → {new}", **values)
        return self._card(
            item, move, audience, "stage", title, self._fields(item, old=old, new=new, mover=mover)
        )

    def won(self, item: Item, move: Move, audience: Audience) -> Notification:
        """Return the congratulation."""
        amount = self._names.amount(item)
        deal = called(item)
        title = (
            T("🎉 Won: {deal}, {amount}", deal=deal, amount=amount)
            if amount
            else T("🎉 Won: {deal}", deal=deal)
        )
        told = self._card(item, move, audience, "won", title, self._fields(item))
        if not item.responsible:
            return told
        words = T("Congratulations, {who}!", who=self._names.person(item.responsible))
        return told.model_copy(update={"text": words})

    def lost(self, item: Item, move: Move, audience: Audience, *, reason: str, mover: str) -> Notification:
        """Return what is told of a lost deal; the stage of a lost deal says why, as far as anything does."""
        stage = self._names.stage(self._entity, move.funnel, move.stage)
        why = ": ".join(filter(None, (stage, reason)))
        title = T("Lost: {deal}", deal=called(item))
        fields = (field(T("Reason"), why), *self._fields(item, mover=mover))
        return self._card(item, move, audience, "lost", title, fields)

    def handed_over(self, item: Item, to: tuple[str, ...], stamp: str) -> Notification:
        """Return what the new responsible person and the one before read."""
        who = self._names.person(item.responsible).name
        stage = self._names.stage(self._entity, item.funnel, item.stage)
        return Notification(
            key=f"{self._entity.key(item.id)}:assigned:{item.responsible}:{stamp}",
            kind=f"crm.{self._entity.noun}.assigned",
            title=T("{who} is now responsible: {deal}", who=who, deal=called(item)),
            fields=(field(T("Stage"), stage), *self._fields(item)),
            to=to,
            occurred_at=item.updated_at,
            **self._place(item, item.funnel),
        )

    def _card(
        self,
        item: Item,
        move: Move,
        audience: Audience,
        what: str,
        title: Words,
        fields: Iterator[FieldRow] | tuple[FieldRow, ...],
    ) -> Notification:
        return Notification(
            key=f"{self._entity.key(item.id)}:stagehistory:{move.id}",
            kind=f"crm.{self._entity.noun}.{what}",
            title=title,
            fields=tuple(fields),
            to=audience.to,
            suppressed=audience.nobody,
            loud=True,
            occurred_at=move.at,
            **self._place(item, move.funnel),
        )

    def _place(self, item: Item, funnel: str) -> dict[str, object]:
        page = self._entity.page(item.id)
        return {
            "url": page,
            "actions": (Action(label=T("Open in CRM"), url=page),),
            "thread": self._entity.key(item.id),
            "labels": {"responsible": item.responsible, "funnel": funnel},
        }

    def _fields(self, item: Item, *, old: str = "", new: str = "", mover: str = "") -> Iterator[FieldRow]:
        if client := self._names.client(item):
            yield field(T("Client"), client)
        if new:
            yield field(T("Stage"), f"{old} → {new}" if old else new)
        if amount := self._names.amount(item):
            yield field(T("Amount"), amount)
        if funnel := self._names.funnel(self._entity, item.funnel):
            yield field(T("Funnel"), funnel)
        if mover:
            yield field(T("Moved by"), self._names.person(mover))
        if item.responsible and item.responsible != mover:
            yield field(T("Responsible"), self._names.person(item.responsible))


def called(item: Item) -> Words:
    """Return the object's name in a sentence."""
    return item.title or T("no. {id}", id=item.id)
