"""The newest rows first, chosen by state and plugin, read from an index and never sorted out of all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from sqlalchemy import event, text

from hub.plugin import DeliveryState
from hub.storage.history import History
from hub.storage.states import InboxState, Lane
from hub.storage.tables import Inbox, Outbox

INSTANCES = ("crm", "zabbix")
#: What is as quick with a million rows: an index in its own order, a row by its id, the next name.
QUICK = re.compile(
    r"^SEARCH \w+ USING COVERING INDEX \w+_ended \(instance=\? AND state=\?\)"
    r"|^SCAN \w+ USING COVERING INDEX sqlite_autoindex_\w+_1"
    r"|^SEARCH \w+ USING (COVERING )?INDEX sqlite_autoindex_\w+ \((id=|instance>)\?\)"
)
#: Rows that wait may be sorted.
WAITING = re.compile(
    r"(outbox_waiting|outbox_due|outbox_sending|inbox_due|inbox_group)\b|^USE TEMP B-TREE FOR ORDER BY$"
)


@pytest.fixture
def history(database, ids, now) -> History:
    """Fill both tables with a row of each plugin in each state, twice."""
    moment = now()
    with database.write() as session:
        for name, state, turn in product(INSTANCES, InboxState, range(2)):
            session.add(
                Inbox(
                    id=ids.new("e"), instance=name, kind="http", key=f"{state} {turn}", state=state,
                    received_at=moment, request={}, body=b"secret", due_at=moment,
                )
            )  # fmt: skip
        for name, state, turn in product(INSTANCES, DeliveryState, range(2)):
            session.add(
                Outbox(
                    id=ids.new("d"), notification_id="n1", instance=name, key=f"{state} {turn}", dialog="1",
                    state=state, lane=Lane.NORMAL, due_at=moment, created_at=moment,
                )
            )  # fmt: skip
    return History(database)


@pytest.fixture
def plans(database) -> Iterator[list[str]]:
    """Collect how SQLite goes about each statement."""
    if not database.is_sqlite:
        pytest.skip("SQLite explains by rule; PostgreSQL by what is in the tables")
    found: list[str] = []

    def explain(connection, cursor, statement, parameters, *_) -> None:
        if statement.startswith("SELECT"):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(row[3] for row in rows)

    event.listen(database.engine, "before_cursor_execute", explain)
    yield found
    event.remove(database.engine, "before_cursor_execute", explain)


def keys(rows: Sequence[Inbox] | Sequence[Outbox]) -> list[str]:
    return [f"{row.instance} {row.key}" for row in rows]


def test_without_a_choice_the_newest_of_all_come_first(history) -> None:
    assert keys(history.events(limit=3)) == ["zabbix failed 1", "zabbix failed 0", "zabbix rejected 1"]
    assert [row.id for row in history.deliveries(limit=99)] == sorted(
        (row.id for row in history.deliveries(limit=99)), reverse=True
    )


@pytest.mark.parametrize("state", InboxState)
def test_events_are_chosen_by_state_and_plugin(history, state) -> None:
    assert keys(history.events(state=state, instance="crm")) == [f"crm {state} 1", f"crm {state} 0"]
    assert keys(history.events(state=state, limit=3)) == [
        f"zabbix {state} 1",
        f"zabbix {state} 0",
        f"crm {state} 1",
    ]


@pytest.mark.parametrize("state", DeliveryState)
def test_deliveries_are_chosen_by_state_and_plugin(history, state) -> None:
    assert keys(history.deliveries(state=state, instance="crm")) == [f"crm {state} 1", f"crm {state} 0"]
    assert keys(history.deliveries(state=state, limit=3)) == [
        f"zabbix {state} 1",
        f"zabbix {state} 0",
        f"crm {state} 1",
    ]


def test_those_of_a_plugin_come_in_order_whatever_their_states(history) -> None:
    everything = keys(history.events(instance="crm"))

    assert everything == [f"crm {state} {turn}" for state in reversed(InboxState) for turn in (1, 0)]
    assert keys(history.events(instance="crm", limit=3)) == everything[:3]


def test_a_plugin_that_told_nothing_has_no_rows(history) -> None:
    assert history.events(instance="nobody") == history.deliveries(instance="nobody") == []


def test_a_long_list_is_whole(history) -> None:
    assert len(history.deliveries(limit=10_000)) == 2 * 2 * len(DeliveryState)


def test_bodies_are_not_read(history, plans, database) -> None:
    read: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: read.append(args[2]))

    history.events()

    assert not any(re.search(r"\bbody\b", statement) for statement in read)


@pytest.mark.parametrize("what", ["events", "deliveries"])
@pytest.mark.parametrize("instance", [None, "crm"])
@pytest.mark.parametrize("state", [None, "ended"])
def test_a_list_is_read_from_the_end_of_an_index(history, plans, what, instance, state) -> None:
    end = {"events": "processed", "deliveries": "sent"}[what]
    plans.clear()

    getattr(history, what)(state=state and end, instance=instance)

    steps = [step for step in plans if not WAITING.search(step)]
    assert [step for step in steps if not QUICK.search(step)] == []
    assert steps


def test_what_waits_is_found_by_the_indexes_that_hold_nothing_else(history, plans) -> None:
    plans.clear()
    for instance in (None, "crm"):
        history.events(state="new", instance=instance)
        history.deliveries(state="pending", instance=instance)
        history.deliveries(state="sending", instance=instance)

    steps = [step for step in plans if not WAITING.search(step)]
    assert [step for step in steps if "(id=?)" not in step] == []
    assert len(steps) < len(plans)


def test_an_accepted_row_is_written_into_no_index_of_what_has_ended(database) -> None:
    if not database.is_sqlite:
        pytest.skip("the same indexes")
    with database.read() as session:
        rows = (
            session.execute(text("SELECT sql FROM sqlite_master WHERE name LIKE '%_ended'")).scalars().all()
        )

    assert ["NOT IN" in sql for sql in rows] == [True, True]
