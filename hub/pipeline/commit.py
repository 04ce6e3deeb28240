"""Commit: end processed rows and write what follows from them, many in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlmodel import Session

from hub.observe.counts import ProcessingCounts
from hub.pipeline.follows import Follows
from hub.pipeline.plan import Plan, Planned
from hub.storage.database import Database
from hub.storage.inbox import Ending, InboxRows
from hub.storage.plugin_store import Change, apply_change
from hub.storage.statements import add
from hub.storage.states import InboxState
from hub.storage.tables import Inbox, NotificationRow

log = structlog.get_logger("hub.process")

_NOTHING = "the plugin has nothing to tell about it"


@dataclass(frozen=True, kw_only=True)
class Processed:
    """A row that its plugin has read, with what it tells and what the plugin keeps."""

    row: Inbox
    follows: Follows
    planned: Sequence[Planned]
    changes: Sequence[tuple[str, Change]]

    @property
    def ending(self) -> Ending:
        """How the row ends."""
        ids = [action.id for action in self.follows.actions] + [event.id for event in self.follows.events]
        if ids:
            return InboxState.PROCESSED, f"went on as {', '.join(ids)}"
        return (
            (InboxState.PROCESSED, "")
            if self.planned
            else (InboxState.IGNORED, self.follows.reason or _NOTHING)
        )


@dataclass(frozen=True, kw_only=True)
class News:
    """What there is to do after a commit."""

    to_send: bool
    to_do: bool
    to_process: frozenset[str]


class Commit:
    """Writes processed rows; all of them or, when the database refuses one, none."""

    def __init__(self, *, database: Database, inbox: InboxRows, plan: Plan, counts: ProcessingCounts) -> None:
        self._database = database
        self._inbox = inbox
        self._plan = plan
        self._counts = counts

    def commit(self, processed: Sequence[Processed], token: str) -> News:
        """Write *processed*, except rows whose claim was lost."""
        told: list[tuple[Processed, list[NotificationRow]]] = []
        with self._database.write() as session:
            self._plan.reserve(session, [planned for item in processed for planned in item.planned])
            ended = self._inbox.finish_all(session, token, {item.row.id: item.ending for item in processed})
            for item in processed:
                if item.row.id in ended:
                    told.append((item, self._write(session, item)))
                else:
                    log.warning("event was taken over by another worker", event_id=item.row.id)
        for item, facts in told:
            self._tell(item, facts)
        followed = [item.follows for item, _ in told]
        return News(
            to_send=any(item.planned for item, _ in told),
            to_do=any(each.actions for each in followed),
            to_process=frozenset(event.instance for each in followed for event in each.events),
        )

    def _write(self, session: Session, item: Processed) -> list[NotificationRow]:
        now = self._database.now(session)
        facts = [self._plan.write(session, planned, now) for planned in item.planned]
        before = [fact.id for fact in facts if fact.origin != item.row.id]
        if before:
            share = "all" if len(before) == len(facts) else "a part"
            session.get_one(Inbox, item.row.id).reason = f"{share} of it was told before: {', '.join(before)}"
        for action in item.follows.actions:
            add(session, action)
        for event in item.follows.events:
            self._inbox.add_in(session, event)
        self._inbox.finish_with(session, item.row.id, item.follows.together)
        for instance, change in item.changes:
            apply_change(session, instance, change)
        return facts

    def _tell(self, item: Processed, facts: Sequence[NotificationRow]) -> None:
        row, (state, _) = item.row, item.ending
        self._counts.ended(row.instance, state.value, sum(fact.origin == row.id for fact in facts))
        log.info(
            "event processed",
            event_id=row.id,
            attempt=row.attempts,
            instance=row.instance,
            notifications=[fact.id for fact in facts],
            state=state.value,
        )
