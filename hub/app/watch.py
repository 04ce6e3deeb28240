"""The floor of watching: how the hub is, for those who watch it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property

from sqlalchemy.exc import SQLAlchemyError

from hub import __version__
from hub.app.listening import ListeningFloor
from hub.pipeline.numbers import LiveNumbers, Stored, StoredNumbers
from hub.plugin import DeliveryState
from hub.storage import migrate
from hub.storage.backlog import read_backlog
from hub.storage.states import ActionState, InboxState
from hub.web.health import Health
from hub.web.metrics import MetricsPage
from hub.worker.ping import ping_broker


class WatchFloor(ListeningFloor):
    """Probes and numbers."""

    @cached_property
    def health(self) -> Health:
        """Answers of probes."""
        broker = self.settings.hub.broker_url.get_secret_value()
        return Health(
            self.can_commit,
            parts={
                "portal": lambda: asdict(self.portal_watch.read()),
                "broker": lambda: ping_broker(broker),
                "ledger": self._ledger,
            },
            known=lambda: {
                "plugins": {instance.name: instance.status.value for instance in self.registry.instances()},
                "version": __version__,
            },
        )

    @property
    def metrics_page(self) -> MetricsPage | None:
        """``/metrics`` beside the sources, unless it has a listener of its own."""
        return None if self.settings.hub.metrics_listen else MetricsPage(self.metrics)

    def can_commit(self) -> str:
        """Return what keeps the hub from accepting events, or nothing."""
        try:
            if trouble := migrate.trouble(self.database):
                return trouble
            self.facts.set("commit-check", self.clock.now().isoformat())
        except SQLAlchemyError as exc:
            return type(exc).__name__
        return ""

    def watch(self) -> None:
        """Show the numbers of this process, from zero on."""
        serving = [instance.name for instance in self.registry.instances() if instance.status.serves]
        final = [state.value for state in InboxState if state is not InboxState.NEW]
        ends = [
            state.value
            for state in DeliveryState
            if state not in (DeliveryState.PENDING, DeliveryState.SENDING)
        ]
        self.metrics.begin(
            serving,
            event_states=final,
            action_states=[state.value for state in ActionState if state.is_final],
            delivery_states=ends,
        )
        self.metrics.add(StoredNumbers(self._stored, self.clock))
        self.metrics.add(
            LiveNumbers(
                instances=self.registry.instances,
                hooks=self.registry.guard.counters.totals,
                operating=self.budget.used,
            )
        )

    def _stored(self) -> Stored:
        return Stored(
            backlog=read_backlog(self.database),
            portal=self.portal_watch.read().state,
            bucket=self.limiter.level(),
            ledger=self.ledger.last(),
        )

    def _ledger(self) -> Mapping[str, object]:
        report = self.ledger.last()
        return {
            "checked_at": report.checked_at and report.checked_at.isoformat(),
            "gaps": len(report.gaps),
        }
