"""The permissions of the portal's rate limit: only requests that go out use one."""

import pytest
from echo import EchoPlugin

from hub.testing import InstalledPlugin


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture
def hub(fresh_hub):
    return fresh_hub


@pytest.fixture
def used(hub, monkeypatch):
    """How many permissions were taken and not given back."""
    limiter = hub.app.limiter
    take, give_back = limiter.take, limiter.give_back
    balance = []

    def counted_take(*, priority=False):
        wait = take(priority=priority)
        balance.extend([] if wait else [1])
        return wait

    def counted_give_back():
        balance.append(-1)
        give_back()

    monkeypatch.setattr(limiter, "take", counted_take)
    monkeypatch.setattr(limiter, "give_back", counted_give_back)
    return lambda: sum(balance)


def test_a_message_that_needs_no_request_uses_no_permission(hub, tell, used):
    tell("hello", thread="t")
    before = used()

    tell("late", thread="t", mode="update", expires_at="2026-11-22T09:00:00Z")

    assert [row.state for row in hub.deliveries] == ["sent", "suppressed"]
    assert before > 0
    assert used() == before
