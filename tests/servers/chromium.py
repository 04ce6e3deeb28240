"""The system's Chromium, for tests that drive a browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from servers.process import find, missing


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The program, for playwright's ``executable_path``."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if program := find(name):
            return program
    missing("chromium")
