"""Claiming outbox rows: lanes first, but never out of order within a dialog's lane or a thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from hub.pipeline.deliver.marks import mark_of
from hub.pipeline.deliver.verdict import Verdict
from hub.plugin import DeliveryState
from hub.storage.database import Database
from hub.storage.outbox import Claimed, OutboxRows, mark_all, still_claimed
from hub.storage.states import Lane
from hub.storage.tables import NotificationRow, Outbox, Thread


@pytest.fixture
def rows(database: Database) -> OutboxRows:
    return OutboxRows(database)


@pytest.fixture
def add(database, ids, now) -> Callable[..., str]:
    """Put a delivery into the outbox and return its id."""

    def put(key: str, **changes: Any) -> str:
        moment, notification_id = now(), ids.new("n")
        given = {
            "id": ids.new("d"), "notification_id": notification_id, "instance": "zabbix", "dialog": "user:1",
            "lane": Lane.NORMAL, "due_at": moment, "created_at": moment,
        }  # fmt: skip
        with database.write() as session:
            session.add(row := Outbox(key=key, **(given | changes)))
            session.add(
                NotificationRow(
                    id=notification_id,
                    instance=row.instance,
                    key=key,
                    kind="",
                    severity="warning",
                    thread="",
                    content={"title": key},
                    decision={},
                    origin="e1",
                    created_at=moment,
                )
            )
        return row.id

    return put


@pytest.fixture
def finish(database) -> Callable[..., bool]:
    """Mark a claimed row as sent."""

    def sent(claimed: Claimed, token: str) -> bool:
        with database.write() as session:
            ours = still_claimed(session, token, [claimed.row.id])
            if ours:
                verdict = Verdict(state=DeliveryState.SENT, message_id="77")
                mark_all(session, [mark_of(claimed.row, verdict, database.now(session))])
            return bool(ours)

    return sent


def claim(rows: OutboxRows, token: str, limit: int, **how: Any) -> list[Claimed]:
    """Claim whose turn it is."""
    return rows.claim(token, rows.choose(limit, **how))


def keys(claimed: list[Claimed]) -> list[str]:
    return [each.row.key for each in claimed]


def test_lanes_go_before_age(rows, add) -> None:
    add("digest", lane=Lane.DIGEST, dialog="user:1")
    add("normal", lane=Lane.NORMAL, dialog="user:2")
    add("critical", lane=Lane.CRITICAL, dialog="user:3")
    add("reply", lane=Lane.INTERACTIVE, dialog="user:4")

    assert keys(claim(rows, "token", 3)) == ["reply", "critical", "normal"]


def test_rows_of_a_dialog_go_in_the_order_they_were_made(rows, add) -> None:
    for key in "abc":
        add(key)

    assert keys(claim(rows, "token", 10)) == ["a", "b", "c"]


def test_row_waits_while_an_earlier_one_of_its_dialog_is_in_flight(rows, add, finish) -> None:
    add("a")
    (first,) = claim(rows, "token", 1)
    add("b")
    add("elsewhere", dialog="user:2")

    assert keys(claim(rows, "token", 10)) == ["elsewhere"]

    finish(first, "token")
    assert keys(claim(rows, "token", 10)) == ["b"]


def test_row_waits_while_an_earlier_one_of_its_dialog_waits_to_be_tried_again(rows, add, now, wait) -> None:
    add("a", due_at=now() + timedelta(minutes=1))
    add("b")

    assert claim(rows, "token", 10) == []

    wait(timedelta(minutes=1))
    assert keys(claim(rows, "token", 10)) == ["a", "b"]


def test_faster_lane_does_not_wait_for_the_dialogs_slower_one(rows, add, now) -> None:
    add("backlog", lane=Lane.BACKLOG, due_at=now() + timedelta(minutes=1))
    add("reply", lane=Lane.INTERACTIVE)

    assert keys(claim(rows, "token", 10)) == ["reply"]


def test_row_never_overtakes_its_thread_in_another_lane(rows, add, finish) -> None:
    add("problem", thread="host", lane=Lane.NORMAL)
    add("recovery", thread="host", lane=Lane.CRITICAL)

    (problem,) = claim(rows, "token", 10)
    assert problem.row.key == "problem"
    assert claim(rows, "token", 10) == []

    finish(problem, "token")
    assert keys(claim(rows, "token", 10)) == ["recovery"]


def test_what_comes_after_a_row_that_waits_for_its_thread_waits_too(rows, add) -> None:
    add("problem", thread="host", lane=Lane.NORMAL)
    add("recovery", thread="host", lane=Lane.CRITICAL)
    add("another", lane=Lane.CRITICAL)

    assert keys(claim(rows, "token", 10)) == ["problem"]


def test_threads_of_two_dialogs_or_instances_do_not_wait_for_each_other(rows, add) -> None:
    add("a", thread="host")
    add("b", thread="host", dialog="user:2")
    add("c", thread="host", dialog="user:3", instance="zabbix-dc2")

    assert keys(claim(rows, "token", 10)) == ["a", "b", "c"]


def test_claimed_row_comes_with_its_notification_and_the_card_of_its_thread(rows, add, database, now) -> None:
    add("recovery", thread="host")
    with database.write() as session:
        for instance, message_id in (("zabbix", "77"), ("zabbix-dc2", "88")):
            session.add(
                Thread(
                    instance=instance,
                    thread="host",
                    dialog="user:1",
                    message_id=message_id,
                    delivery_id="d1",
                    updated_at=now(),
                )
            )

    (claimed,) = claim(rows, "token", 1)

    assert (claimed.card, claimed.notification.content) == ("77", {"title": "recovery"})
    assert (claimed.row.state, claimed.row.claim, claimed.row.attempts) == ("sending", "token", 1)


def test_row_without_a_thread_has_no_card(rows, add) -> None:
    add("a")

    (claimed,) = claim(rows, "token", 1)

    assert claimed.card is None


def test_rows_of_a_sender_that_is_gone_are_sent_again_in_doubt(rows, add) -> None:
    id = add("a")
    claim(rows, "gone", 1)

    assert rows.reclaim(["next"]) == 1

    (claimed,) = claim(rows, "next", 1)
    assert claimed.row.in_doubt_since is not None
    assert claimed.row.attempts == 2
    assert [each.outcome for each in rows.attempts(id)] == ["unknown"]


def test_sender_leaves_its_own_rows_alone(rows, add) -> None:
    add("a")
    claim(rows, "token", 1)

    assert rows.reclaim(["token"]) == 0


def test_paused_sender_cannot_mark_what_somebody_else_claimed(rows, add, finish) -> None:
    id = add("a")
    (paused,) = claim(rows, "paused", 1)
    rows.reclaim(["next"])
    (current,) = claim(rows, "next", 1)

    assert not finish(paused, "paused")
    assert rows.get(id).state == "sending"
    assert finish(current, "next")
    assert rows.get(id).state == "sent"


@pytest.mark.parametrize(("state", "generation"), [("failed", 1), ("dead", 0), ("pending", 0)])
def test_what_was_not_sent_can_be_revived(rows, add, state: str, generation: int) -> None:
    id = add("a", state=state, reason="refused", attempts=3)

    assert rows.revive(id)

    row = rows.get(id)
    assert (row.state, row.reason, row.generation) == ("pending", "", generation)
    assert keys(claim(rows, "token", 1)) == ["a"]


@pytest.mark.parametrize("state", ["sent", "superseded", "suppressed", "sending"])
def test_what_is_over_or_under_way_cannot_be_revived(rows, add, state: str) -> None:
    assert not rows.revive(add("a", state=state))


def test_finished_row_is_told_once(rows, add, now, database) -> None:
    add("nobody asks", state="sent", finished_at=now(), told=True)
    add("not finished", told=False)
    id = add("asks", state="sent", finished_at=now(), told=False, dialog="user:2")

    assert [row.id for row, _ in rows.untold(10)] == [id]

    with database.write() as session:
        rows.mark_told(session, id)
    assert rows.untold(10) == []


def test_of_what_does_not_fit_some_dialogs_are_left_for_other_requests(rows, add) -> None:
    for number in range(200):
        add(f"n{number:03}", dialog=f"user:{number % 20}")

    claimed = [claim(rows, f"token {share}", 50, shares=4 - share) for share in range(4)]

    dialogs = [{each.row.dialog for each in batch} for batch in claimed]
    assert [len(batch) for batch in claimed] == [50, 50, 50, 50]
    assert [len(names) for names in dialogs] == [5, 5, 5, 5]
    assert len(set.union(*dialogs)) == 20


def test_a_request_is_full_while_more_wait_than_fit_into_it(rows, add) -> None:
    for number in range(60):
        add(f"n{number:03}", dialog=f"user:{number}")

    assert [len(claim(rows, f"token {share}", 50, shares=4 - share)) for share in range(3)] == [50, 10, 0]


def test_urgent_rows_are_in_the_first_request_whosever_they_are(rows, add) -> None:
    for number in range(100):
        add(f"n{number:03}", dialog=f"user:{number % 10}")
    add("critical", dialog="user:9", lane=Lane.CRITICAL)

    assert "critical" in keys(claim(rows, "token", 20, shares=5))


def test_a_claim_reads_no_table_through_and_compares_no_row_with_every_held_place(database, rows, add):
    add("a", thread="problem 1")
    plans: list[str] = []

    def explain(connection, cursor, statement, parameters, *_) -> None:
        if statement.startswith("SELECT"):
            words = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
            cursor.execute(f"{words} {statement}", parameters)
            plans.extend(str(row) for row in cursor.fetchall())

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        claim(rows, "token", 10)
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)

    assert plans
    assert not [line for line in plans if "join" in line.lower()]
    if database.is_sqlite:
        assert not [line for line in plans if "SCAN" in line]
        assert [line for line in plans if "outbox_late (dialog=? AND lane=? AND due_at>?)" in line]
