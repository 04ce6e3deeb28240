"""Acting stays quick, however much was clicked and sent before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pipeline.act.desk import DeskPlugin
from sqlalchemy import event

from hub.sandbox import Message
from hub.storage.database import Database
from hub.testing import HubHarness

#: Indexes of what is not finished, which is little.
PARTIAL = re.compile("actions_waiting|outbox_sending")


def test_no_click_reads_a_whole_table(
    hub: HubHarness, desk: DeskPlugin, card: Callable[..., Message]
) -> None:
    if not hub.app.database.is_sqlite:
        pytest.skip("the plans are SQLite's")
    one, other = card("t1"), card("t2")

    hub.bitrix24.click(27, one, "Take")  # it is done
    hub.bitrix24.click(27, other, "Close")  # it is refused, and the card drawn once more
    hub.bitrix24.say(27, dialog=hub.app.bot.identity().id, text="/comment toner is out")
    hub.app.fetching.look()

    with plans_of(hub.app.database) as plans:
        hub.app.process.process("hub")
        hub.app.act.act()
        assert hub.bitrix24.wait_for(lambda: was_refused(hub), timeout=5)

    read_through = [line for line in plans if line.startswith("SCAN") and not PARTIAL.search(line)]
    assert not [
        line for line in read_through if re.search("actions|inbox|notifications|outbox|threads", line)
    ]
    assert [line for line in plans if "actions_held (once=?)" in line]
    assert not [line for line in plans if "sqlite_autoindex_outbox_2 (instance=?)" in line]


def was_refused(hub: HubHarness) -> bool:
    return any("administrators" in message.text for message in hub.shown("27"))


@contextmanager
def plans_of(database: Database) -> Iterator[list[str]]:
    """Collect how SQLite goes about each statement."""
    found: list[str] = []

    def explain(connection, cursor, statement, parameters, context, many) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not many:
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(row[3] for row in rows)

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)
