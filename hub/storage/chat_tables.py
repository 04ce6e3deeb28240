"""The tables of what people do in chat: what they clicked and typed, and what they want."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import JSON, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from hub.storage.columns import Instant

#: An action of the same name that stands so is not done again.
_HELD = text("state IN ('running', 'done')")
_UNFINISHED = text("state IN ('new', 'running')")


class Action(SQLModel, table=True):
    """One click or one typed command, whatever came of it.

    ``once`` names what must be done at most once, ``told_as`` the notification that gave the card its new words.
    """

    __tablename__ = "actions"
    __table_args__ = (
        Index("actions_waiting", "id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
        Index("actions_held", "once", sqlite_where=_HELD, postgresql_where=_HELD),
        Index("actions_origin", "origin"),
    )

    id: str = Field(primary_key=True)
    origin: str
    once: str
    instance: str
    command: str
    actor: str
    dialog: str
    message_id: str = ""
    notification_id: str = ""
    told_as: str = ""
    typed: bool = False
    args: dict[str, JsonValue] = Field(default_factory=dict, sa_type=JSON)
    text: str = Field(default="", sa_type=Text)
    language: str = ""
    state: str = "new"
    reason: str = Field(default="", sa_type=Text)
    attempts: int = 0
    created_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    claim: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=Instant)


class Preference(SQLModel, table=True):
    """What the reader of a dialog has chosen."""

    __tablename__ = "preferences"

    dialog: str = Field(primary_key=True)
    language: str = ""


class Mute(SQLModel, table=True):
    """What a dialog does not want to be told of for a while.

    Attributes:
        what: the pattern of an instance's name or of a kind; ``*`` = everything.
        critical: also what is critical.
    """

    __tablename__ = "mutes"

    dialog: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    actor: str
    until: datetime = Field(sa_type=Instant)
    critical: bool = False


class NamedChat(SQLModel, table=True):
    """A group chat that the settings name; ``members`` are those the hub has added.

    ``chat`` is empty until it is known: from ``created_at`` on it is being opened, or, with a ``reason``, nobody
    knows whether it was.
    """

    __tablename__ = "named_chats"

    name: str = Field(primary_key=True)
    chat: str = ""
    members: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    reason: str = Field(default="", sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
