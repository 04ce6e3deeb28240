"""The kinds of CRM objects that the plugin tells about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entity:
    """Leads, deals, or the items of one smart process.

    Attributes:
        type_id: the portal's ``entityTypeId``.
        noun: in notification kinds and rules: ``lead``, ``deal`` or ``item``.
        old: what the methods before ``crm.item.*`` call it; empty = they do not know it.
    """

    type_id: int
    noun: str
    old: str = ""

    def key(self, id: str) -> str:
        """Return the name of one object in keys and threads: ``deal:1201``, ``item:177:24``."""
        return f"{self.noun}:{id}" if self.old else f"{self.noun}:{self.type_id}:{id}"

    def page(self, id: str) -> str:
        """Return the address of an object, relative to the portal."""
        return f"/crm/{self.noun if self.old else f'type/{self.type_id}'}/details/{id}/"

    def stages(self, funnel: str) -> str:
        """Return the portal's name for the list of stages of a funnel."""
        if self is LEAD:
            return "STATUS"
        if self is DEAL:
            return "DEAL_STAGE" if funnel in ("", "0") else f"DEAL_STAGE_{funnel}"
        return f"DYNAMIC_{self.type_id}_STAGE_{funnel}"


LEAD = Entity(type_id=1, noun="lead", old="lead")
DEAL = Entity(type_id=2, noun="deal", old="deal")


def smart_process(type_id: int) -> Entity:
    """Return the items of a smart process."""
    return Entity(type_id=type_id, noun="item")
