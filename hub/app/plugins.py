"""The floor of plugins: the plugins and what they get from the hub."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property

import httpx
import structlog

from hub import __version__
from hub.app.builtin import ONCALL, builtin_plugins
from hub.app.portal import PortalFloor
from hub.builtin.oncall.plugin import OnCallPlugin
from hub.builtin.oncall.rosters import Rosters
from hub.i18n import Catalogues
from hub.pipeline.context import Contexts
from hub.pipeline.folding import FoldingCards
from hub.pipeline.folding_words import HUB
from hub.pipeline.hub_plugin import hub_plugin
from hub.pipeline.unit_of_work import CurrentWork
from hub.plugin import Clock, Command
from hub.registry import EntryPoint, Registry
from hub.settings import Settings

log = structlog.get_logger("hub")


class PluginFloor(PortalFloor):
    """What is installed and configured."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        plugins: Sequence[EntryPoint] | None = None,
    ) -> None:
        super().__init__(settings, clock=clock)
        self._plugins = plugins

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
            verify=self.tls,
            headers={"User-Agent": f"bitrix24-hub/{__version__}"},
        )
        self._open.callback(client.close)
        return client

    @cached_property
    def folding(self) -> FoldingCards:
        """The hub's own cards."""
        return FoldingCards(self.database, self.ids, timedelta(days=self.settings.hub.retention_days))

    @abstractmethod
    def own_commands(self) -> Sequence[Command]:
        """Return what can be typed and clicked of the hub itself; a floor that knows enough for it says so."""

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
        registry = Registry.load(
            self.settings.plugins,
            contexts.make,
            entry_points=self._plugins,
            builtin={**builtin_plugins(self.settings), HUB: hub_plugin(self.own_commands())},
            secret_key_present=bool(self.settings.secret_keys),
            clock=self.clock,
            scope=self.work.attempt,
        )
        self._open.callback(registry.guard.close)
        return registry

    @property
    def rosters(self) -> Rosters:
        """Who is on call when."""
        plugin = self.registry.instance(ONCALL).plugin
        assert isinstance(plugin, OnCallPlugin)
        return plugin.rosters

    @cached_property
    def catalogues(self) -> Catalogues:
        """Words in every language."""
        return Catalogues(warn=lambda message: log.warning("catalogue ignored", reason=message))
