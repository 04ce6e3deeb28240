"""All settings of a hub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from hub.settings.plugins import InstanceName, PluginTable
from hub.settings.rules import Chat, Heartbeat, Maintenance, OnCall, Route
from hub.settings.tables import Bitrix24Table, BotTable, HubTable, LimitsTable

Origin = Literal["default", "file", "env"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=50)]
#: A chat's name has a letter, so that ``chat:1157`` stays the portal's own number.
CHAT_NAME = r"^[a-z0-9_-]*[a-z][a-z0-9_-]*$"
ChatName = Annotated[str, StringConstraints(pattern=CHAT_NAME, max_length=50)]


class Tables(BaseModel):
    """What stands in ``hub.toml`` and the environment, one field per table."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    hub: HubTable = Field(default_factory=HubTable)
    bitrix24: Bitrix24Table = Field(default_factory=Bitrix24Table)
    bot: BotTable
    limits: LimitsTable = Field(default_factory=LimitsTable)
    routes: tuple[Route, ...] = ()
    chats: dict[ChatName, Chat] = Field(default_factory=dict)
    oncall: dict[Name, OnCall] = Field(default_factory=dict)
    heartbeats: dict[InstanceName, Heartbeat] = Field(default_factory=dict)
    maintenance: tuple[Maintenance, ...] = ()
    plugins: dict[InstanceName, PluginTable] = Field(default_factory=dict)


class Settings(Tables):
    """The tables, the encryption keys and where each value came from.

    Attributes:
        secret_keys: Fernet keys of ``HUB_SECRET_KEY``; the first encrypts, all decrypt.
        origins: key path (``bot.token``) to ``file`` or ``env``; what is missing is a default.
    """

    secret_keys: tuple[SecretStr, ...] = ()
    origins: Mapping[str, Origin] = Field(default_factory=dict, repr=False)
