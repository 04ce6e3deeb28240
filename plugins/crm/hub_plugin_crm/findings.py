"""What a survey finds for one group of people, small enough to be kept between its steps."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from hub_plugin_crm.items import Item

#: So many are shown one by one; the others are counted.
LINES = 20
_NEVER = datetime.max.replace(tzinfo=UTC)


class Findings(BaseModel):
    """Objects of one kind that nothing happens to.

    Attributes:
        to: who is told; empty = the hub's fallback.
        responsible: of all of them, where they are gathered by person.
        sums: by currency.
        first: those that matter most: the longest quiet, of equals the largest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    noun: str
    to: tuple[str, ...] = ()
    responsible: str = ""
    count: int = 0
    sums: dict[str, Decimal] = Field(default_factory=dict)
    first: tuple[Item, ...] = ()

    def with_one(self, item: Item) -> Findings:
        """Return the findings with one more."""
        sums = dict(self.sums)
        if item.amount is not None:
            sums[item.currency] = sums.get(item.currency, Decimal(0)) + item.amount
        first = sorted((*self.first, item), key=_weight)[:LINES]
        return self.model_copy(update={"count": self.count + 1, "sums": sums, "first": tuple(first)})


def quiet_since(item: Item) -> datetime | None:
    """Return when something last happened to an object, as far as the portal says."""
    return item.active_at or item.updated_at or item.created_at


def _weight(item: Item) -> tuple[datetime, Decimal]:
    return quiet_since(item) or _NEVER, -(item.amount or Decimal(0))
