"""A portal for the whole session, and a hub of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.portal import Portal
from faults.server import Server


@pytest.fixture(scope="session")
def portal_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One emulated portal."""
    portal = Portal(tmp_path_factory.mktemp("portal"))
    yield portal
    portal.stop()


@pytest.fixture
def portal(portal_process: Portal) -> Portal:
    """The emulated portal, as new."""
    portal_process.reset()
    return portal_process


@pytest.fixture
def server(portal: Portal, tmp_path: Path) -> Iterator[Server]:
    """A running ``hub serve`` on SQLite."""
    server = Server(tmp_path, portal.webhook_url)
    server.program.start()
    yield server
    server.program.kill()
