"""The composition root: the only file that knows everybody. Each part is made when it is first asked for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from functools import cached_property
from typing import Any

import httpx
import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub import __version__
from hub.bitrix24 import BotSpec, Client, Directory, IncomingWebhook, LeakyBucket, OperatingBudget, Reads
from hub.bitrix24.registration_v2 import BotRegistrationV2
from hub.builtin import BUILTIN
from hub.clock import SystemClock
from hub.i18n import Catalogues
from hub.pipeline.accept import Accept
from hub.pipeline.bot import Bot
from hub.pipeline.claims import Claims
from hub.pipeline.context import Contexts
from hub.pipeline.deliver.compose import Compose
from hub.pipeline.deliver.fallback import Fallback
from hub.pipeline.deliver.record import Record
from hub.pipeline.deliver.sender import Sender
from hub.pipeline.housekeeping import Housekeeping
from hub.pipeline.origin import Origins
from hub.pipeline.plan import Plan
from hub.pipeline.portal import DurableCache, PluginPortal
from hub.pipeline.process import Process
from hub.pipeline.readers import Readers
from hub.pipeline.replay import Replay
from hub.pipeline.resolve import Resolve
from hub.pipeline.schedule import Schedule
from hub.pipeline.seal import Seal
from hub.pipeline.tell import Tell
from hub.pipeline.trace import Trace
from hub.pipeline.unit_of_work import CurrentWork
from hub.plugin import Clock, ConfigurationError, Notification
from hub.registry import Registry
from hub.settings import Settings
from hub.storage import migrate
from hub.storage.database import Database
from hub.storage.facts import Facts
from hub.storage.ids import IdFactory
from hub.storage.inbox import InboxRows
from hub.storage.leases import Leases, OwnLeases, SharedLeases
from hub.storage.lockfile import LockFile
from hub.storage.outbox import OutboxRows
from hub.storage.plugin_stats import PluginStats
from hub.storage.plugin_store import PluginData
from hub.storage.portal_cache import PortalCache
from hub.storage.writer import InboxWriter
from hub.web.application import make_application
from hub.web.client_address import ClientAddress
from hub.web.health import Health
from hub.web.inbound import Inbound
from hub.worker.actors import declare_actors
from hub.worker.bell import Bell, Ring
from hub.worker.broker import Brokers, worker_timeout
from hub.worker.duties import Duties, Duty
from hub.worker.workers import Workers

log = structlog.get_logger("hub")

_EMBEDDED_INTERVAL = 0.002
_BROKER_INTERVAL = 0.02
_WORKER_THREADS = 12


class Hub:
    """All parts of one hub process, wired by its settings.

    Args:
        clock: the time; tests move it.
        plugins: entry points instead of the installed ones, for tests.
        duties: let sweeps, ticks and timers run by themselves; tests run them by hand.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        plugins: Any = None,
        duties: bool = True,
    ) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._plugins = plugins
        self._with_duties = duties
        self._open = ExitStack()

    # storage

    @cached_property
    def database(self) -> Database:
        """The database; of an embedded one the tables are brought up to date."""
        database = Database(self.settings.hub.database_url.get_secret_value(), self.clock)
        self._open.callback(database.close)
        if database.is_sqlite:
            migrate.upgrade(database)
        return database

    @cached_property
    def ids(self) -> IdFactory:
        """Sortable ids."""
        return IdFactory(self.clock)

    @cached_property
    def holder(self) -> str:
        """This process as a holder of leases and claims."""
        return uuid.uuid4().hex

    @cached_property
    def leases(self) -> Leases:
        """Leases of this process."""
        if self.has_database_to_itself:
            return OwnLeases(self.holder)
        return SharedLeases(self.database, self.holder)

    @cached_property
    def inbox(self) -> InboxRows:
        """Accepted rows."""
        return InboxRows(self.database)

    @cached_property
    def outbox(self) -> OutboxRows:
        """Deliveries."""
        return OutboxRows(self.database)

    @cached_property
    def plugin_data(self) -> PluginData:
        """What plugins keep."""
        return PluginData(self.database)

    @cached_property
    def plugin_stats(self) -> PluginStats:
        """Counters and statuses of plugins."""
        return PluginStats(self.database)

    @cached_property
    def facts(self) -> Facts:
        """What the hub remembers about itself."""
        return Facts(self.database)

    @cached_property
    def writer(self) -> InboxWriter:
        """The accept path's writer."""
        return InboxWriter(self.database, self.ids)

    # the portal

    @cached_property
    def webhook(self) -> IncomingWebhook:
        """The portal's credentials."""
        url = self.settings.bitrix24.webhook_url.get_secret_value()
        if not url:
            raise ConfigurationError(
                "bitrix24.webhook_url: is needed; create an incoming webhook in the portal"
            )
        return IncomingWebhook(url, on_moved=_warn_moved)

    @cached_property
    def client(self) -> Client:
        """The portal's REST API."""
        table = self.settings.bitrix24
        client = Client(
            self.webhook,
            limiter=LeakyBucket(rate=table.rate, burst=table.burst),
            budget=OperatingBudget(),
        )
        self._open.callback(client.close)
        return client

    @cached_property
    def reads(self) -> Reads:
        """Reads that share requests."""
        return Reads(self.client)

    @cached_property
    def directory(self) -> Directory:
        """People, departments, stages, currencies."""
        return Directory(self.reads, DurableCache(PortalCache(self.database), self.clock))

    @property
    def portal_base(self) -> str:
        """The portal's address, for links."""
        return self.webhook.origin

    @cached_property
    def portal(self) -> PluginPortal:
        """The portal as plugins see it."""
        return PluginPortal(self.client, self.reads, self.directory, self.portal_base)

    @cached_property
    def bot(self) -> Bot:
        """The hub's bot."""
        table = self.settings.bot
        spec = BotSpec(
            code=table.code,
            name=table.name,
            token=table.token.get_secret_value(),
            color=table.color,
            type=table.type,
            hidden=table.hidden,
            commands=("hub",),
        )
        return Bot(BotRegistrationV2(self.client), spec, client_id=table.code)

    # plugins

    @cached_property
    def work(self) -> CurrentWork:
        """The unit of work of the running hook."""
        return CurrentWork()

    @cached_property
    def http(self) -> httpx.Client:
        """The HTTP client of plugins."""
        client = httpx.Client(
            timeout=httpx.Timeout(10.0, connect=5.0),
            follow_redirects=False,
            headers={"User-Agent": f"bitrix24-hub/{__version__}"},
        )
        self._open.callback(client.close)
        return client

    @cached_property
    def registry(self) -> Registry:
        """The plugins."""
        contexts = Contexts(
            clock=self.clock,
            http=self.http,
            portal=self.portal,
            data=self.plugin_data,
            work=self.work,
            public_url=self.settings.hub.public_url,
        )
        return Registry.load(
            self.settings.plugins,
            contexts.make,
            entry_points=self._plugins,
            builtin=BUILTIN,
            secret_key_present=bool(self.settings.secret_keys),
            clock=self.clock,
        )

    @cached_property
    def catalogues(self) -> Catalogues:
        """Words in every language."""
        return Catalogues(warn=lambda message: log.warning("catalogue ignored", reason=message))

    # the pipeline

    @cached_property
    def seal(self) -> Seal:
        """Encryption of sensitive bodies."""
        return Seal([key.get_secret_value() for key in self.settings.secret_keys])

    @cached_property
    def origins(self) -> Origins:
        """From rows to plugin calls."""
        return Origins(self.registry, self.seal)

    @cached_property
    def claims(self) -> Claims:
        """The claims of this process."""
        return Claims(self.inbox, self.holder)

    @cached_property
    def resolve(self) -> Resolve:
        """From addresses to people."""
        return Resolve(self.registry, self.registry.guard, self.settings.bot.fallback)

    @cached_property
    def plan(self) -> Plan:
        """From notifications to outbox rows."""
        return Plan(self.ids, lambda instance: "delivery_finished" in self.registry.instance(instance).hooks)

    @cached_property
    def accept(self) -> Accept:
        """From requests to committed rows."""
        return Accept(self.registry.guard, self.writer, self.seal, self.bell.process)

    @cached_property
    def process(self) -> Process:
        """From rows to notifications."""
        return Process(
            database=self.database,
            inbox=self.inbox,
            claims=self.claims,
            origins=self.origins,
            registry=self.registry,
            routes=self.settings.routes,
            resolve=self.resolve,
            plan=self.plan,
            work=self.work,
            clock=self.clock,
        )

    @cached_property
    def readers(self) -> Readers:
        """Languages and zones of readers."""
        return Readers(
            registry=self.registry,
            directory=self.directory,
            catalogues=self.catalogues,
            language=self.settings.hub.language,
            zone=self.settings.hub.timezone,
        )

    def compose(self) -> Compose:
        """From outbox rows to portal calls; asks the portal for the bot."""
        return Compose(
            dialect=self.bot.dialect(),
            portal=self.webhook.host,
            bot=self.settings.bot.code,
            base_url=self.portal_base,
            fallback=self._fallback_dialog(),
            readers=self.readers,
        )

    @cached_property
    def sender(self) -> Sender:
        """From outbox rows to the chat."""
        return Sender(
            outbox=self.outbox,
            leases=self.leases,
            client=self.client,
            bot=self.bot,
            compose=self.compose,
            record=Record(self.database, Fallback(self.ids), self.ids),
            clock=self.clock,
        )

    @cached_property
    def schedule(self) -> Schedule:
        """Jobs and timers."""
        return Schedule(
            database=self.database,
            inbox=self.inbox,
            data=self.plugin_data,
            ids=self.ids,
            registry=self.registry,
            zone=self.settings.hub.timezone,
            ring=self.bell.process,
        )

    @cached_property
    def tell(self) -> Tell:
        """Finished deliveries, for the plugins they came from."""
        return Tell(self.outbox, self.registry)

    @cached_property
    def housekeeping(self) -> Housekeeping:
        """Sweeps and clean-up."""
        return Housekeeping(
            database=self.database,
            inbox=self.inbox,
            outbox=self.outbox,
            data=self.plugin_data,
            stats=self.plugin_stats,
            registry=self.registry,
            process=self.bell.process,
            deliver=self.bell.deliver,
        )

    @cached_property
    def trace(self) -> Trace:
        """What became of things."""
        return Trace(self.database)

    @cached_property
    def replay(self) -> Replay:
        """Running rows again."""
        return Replay(
            database=self.database,
            inbox=self.inbox,
            origins=self.origins,
            registry=self.registry,
            ids=self.ids,
        )

    # the worker

    @cached_property
    def brokers(self) -> Brokers:
        """The doorbell's wires."""
        return Brokers.connect(self.settings.hub.broker_url.get_secret_value())

    @property
    def has_database_to_itself(self) -> bool:
        """Whether no other process may serve from this database; the lock file sees to it."""
        return self.is_embedded and self.database.is_sqlite

    @property
    def is_embedded(self) -> bool:
        """Whether this one process does everything."""
        return not self.settings.hub.broker_url.get_secret_value()

    @cached_property
    def bell(self) -> Bell:
        """The doorbell."""
        interval = _EMBEDDED_INTERVAL if self.is_embedded else _BROKER_INTERVAL
        return Bell(self._ring, interval)

    @cached_property
    def _send_ring(self) -> Any:
        return declare_actors(self.brokers, self.process, self.sender, self.bell)

    def _ring(self, ring: Ring) -> None:
        self._send_ring(ring)

    @cached_property
    def duties(self) -> Duties:
        """What runs by itself."""
        second = timedelta(seconds=1)
        keep = self.housekeeping
        own = [
            Duty(name="claims", every=2 * second, run=self._keep_claims, shared=False),
            Duty(name="statistics", every=second, run=keep.write_statistics, shared=False),
            Duty(name="startups", every=30 * second, run=self.registry.retry_startups, shared=False),
        ]
        shared = [
            Duty(name="sweep", every=second, run=keep.sweep),
            Duty(name="schedule", every=second, run=self.schedule.tick),
            Duty(name="tell", every=second, run=self.tell.tell),
            Duty(name="clean-up", every=60 * second, run=keep.clean_up),
        ]
        return Duties([*own, *shared] if self._with_duties else [], self.leases)

    @cached_property
    def workers(self) -> Workers:
        """The workers of this process."""
        _ = self._send_ring  # the queues exist once the actors are declared
        return Workers(
            brokers=self.brokers,
            timeout_ms=worker_timeout(self.settings.hub.broker_url.get_secret_value()),
            threads=_WORKER_THREADS,
            bell=self.bell,
            process=self.process,
            sender=self.sender,
            duties=self.duties,
        )

    # the web

    @cached_property
    def web(self) -> Any:
        """The ASGI application."""
        table = self.settings.hub
        inbound = Inbound(
            registry=self.registry,
            accept=self.accept,
            clock=self.clock,
            clients=ClientAddress(table.trusted_proxies),
            public_url=table.public_url,
            max_body=table.max_body,
        )
        return make_application(inbound, Health(self.can_commit, self.state))

    def can_commit(self) -> str:
        """Return what keeps the hub from accepting events, or nothing."""
        try:
            if not migrate.is_current(self.database):
                return "the tables are not up to date; run `hub db upgrade`"
            self.facts.set("commit-check", self.clock.now().isoformat())
        except SQLAlchemyError as exc:
            return type(exc).__name__
        return ""

    def state(self) -> Mapping[str, object]:
        """Return how the parts are that intake does not need."""
        plugins = {instance.name: instance.status.value for instance in self.registry.instances()}
        return {
            "portal": {"failed_tries": self.sender.troubles},
            "broker": "embedded" if self.is_embedded else "configured",
            "plugins": plugins,
        }

    # life

    def start(self, *, work: bool) -> None:
        """Open what must be open before the first request; *work* also starts workers and duties."""
        if not self.database.is_sqlite and not migrate.is_current(self.database):
            raise ConfigurationError("hub.database_url: the tables are not up to date; run `hub db upgrade`")
        if self.has_database_to_itself:
            self._open.enter_context(LockFile(self.database.path))
            self.inbox.release_all()
        elif self.database.is_sqlite:
            raise ConfigurationError(
                "hub.database_url: SQLite serves one process; use postgresql:// with a broker_url"
            )
        self.registry.startup()
        self.housekeeping.write_statistics()
        self.writer.start()
        if work:
            self.workers.start()

    def stop(self) -> None:
        """Stop in the order that loses nothing: no new rows, then no new work, then the connections."""
        if "writer" in self.__dict__:
            self.writer.stop()
        if "workers" in self.__dict__:
            self.workers.stop()
        if "registry" in self.__dict__:
            self.registry.shutdown()
        self.close()

    def close(self) -> None:
        """Let go of the connections; enough for a hub that was not started."""
        self._open.close()

    def _keep_claims(self) -> None:
        self.claims.renew()
        self.sender.keep_lease()

    def _fallback_dialog(self) -> str:
        nobody = Notification(key="fallback", title="fallback")
        return self.resolve.fallback(nobody, "the fallback itself")[0].dialog


def _warn_moved(host: str) -> None:
    log.warning("the portal has moved; change bitrix24.webhook_url", host=host)
