"""When more comes than a reader should get: a rate over a window that moves along. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.settings import Rate
from hub.storage.columns import from_micros, to_micros

#: So many critical messages a window are shown, however many others came.
ALWAYS_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What one more message means.

    Attributes:
        above: the limit was reached before it came.
        latest: moments of the latest messages of its kind, as many as the rule has to remember.
        over_at: when, if nothing more comes, a whole window holds fewer messages than the limit.
    """

    above: bool
    latest: list[int]
    over_at: datetime


def arrive(
    latest: Sequence[int], rate: Rate, now: datetime, *, others: Sequence[int] = (), critical: bool = False
) -> Arrival:
    """Return what it means that a message comes *now*, after those of *latest*.

    Messages that are not shown count too, so what goes on above the limit stays above it until it calms down.

    Args:
        others: moments of the latest messages of the other kind; critical and other messages share the limit.
        critical: it is critical, and a few of those are shown also above the limit.
    """
    begin, moment = to_micros(now - rate.per), to_micros(now)
    own = [each for each in latest if each > begin][-rate.count :]
    together = sorted([*own, *(each for each in others if each > begin)])[-rate.count :]
    kept = [*together, moment][-rate.count :]
    spared = critical and len(own) < min(ALWAYS_SHOWN, rate.count)
    return Arrival(
        above=len(together) >= rate.count and not spared,
        latest=[*own, moment][-rate.count :],
        over_at=from_micros(kept[0] if len(kept) == rate.count else kept[-1]) + rate.per,
    )
