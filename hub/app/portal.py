"""The first floor: the portal and the hub's bot in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import structlog

from hub.app.limits import bucket_in_database, bucket_in_redis
from hub.app.storage import StorageFloor
from hub.bitrix24 import (
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
from hub.plugin import ConfigurationError
from hub.storage.portal_cache import PortalCache

log = structlog.get_logger("hub")

#: Seconds for a look-up in the portal; the plugin that waits for it has 10.
_LOOK_UP = 8.0


class PortalFloor(StorageFloor, ABC):
    """How the hub talks to the portal."""

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
        client = Client(self.webhook, limiter=self.limiter, budget=self.budget, observer=self.metrics.portal)
        self._open.callback(client.close)
        return client

    @cached_property
    def _quick_client(self) -> Client:
        """The same for look-ups: gives up before the plugin that waits for one runs out of its time."""
        retry = Retry(give_up_after=_LOOK_UP / 4)
        client = Client(
            self.webhook,
            limiter=self.limiter,
            budget=self.budget,
            observer=self.metrics.portal,
            retry=retry,
            read_timeout=_LOOK_UP,
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
            limiter, close = bucket_in_redis(broker, self.webhook.origin, bounds)
            self._open.callback(close)
        else:
            limiter = bucket_in_database(self.database, self.webhook.origin, bounds)
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
        return self.webhook.origin

    @cached_property
    def portal_identity(self) -> str:
        """The portal's name in idempotency keys: its first address, kept when the portal is renamed."""
        known = self.facts.get("portal")
        if known is None:
            known = self.webhook.host
            self.facts.set("portal", known)
        return str(known)

    @cached_property
    def portal(self) -> PluginPortal:
        """The portal as plugins see it."""
        return PluginPortal(self.client, self.reads, self.directory, self.portal_base, self.named_chat)

    @abstractmethod
    def named_chat(self, name: str) -> str:
        """Return the number of a chat that the settings name; opening it takes the floors above."""


def _warn_moved(host: str) -> None:
    log.warning("the portal has moved; change bitrix24.webhook_url", host=host)
