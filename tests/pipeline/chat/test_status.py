"""Whether messages come, in plain words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from echo import TOKEN
from pipeline.chat.conftest import Say
from sqlalchemy import update

from hub.bitrix24.errors import CredentialsDead, PortalError, Unreachable
from hub.storage.tables import Outbox
from hub.testing import HubHarness


def test_all_is_well(say: Say) -> None:
    assert say("/status").splitlines() == [
        "I am at work, and the portal answers.",
        "No message waits to be sent.",
    ]


def test_what_waits_is_counted_with_the_time_of_the_first(hub: HubHarness, say: Say) -> None:
    hub.receive("echo", {"key": "k1", "to": ["user:1", "user:31"]}, headers=TOKEN)
    later = hub.clock.now() + timedelta(days=1)
    with hub.app.database.write() as session:
        session.execute(update(Outbox).values(state="pending", due_at=later, finished_at=None))

    assert "2 messages wait to be sent, the first since " in say("/status")
    say("/lang ru")
    assert "2 сообщения ждут отправки, первое — с " in say("/status")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Unreachable("the line is dead"), "has not answered as it should since"),
        (CredentialsDead("no credentials"), "has not let me in since"),
    ],
)
def test_a_portal_that_was_away_is_told_and_the_reason_only_to_administrators(
    hub: HubHarness, say: Say, group: str, error: PortalError, words: str
) -> None:
    now = hub.clock.now()
    hub.app.portal_watch.failed(error, now, now)

    assert words in say("/status")
    assert str(error) not in say("/status")
    assert str(error) not in say("/status", user=1, dialog=group)
    assert str(error) in say("/status", user=1)


def test_plugins_that_do_not_work_are_named_and_the_reason_told_only_to_administrators(
    hub: HubHarness, say: Say, group: str
) -> None:
    reason = f"raised [b]{'x' * 10_000}"
    hub.app.plugin_statuses.tell("echo", "failing", reason, hub.clock.now())

    assert say("/status").splitlines()[2:] == ["Not at work: echo."]
    assert say("/status", user=1, dialog=group).splitlines()[2:] == ["Not at work: echo."]
    (line,) = say("/status", user=1).splitlines()[3:]
    assert line == f"echo: failing, raised ［b］{'x' * 290}"
