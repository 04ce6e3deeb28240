"""Run by alembic with the connection of ``hub.storage.migrate``."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import hub.storage.chat_tables
import hub.storage.tables  # noqa: F401 - registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
