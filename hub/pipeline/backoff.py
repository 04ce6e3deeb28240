"""How long to wait before trying something again."""

from __future__ import annotations

import random
from datetime import timedelta

#: After this long a delivery or an event is given up.
GIVE_UP_AFTER = timedelta(days=7)

#: While the portal is away it is tried at least every 15 seconds, of which the sweep that notices takes up to one.
LONGEST_PORTAL_PAUSE = timedelta(seconds=13)

_SHORTEST = 1.0
_LONGEST = 600.0


def wait_before(attempt: int, *, at_least: timedelta | None = None) -> timedelta:
    """Return how long to wait before retry *attempt*.

    Args:
        attempt: 1 for the first retry; above 10 it waits as long as 10.
        at_least: what the other side asked for; wins when longer.

    Returns:
        Between 1 second and 10 minutes, with up to 20 % jitter.
    """
    seconds = min(_LONGEST, _SHORTEST * 2 ** (min(max(attempt, 1), 10) - 1))
    wait = timedelta(seconds=min(_LONGEST, seconds * random.uniform(1.0, 1.2)))
    return wait if at_least is None else max(wait, at_least)
