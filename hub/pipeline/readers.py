"""Who reads a dialog, in which language and zone, with which plugin's words."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.bitrix24 import Directory
from hub.bitrix24.dialogs import is_person
from hub.bitrix24.errors import PortalError
from hub.i18n import CORE, Catalogue, Catalogues, Reader
from hub.pipeline.folding_words import HUB
from hub.plugin import Person
from hub.registry import Registry, UnknownInstance
from hub.storage.preferences import Preferences


class Readers:
    """Looks readers up; the portal knows people's zones, but not their languages, which they choose with ``/lang``."""

    def __init__(
        self,
        *,
        registry: Registry,
        directory: Directory,
        catalogues: Catalogues,
        preferences: Preferences,
        language: str,
        zone: ZoneInfo,
    ) -> None:
        self._registry = registry
        self._directory = directory
        self._catalogues = catalogues
        self._preferences = preferences
        self._language = language
        self._zone = zone

    def of(self, dialog: str) -> Reader:
        """Return the reader of a private dialog, or of a group chat."""
        language = self._preferences.language(dialog) or self._language
        if not is_person(dialog):
            return Reader(language=language, zone=self._zone, several_zones=True)
        return Reader(language=language, zone=self._zone_of(dialog))

    def person(self, user: str) -> Person:
        """Return somebody by name, or by number while the portal does not say it."""
        try:
            name = self._directory.user(user).name
        except PortalError:
            name = ""
        return Person(name=name or f"user {user}", id=user)

    def catalogue(self, instance: str, language: str) -> Catalogue:
        """Return the words of the instance's plugin; the hub's own cards quote everybody's."""
        if instance == HUB:
            packages = {self._package(each.name) for each in self._registry.instances()} - {CORE}
            return self._catalogues.of_all(packages, language)
        return self._catalogues.of(self._package(instance), language)

    def _package(self, instance: str) -> str:
        """Return the package whose catalogue holds the plugin's words; the core's once it is gone."""
        try:
            plugin = self._registry.instance(instance).plugin
        except UnknownInstance:
            return CORE
        return package_of(plugin)

    def _zone_of(self, user: str) -> ZoneInfo:
        try:
            name = self._directory.user(user).time_zone
        except PortalError:
            return self._zone  # a card in the hub's zone beats no card
        try:
            return ZoneInfo(name) if name else self._zone
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
            return self._zone


def package_of(plugin: object | None) -> str:
    """Return the package whose catalogue holds a plugin's words; the core's for built-in ones."""
    package = type(plugin).__module__.partition(".")[0]
    return CORE if plugin is None or package == "hub" else package
