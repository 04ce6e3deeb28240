"""What the registry knows about one instance of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import click
from pydantic import BaseModel

from hub.plugin import Command, HealthCheck, Job, Plugin, PortalSource, Resolver, Source, Timer

D = TypeVar("D")


class Status(StrEnum):
    """Where an instance stands."""

    ACTIVE = "active"
    FAILING = "failing"
    DISABLED = "disabled"
    MISCONFIGURED = "misconfigured"
    INCOMPATIBLE = "incompatible"
    BROKEN = "broken"
    CONFLICT = "conflict"

    @property
    def serves(self) -> bool:
        """Whether requests are accepted; of a failing instance the rows wait."""
        return self in {Status.ACTIVE, Status.FAILING}


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """What an instance declared after loading."""

    sources: tuple[Source, ...] = ()
    portal_sources: tuple[PortalSource, ...] = ()
    resolvers: tuple[Resolver, ...] = ()
    commands: tuple[Command, ...] = ()
    jobs: tuple[Job, ...] = ()
    timers: tuple[Timer, ...] = ()
    health_checks: tuple[HealthCheck, ...] = ()
    cli_commands: tuple[click.Command, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Implementation:
    """A hook the plugin implements, bound to the plugin object."""

    function: Callable[..., object] = field(repr=False)
    tryfirst: bool = False
    trylast: bool = False


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One instance as ``hub plugins list`` and ``show`` tell about it.

    Attributes:
        plugin_name: the installed plugin's entry point; differs from ``name`` with ``use``.
        distribution: what to uninstall or update; the hub's own for built-in plugins, empty when unknown.
        api_version: what the plugin asks for; empty when it was not loaded.
        reason: one line that says what is wrong and what to do; empty when active.
        plugin: the constructed object, for tests and for nothing else: call it through the registry.
        settings: validated; ``None`` unless the instance was constructed.
    """

    name: str
    plugin_name: str
    distribution: str = ""
    version: str = ""
    api_version: str = ""
    status: Status
    reason: str = ""
    plugin: Plugin[Any] | None = field(default=None, repr=False)
    settings: BaseModel | None = field(default=None, repr=False)
    declared: Declarations = field(default=Declarations(), repr=False)
    hooks: Mapping[str, Implementation] = field(default_factory=dict, repr=False)

    @property
    def provides(self) -> dict[str, list[str]]:
        """URL paths, portal event names, address schemes, command names and job names."""
        declared = self.declared
        return {
            "sources": [inbound_path(self.name, source.path) for source in declared.sources],
            "portal_sources": sorted({event for each in declared.portal_sources for event in each.events}),
            "resolvers": [resolver.scheme for resolver in declared.resolvers],
            "commands": [command.name for command in declared.commands],
            "jobs": [job.name for job in declared.jobs],
        }


@dataclass(frozen=True, kw_only=True)
class Declared(Generic[D]):
    """Something declared, and by whom."""

    instance: Instance
    item: D


@dataclass(frozen=True, kw_only=True)
class StatusChange:
    """An instance that became ``failing``, or ``active`` again."""

    instance: str
    status: Status
    reason: str
    at: datetime


def inbound_path(instance: str, path: str = "") -> str:
    """Return the URL path of a source: ``/in/alertmanager/{endpoint}``."""
    return f"/in/{instance}/{path.strip('/')}".rstrip("/")
