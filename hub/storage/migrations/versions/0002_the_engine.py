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
        ("outbox_late", ["dialog", "lane", "due_at"], "pending"),
        ("outbox_sending", ["dialog", "lane"], "sending"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "outbox", column, sqlite_where=where, postgresql_where=where)
    for counted in (
        sa.Column("refusals", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_refusal", sa.Text(), nullable=False, server_default=""),
        sa.Column("last_refused_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("plugin_counters", counted)
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
    op.create_table(
        "folding_cards",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("dialog", sa.String(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("rate", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("folded_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("edits", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "folded",
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("card_id", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("dialog", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_table(
        "flood_windows",
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("dialog", sa.String(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("latest", sa.JSON(), nullable=False),
        sa.Column("over_at", sa.BigInteger(), nullable=False),
        sa.Column("storm", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("instance", "dialog", "critical"),
    )
    indexes: tuple[tuple[str, str, list[str], str | None], ...] = (
        ("folding_cards", "folding_cards_open", ["dialog"], "closed_at IS NULL"),
        ("folding_cards", "folding_cards_changed", ["id"], "changed"),
        ("folded", "folded_card", ["card_id", "delivery_id"], None),
        ("folded", "folded_thread", ["instance", "thread"], "thread != ''"),
        ("flood_windows", "flood_windows_over", ["over_at"], None),
    )
    for table, name, columns, rows_of in indexes:
        rows = None if rows_of is None else sa.text(rows_of)
        op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)
    op.drop_table("plugin_status")  # every process tells anew at its start
    op.create_table(
        "plugin_status",
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("process", "instance"),
    )
    for table in ("inbox", "notifications", "outbox"):  # what is there counts as inserted
        op.execute(
            "INSERT INTO ledger (table_name, writer, inserted, purged)"
            f" SELECT '{table}', 'before', count(*), 0 FROM {table} HAVING count(*) > 0"  # noqa: S608 - constants
        )
