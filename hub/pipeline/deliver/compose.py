"""Compose: the portal call that a claimed row stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Literal

import structlog

from hub.bitrix24 import BotDialect, Call, OutgoingMessage, template_id
from hub.i18n import Catalogue, Reader
from hub.pipeline.readers import Readers
from hub.pipeline.render import notice, one_line, plain_fallback, render, reply
from hub.plugin import Clock, DeliveryState, Mode, Notification
from hub.storage.outbox import Claimed
from hub.storage.states import Op

log = structlog.get_logger("hub.deliver")

#: What stored content can raise that this version does not understand.
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)

Kind = Literal["send", "edit", "notice"]


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A row with its call; ``kind`` says how to read the answer."""

    claimed: Claimed
    kind: Kind
    call: Call
    can_be_clicked: bool = False  #: it has a button that acts


@dataclass(frozen=True, kw_only=True)
class Moot:
    """A row that needs no call, with the state it ends in and why."""

    claimed: Claimed
    state: DeliveryState
    reason: str
    missed: bool = False  #: it would have been news to the dialog


class Compose:
    """Renders a row for its reader and puts it into the bot's dialect; ``fallback`` is the last resort's dialog."""

    def __init__(
        self,
        *,
        dialect: BotDialect,
        portal: str,
        bot: str,
        base_url: str,
        fallback: str,
        readers: Readers,
        clock: Clock,
    ) -> None:
        self.fallback = fallback
        self._dialect = dialect
        self._portal = portal
        self._bot = bot
        self._base_url = base_url
        self._readers = readers
        self._clock = clock

    @property
    def is_idempotent(self) -> bool:
        """Whether a repeated send shows its message once."""
        return self._dialect.is_idempotent

    def compose(self, claimed: Claimed) -> Composed | Moot:
        """Return the call for a row, decided by what its dialog shows now."""
        try:
            return self._composed(claimed)
        except _UNREADABLE as exc:
            # a row that cannot be put into words must not hold up those that can
            log.error("delivery cannot be composed", delivery=claimed.row.id, error=type(exc).__name__)
            reason = f"it cannot be put into words: {str(exc).partition(chr(10))[0]}"
            return Moot(claimed=claimed, state=DeliveryState.FAILED, reason=reason)

    def _composed(self, claimed: Claimed) -> Composed | Moot:
        row = claimed.row
        notification = Notification.model_validate(claimed.notification.content)
        if row.op == Op.SHRINK:
            message = self._line(claimed, notification)
            return Composed(
                claimed=claimed, kind="edit", call=self._dialect.update(row.target or "", message)
            )
        expires_at = notification.expires_at
        if expires_at is not None and expires_at <= self._clock.now():
            reason = f"expired at {expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            missed = row.op == Op.CARD and row.mode == Mode.OPEN and (row.loud or not claimed.card)
            return Moot(claimed=claimed, state=DeliveryState.SUPPRESSED, reason=reason, missed=missed)
        if row.op == Op.NOTICE:
            return Composed(claimed=claimed, kind="notice", call=self._notice(claimed, notification))
        if row.op == Op.REPLY:
            message = self._words(claimed, notification)
            call = self._dialect.send(row.dialog, message, self.key(claimed))
            return Composed(claimed=claimed, kind="send", call=call)
        message = self._card(claimed, notification)
        if row.op == Op.REDRAW:
            target = claimed.card or row.target or ""
            return _with_buttons(claimed, "edit", self._dialect.update(target, message), message)
        if claimed.card and not row.loud:
            return _with_buttons(claimed, "edit", self._dialect.update(claimed.card, message), message)
        if row.mode == Mode.UPDATE and not claimed.card:
            return Moot(
                claimed=claimed,
                state=DeliveryState.SUPPRESSED,
                reason="its card was never shown in this dialog",
            )
        return _with_buttons(
            claimed, "send", self._dialect.send(row.dialog, message, self.key(claimed)), message
        )

    def key(self, claimed: Claimed) -> str:
        """Return the idempotency key of a send: the same for every repeat of one generation."""
        row = claimed.row
        return template_id(
            portal=self._portal,
            bot=self._bot,
            instance=row.instance,
            key=row.key,
            dialog=row.dialog,
            generation=row.generation,
        )

    def message_id(self, result: object) -> str:
        """Read the id of the message that a send made."""
        return self._dialect.message_id(result)

    def _card(self, claimed: Claimed, notification: Notification) -> OutgoingMessage:
        reader, catalogue = self._reading(claimed)
        message = render(
            notification,
            reader=reader,
            catalogue=catalogue,
            link_base=self._base_url,
            command_params=lambda index: f"{claimed.row.id}.{index}",
        )
        return plain_fallback(message, link_base=self._base_url) if claimed.row.plain else message

    def _line(self, claimed: Claimed, notification: Notification) -> OutgoingMessage:
        reader, catalogue = self._reading(claimed)
        return one_line(notification, reader=reader, catalogue=catalogue, link_base=self._base_url)

    def _words(self, claimed: Claimed, notification: Notification) -> OutgoingMessage:
        reader, catalogue = self._reading(claimed)
        return reply(notification, reader=reader, catalogue=catalogue, link_base=self._base_url)

    def _notice(self, claimed: Claimed, notification: Notification) -> Call:
        reader, catalogue = self._reading(claimed)
        text = notice(notification, reader=reader, catalogue=catalogue, link_base=self._base_url)
        return self._dialect.notify(claimed.row.dialog, text, f"hub-{claimed.row.notification_id}")

    def _reading(self, claimed: Claimed) -> tuple[Reader, Catalogue]:
        """Return who reads a row, and the words of its plugin in that reader's language."""
        reader = self._readers.of(claimed.row.dialog)
        return reader, self._readers.catalogue(claimed.row.instance, reader.language)


def _with_buttons(claimed: Claimed, kind: Kind, call: Call, message: OutgoingMessage) -> Composed:
    clickable = any("COMMAND" in button for button in message.keyboard)
    return Composed(claimed=claimed, kind=kind, call=call, can_be_clicked=clickable)
