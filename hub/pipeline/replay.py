"""Replay: run stored rows again, for example after a plugin was mended."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from hub.pipeline.accept import item_group, item_key
from hub.pipeline.origin import Origins, path_below
from hub.plugin import Item, PluginError, Receipt
from hub.registry import CallFailed, NotServed, Registry, calls
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.inbox import InboxRows
from hub.storage.states import InboxKind, InboxState
from hub.storage.tables import Inbox

#: Rows of other kinds have all they need beside the body.
_WITH_BODY = (InboxKind.HTTP, InboxKind.PORTAL_EVENT)
_NO_BODY = "its body is no longer kept (hub.body_retention_days)"


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of the wish to replay a row; ``events`` are the rows that run again."""

    id: str
    ok: bool
    message: str
    events: tuple[str, ...] = ()


class Replay:
    """Starts again at ``accept``, without ``verify``: the row was authentic when it came."""

    def __init__(
        self, *, database: Database, inbox: InboxRows, origins: Origins, registry: Registry, ids: IdFactory
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._origins = origins
        self._registry = registry
        self._ids = ids

    def replay(self, id: str) -> Replayed:
        """Make the row run again; facts that were told already are not told twice."""
        row = self._inbox.get(id)
        if row is None:
            return Replayed(id=id, ok=False, message="no such event")
        if row.state == InboxState.NEW:
            return Replayed(id=id, ok=False, message="it has not been processed yet")
        if row.kind in _WITH_BODY and row.body is None:
            return Replayed(id=id, ok=False, message=_NO_BODY)
        if row.kind != InboxKind.HTTP or row.request.get("part"):
            return self._again(row)
        try:
            receipt = self._accept(row)
        except (PluginError, CallFailed, NotServed) as exc:
            return Replayed(id=id, ok=False, message=str(exc))
        return self._again(row, receipt)

    def _accept(self, row: Inbox) -> Receipt:
        request = self._origins.request(row)
        source = self._registry.match_source(
            row.instance, path_below(row.instance, request.path), request.method
        ).source
        return self._registry.guard.call(row.instance, calls.ACCEPT, source.accept, request, object_id=row.id)

    def _again(self, row: Inbox, receipt: Receipt | None = None) -> Replayed:
        items = [Item()] if receipt is None else list(receipt.items)
        if receipt is not None and not items:
            return Replayed(id=row.id, ok=False, message=receipt.reason or "the plugin ignores it")
        first, *others = items
        with self._database.write() as session:
            stored = session.get_one(Inbox, row.id, with_for_update=True)
            if stored.body is None and row.body is not None:  # retention was quicker
                return Replayed(id=row.id, ok=False, message=_NO_BODY)
            if receipt is not None and not self._take_over(session, stored, first):
                return Replayed(id=row.id, ok=False, message="the same event was accepted since")
            now = self._database.now(session)
            stored.state, stored.reason, stored.attempts = InboxState.NEW, "", 0
            stored.due_at, stored.finished_at, stored.claim = now, None, None
            session.flush()
            more = [self._sibling(stored, item) for item in others]
            events = [stored.id, *(new.id for new in more if self._inbox.add_in(session, new))]
        return Replayed(id=row.id, ok=True, message="runs again", events=tuple(events))

    def _take_over(self, session: Session, row: Inbox, item: Item) -> bool:
        """Give a row that was rejected the key that its event really has."""
        if row.state != InboxState.REJECTED or not row.key.startswith("rejected:"):
            return True
        key = item_key(item, self._origins.request(row))
        taken = self._inbox.by_key(session, row.instance, key)
        if taken is not None:
            row.state, row.reason = InboxState.IGNORED, f"the same event was accepted as {taken}"
            return False
        row.key, row.group_key = key, item_group(item)
        if item.body is not None:
            row.body = self._origins.sealed(row, item.body)
            row.request = {**row.request, "part": True}
        return True

    def _sibling(self, row: Inbox, item: Item) -> Inbox:
        body = self._origins.request(row).body if item.body is None else item.body
        return Inbox(
            id=self._ids.new("e"),
            instance=row.instance,
            kind=row.kind,
            key=item_key(item, self._origins.request(row)),
            group_key=item_group(item),
            received_at=row.received_at,
            request={**row.request, "part": True},
            body=self._origins.sealed(row, body),
            sealed=row.sealed,
            due_at=row.due_at,
        )
