"""Plugins as if they were installed, a clock that tests move, and threads that end with the test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from hub.plugin import Plugin, PluginSettings
from hub.registry import Guard, Registry
from hub.settings import PluginTable
from hub.testing import FakeContext, MovedClock

#: Short enough not to wait for, long enough for whatever is not stuck.
SHORT = timedelta(milliseconds=150)


class Base(Plugin[PluginSettings]):
    """What the plugins of these tests have in common."""

    api_version = "1.0"


@dataclass
class Dist:
    name: str
    version: str = "1.2.0"


@dataclass
class Installed:
    """An entry point that imports nothing."""

    name: str
    plugin: object
    dist: Dist | None = None

    def load(self) -> object:
        if callable(self.plugin) and not isinstance(self.plugin, type):
            return self.plugin()
        return self.plugin


def install(name: str, plugin: object, distribution: str = "") -> Installed:
    """Return an entry point; a function stands for what happens at import."""
    return Installed(name, plugin, Dist(distribution or f"hub-plugin-{name}"))


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def forever() -> Iterator[Callable[..., Any]]:
    """A function that does not return before the test is over."""
    over = threading.Event()
    yield lambda *_: over.wait() and None
    over.set()


@pytest.fixture
def load(clock: MovedClock) -> Callable[..., Registry]:
    def load(
        *entry_points: Installed,
        tables: Mapping[str, Mapping[str, Any]] | None = None,
        builtin: Mapping[str, type[Plugin[Any]]] | None = None,
        secret_key_present: bool = False,
    ) -> Registry:
        return Registry.load(
            {name: PluginTable.model_validate(table) for name, table in (tables or {}).items()},
            lambda name: FakeContext(name=name, clock=clock),
            entry_points=entry_points,
            builtin=builtin,
            secret_key_present=secret_key_present,
            clock=clock,
        )

    return load


@pytest.fixture
def guard(clock: MovedClock) -> Guard:
    return Guard(clock)
