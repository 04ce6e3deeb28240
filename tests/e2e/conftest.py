"""What the whole-system tests share."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """Let a command that runs in this process set up the log for one test only."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
