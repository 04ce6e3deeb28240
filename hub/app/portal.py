"""The floor of the portal: what lets the hub in, and how it asks."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property

import httpx
import structlog

from hub.app.limits import bucket_in_database, bucket_in_redis
from hub.app.storage import StorageFloor
from hub.bitrix24 import (
    Application,
    Bounds,
    Client,
    Directory,
    IncomingWebhook,
    OperatingBudget,
    Reads,
    Retry,
    SharedBucket,
)
from hub.pipeline.portal import DurableCache, PluginPortal
from hub.pipeline.seal import Seal
from hub.pipeline.vault import DatabaseVault
from hub.plugin import ConfigurationError
from hub.storage.credentials import CredentialRows
from hub.storage.leases import SharedLeases
from hub.storage.portal_cache import PortalCache

log = structlog.get_logger("hub")

#: Seconds for a look-up in the portal; the plugin that waits for it has 10.
_LOOK_UP = 8.0


class PortalFloor(StorageFloor, ABC):
    """How the hub talks to the portal."""

    @cached_property
    def seal(self) -> Seal:
        """Encryption of sensitive bodies and of credentials."""
        return Seal([key.get_secret_value() for key in self.settings.secret_keys])

    @cached_property
    def auth(self) -> IncomingWebhook | Application:
        """What lets the hub into the portal."""
        table = self.settings.bitrix24
        if url := table.webhook_url.get_secret_value():
            return IncomingWebhook(url, on_moved=_warn_moved("bitrix24.webhook_url"))
        if not table.portal:
            raise ConfigurationError(
                "bitrix24.webhook_url: is needed; create an incoming webhook in the portal,"
                " or a local application"
            )
        return Application(
            table.portal,
            client_id=table.client_id,
            client_secret=table.client_secret.get_secret_value(),
            vault=self.vault,
            now=self.clock.now,
            on_moved=_warn_moved("bitrix24.portal"),
        )

    @property
    def is_application(self) -> bool:
        """Whether the hub is an application in the portal, and not a webhook."""
        return isinstance(self.auth, Application)

    @cached_property
    def vault(self) -> DatabaseVault:
        """Where the application's tokens are kept."""
        leases = SharedLeases(self.database, self.holder)
        rows = CredentialRows(self.database)
        return DatabaseVault(rows, self.seal, leases, portal=self.settings.bitrix24.portal)

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """Whose certificates are trusted, read once for every connection to anybody."""
        return httpx.create_ssl_context()

    @cached_property
    def client(self) -> Client:
        """The portal's REST API."""
        client = Client(
            self.auth,
            limiter=self.limiter,
            budget=self.budget,
            observer=self.metrics.portal,
            tls=self.tls,
        )
        self._open.callback(client.close)
        return client

    @cached_property
    def _quick_client(self) -> Client:
        """The same for look-ups: gives up before the plugin that waits for one runs out of its time."""
        retry = Retry(give_up_after=_LOOK_UP / 4)
        client = Client(
            self.auth,
            limiter=self.limiter,
            budget=self.budget,
            observer=self.metrics.portal,
            retry=retry,
            read_timeout=_LOOK_UP,
            tls=self.tls,
        )
        self._open.callback(client.close)
        return client

    @cached_property
    def limiter(self) -> SharedBucket:
        """Permission to send requests, shared with every process that calls this portal."""
        table = self.settings.bitrix24
        bounds = Bounds.of(table.rate, table.burst)
        broker = self.settings.hub.broker_url.get_secret_value()
        if broker.startswith("redis"):
            limiter, close = bucket_in_redis(broker, self.auth.origin, bounds)
            self._open.callback(close)
        else:
            limiter = bucket_in_database(self.database, self.auth.origin, bounds)
        return limiter

    @cached_property
    def budget(self) -> OperatingBudget:
        """The execution time that each method has left."""
        return OperatingBudget()

    @cached_property
    def reads(self) -> Reads:
        """Reads that share requests."""
        return Reads(self.client)

    @cached_property
    def directory(self) -> Directory:
        """People, departments, stages, currencies."""
        cache = DurableCache(PortalCache(self.database), self.clock)
        return Directory(Reads(self._quick_client), cache, lambda: self.clock.now().timestamp())

    @property
    def portal_base(self) -> str:
        """The portal's address, for links."""
        return self.auth.origin

    @cached_property
    def portal_identity(self) -> str:
        """The portal's name in idempotency keys: its first address, kept when the portal is renamed."""
        known = self.facts.get("portal")
        if known is None:
            known = self.auth.host
            self.facts.set("portal", known)
        return str(known)

    @cached_property
    def portal(self) -> PluginPortal:
        """The portal as plugins see it."""
        return PluginPortal(self.client, self.reads, self.directory, self.portal_base, self.named_chat)

    @abstractmethod
    def named_chat(self, name: str) -> str:
        """Return the number of a chat that the settings name; opening it takes the floors above."""


def _warn_moved(setting: str) -> Callable[[str], None]:
    return lambda host: log.warning("the portal has moved; change the setting", setting=setting, host=host)
