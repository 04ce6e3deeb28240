"""Plugins that come with the hub; like all plugins they use the public API only."""

from collections.abc import Mapping
from typing import Any

from hub.builtin.people import PeoplePlugin
from hub.builtin.send import SendPlugin
from hub.plugin import Plugin

#: Instance name -> class, always active.
BUILTIN: Mapping[str, type[Plugin[Any]]] = {"people": PeoplePlugin, "send": SendPlugin}
