"""Objects of the portal that a plugin looks at because something happened to them."""

from __future__ import annotations

from hub.pipeline.follows import Follows
from hub.storage.tables import Inbox


class PortalObjects:
    """Calls ``notify`` of a portal source."""

    def follows(self, row: Inbox) -> Follows:
        """Return what the plugin tells."""
        raise LookupError(row.id)
