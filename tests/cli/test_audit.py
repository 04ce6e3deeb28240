"""``hub audit``: who clicked and typed what."""

from datetime import UTC, datetime

import pytest

from hub.app import Hub
from hub.cli.session import Session
from hub.storage.chat_tables import Action


@pytest.fixture
def asked(config):
    """Two people asked for something."""
    hub = Hub(Session().settings(), plugins=[])
    moment = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with hub.database.write() as session:
        for number, actor, state in ((1, "27", "done"), (2, "19", "refused")):
            action = Action(
                id=f"a{number}",
                origin=f"e{number}",
                once=f"{number}",
                instance="desk",
                command="take",
                actor=actor,
                dialog="chat1157",
                state=state,
                created_at=moment,
                due_at=moment,
            )
            session.add(action)
    hub.close()


def test_the_newest_come_first_and_can_be_chosen_by_person_and_state(hub_json, asked):
    rows = hub_json("audit", "list")
    assert [row["id"] for row in rows] == ["a2", "a1"]
    assert rows[1] == {
        "id": "a1",
        "at": "2026-03-02T09:00:00+00:00",
        "who": "27",
        "what": "desk:take",
        "where": "chat1157",
        "state": "done",
        "reason": "",
        "event": "e1",
    }
    assert [row["id"] for row in hub_json("audit", "list", "--actor", "user:27")] == ["a1"]
    assert [row["id"] for row in hub_json("audit", "list", "--state", "refused")] == ["a2"]
