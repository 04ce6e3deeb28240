"""Names of people, stages, funnels, sources and clients, and amounts, as a card shows them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from hub.plugin import Money, PermanentFailure, Person, Portal, PortalUser, Store
from hub_plugin_crm.entities import LEAD, Entity
from hub_plugin_crm.items import Item, Row, id_in, text
from hub_plugin_crm.rows import rows_of

_CLIENTS_FRESH = timedelta(days=1)
_FUNNELS_FRESH = timedelta(hours=1)
_PAGE = 50


class Names:
    """Asks the portal, which keeps most of the answers for a while; clients and funnels are kept here.

    What the portal does not know is shown by its id, so that nothing untold remains for want of a name.
    """

    def __init__(self, portal: Portal, store: Store) -> None:
        self._portal = portal
        self._store = store

    def user(self, id: str) -> PortalUser | None:
        """Return a person; ``None`` for nobody and for whom the portal does not know."""
        try:
            return self._portal.user(id) if id else None
        except PermanentFailure:
            return None

    def person(self, id: str) -> Person:
        """Return a person to be shown."""
        user = self.user(id)
        return Person(name=f"user {id}") if user is None else Person(name=user.name, id=user.id)

    def supervisor(self, id: str) -> str:
        """Return the id of who stands above a person; empty for nobody."""
        try:
            above = self._portal.supervisor(id) if id else None
        except PermanentFailure:
            return ""
        return above.id if above is not None else ""

    def stage(self, entity: Entity, funnel: str, stage: str) -> str:
        """Return the name of a stage."""
        return self._listed(entity.stages(funnel), stage)

    def source(self, id: str) -> str:
        """Return where a lead came from."""
        return self._listed("SOURCE", id)

    def is_free(self, lead: Item) -> bool:
        """Say whether a lead is in its first status."""
        return lead.stage == self.first_lead_stage()

    def first_lead_stage(self) -> str:
        """Return the id of the status in which new leads are."""
        return next(iter(self._portal.stages(LEAD.stages(""))), "NEW")

    def funnel(self, entity: Entity, id: str) -> str:
        """Return the name of a funnel; empty where the portal has none to tell."""
        key = f"funnels:{entity.type_id}"
        found = self._store.get(key)
        kept = found if isinstance(found, dict) else {}
        if id in kept:
            return str(kept[id])
        names = self._load_funnels(entity)
        self._store.set(key, {**kept, id: "", **names}, ttl=_FUNNELS_FRESH)
        return names.get(id, "")

    def amount(self, item: Item) -> str | Money:
        """Return the amount in the currency's own format; empty without one."""
        return "" if item.amount is None else self.money(item.amount, item.currency)

    def money(self, amount: Decimal, currency: str) -> str | Money:
        """Return an amount as the portal writes it; one in a currency that it does not know, as the reader does."""
        try:
            return self._portal.currency(currency).format(amount)
        except PermanentFailure:
            return Money(amount=amount, currency=currency)

    def read_clients(self, items: Iterable[Item]) -> None:
        """Ask for all clients of *items* that are not known yet, with one call for people and one for companies."""
        some = list(items)
        self._read("contact", {item.contact for item in some}, ("NAME", "LAST_NAME"))
        self._read("company", {item.company for item in some}, ("TITLE",))

    def read_people(self, items: Iterable[Item]) -> None:
        """Ask for all people responsible for *items* that are not known yet, up to 50 with one call."""
        with suppress(PermanentFailure):  # each is asked for again by whoever needs it
            self._portal.users({item.responsible for item in items if item.responsible})

    def client(self, item: Item) -> str:
        """Return contact and company, as far as they were read."""
        known = (
            self._store.get(f"client:{kind}:{id}")
            for kind, id in (("contact", item.contact), ("company", item.company))
            if id
        )
        return ", ".join(str(name) for name in known if name) or item.company_name

    def _listed(self, listed: str, id: str) -> str:
        if not id:
            return ""
        try:
            return self._portal.stage(listed, id).name or id
        except PermanentFailure:
            return id

    def _load_funnels(self, entity: Entity) -> dict[str, str]:
        try:
            rows = rows_of(self._portal.call("crm.category.list", {"entityTypeId": entity.type_id}))
        except PermanentFailure:
            return {}
        return {id_in(row, "id") or "0": text(row, "name") for row in rows}

    def _read(self, kind: str, ids: Collection[str], names: tuple[str, ...]) -> None:
        unknown = sorted(id for id in ids if id and self._store.get(f"client:{kind}:{id}") is None)
        for start in range(0, len(unknown), _PAGE):
            some = unknown[start : start + _PAGE]
            params = {"filter": {"@ID": [int(id) for id in some]}, "select": ["ID", *names], "start": -1}
            try:
                rows = rows_of(self._portal.call(f"crm.{kind}.list", params))
            except PermanentFailure:  # leads and deals may be seen, and contacts not
                rows = []
            found = {id_in(row, "ID"): _name(row, names) for row in rows}
            for id in some:
                self._store.set(f"client:{kind}:{id}", found.get(id, ""), ttl=_CLIENTS_FRESH)


def _name(row: Row, names: tuple[str, ...]) -> str:
    return " ".join(filter(None, (text(row, name) for name in names)))
