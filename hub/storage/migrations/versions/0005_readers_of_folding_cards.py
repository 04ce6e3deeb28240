"""Readers of folding cards: the page that somebody reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for name in ("page", "page_total"):
        op.add_column("folding_cards", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("folding_cards", sa.Column("read_until", sa.BigInteger(), nullable=True))
    rows = sa.text("read_until IS NOT NULL")
    op.create_index("folding_cards_read", "folding_cards", ["id"], sqlite_where=rows, postgresql_where=rows)
