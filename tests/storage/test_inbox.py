"""Claiming inbox rows: in order, one of a group at a time, and never marked by who lost the claim."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from hub.storage.database import Database
from hub.storage.inbox import LEASE, InboxRows
from hub.storage.states import InboxState
from hub.storage.tables import Inbox


@pytest.fixture
def rows(database: Database) -> InboxRows:
    return InboxRows(database)


@pytest.fixture
def add(database, ids, now) -> Callable[..., str]:
    """Put a row into the inbox and return its id."""

    def put(key: str, **changes: Any) -> str:
        moment = now()
        given = {
            "id": ids.new("e"), "instance": "zabbix", "kind": "http", "received_at": moment, "request": {},
            "due_at": moment,
        }  # fmt: skip
        with database.write() as session:
            session.add(row := Inbox(key=key, **(given | changes)))
        return row.id

    return put


def keys(claimed: list[Inbox]) -> list[str]:
    return [row.key for row in claimed]


def test_rows_are_claimed_in_the_order_accepted(rows, add) -> None:
    for key in "abcde":
        add(key)

    assert keys(rows.claim("zabbix", "token", 3)) == ["a", "b", "c"]
    assert keys(rows.claim("zabbix", "other", 3)) == ["d", "e"]


def test_a_probe_takes_the_row_tried_least_and_keeps_the_order_of_groups(rows, add) -> None:
    add("poison", attempts=7)
    add("first of a group", attempts=3, group_key="web-1")
    add("behind it", group_key="web-1")
    add("fresh", attempts=1)

    claimed = [keys(rows.claim("zabbix", "token", 1, least_tried_first=True)) for _ in range(4)]

    assert claimed == [["fresh"], ["first of a group"], ["poison"], []]


def test_claimed_row_says_who_has_it_and_for_how_long(rows, add, now) -> None:
    add("a")

    (row,) = rows.claim("zabbix", "token", 1)

    assert (row.claim, row.attempts) == ("token", 1)
    assert timedelta() < row.lease_until - now() <= LEASE


def test_instance_claims_only_its_own_rows(rows, add) -> None:
    add("a", instance="grafana")

    assert rows.claim("zabbix", "token", 10) == []
    assert rows.due_instances() == ["grafana"]


def test_of_a_group_only_the_first_unfinished_row_is_claimed(rows, add) -> None:
    first, _ = add("1", group_key="host"), add("2", group_key="host")
    add("3", group_key="other host")
    add("4")

    assert keys(rows.claim("zabbix", "token", 10)) == ["1", "3", "4"]
    assert rows.claim("zabbix", "other", 10) == []

    rows.finish(first, "token", InboxState.PROCESSED, "")
    assert keys(rows.claim("zabbix", "other", 10)) == ["2"]


def test_group_waits_for_a_row_that_is_tried_again_later(rows, add, now, wait) -> None:
    first, _ = add("1", group_key="host"), add("2", group_key="host")
    rows.claim("zabbix", "token", 1)
    rows.release(first, "token", now() + timedelta(minutes=1), "the portal is busy")

    assert rows.claim("zabbix", "token", 10) == []

    wait(timedelta(minutes=1))
    assert keys(rows.claim("zabbix", "token", 10)) == ["1"]


def test_equal_groups_of_two_instances_do_not_wait_for_each_other(rows, add) -> None:
    add("1", group_key="host")
    add("1", group_key="host", instance="zabbix-dc2")
    rows.claim("zabbix", "token", 1)

    assert keys(rows.claim("zabbix-dc2", "token", 1)) == ["1"]


def test_row_that_is_not_due_waits(rows, add, now, wait) -> None:
    add("later", due_at=now() + timedelta(seconds=30))

    assert rows.claim("zabbix", "token", 1) == []
    assert rows.due_instances() == []

    wait(timedelta(seconds=30))
    assert keys(rows.claim("zabbix", "token", 1)) == ["later"]


def test_claim_that_is_not_renewed_runs_out(rows, add, wait) -> None:
    add("a")
    rows.claim("zabbix", "killed", 1)

    wait(LEASE + timedelta(seconds=1))

    assert keys(rows.claim("zabbix", "next", 1)) == ["a"]


def test_claim_that_is_renewed_stays(rows, add, wait) -> None:
    add("a")
    rows.claim("zabbix", "busy", 1)

    for _ in range(3):
        wait(LEASE * 0.7)
        rows.renew(["busy"])

    assert rows.claim("zabbix", "next", 1) == []


def test_paused_holder_cannot_mark_what_somebody_else_claimed(rows, add, wait) -> None:
    id = add("a")
    rows.claim("zabbix", "paused", 1)
    wait(LEASE + timedelta(seconds=1))
    rows.claim("zabbix", "next", 1)

    assert not rows.finish(id, "paused", InboxState.FAILED, "too late")
    rows.release(id, "paused")

    assert (rows.get(id).state, rows.get(id).claim) == ("new", "next")
    assert rows.finish(id, "next", InboxState.PROCESSED, "")


def test_row_is_finished_once(rows, add) -> None:
    id = add("a")
    rows.claim("zabbix", "token", 1)

    assert rows.finish(id, "token", InboxState.IGNORED, "nobody wants it")
    assert not rows.finish(id, "token", InboxState.PROCESSED, "")

    row = rows.get(id)
    assert (row.state, row.reason, row.claim, row.lease_until) == ("ignored", "nobody wants it", None, None)
    assert row.finished_at is not None


def test_rows_end_together_except_those_whose_claim_was_lost(rows, add, database, wait) -> None:
    lost, kept = add("a"), add("b")
    rows.claim("zabbix", "paused", 1)
    wait(LEASE + timedelta(seconds=1))
    rows.claim("zabbix", "next", 1)
    rows.claim("zabbix", "paused", 1)

    with database.write() as session:
        endings = dict.fromkeys((lost, kept), (InboxState.PROCESSED, ""))
        assert rows.finish_all(session, "paused", endings) == {kept}

    assert (rows.get(lost).state, rows.get(kept).state) == ("new", "processed")


def test_row_given_back_at_once_does_not_count_as_a_try(rows, add) -> None:
    id = add("a")
    rows.claim("zabbix", "token", 1)

    rows.release(id, "token")

    assert rows.get(id).attempts == 0
    assert keys(rows.claim("zabbix", "token", 1)) == ["a"]


def test_every_claim_is_void_after_a_restart_of_the_only_process(rows, add) -> None:
    add("a")
    rows.claim("zabbix", "before", 1)

    rows.release_all()

    assert keys(rows.claim("zabbix", "after", 1)) == ["a"]


def test_many_workers_claim_every_row_once_and_a_group_in_order(rows, add) -> None:
    for number in range(60):
        add(str(number), group_key=f"group {number % 4}" if number % 2 else None)
    done: list[str] = []
    lock = threading.Lock()

    def work(worker: int) -> None:
        turn = 0
        while rows.counts().get("new"):
            token = f"{worker}-{turn}"
            turn += 1
            for row in rows.claim("zabbix", token, 5):
                with lock:
                    done.append(row.key)
                assert rows.finish(row.id, token, InboxState.PROCESSED, "")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))

    assert Counter(done) == Counter(str(number) for number in range(60))
    for remainder in (1, 3):
        group = [int(key) for key in done if int(key) % 4 == remainder]
        assert group == sorted(group)


def test_row_of_the_hubs_own_making_is_added_once(rows, database, now, ids) -> None:
    def tick() -> Inbox:
        return Inbox(
            id=ids.new("e"), instance="crm", kind="job", key="stale@10:00", received_at=now(), request={},
            due_at=now(),
        )  # fmt: skip

    with database.write() as session:
        assert rows.add_in(session, tick())
    with database.write() as session:
        assert not rows.add_in(session, tick())
