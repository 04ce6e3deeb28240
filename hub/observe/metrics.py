"""The metrics of one process: a registry of its own, what is counted in it, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from hub.observe.counts import (
    ActionCounts,
    DeliveryCounts,
    DoorbellCounts,
    IntakeCounts,
    PortalCounts,
    ProcessingCounts,
)


class Metrics:
    """Made once per process and handed out in parts; two of them in one process do not meet."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        Info("hub_build", "The hub's version.", registry=self.registry).info({"version": version})
        self.intake = IntakeCounts(self.registry)
        self.processing = ProcessingCounts(self.registry)
        self.actions = ActionCounts(self.registry)
        self.deliveries = DeliveryCounts(self.registry)
        self.portal = PortalCounts(self.registry)
        self.doorbell = DoorbellCounts(self.registry)

    def begin(
        self,
        instances: Sequence[str],
        *,
        event_states: Sequence[str],
        action_states: Sequence[str],
        delivery_states: Sequence[str],
    ) -> None:
        """Show zero for what can be counted of *instances*."""
        self.intake.begin(instances)
        self.processing.begin(instances, event_states)
        self.actions.begin(instances, action_states)
        self.deliveries.begin(instances, delivery_states)
        self.doorbell.begin(("process", "act", "deliver"))

    def add(self, collector: Collector) -> None:
        """Show what *collector* reads whenever somebody scrapes."""
        self.registry.register(collector)

    def shown(self, accept: str) -> tuple[bytes, str]:
        """Return everything in the format that *accept* asks for, with its content type."""
        encoder, content_type = choose_encoder(accept)
        return encoder(self.registry), content_type
