"""How fast the machine is at the moment, to tell what a slow row owes to its neighbours."""

from __future__ import annotations

import time

_ADDITIONS = 3_000_000


def seconds_for_ten_million_additions() -> float:
    """Time a plain loop of Python: 0.4–0.6 s on an idle core of these years."""
    began = time.perf_counter()
    total = 0
    for number in range(_ADDITIONS):
        total += number
    return (time.perf_counter() - began) * 10_000_000 / _ADDITIONS
