"""Commands: what a button or a typed ``/word`` does."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hub.plugin.notifications import Notification
from hub.plugin.text import Words


class Who(StrEnum):
    """Who may use a command.

    ``ADDRESSEE`` is who got the card; in a group chat each of its members did. ``ADMIN`` is who ``hub.admins`` names.
    """

    ADDRESSEE = "addressee"
    ANYONE = "anyone"
    ADMIN = "admin"


class CommandCall(BaseModel):
    """One click or one typed command.

    Attributes:
        actor: the portal's user id of the person who acts.
        args: the action's arguments, validated by ``args_model`` where the command has one.
        text: what was typed after the command's name; empty for a click.
        notification: the card that was clicked or replied to.
        language: of the person who acts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    actor: str
    args: dict[str, JsonValue] = Field(default_factory=dict)
    text: str = ""
    dialog: str
    notification: Notification | None = None
    language: str = "en"


class Reply(BaseModel):
    """What a command answers.

    Attributes:
        text: said in the dialog, or only to the actor when ``private``.
        notification: the card's new content.
        notifications: further facts, routed like any other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Words = ""
    notification: Notification | None = None
    notifications: tuple[Notification, ...] = ()
    private: bool = False
