"""The context that every plugin instance is constructed with."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import httpx

from hub.pipeline.portal import PluginPortal
from hub.pipeline.unit_of_work import CurrentWork, InstanceStore, InstanceTimers
from hub.plugin import Clock
from hub.storage.plugin_store import PluginData


@dataclass(frozen=True, kw_only=True)
class PluginContext:
    """What one instance may use."""

    name: str
    log: logging.LoggerAdapter[logging.Logger]
    clock: Clock
    http: httpx.Client
    portal: PluginPortal
    store: InstanceStore
    timers: InstanceTimers
    public_url: str

    def inbound_url(self, path: str = "") -> str:
        """Return the address of this instance as senders see it."""
        return "/".join(part for part in (f"{self.public_url}/in/{self.name}", path.strip("/")) if part)


class Contexts:
    """Makes contexts that share one HTTP client and one portal."""

    def __init__(
        self,
        *,
        clock: Clock,
        http: httpx.Client,
        portal: PluginPortal,
        data: PluginData,
        work: CurrentWork,
        public_url: str,
    ) -> None:
        self._clock = clock
        self._http = http
        self._portal = portal
        self._data = data
        self._work = work
        self._public_url = public_url.rstrip("/")

    def make(self, instance: str) -> PluginContext:
        """Return the context of *instance*."""
        return PluginContext(
            name=instance,
            log=logging.LoggerAdapter(logging.getLogger(f"hub.plugins.{instance}"), {"instance": instance}),
            clock=self._clock,
            http=self._http,
            portal=self._portal,
            store=InstanceStore(instance, self._data, self._work, self._clock),
            timers=InstanceTimers(instance, self._data, self._work),
            public_url=self._public_url,
        )
