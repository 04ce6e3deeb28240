"""Both databases the hub works with, for tests that must hold on each."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing.new_database import new_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which one; the test runs once for each."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> str:
    """The address of a database with the hub's tables and no rows."""
    if database_kind == "sqlite":
        file = tmp_path / "hub.db"
        file.write_bytes(new_database())
        return f"sqlite:///{file}"
    url: str = request.getfixturevalue("hub_database_url")
    return url


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
