"""The engine: what limits, the ledger and flood control keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "rate_buckets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.drop_index("outbox_waiting", "outbox")
    for name, column, state in (
        ("outbox_waiting", ["lane", "id"], "pending"),
        ("outbox_due", ["due_at"], "pending"),
        ("outbox_sending", ["id"], "sending"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "outbox", column, sqlite_where=where, postgresql_where=where)
    for table, unfinished in (("inbox", "'new'"), ("outbox", "'pending', 'sending'")):
        ended = sa.text(f"state NOT IN ({unfinished})")
        op.drop_index(f"{table}_state", table)
        op.create_index(
            f"{table}_ended",
            table,
            ["instance", "state", "id"],
            sqlite_where=ended,
            postgresql_where=ended,
        )
    op.create_table(
        "ledger",
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("writer", sa.String(), nullable=False),
        sa.Column("inserted", sa.BigInteger(), nullable=False),
        sa.Column("purged", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "writer"),
    )
    for table, name, indexed, condition in (
        ("inbox", "inbox_finished", "finished_at", "finished_at IS NOT NULL"),
        ("inbox", "inbox_unexplained", "id", "state NOT IN ('new', 'processed') AND reason = ''"),
        (
            "outbox",
            "outbox_unexplained",
            "id",
            "CASE WHEN state = 'sent' THEN message_id IS NULL"
            " ELSE reason = '' AND state NOT IN ('pending', 'sending') END",
        ),
    ):
        only = sa.text(condition)
        op.create_index(name, table, [indexed], sqlite_where=only, postgresql_where=only)
    op.create_index("threads_touched", "threads", ["updated_at"])
    for table in ("inbox", "notifications", "outbox"):  # what is there counts as inserted
        op.execute(
            "INSERT INTO ledger (table_name, writer, inserted, purged)"
            f" SELECT '{table}', 'before', count(*), 0 FROM {table} HAVING count(*) > 0"  # noqa: S608 - constants
        )
