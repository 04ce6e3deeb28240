"""Which plugins are installed, and which instances of them there should be."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hub.plugin import ENTRY_POINT_GROUP, Plugin
from hub.settings import PluginTable

#: Shown as the distribution of built-in plugins.
CORE = "bitrix24-hub"


class Distribution(Protocol):
    """What was installed."""

    @property
    def name(self) -> str:
        """For example ``hub-plugin-zabbix``."""

    @property
    def version(self) -> str:
        """For example ``1.2.0``."""


class EntryPoint(Protocol):
    """An entry point of the group ``hub.plugins``."""

    @property
    def name(self) -> str:
        """The plugin's name."""

    @property
    def dist(self) -> Distribution | None:
        """What it belongs to."""

    def load(self) -> object:
        """Import the module and return the class."""


@dataclass(frozen=True)
class BuiltIn:
    """A plugin of the hub's own, as an entry point that needs no import."""

    name: str
    plugin: type[Plugin]  # type: ignore[type-arg]
    dist: None = None

    def load(self) -> object:
        """Return the class."""
        return self.plugin


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An instance there should be.

    Attributes:
        claims: the installed plugins that bear the name; none = not installed, several = nobody gets it.
        rivals: who else wants the instance's name, for the reason shown.
        known: names of all installed plugins, for a hint where none of them is meant.
    """

    name: str
    plugin_name: str
    table: PluginTable
    claims: Sequence[EntryPoint]
    rivals: Sequence[str] = field(default=())
    known: Collection[str] = field(default=())


def installed() -> list[EntryPoint]:
    """Return all entry points of the group; nothing is imported."""
    return list(importlib.metadata.entry_points(group=ENTRY_POINT_GROUP))


def wanted(entry_points: Iterable[EntryPoint], tables: Mapping[str, PluginTable]) -> list[Wanted]:
    """Return one instance for each entry point and for each table, ordered by name.

    A name wanted twice appears twice, each naming the other as its rival. Built-in plugins give way to
    nobody: what claims the name of one of them is the only one refused.
    """
    by_name: dict[str, list[EntryPoint]] = {}
    for entry_point in entry_points:
        by_name.setdefault(entry_point.name, []).append(entry_point)
    found: list[Wanted] = []
    for name, claimants in sorted(by_name.items()):
        table = tables.get(name, PluginTable())
        origins = [described(each) for each in claimants]
        if table.use not in {"", name}:
            origins.append(f"[plugins.{name}] with use = {table.use!r}")
            table = PluginTable()  # it is of the other claimant
        for position, claimant in enumerate(claimants):
            others = () if isinstance(claimant, BuiltIn) else [*origins[:position], *origins[position + 1 :]]
            found.append(Wanted(name=name, plugin_name=name, table=table, claims=[claimant], rivals=others))
    for name, table in sorted(tables.items()):
        plugin_name = table.use or name
        if name in by_name and plugin_name == name:
            continue
        found.append(
            Wanted(
                name=name,
                plugin_name=plugin_name,
                table=table,
                claims=_own_first(by_name.get(plugin_name, ())),
                rivals=[described(each) for each in by_name.get(name, ())],
                known=by_name.keys(),
            )
        )
    return sorted(found, key=lambda each: each.name)


def described(entry_point: EntryPoint) -> str:
    """Return the distribution an entry point belongs to."""
    name, version = origin(entry_point)
    return f"{name} {version}".strip() or "an unknown distribution"


def origin(entry_point: EntryPoint) -> tuple[str, str]:
    """Return name and version of the distribution; empty where its metadata cannot be read."""
    if isinstance(entry_point, BuiltIn):
        return CORE, ""
    if entry_point.dist is None:
        return "", ""
    try:
        return entry_point.dist.name or "", entry_point.dist.version or ""
    except Exception:  # noqa: BLE001  # half-removed distributions raise whatever their metadata makes of it
        return "", ""


def _own_first(claims: Sequence[EntryPoint]) -> Sequence[EntryPoint]:
    built_in = [each for each in claims if isinstance(each, BuiltIn)]
    return built_in or claims
