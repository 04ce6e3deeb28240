"""The permissions of the portal's rate limit: only requests that go out use one."""

import pytest
from echo import EchoPlugin

from hub.testing import InstalledPlugin


@pytest.fixture
def hub_settings():
    return {"bitrix24": {"rate": 0.001, "burst": 100}}


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture
def hub(fresh_hub):
    return fresh_hub


def used(hub):
    return round(hub.app.limiter.level().used)


def test_a_message_that_needs_no_request_uses_no_permission(hub, tell):
    tell("hello", thread="t")
    before = used(hub)

    tell("late", thread="t", mode="update", expires_at="2026-11-22T09:00:00Z")

    assert [row.state for row in hub.deliveries] == ["sent", "suppressed"]
    assert used(hub) == before
