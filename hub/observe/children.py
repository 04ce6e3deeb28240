"""Metrics whose labelled children are bound once: the library's ``labels()`` takes longer than counting does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Histogram


class Counted:
    """A counter of the hub's, by labels whose values are few."""

    def __init__(self, registry: CollectorRegistry, name: str, told: str, *labels: str) -> None:
        self._metric = Counter(name, told, labels, registry=registry)
        self._children: dict[tuple[str, ...], Counter] = {}

    def add(self, *labels: str, amount: float = 1) -> None:
        """Count *amount* for these label values, given in the order of the labels."""
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._metric.labels(*labels)
        child.inc(amount)

    def begin(self, *values: Sequence[str]) -> None:
        """Show zero for every combination, so that the first one counted is seen as a rise."""
        for labels in product(*values):
            self.add(*labels, amount=0)


class Measured:
    """A histogram of the hub's, by labels whose values are few."""

    def __init__(
        self, registry: CollectorRegistry, name: str, told: str, *labels: str, buckets: Sequence[float]
    ) -> None:
        self._metric = Histogram(name, told, labels, registry=registry, buckets=buckets)
        self._children: dict[tuple[str, ...], Histogram] = {} if labels else {(): self._metric}

    def add(self, value: float, *labels: str) -> None:
        """Take note of *value* for these label values, given in the order of the labels."""
        child = self._children.get(labels)
        if child is None:
            child = self._children[labels] = self._metric.labels(*labels)
        child.observe(value)


class FirstNames:
    """Takes the first *most* names it meets, so that nobody can make more series than that."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: set[str] = set()

    def __call__(self, name: str) -> str:
        """Return *name* or ``other``."""
        if name in self._names:
            return name
        if len(self._names) >= self._most:
            return "other"
        self._names.add(name)
        return name
