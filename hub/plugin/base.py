"""The class every plugin is."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from hub.plugin.context import Context
from hub.plugin.hooks import Hooks

#: The version of this API. A plugin works with every hub of the same major and an equal or higher minor.
API_VERSION = "1.0"

#: The entry-point group in which plugins are found.
ENTRY_POINT_GROUP = "hub.plugins"


class PluginSettings(BaseModel):
    """Base of a plugin's settings: unknown keys are refused, secrets are ``SecretStr``.

    Every field needs a description written for an operator; a field without default is required.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


S = TypeVar("S", bound=PluginSettings)


class Plugin(Hooks, Generic[S]):
    """One configured instance of a plugin.

    Constructed once per instance with validated settings and a context. Constructing does no I/O.
    A plugin without settings is ``class MyPlugin(Plugin[PluginSettings])``.
    """

    api_version: ClassVar[str]
    settings_model: ClassVar[type[PluginSettings]] = PluginSettings

    def __init__(self, settings: S, ctx: Context) -> None:
        self.settings = settings
        self.ctx = ctx
