"""What the portal stores: people, chats, messages, bots and their events. Frozen; a change is a copy."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

#: One REST object: string keys, JSON values.
Json = dict[str, Any]


class Record(BaseModel):
    """Anything the portal keeps under a number."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int


class Person(Record):
    """An employee, or a guest of the extranet."""

    first_name: str
    last_name: str
    position: str = ""
    email: str = ""
    gender: Literal["M", "F"] = "M"
    time_zone: str = Field("", description="IANA name; empty: the portal's own.")
    active: bool = True
    admin: bool = False
    extranet: bool = False
    departments: tuple[int, ...] = ()
    color: str = "#df532d"
    absent_until: datetime | None = None

    @property
    def name(self) -> str:
        """The name as the chat shows it."""
        return f"{self.first_name} {self.last_name}".strip()


class Department(Record):
    """A node of the company's tree; the root has no parent."""

    name: str
    parent: int | None = None
    head: int | None = None


class Bot(Record):
    """A chat bot; its id is a user id."""

    code: str
    owner: str = Field(
        description="Who may drive it: an application's client_id, or 'custom' + botToken or CLIENT_ID.",
        repr=False,
    )
    api: Literal[1, 2] = 2
    type: str = "bot"
    event_mode: Literal["fetch", "webhook"] = "fetch"
    webhook_url: str = ""
    handlers: dict[str, str] = Field({}, description="Version 1: event name -> URL.")
    first_name: str
    last_name: str = ""
    position: str = ""
    color: str = "#df532d"
    gender: str = "M"
    hidden: bool = False
    reactions: bool = True
    openline: bool = False
    background: str | None = None

    @property
    def name(self) -> str:
        """The name as the chat shows it."""
        return f"{self.first_name} {self.last_name}".strip()


class BotCommand(Record):
    """A slash command of a bot."""

    bot_id: int
    command: str
    title: dict[str, str] = {}
    params: dict[str, str] = {}
    common: bool = False
    hidden: bool = False
    extranet: bool = False
    handler: str = ""


class Chat(Record):
    """A group chat, or the private dialog of two users."""

    kind: Literal["private", "chat"]
    members: tuple[int, ...]
    title: str = ""
    description: str = ""
    owner: int = 0
    managers: tuple[int, ...] = ()
    color: str = "#ab7761"
    entity_type: str = ""
    entity_id: str = ""
    adders: Literal["member", "manager", "owner"] = Field("member", description="Who may take others in.")
    welcomes_bots: bool = Field(False, description="Somebody invites every new bot here.")
    created_at: datetime


class Message(Record):
    """One message of one chat."""

    chat_id: int
    dialog: str = Field(description="As a bot addresses it: '27' or 'chat1157'.")
    author_id: int = Field(description="0: written by the system.")
    text: str
    attach: Json | None = Field(None, description="The card: ID, COLOR_TOKEN, COLOR, BLOCKS.")
    keyboard: tuple[Json, ...] = Field(
        (), description="Buttons with Bitrix24's keys, NEWLINE elements included."
    )
    system: bool = False
    uuid: str = ""
    reply_id: int | None = None
    url_preview: bool = True
    at: datetime
    edited: bool = False
    deleted: bool = False
    blocked: bool = Field(False, description="A BLOCK button was pressed and the bot has not edited yet.")

    @property
    def buttons(self) -> list[str]:
        """Labels of the buttons, in order."""
        return [button["TEXT"] for button in self.keyboard if "TEXT" in button]


class MessageKey(BaseModel):
    """A `templateId` seen in the last 31 days; without a message it is reserved only."""

    model_config = ConfigDict(frozen=True)

    id: str
    reserved_at: datetime
    message_id: int | None = None


class ReadMark(BaseModel):
    """How far one person has read one chat."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="'{chat}:{person}'.")
    message_id: int
    at: datetime


class Notification(Record):
    """An entry of the bell."""

    user_id: int
    author_id: int = Field(description="0: from the system.")
    text: str
    attach: Json | None = None
    tag: str = ""
    sub_tag: str = ""
    at: datetime
    read: bool = False


class QueuedEvent(Record):
    """A bot event waiting for `imbot.v2.Event.get`."""

    bot_id: int
    type: str
    at: datetime
    data: Json
