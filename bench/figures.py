"""What a measurement says: rows of the table of results, percentiles, and how to print them."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """A goal and what was seen of it; ``detail`` holds the raw figures and what is to be known about them."""

    number: str
    what: str
    must: str
    aim: str
    seen: str
    verdict: str
    detail: str = ""

    def __str__(self) -> str:
        lines = [
            f"{self.number:>3}  {self.what}: {self.seen}   must {self.must}, aim {self.aim}: {self.verdict}"
        ]
        return "\n".join(lines + [f"     {line}" for line in self.detail.splitlines()])


def verdict(*seen: tuple[float, float, float], most: bool = True) -> str:
    """Judge figures, each with its must and its aim, by the worst of them; *most*: smaller is better."""
    sign = 1 if most else -1
    if any(sign * figure > sign * must for figure, must, _ in seen):
        return "falls short"
    return "must" if any(sign * figure > sign * aim for figure, _, aim in seen) else "aim"


def percentile(values: Sequence[float], per_cent: float) -> float:
    """Return the value that *per_cent* of *values* do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(per_cent / 100 * (len(ordered) - 1)))]


def spread(values: Sequence[float]) -> str:
    """Tell the median and the range."""
    return f"{statistics.median(values):.3g} ({min(values):.3g}–{max(values):.3g})"
