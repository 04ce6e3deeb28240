"""Fixtures for tests of plugins and of the hub itself; loaded by pytest through an entry point.

``hub``
    A running :class:`hub.testing.HubHarness` with the installed plugins, a SQLite file and the sandbox portal.
``hub_settings``
    Override it to give the hub other settings: a dictionary of the tables of ``hub.toml``.
``hub_plugins``
    Override it to install other plugins: a list of :class:`hub.testing.InstalledPlugin`.
``hub_servers``
    Override it to run the hub on a PostgreSQL and a broker: their ``database_url`` and ``broker_url``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hub.testing.harness import HubHarness, InstalledPlugin


@pytest.fixture
def hub_settings() -> Mapping[str, Any]:
    """Return the tables of ``hub.toml`` that a test wants."""
    return {}


@pytest.fixture
def hub_plugins() -> Sequence[InstalledPlugin] | None:
    """Return the plugins to install; ``None`` = those that are installed."""
    return None


@pytest.fixture
def hub_servers() -> Mapping[str, str]:
    """Return the addresses of the servers to run on; none = a SQLite file and a broker in the process."""
    return {}


@pytest.fixture
def hub(
    hub_settings: Mapping[str, Any],
    hub_plugins: Sequence[InstalledPlugin] | None,
    hub_servers: Mapping[str, str],
    tmp_path: Path,
) -> Iterator[HubHarness]:
    """Run a hub against the sandbox portal."""
    from hub.testing.harness import running_hub  # noqa: PLC0415 - the app is heavy

    with running_hub(hub_settings, plugins=hub_plugins, folder=tmp_path, servers=hub_servers) as harness:
        yield harness
