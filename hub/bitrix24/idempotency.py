"""The key that makes a portal show a message once however often it is sent.

A portal remembers ``templateId`` for 31 days, portal-wide, and answers a repeated send with the
id of the first message, provided the key looks like a version 4 UUID in lower case.
"""

from __future__ import annotations

import hashlib
import json
import uuid


def template_id(*, portal: str, bot: str, instance: str, key: str, dialog: str, generation: int) -> str:
    """Return the message key for one thing said to one dialog.

    Equal arguments give equal keys, for ever. *generation* rises only after a definite refusal,
    when the portal may have kept the key without a message.
    """
    # JSON keeps the parts apart whatever characters they hold
    parts = json.dumps([portal, bot, instance, key, dialog, generation], separators=(",", ":"))
    digest = hashlib.sha256(parts.encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
