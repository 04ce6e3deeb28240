"""Portal objects: let a plugin look at what events and catch-ups named, all that waits under one key at once."""

from __future__ import annotations

from hub.pipeline.follows import Follows
from hub.pipeline.object_rows import distinct, objects_in, source_name
from hub.plugin import PermanentFailure, PortalSource
from hub.registry import Registry, calls
from hub.storage.inbox import InboxRows
from hub.storage.tables import Inbox

#: After so many tries a row goes alone, so that it does not fail for what came after it.
_TRIED_TOGETHER = 5


class PortalObjects:
    """Calls ``notify`` of the source that a row was made for."""

    def __init__(self, registry: Registry, inbox: InboxRows) -> None:
        self._registry = registry
        self._inbox = inbox

    def follows(self, row: Inbox) -> Follows:
        """Return what the plugin tells about the objects of *row* and of those that wait behind it.

        Raises:
            PermanentFailure: the plugin has no such source any more.
            PluginError, CallFailed: it could not look at them.
        """
        name = str(row.request["source"])
        source = self._source(row.instance, name)
        others = self._inbox.behind(row) if row.attempts <= _TRIED_TOGETHER else []
        rows = [row, *(other for other in others if other.request.get("source") == name)]
        objects = distinct([each for one in rows for each in objects_in(one.request)])
        told = self._registry.guard.call(row.instance, calls.NOTIFY, source.notify, objects, object_id=row.id)
        return Follows(
            notifications=told,
            together=tuple(one.id for one in rows[1:]),
            caught_up=all(one.request.get("caught_up") for one in rows),
        )

    def _source(self, instance: str, name: str) -> PortalSource:
        for declared in self._registry.portal_sources():
            if declared.instance.name == instance and source_name(declared.item) == name:
                return declared.item
        raise PermanentFailure(f"portal source {name!r} is no longer declared")
