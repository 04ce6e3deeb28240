"""How punctual an escalation is: a hub left alone, with its own clock, that is stopped and started on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from echo import TOKEN, EchoPlugin
from sqlalchemy import select
from sqlmodel import col

from faults.waiting import wait_until
from hub.app import Hub
from hub.sandbox import Sandbox
from hub.settings import Settings
from hub.storage.tables import Inbox, Outbox
from hub.testing import InstalledPlugin
from hub.testing.serving import served

LATEST = timedelta(seconds=5)
LEVELS = {"33": timedelta(seconds=1), "37": timedelta(seconds=3), "25": timedelta(seconds=4)}


@contextmanager
def running(folder: Path, portal: Sandbox) -> Iterator[Hub]:
    """Run a hub with duties of its own."""
    layers = [{"users": ["user:27"], "rotation": "1w", "start": "2026-01-05T09:00:00"}]
    levels = [{"after": after, "to": [f"user:{user}"]} for user, after in LEVELS.items()]
    tables = {
        "hub": {"database_url": f"sqlite:///{folder}/hub.db"},
        "bitrix24": {"webhook_url": portal.webhook_url, "rate": 1000.0, "burst": 10_000},
        "bot": {"token": "test-bot-token", "fallback": "user:1"},
        "oncall": {"infra": {"layers": layers, "escalation": levels}},
    }
    hub = Hub(Settings.model_validate(tables), plugins=[InstalledPlugin("echo", EchoPlugin)])
    try:
        hub.start(work=True)
        yield hub
    finally:
        hub.stop()


def test_levels_are_told_within_five_seconds_and_none_too_early_also_after_a_restart(tmp_path):
    problem = {"key": "disk", "thread": "disk", "severity": "critical", "to": ["oncall:infra"]}
    with Sandbox.running() as portal:
        with running(tmp_path, portal) as hub, served(hub.web, 0) as server:
            server.client.post("/in/echo", content=json.dumps(problem), headers=TOKEN)
            portal.wait_for(lambda: portal.shown("33"), timeout=30)
        with running(tmp_path, portal) as hub:
            told = wait_until(lambda: _told(hub), within=30, what="all levels told")

    assert [dialog for dialog, _ in told] == ["27", *LEVELS]  # each once
    late = {dialog: after - LEVELS[dialog] for dialog, after in told if dialog in LEVELS}
    assert all(timedelta() <= each <= LATEST for each in late.values()), late


def _told(hub: Hub) -> list[tuple[str, timedelta]]:
    """Return who got a card, and how long after the problem, once all have."""
    with hub.database.read() as session:
        began = session.scalars(select(col(Inbox.received_at)).where(col(Inbox.key) == "disk")).one()
        cards = session.scalars(
            select(Outbox).where(col(Outbox.mode) == "open").order_by(col(Outbox.id))
        ).all()
    told = [(row.dialog, row.finished_at - began) for row in cards if row.finished_at is not None]
    return told if len(told) > len(LEVELS) else []
