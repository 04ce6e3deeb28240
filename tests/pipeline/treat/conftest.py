"""A hub with a schedule of two levels and a limit for flapping."""

from __future__ import annotations

from typing import Any

import pytest
from echo import TOKEN

from hub.testing import HubHarness

#: Two people take turns of a week; both are in departments, so there is a head to ask.
SETTINGS: dict[str, Any] = {
    "hub": {"admins": ["user:1"]},
    "oncall": {
        "infra": {
            "layers": [{"users": ["user:25", "user:27"], "rotation": "1w", "start": "2026-01-05T09:00:00"}],
            "escalation": [
                {"after": "15m", "to": ["supervisor:oncall"]},
                {"after": "30m", "to": ["user:33"]},
            ],
        }
    },
    "plugins": {"echo": {"flap_limit": 4, "flap_window": "10m"}},
}


@pytest.fixture(scope="module")
def lasting_settings():
    return SETTINGS


@pytest.fixture
def hub(lasting_hub: HubHarness) -> HubHarness:
    return lasting_hub


@pytest.fixture
def problem(hub):
    """Tell a critical problem to whoever is on call."""

    def problem(key="disk", **fields):
        told = {"key": key, "thread": "disk", "severity": "critical", "to": ["oncall:infra"], **fields}
        hub.receive("echo", told, headers=TOKEN)

    return problem


@pytest.fixture
def recovery(hub):
    """Tell that it is over."""

    def recovery(key="disk-ok", **fields):
        told = {"key": key, "thread": "disk", "severity": "info", "mode": "update", **fields}
        hub.receive("echo", told, headers=TOKEN)

    return recovery
