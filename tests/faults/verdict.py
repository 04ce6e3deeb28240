"""The verdict: was every accepted event shown exactly once and in order, and is the ledger even?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from faults.portal import PEOPLE, Portal
from faults.senders import Event
from faults.server import Rows
from hub.plugin import DeliveryState
from hub.storage.states import Op
from hub.storage.tables import Outbox

_EXPLAINED = 3  # so many of each kind are explained by their trace


def assert_shown_once(portal: Portal, rows: Rows, accepted: Iterable[Event]) -> None:
    """Fail, telling how each wrong event went, unless the portal shows all of *accepted* once and in order."""
    problems: list[str] = []
    expected = list(accepted)
    for user in PEOPLE:
        problems += _problems(
            portal.shown(user), [event for event in expected if event.user == user], user, rows
        )
    problems += _unsound(portal, rows)
    assert not problems, "\n".join(problems)


def assert_planned_order(rows: Rows) -> None:
    """Fail unless the portal got the messages of each dialog and lane in the order in which they were planned.

    On SQLite, ids are made inside the transaction that plans. Rows that ended otherwise, and edits, do not count.
    """
    places: dict[tuple[str, int], list[Outbox]] = {}
    for row in rows.deliveries():
        if row.op == Op.CARD and row.state == DeliveryState.SENT and row.target is None:
            places.setdefault((row.dialog, row.lane), []).append(row)
    overtaken = [
        f"{later.id} ({later.message_id}) overtook {earlier.id} ({earlier.message_id}) in {place}"
        for place, planned in places.items()
        for earlier, later in pairwise(planned)
        if int(str(later.message_id)) < int(str(earlier.message_id))
    ]
    assert not overtaken, "\n".join(overtaken[:20])
    assert len(places) > 1


def _problems(shown: Sequence[int], expected: Sequence[Event], user: int, rows: Rows) -> list[str]:
    times = Counter(shown)
    wanted = [event.number for event in expected]
    missing = [number for number in wanted if not times[number]]
    doubled = [number for number, count in times.items() if count > 1]
    strange = sorted(set(shown) - set(wanted))
    problems = [
        f"user {user}: {kind}: {numbers}\n" + "\n".join(rows.trace(number) for number in numbers[:_EXPLAINED])
        for kind, numbers in (("missing", missing), ("doubled", doubled), ("never accepted", strange))
        if numbers
    ]
    for severity in {event.severity for event in expected}:
        lane = [event.number for event in expected if event.severity == severity]
        seen = [number for number in shown if number in set(lane)]
        if not problems and seen != lane:
            first = next(number for number, right in zip(seen, lane, strict=True) if number != right)
            problems.append(f"user {user}: {severity} ones are out of order: {seen}\n{rows.trace(first)}")
    return problems


def _unsound(portal: Portal, rows: Rows) -> list[str]:
    """Return what the rows say that the portal does not confirm."""
    known = {str(message["id"]) for user in PEOPLE for message in portal.messages(user)}
    return [
        f"delivery {row.id} is {row.state} with message {row.message_id}: {row.reason}"
        for row in rows.deliveries()
        if row.state != DeliveryState.SENT or row.message_id not in known
    ] + [f"the ledger: {gap.table} {gap.row}: {gap.what}" for gap in rows.gaps()]
