"""Which bot API a portal offers, and which one to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from hub.bitrix24.client import Client
from hub.bitrix24.errors import AccessRefused, MethodUnknown

Dialect: TypeAlias = Literal["v2", "v1"]


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """Which bot API a portal offers with the present credentials.

    Attributes:
        dialect: the newest usable one; None when there is none.
        revision: of the v2 API; None when unknown.
    """

    dialect: Dialect | None
    revision: int | None = None


def choose(wanted: Literal["auto", "v2", "v1"], client: Client) -> Dialect:
    """Return the bot API to use: the *wanted* one without asking, else the newest that the portal offers.

    Raises:
        AccessRefused: the portal offers none.
        PortalError: the portal cannot be asked.
    """
    if wanted != "auto":
        return wanted
    dialect = probe(client).dialect
    if dialect is None:
        raise AccessRefused(
            "the portal offers no bot methods to these credentials; give the webhook or application"
            " the scope 'imbot', or name the bot API in the settings if it is there all the same"
        )
    return dialect


def probe(client: Client) -> Abilities:
    """Ask the portal which bot API can be used."""
    if _is_available(client, "imbot.v2.chat.message.send"):
        result = client.read("imbot.v2.Revision.get").result
        rest = result.get("rest") if isinstance(result, Mapping) else None
        return Abilities(dialect="v2", revision=rest if isinstance(rest, int) else None)
    return Abilities(dialect="v1" if _is_available(client, "imbot.message.add") else None)


def _is_available(client: Client, lower_case_method: str) -> bool:
    try:
        result = client.read("method.get", {"name": lower_case_method}).result
    except MethodUnknown:
        return False
    return (
        isinstance(result, Mapping) and result.get("isExisting") is True and result.get("isAvailable") is True
    )
