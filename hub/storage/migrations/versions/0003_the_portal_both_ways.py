"""The portal both ways: what people click and type, what they want, and how far the hub has caught up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "actions",
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("id", "origin", "once", "instance", "command", "actor", "dialog", "message_id")
        ),
        sa.Column("notification_id", sa.String(), nullable=False),
        sa.Column("told_as", sa.String(), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("claim", sa.String(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    indexes: tuple[tuple[str, str, str | None], ...] = (
        ("actions_waiting", "id", "state IN ('new', 'running')"),
        ("actions_held", "once", "state IN ('running', 'done')"),
        ("actions_origin", "origin", None),
    )
    for name, column, rows_of in indexes:
        rows = None if rows_of is None else sa.text(rows_of)
        op.create_index(name, "actions", [column], sqlite_where=rows, postgresql_where=rows)
    op.create_index("threads_shown", "threads", ["dialog", "message_id"])
    op.create_table(
        "preferences",
        sa.Column("dialog", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("dialog"),
    )
    op.create_table(
        "mutes",
        sa.Column("dialog", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("dialog", "what"),
    )
    op.create_table(
        "named_chats",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("chat", sa.String(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "cursors",
        sa.Column("instance", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "source"),
    )
