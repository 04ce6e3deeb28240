"""The floor of storage: settings, the time, the database and what is kept in it."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from functools import cached_property

from hub import __version__
from hub.clock import SystemClock
from hub.observe.metrics import Metrics
from hub.plugin import Clock
from hub.settings import Settings
from hub.storage import migrate
from hub.storage.actions import ActionRows
from hub.storage.database import Database
from hub.storage.facts import Facts
from hub.storage.history import History
from hub.storage.ids import IdFactory
from hub.storage.inbox import InboxRows
from hub.storage.leases import Leases, OwnLeases, SharedLeases
from hub.storage.mutes import MuteRows
from hub.storage.named_chats import NamedChatRows
from hub.storage.outbox import OutboxRows
from hub.storage.plugin_stats import PluginStats
from hub.storage.plugin_statuses import PluginStatuses
from hub.storage.plugin_store import PluginData
from hub.storage.preferences import Preferences
from hub.storage.writer import InboxWriter


class StorageFloor:
    """What is kept, and where."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._is_moved = clock is not None
        self._open = ExitStack()

    @property
    def is_embedded(self) -> bool:
        """Whether this one process does everything."""
        return not self.settings.hub.broker_url.get_secret_value()

    @property
    def has_database_to_itself(self) -> bool:
        """Whether no other process may serve from this database; the lock file sees to it."""
        return self.is_embedded and self.database.is_sqlite

    @cached_property
    def database(self) -> Database:
        """The database; of an embedded one the tables are brought up to date."""
        url = self.settings.hub.database_url.get_secret_value()
        database = Database(url, self.clock, moved=self._is_moved)
        self._open.callback(database.close)
        if database.is_sqlite:
            migrate.upgrade(database)
        return database

    @cached_property
    def metrics(self) -> Metrics:
        """What this process counts."""
        return Metrics(__version__)

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
    def actions(self) -> ActionRows:
        """What people asked for."""
        return ActionRows(self.database)

    @cached_property
    def named_chat_rows(self) -> NamedChatRows:
        """Group chats of the settings, as far as they are open."""
        return NamedChatRows(self.database)

    @cached_property
    def outbox(self) -> OutboxRows:
        """Deliveries."""
        return OutboxRows(self.database)

    @cached_property
    def mutes(self) -> MuteRows:
        """What dialogs do not want to be told of."""
        return MuteRows(self.database)

    @cached_property
    def preferences(self) -> Preferences:
        """What readers have chosen."""
        return Preferences(self.database, self.clock)

    @cached_property
    def history(self) -> History:
        """Lists of both, for people."""
        return History(self.database)

    @cached_property
    def plugin_data(self) -> PluginData:
        """What plugins keep."""
        return PluginData(self.database)

    @cached_property
    def plugin_stats(self) -> PluginStats:
        """Counters of plugins."""
        return PluginStats(self.database)

    @cached_property
    def plugin_statuses(self) -> PluginStatuses:
        """How plugins are at run time."""
        return PluginStatuses(self.database, self.holder)

    @cached_property
    def facts(self) -> Facts:
        """What the hub remembers about itself."""
        return Facts(self.database)

    @cached_property
    def writer(self) -> InboxWriter:
        """The accept path's writer."""
        return InboxWriter(self.database, self.ids, self.metrics.intake.committed)

    def close(self) -> None:
        """Let go of the connections; enough for a hub that was not started."""
        self._open.close()
