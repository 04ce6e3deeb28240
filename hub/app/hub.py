"""The top floor: one process of the hub, with its workers, its duties and its web side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property, partial

import structlog

from hub.app.checkup import CheckupFloor
from hub.plugin import Clock, ConfigurationError
from hub.registry import EntryPoint
from hub.settings import Settings
from hub.storage import migrate
from hub.storage.lockfile import LockFile
from hub.web.application import Application
from hub.web.client_address import ClientAddress
from hub.web.inbound import Inbound
from hub.web.portal_events import PortalEvents
from hub.worker.actors import declare_actors
from hub.worker.broker import Brokers, worker_timeout
from hub.worker.duties import Duties, Duty
from hub.worker.surviving import surviving
from hub.worker.workers import Workers

log = structlog.get_logger("hub")

#: Seconds in which a thread that has nothing more to do looks out for more. Where several processes share the work,
#: who lingers holds the sender's lease, and what another one has planned waits for it.
_LINGER = 1.0
_LINGER_APART = 0.05


class Hub(CheckupFloor):
    """All parts of one hub process, wired by its settings; each is made when it is first asked for.

    Args:
        clock: the time; tests move it.
        plugins: entry points instead of the installed ones, for tests.
        duties: let sweeps, ticks and timers run by themselves; tests run them by hand.
        linger: seconds in which a thread that has nothing more to do looks out for more.
        threads: for plugins that have much to do, beside the one that each has for itself.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        plugins: Sequence[EntryPoint] | None = None,
        duties: bool = True,
        linger: float | None = None,
        threads: int = CheckupFloor.shared_threads,
    ) -> None:
        super().__init__(settings, clock=clock, plugins=plugins)
        self._with_duties = duties
        self.linger = (_LINGER if self.is_embedded else _LINGER_APART) if linger is None else linger
        self.shared_threads = threads

    @cached_property
    def brokers(self) -> Brokers:
        """The doorbell's wires."""
        return Brokers.connect(self.settings.hub.broker_url.get_secret_value())

    @cached_property
    def upkeep(self) -> Duties:
        """What runs by itself in every process, also in one that only receives."""
        second = timedelta(seconds=1)
        own = [
            Duty(name="statistics", every=second, run=self.housekeeping.write_statistics, shared=False),
            Duty(name="statuses", every=10 * second, run=self.housekeeping.keep_statuses, shared=False),
            Duty(name="startups", every=30 * second, run=self.registry.retry_startups, shared=False),
        ]
        return Duties(own if self._with_duties else [], self.leases)

    @cached_property
    def duties(self) -> Duties:
        """What runs by itself where work is done."""
        second = timedelta(seconds=1)
        keep = self.housekeeping
        own = [
            Duty(name="claims", every=second, run=self._keep_claims, shared=False),
        ]
        shared = [
            Duty(name="bot", every=30 * second, run=self._register_bot),
            Duty(name="clicks", every=second, run=self.fetching.turn),
            Duty(name="subscriptions", every=5 * second, run=self.subscriptions.keep),
            # without a broker a process rings only for itself
            Duty(name="sweep", every=second, run=keep.sweep, shared=not self.is_embedded),
            Duty(name="schedule", every=second, run=self.schedule.tick),
            Duty(name="tell", every=second, run=self.tell.tell),
            Duty(name="clean-up", every=60 * second, run=keep.clean_up),
            Duty(name="folding cards", every=second, run=self.folding.keep),
            Duty(name="folding clean-up", every=60 * second, run=self.folding.forget),
            Duty(name="retention", every=10 * second, run=self.retention.turn),
            Duty(name="members of chats", every=3600 * second, run=self.named_chats.keep),
            Duty(name="ledger", every=60 * second, run=self.ledger.check),
        ]
        catch_ups = [
            Duty(
                name=f"catch up {instance} {source}",
                every=2 * second,
                run=partial(self.catch_up.look, instance, source),
            )
            for instance, source in self.catch_up.sources()
        ]
        return Duties([*own, *shared, *catch_ups] if self._with_duties else [], self.leases)

    @cached_property
    def workers(self) -> Workers:
        """The workers of this process."""
        return Workers(
            brokers=self.brokers,
            timeout_ms=worker_timeout(self.settings.hub.broker_url.get_secret_value()),
            threads=self.slots.threads,
            process=self.process,
            act=self.act,
            sender=self.sender,
            duties=self.duties,
        )

    @cached_property
    def clients(self) -> ClientAddress:
        """Who sent a request, behind the proxies that the settings trust."""
        return ClientAddress(self.settings.hub.trusted_proxies)

    @cached_property
    def web(self) -> Application:
        """The ASGI application."""
        table = self.settings.hub
        inbound = Inbound(
            registry=self.registry,
            accept=self.accept,
            clock=self.clock,
            clients=self.clients,
            public_url=table.public_url,
            max_body=table.max_body,
            counts=self.metrics.intake,
        )
        portal_events = PortalEvents(
            posts=self.posts,
            clock=self.clock,
            clients=self.clients,
            max_body=table.max_body,
            counts=self.metrics.intake,
        )
        return Application(
            inbound=inbound,
            portal_events=portal_events,
            install=self.install_page,
            health=self.health,
            metrics=self.metrics_page,
        )

    def start(self, *, work: bool, receive: bool = True) -> None:
        """Begin to *work*, to *receive* events, or both."""
        if trouble := migrate.trouble(self.database):
            raise ConfigurationError(f"hub.database_url: {trouble}")
        if self.has_database_to_itself:
            self._open.enter_context(LockFile(self.database.path))
            self.inbox.release_all()
            self.actions.release_all()
        elif self.database.is_sqlite:
            raise ConfigurationError(
                "hub.database_url: SQLite serves one process; use postgresql:// with a broker_url"
            )
        self.watch()
        self._tell_what_is_missing()
        self.registry.startup()
        self.housekeeping.write_statuses()
        self.housekeeping.write_statistics()
        if receive:
            self.writer.start()
        self.bell.start(
            declare_actors(self.brokers, self.process, self.act, self.sender, self.metrics.doorbell.dropped)
        )
        self.upkeep.start()
        if work:
            self.workers.start()

    def stop(self) -> None:
        """Stop in the order that loses nothing: no new rows, then no new work, then the connections."""
        if "writer" in self.__dict__:
            self.writer.stop()
        if "bell" in self.__dict__:
            self.bell.stop()
        if "catch_up" in self.__dict__:
            self.catch_up.stop()
        if "workers" in self.__dict__:
            self.workers.stop()
        if "upkeep" in self.__dict__:
            self.upkeep.stop()
        if "registry" in self.__dict__:
            self.registry.shutdown()
        if "upkeep" in self.__dict__:
            self._leave()
        self.close()

    def _leave(self) -> None:
        with surviving("leave"):
            self.housekeeping.write_statistics()
            self.plugin_statuses.leave()

    def _tell_what_is_missing(self) -> None:
        if self.is_application and (trouble := self.vault.trouble()) is not None:
            advice = self.portal_watch.read().advice
            log.warning("portal is disconnected", reason=str(trouble), advice=advice)

    def _register_bot(self) -> None:
        if not self.is_application or self.vault.trouble() is None:
            self.bot.identity()  # asks the portal once per process

    def _keep_claims(self) -> None:
        self.claims.renew()
        self.action_claims.renew()
        self.sender.keep_lease()
