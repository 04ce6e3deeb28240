"""When more comes than a reader should get: a rate over a window that moves along. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.settings import Rate
from hub.storage.columns import from_micros, to_micros


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What one more message means.

    Attributes:
        above: the limit was reached before it came.
        latest: moments of the latest messages, as many as the rule has to remember.
        over_at: when, if nothing more comes, a whole window holds fewer messages than the limit.
    """

    above: bool
    latest: list[int]
    over_at: datetime


def arrive(latest: Sequence[int], rate: Rate, now: datetime) -> Arrival:
    """Return what it means that a message comes *now*, after those of *latest*.

    Messages that are not shown count too, so what goes on above the limit stays above it until it calms down.
    """
    begin = to_micros(now - rate.per)
    recent = [moment for moment in latest if moment > begin][-rate.count :]
    kept = [*recent, to_micros(now)][-rate.count :]
    return Arrival(
        above=len(recent) >= rate.count,
        latest=kept,
        over_at=from_micros(kept[0] if len(kept) == rate.count else kept[-1]) + rate.per,
    )
