"""Proof: whether a post to ``/bitrix24/events`` is the portal's, by the secrets that only it and the hub know."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs

from hub.pipeline.constant_time import same

#: Where the portal posts events.
EVENTS_PATH = "/bitrix24/events"

#: The portal keeps a webhook's bot under this owner, cut to what its table holds, and sends it as the token.
_OWNER = "custom"
_OWNER_LENGTH = 50
_LONGEST = 500


class InstalledApplication(Protocol):
    """What is known of the application that the portal has installed."""

    @property
    def member_id(self) -> str:
        """The portal's name for itself."""

    @property
    def application_token(self) -> str:
        """What it sends with every event."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a post says about who sent it; empty where it says nothing."""

    member_id: str = ""
    application_token: str = field(default="", repr=False)
    key: str = field(default="", repr=False)


class Proof:
    """Compares in constant time with every secret there is.

    The tokens of outgoing webhooks are not pinned to the portal that used one first: whoever tried the address out
    with a made-up ``member_id`` would lock the portal out, and it never repeats an event. Where an application is
    installed the portal's ``member_id`` is known, and then no other one is believed.

    Args:
        tokens: of outgoing webhooks made by hand.
        bot_token: of a bot that was registered with an incoming webhook.
        installed: the installed application, if any; asked for every post, on a thread that may wait.
    """

    def __init__(
        self, *, tokens: Sequence[str], bot_token: str, installed: Callable[[], InstalledApplication | None]
    ) -> None:
        self._tokens = tuple(token for token in tokens if token)
        self._owner = f"{_OWNER}{bot_token}"[:_OWNER_LENGTH] if bot_token else ""
        self._key = handler_key(bot_token) if bot_token else ""
        self._installed = installed

    def holds(self, claim: Claim, *, for_bot: bool) -> bool:
        """Say whether the portal sent it.

        Whoever made an outgoing webhook knows its token, and must not click in the name of others with it.

        Args:
            for_bot: it says what people write to a bot or click.
        """
        application = self._installed()
        is_ours = application is None or same(claim.member_id, application.member_id)
        by_application = application is not None and same(
            claim.application_token, application.application_token
        )
        by_webhook = [same(claim.application_token, token) for token in self._tokens]
        by_owner = same(claim.application_token, self._owner)
        by_key = same(claim.key, self._key)
        return (is_ours and (by_application or (any(by_webhook) and not for_bot))) or by_owner or by_key


def claim_of(form: Mapping[str, Any], query: str) -> Claim:
    """Read what a post says about who sent it.

    Only ``auth`` at the top counts: a bot's own ``auth`` further down is another one.
    """
    auth = form.get("auth")
    told = auth if isinstance(auth, Mapping) else {}
    return Claim(
        member_id=_text(told.get("member_id")),
        application_token=_text(told.get("application_token")),
        key=_key_in(query),
    )


def handler_key(bot_token: str) -> str:
    """Return the secret in the address of a bot's handler, from which nobody can tell the bot's token."""
    return hmac.new(bot_token.encode(), b"bitrix24 event handler", hashlib.sha256).hexdigest()


def handler_url(public_url: str, bot_token: str) -> str:
    """Return the address to give to the portal for a bot's events; empty without a public address.

    It holds a secret where the bot has a token of its own, because bots of the first API may post without any other.
    """
    if not public_url:
        return ""
    address = f"{public_url.rstrip('/')}{EVENTS_PATH}"
    return f"{address}?key={handler_key(bot_token)}" if bot_token else address


def _key_in(query: str) -> str:
    try:
        return _text((parse_qs(query, max_num_fields=20).get("key") or [""])[0])
    except ValueError:  # too many fields
        return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""
