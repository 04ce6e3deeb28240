"""The tables ``[hub]``, ``[bitrix24]``, ``[bot]`` and ``[limits]``."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, IPvAnyNetwork, SecretStr

from hub.settings.types import (
    Address,
    BrokerUrl,
    DatabaseUrl,
    DialogAddress,
    Dsn,
    Duration,
    Listen,
    OptionalRate,
    PortalHost,
    PublicUrl,
    Size,
    WebhookUrl,
)

#: The bot's colours as ``imbot.v2.Bot.register`` names them.
BotColor = Literal[
    "red",
    "green",
    "mint",
    "lightBlue",
    "darkBlue",
    "purple",
    "aqua",
    "pink",
    "lime",
    "brown",
    "azure",
    "khaki",
    "sand",
    "marengo",
    "gray",
    "graphite",
]

#: The letters of ``imbot.register``; H differs from B in the chat client alone.
_LETTERS = {"b": "bot", "h": "bot", "s": "supervisor", "o": "openline"}


def _bot_type(value: object) -> object:
    return _LETTERS.get(value.lower(), value) if isinstance(value, str) else value


BotType = Annotated[Literal["bot", "supervisor", "personal", "openline"], BeforeValidator(_bot_type)]


class Table(BaseModel):
    """A table of ``hub.toml``; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class HubTable(Table):
    """The hub itself."""

    public_url: PublicUrl = Field("", description="Address under which senders and the portal reach the hub.")
    database_url: DatabaseUrl = Field(
        Dsn("sqlite:///hub.db"), description="SQLite file, or a PostgreSQL database for several processes."
    )
    broker_url: BrokerUrl = Field(
        Dsn(""), description="Redis or RabbitMQ for separate workers; empty = everything in one process."
    )
    language: Literal["en", "ru"] = Field("en", description="Language for readers who have not chosen one.")
    timezone: ZoneInfo = Field(
        ZoneInfo("UTC"), description="Zone of schedules, and of readers whose own zone is not known."
    )
    admins: tuple[Address, ...] = Field((), description="Who may use commands for admins.")
    catch_up_max: Duration = Field(
        timedelta(days=3), description="How far back missed events of the portal are told after downtime."
    )
    retention_days: int = Field(90, ge=1, description="Days for which events and deliveries are kept.")
    body_retention_days: int = Field(14, ge=1, description="Days for which raw request bodies are kept.")
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        ("127.0.0.1",),
        validate_default=True,
        description="Addresses or networks whose X-Forwarded-For is believed.",
    )
    max_body: Size = Field(
        "1MiB",
        validate_default=True,
        description="Largest request body that is accepted.",
    )
    metrics_listen: Listen = Field(
        "", description="Address for /metrics alone, e.g. '127.0.0.1:9100'; empty = on the same port."
    )


class Bitrix24Table(Table):
    """The portal: an incoming webhook, or a local application."""

    webhook_url: WebhookUrl = Field(SecretStr(""), description="Incoming webhook; it holds a secret.")
    portal: PortalHost = Field("", description="Host of the portal, for a local application.")
    client_id: str = Field("", description="The local application's client_id.")
    client_secret: SecretStr = Field(SecretStr(""), description="The local application's client_secret.")
    application_tokens: tuple[SecretStr, ...] = Field(
        (), description="Tokens of outgoing webhooks made by hand; events with another token are refused."
    )
    rate: float = Field(2.0, gt=0, le=1_000, description="Sustained REST calls per second.")
    burst: int = Field(50, ge=1, le=10_000, description="REST calls that may be made at once.")


class BotTable(Table):
    """The chat bot that writes the messages."""

    code: str = Field(
        "notify_bot", min_length=1, max_length=50, description="The bot's code at the portal; stays for good."
    )
    token: SecretStr = Field(
        SecretStr(""),
        max_length=40,
        description="The bot's own secret, at most 40 characters; losing it loses the bot's code.",
    )
    name: str = Field("Notifications", min_length=1, max_length=50, description="Name shown in chat.")
    color: BotColor = Field("green", description="Colour of the bot's avatar.")
    type: BotType = Field(
        "bot",
        description="'supervisor' and 'personal' see every message of their chats; the letters B, H, S, O work too.",
    )
    hidden: bool = Field(False, description="Keep the bot out of the portal's search.")
    api: Literal["auto", "v2", "v1"] = Field(
        "auto", description="Bot methods to use; 'auto' asks the portal."
    )
    events: Literal["fetch", "webhook"] = Field(
        "fetch", description="Fetch clicks from the portal, or have them posted to public_url."
    )
    sender: Literal["bot", "user"] = Field(
        "bot", description="Write as the bot, or as the user who made the webhook or application."
    )
    fallback: DialogAddress = Field(
        description="Who gets what nobody else is responsible for, e.g. 'user:1'."
    )


class LimitsTable(Table):
    """Protection of readers against floods."""

    per_recipient: OptionalRate = Field(
        None,
        description="New messages of one plugin in one dialog, e.g. '30/1m'; more become one card, critical ones "
        "another, but the first three critical ones are always shown.",
    )
