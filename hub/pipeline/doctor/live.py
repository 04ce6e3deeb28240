"""What only a message can prove: that a repeat is shown once, and that the bot is in its chats."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence

from hub.bitrix24 import BotDialect, Client, OutgoingMessage, template_id
from hub.pipeline.doctor.finding import Finding, fail, ok, warn
from hub.storage.chat_tables import NamedChat


def repeats(client: Client, dialect: BotDialect, dialog: str, message: OutgoingMessage) -> Iterator[Finding]:
    """Send one message twice with one key: the portal must show it once, and give the same id twice."""
    check = "repeats"
    if not dialect.is_idempotent:
        yield warn(
            check,
            "this way of sending has no key, so nothing was sent",
            "a message in doubt may be shown twice",
        )
        return
    key = template_id(
        portal="doctor", bot="doctor", instance="doctor", key=uuid.uuid4().hex, dialog=dialog, generation=0
    )
    call = dialect.send(dialog, message, key)
    first, second = (dialect.message_id(client.call(call.method, call.params).result) for _ in range(2))
    if first == second:
        yield ok(check, f"the portal showed message {first} once, although it was sent twice")
    else:
        message_ids = f"the portal showed the same message twice: {first} and {second}"
        yield fail(
            check,
            message_ids,
            "this portal does not know message keys: a message in doubt may be shown twice",
        )


def chats(rows: Sequence[NamedChat], is_member: Callable[[str], bool]) -> Iterator[Finding]:
    """Check that the bot is in the chats of the settings.

    Args:
        is_member: asks the portal, by the number of a chat.
    """
    for row in rows:
        check = f"chat {row.name}"
        if not row.chat:
            yield warn(
                check, f"is not open: {row.reason or 'it is being opened'}", "'hub chat list' shows all"
            )
        elif is_member(row.chat):
            yield ok(check, f"the bot is in chat {row.chat}")
        else:
            advice = (
                f"ask a member to invite the bot; 'hub chat forget {row.name}' lets the hub open a new one"
            )
            yield fail(check, f"the bot is not in chat {row.chat}", advice)
