"""The tables. What each state means stands in ``states.py``."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from hub.storage.columns import Instant

#: Ends that must not be. The indexes of such rows are empty, so looking costs nothing, however much is kept.
UNEXPLAINED_EVENT = text("state NOT IN ('new', 'processed') AND reason = ''")
UNEXPLAINED_DELIVERY = text(
    "CASE WHEN state = 'sent' THEN message_id IS NULL ELSE reason = '' AND state NOT IN ('pending', 'sending') END"
)


def _json(nullable: bool = False) -> Column[JsonValue]:
    return Column(JSON, nullable=nullable)


class Inbox(SQLModel, table=True):
    """One accepted thing to process: a request's item, a portal event, a job's tick, a fired timer."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("instance", "key", name="inbox_key"),
        Index("inbox_due", "instance", "id", sqlite_where=text("state = 'new'"),
              postgresql_where=text("state = 'new'")),
        Index("inbox_group", "instance", "group_key", "id", sqlite_where=text("state = 'new'"),
              postgresql_where=text("state = 'new'")),
        Index("inbox_ended", "instance", "state", "id", sqlite_where=text("state NOT IN ('new')"),
              postgresql_where=text("state NOT IN ('new')")),
        Index("inbox_finished", "finished_at", sqlite_where=text("finished_at IS NOT NULL"),
              postgresql_where=text("finished_at IS NOT NULL")),
        Index("inbox_unexplained", "id", sqlite_where=UNEXPLAINED_EVENT, postgresql_where=UNEXPLAINED_EVENT),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    instance: str
    kind: str
    key: str
    group_key: str | None = None
    state: str = "new"
    reason: str = Field(default="", sa_type=Text)
    received_at: datetime = Field(sa_type=Instant)
    request: dict[str, JsonValue] = Field(sa_type=JSON)
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed: bool = False
    duplicates: int = 0
    attempts: int = 0
    due_at: datetime = Field(sa_type=Instant)
    claim: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class NotificationRow(SQLModel, table=True):
    """One fact, as its plugin told it, with what routing decided."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("instance", "key", name="notifications_key"),
        Index("notifications_origin", "origin"),
    )

    id: str = Field(primary_key=True)
    instance: str
    key: str
    kind: str
    severity: str
    thread: str
    content: dict[str, JsonValue] = Field(sa_type=JSON)
    decision: dict[str, JsonValue] = Field(sa_type=JSON)
    reason: str = Field(default="", sa_type=Text)
    origin: str
    created_at: datetime = Field(sa_type=Instant)


class Outbox(SQLModel, table=True):
    """One message to one dialog."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("instance", "key", "dialog", "op", name="outbox_once"),
        Index("outbox_waiting", "lane", "id", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        Index("outbox_due", "due_at", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        Index("outbox_late", "dialog", "lane", "due_at", sqlite_where=text("state = 'pending'"),
              postgresql_where=text("state = 'pending'")),
        Index("outbox_sending", "dialog", "lane", sqlite_where=text("state = 'sending'"),
              postgresql_where=text("state = 'sending'")),
        Index("outbox_thread", "instance", "thread", "dialog", "id",
              sqlite_where=text("state IN ('pending', 'sending')"),
              postgresql_where=text("state IN ('pending', 'sending')")),
        Index("outbox_notification", "notification_id"),
        Index("outbox_ended", "instance", "state", "id",
              sqlite_where=text("state NOT IN ('pending', 'sending')"),
              postgresql_where=text("state NOT IN ('pending', 'sending')")),
        Index("outbox_unexplained", "id", sqlite_where=UNEXPLAINED_DELIVERY,
              postgresql_where=UNEXPLAINED_DELIVERY),
        Index("outbox_untold", "id", sqlite_where=text("NOT told"), postgresql_where=text("NOT told")),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    notification_id: str
    instance: str
    key: str
    dialog: str
    op: str = "card"
    thread: str = ""
    mode: str = "open"
    loud: bool = False
    lane: int
    recipient: str = Field(default="", sa_type=Text)
    target: str | None = None
    state: str = "pending"
    reason: str = Field(default="", sa_type=Text)
    attempts: int = 0
    generation: int = 0
    plain: bool = False
    due_at: datetime = Field(sa_type=Instant)
    claim: str | None = None
    in_doubt_since: datetime | None = Field(default=None, sa_type=Instant)
    message_id: str | None = None
    created_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    told: bool = True


class Attempt(SQLModel, table=True):
    """A delivery attempt that did not end in ``sent``."""

    __tablename__ = "attempts"
    __table_args__ = (Index("attempts_delivery", "delivery_id", "at"),)

    id: str = Field(primary_key=True)
    delivery_id: str
    at: datetime = Field(sa_type=Instant)
    outcome: str
    detail: str = Field(default="", sa_type=Text)


class Thread(SQLModel, table=True):
    """The living card of a thread in a dialog."""

    __tablename__ = "threads"
    __table_args__ = (
        Index("threads_touched", "updated_at"),
        Index("threads_shown", "dialog", "message_id"),
    )

    instance: str = Field(primary_key=True)
    thread: str = Field(primary_key=True)
    dialog: str = Field(primary_key=True)
    message_id: str
    delivery_id: str
    updated_at: datetime = Field(sa_type=Instant)


class EarlyUpdate(SQLModel, table=True):
    """An update that found no card; it waits a while for the card to open."""

    __tablename__ = "early_updates"
    __table_args__ = (Index("early_updates_thread", "instance", "thread"),)

    notification_id: str = Field(primary_key=True)
    instance: str
    thread: str
    occurred_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class Stored(SQLModel, table=True):
    """One entry of a plugin's store."""

    __tablename__ = "plugin_store"

    instance: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    value: JsonValue = Field(sa_column=_json())
    expires_at: datetime | None = Field(default=None, sa_type=Instant)


class ArmedTimer(SQLModel, table=True):
    """A timer that has not fired yet."""

    __tablename__ = "timers"
    __table_args__ = (Index("timers_due", "due_at"),)

    instance: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=Instant)
    data: JsonValue = Field(sa_column=_json(nullable=True))


class Schedule(SQLModel, table=True):
    """The latest tick of a job that has been put into the inbox."""

    __tablename__ = "schedule"

    instance: str = Field(primary_key=True)
    job: str = Field(primary_key=True)
    ticked_at: datetime = Field(sa_type=Instant)


class Cursor(SQLModel, table=True):
    """How far a portal source has caught up with the portal."""

    __tablename__ = "cursors"

    instance: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    cursor: str = Field(sa_type=Text)
    moved_at: datetime = Field(sa_type=Instant)


class Lease(SQLModel, table=True):
    """Who does something that only one process may do."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True)
    holder: str | None = None
    until: datetime | None = Field(default=None, sa_type=Instant)
    rung: bool = False


class PluginCounter(SQLModel, table=True):
    """How often a hook of an instance was called, and how it failed last."""

    __tablename__ = "plugin_counters"

    instance: str = Field(primary_key=True)
    hook: str = Field(primary_key=True)
    calls: int = 0
    failures: int = 0
    over_budget: int = 0
    last_error: str = Field(default="", sa_type=Text)
    last_failed_at: datetime | None = Field(default=None, sa_type=Instant)
    refusals: int = 0
    last_refusal: str = Field(default="", sa_type=Text)
    last_refused_at: datetime | None = Field(default=None, sa_type=Instant)


class PluginStatus(SQLModel, table=True):
    """The status of an instance in one process at run time, seen by other processes."""

    __tablename__ = "plugin_status"

    process: str = Field(primary_key=True)
    instance: str = Field(primary_key=True)
    status: str
    reason: str = Field(default="", sa_type=Text)
    since: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)


class PortalCacheEntry(SQLModel, table=True):
    """What the portal said about people, departments, stages and currencies."""

    __tablename__ = "portal_cache"

    key: str = Field(primary_key=True)
    value: JsonValue = Field(sa_column=_json(nullable=True))
    fetched_at: datetime = Field(sa_type=Instant)


class Fact(SQLModel, table=True):
    """A single value the hub remembers about itself: the bot's id, the portal's address."""

    __tablename__ = "facts"

    name: str = Field(primary_key=True)
    value: JsonValue = Field(sa_column=_json(nullable=True))


class Credential(SQLModel, table=True):
    """What proves who the hub is at the portal, encrypted."""

    __tablename__ = "credentials"

    name: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    stored_at: datetime = Field(sa_type=Instant)


class LedgerCount(SQLModel, table=True):
    """How many rows of a table one writer inserted and purged, counted in the transactions that did it."""

    __tablename__ = "ledger"

    table_name: str = Field(primary_key=True)
    writer: str = Field(primary_key=True)
    inserted: int = Field(default=0, sa_type=BigInteger)
    purged: int = Field(default=0, sa_type=BigInteger)


class RateBucket(SQLModel, table=True):
    """How full the portal's leaky bucket was when somebody last looked."""

    __tablename__ = "rate_buckets"

    name: str = Field(primary_key=True)
    level: float
    seen_at: datetime = Field(sa_type=Instant)


class FoldingCard(SQLModel, table=True):
    """A card of the hub's own that stands for deliveries which were not shown one by one.

    Its id is that of its first delivery. While somebody reads what it stands for it shows *page* of the *page_total*
    that there were when they began, until *read_until*.
    """

    __tablename__ = "folding_cards"
    __table_args__ = (
        Index("folding_cards_open", "dialog", sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        Index("folding_cards_changed", "id", sqlite_where=text("changed"), postgresql_where=text("changed")),
        Index("folding_cards_read", "id", sqlite_where=text("read_until IS NOT NULL"),
              postgresql_where=text("read_until IS NOT NULL")),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    kind: str
    instance: str = ""
    dialog: str
    critical: bool = False
    rate: str = ""
    origin: str
    lane: int
    opened_at: datetime = Field(sa_type=Instant)
    folded_at: datetime = Field(sa_type=Instant)
    edited_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    edits: int = 0
    changed: bool = True
    page: int = 0
    page_total: int = 0
    read_until: datetime | None = Field(default=None, sa_type=Instant)


class Folded(SQLModel, table=True):
    """A delivery that a folding card stands for."""

    __tablename__ = "folded"
    __table_args__ = (
        Index("folded_card", "card_id", "delivery_id"),
        Index("folded_thread", "instance", "thread", sqlite_where=text("thread != ''"),
              postgresql_where=text("thread != ''")),
    )  # fmt: skip

    delivery_id: str = Field(primary_key=True)
    card_id: str
    instance: str
    thread: str = ""
    dialog: str
    severity: str
    title: JsonValue = Field(sa_column=_json())
    told_at: datetime = Field(sa_type=Instant)
    solved: bool = False


class FloodWindow(SQLModel, table=True):
    """When the latest new messages of an instance came for a dialog, as far as its limit looks back."""

    __tablename__ = "flood_windows"
    __table_args__ = (Index("flood_windows_over", "over_at"),)

    instance: str = Field(primary_key=True)
    dialog: str = Field(primary_key=True)
    critical: bool = Field(primary_key=True)
    latest: list[int] = Field(sa_type=JSON)
    over_at: datetime = Field(sa_type=Instant)
    storm: str | None = None
