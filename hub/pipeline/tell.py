"""Tell: let a plugin know how its own deliveries ended."""

from __future__ import annotations

from hub.pipeline.unit_of_work import CurrentWork
from hub.plugin import Delivery
from hub.registry import Registry
from hub.storage.database import Database
from hub.storage.outbox import OutboxRows
from hub.storage.plugin_store import apply_change
from hub.storage.tables import NotificationRow, Outbox

_AT_ONCE = 100


class Tell:
    """Calls ``delivery_finished``, at least once for each delivery of a plugin that implements it."""

    def __init__(self, database: Database, outbox: OutboxRows, registry: Registry, work: CurrentWork) -> None:
        self._database = database
        self._outbox = outbox
        self._registry = registry
        self._work = work

    def tell(self) -> None:
        """Tell about finished deliveries that nobody was told about yet."""
        for row, notification in self._outbox.untold(_AT_ONCE):
            with self._work.begin() as work:
                self._registry.delivery_finished(row.instance, as_delivery(row, notification))
                with self._database.write() as session:
                    self._outbox.mark_told(session, row.id)
                    for instance, change in work.close():
                        apply_change(session, instance, change)


def as_delivery(row: Outbox, notification: NotificationRow) -> Delivery:
    """Return an outbox row in the plugin's words."""
    labels = notification.content.get("labels")
    return Delivery(
        id=row.id,
        notification=row.notification_id,
        key=row.key,
        labels={name: str(value) for name, value in labels.items()} if isinstance(labels, dict) else {},
        dialog=row.dialog,
        state=row.state,
        message_id=row.message_id,
        reason=row.reason,
    )
