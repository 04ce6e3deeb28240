"""`templateId`: the portal-wide key that keeps a message from being shown twice."""

import re
from datetime import timedelta

from hub.sandbox.errors import RestError
from hub.sandbox.model import MessageKey
from hub.sandbox.portal import Portal

#: Lower-case UUID version 4; anything else is echoed but not deduplicated.
_UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
#: How long a key without a message stays reserved, and how long any key is remembered.
_RESERVATION = timedelta(hours=1)
_RETENTION = timedelta(days=31)


class MessageKeys:
    """Reserve a key, send, link it: a repeat then finds the message."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def counts(self, key: str) -> bool:
        """Say whether *key* takes part at all."""
        return self._portal.options.idempotency and _UUID4.match(key) is not None

    def reserve(self, key: str) -> int | None:
        """Reserve *key* for a new message, or return the id of the message sent with it before.

        Raises:
            RestError: `SENDING_FAILED`, the key is reserved for less than an hour and no message is known yet.
        """
        now = self._portal.clock.now()
        known = self._portal.keys.get(key)
        if known is not None and now - known.reserved_at < _RETENTION:
            if known.message_id is not None:
                return known.message_id
            if now - known.reserved_at < _RESERVATION:
                raise RestError("SENDING_FAILED", "Sending failed")
        self._portal.keys.put(MessageKey(id=key, reserved_at=now))
        return None

    def link(self, key: str, message_id: int) -> None:
        """Remember which message was sent with *key*."""
        reserved = self._portal.keys[key]
        self._portal.keys.put(reserved.model_copy(update={"message_id": message_id}))
