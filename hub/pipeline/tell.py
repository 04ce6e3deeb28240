"""Tell: let a plugin know how its own deliveries ended."""

from __future__ import annotations

from hub.plugin import Delivery
from hub.registry import Registry
from hub.storage.outbox import OutboxRows
from hub.storage.tables import NotificationRow, Outbox

_AT_ONCE = 100


class Tell:
    """Calls ``delivery_finished``, at least once for each delivery of a plugin that implements it."""

    def __init__(self, outbox: OutboxRows, registry: Registry) -> None:
        self._outbox = outbox
        self._registry = registry

    def tell(self) -> None:
        """Tell about finished deliveries that nobody was told about yet."""
        for row, notification in self._outbox.untold(_AT_ONCE):
            self._registry.delivery_finished(row.instance, as_delivery(row, notification))
            self._outbox.mark_told(row.id)


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
