"""Hubs for tests of the core: a fresh one, or one that lasts for a module and is wiped before each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from echo import TOKEN, EchoPlugin
from sqlalchemy import delete
from sqlmodel import SQLModel

from hub.bitrix24 import Retry
from hub.sandbox import Sandbox
from hub.storage.tables import Cursor, Stored
from hub.testing import HubHarness, InstalledPlugin, running_hub
from hub.testing.clock import START


@pytest.fixture(scope="module")
def lasting_settings() -> Mapping[str, Any]:
    """Override it in a module to give ``lasting_hub`` other settings."""
    return {}


@pytest.fixture(scope="module")
def lasting_plugins() -> Sequence[InstalledPlugin]:
    """Override it in a module to install other plugins in ``lasting_hub``."""
    return [InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture(scope="module")
def lasting_sandbox() -> Sandbox | None:
    """Override it in a module whose settings have to know the portal."""
    return None


@pytest.fixture(scope="module")
def module_hub(
    lasting_settings: Mapping[str, Any],
    lasting_plugins: Sequence[InstalledPlugin],
    lasting_servers: Mapping[str, str],
    lasting_sandbox: Sandbox | None,
) -> Iterator[HubHarness]:
    """Run one hub for a whole module."""
    with running_hub(
        lasting_settings, plugins=lasting_plugins, servers=lasting_servers, sandbox=lasting_sandbox
    ) as hub:
        yield hub


@pytest.fixture
def lasting_hub(module_hub: HubHarness) -> Iterator[HubHarness]:
    """Wipe the module's hub: nothing stored, nothing shown, the clock at its start, plugins as constructed."""
    _wipe(module_hub)
    yield from _checked(module_hub)


@pytest.fixture
def fresh_hub(
    hub_settings: Mapping[str, Any],
    hub_plugins: Sequence[InstalledPlugin] | None,
    run_hub: Callable[..., AbstractContextManager[HubHarness]],
    tmp_path: Path,
) -> Iterator[HubHarness]:
    """Run a hub for one test, where what happened before would show: a portal that was away, a plugin that failed."""
    with run_hub(hub_settings, plugins=hub_plugins, folder=tmp_path) as hub:
        yield from _checked(hub)


@pytest.fixture
def run_hub(hub_servers: Mapping[str, str]) -> Callable[..., AbstractContextManager[HubHarness]]:
    """Return ``running_hub`` for hubs on the servers of this test, the same each time."""
    return partial(running_hub, servers=hub_servers)


@pytest.fixture
def echo(hub: HubHarness) -> EchoPlugin:
    """The running instance of the echo, to make its hooks misbehave."""
    plugin = hub.app.registry.instance("echo").plugin
    assert isinstance(plugin, EchoPlugin)
    return plugin


@pytest.fixture
def tell(hub: HubHarness) -> Callable[..., httpx.Response]:
    """Send the echo a notification: its key and any other fields."""

    def tell(key: str, *, settle: bool = True, **fields: object) -> httpx.Response:
        return hub.receive("echo", {"key": key, **fields}, headers=TOKEN, settle=settle)

    return tell


def _checked(hub: HubHarness) -> Iterator[HubHarness]:
    """Lend a hub that loses no row, whose actors never raise and which asks nothing that the portal would ignore."""
    for client in (hub.app.client, hub.app._quick_client):
        client.retry = Retry(sleep=lambda seconds: None)
    yield hub
    assert hub.rings.failed == []
    assert hub.bitrix24.warnings() == []
    assert hub.app.ledger.examine() == ()


def _wipe(hub: HubHarness) -> None:
    hub.clock.move_to(START)
    with hub.app.database.write() as session:
        for table in SQLModel.metadata.tables:
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    hub.settle()  # what was under way finds its row gone
    with hub.app.database.write() as session:
        for table in (Cursor, Stored):  # the portal is about to forget what was just seen
            session.execute(delete(table))
    hub.bitrix24.faults.clear()
    hub.bitrix24.limits.off()
    hub.bitrix24.reset()
    hub.app.bot.forget()
    hub.app.catch_up.forget()
    hub.app.preferences.forget()
    hub.app.windows.forget()
    for instance in hub.app.registry.instances():
        if instance.plugin is not None:
            instance.plugin.__init__(instance.plugin.settings, instance.plugin.ctx)  # type: ignore[misc]
