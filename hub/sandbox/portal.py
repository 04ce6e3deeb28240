"""The portal's state: every table, the clock, and one lock around them."""

import threading
from collections import deque
from collections.abc import Iterable

from hub.sandbox.app_model import Application, Binding, Grant, OutgoingWebhook
from hub.sandbox.calls import CallLog
from hub.sandbox.clock import Clock
from hub.sandbox.crm_model import Activity, CrmRow, StageMove
from hub.sandbox.faults import Faults
from hub.sandbox.feed import Feed
from hub.sandbox.limits import Limits
from hub.sandbox.model import (
    Bot,
    BotCommand,
    Chat,
    Department,
    Json,
    Message,
    MessageKey,
    Notification,
    Person,
    QueuedEvent,
    ReadMark,
)
from hub.sandbox.options import Options
from hub.sandbox.tables import Disk, Table
from hub.sandbox.task_model import Task, TaskChange, TaskComment


class Portal:
    """One portal. Whoever reads or writes holds ``lock``; ``changed`` is notified after every change."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = self._first_options = options
        self.url = ""  # where it is served, known once it is
        self.resets = 0
        self.clock = clock
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.feed = Feed()
        self.feed.listen(self._notify)
        self.faults = Faults()
        self.limits = Limits(clock, rate=options.rate, burst=options.burst, operating=options.operating)
        self.calls = CallLog(self.feed.wake)
        self.posts: deque[tuple[str, Json]] = deque()
        self.holds_posts = False
        self._disk = Disk(options.state_file) if options.state_file else None
        self._open_tables()

    def _open_tables(self) -> None:
        disk = self._disk
        self.people = Table("person", Person, disk)
        self.departments = Table("department", Department, disk)
        self.bots = Table("bot", Bot, disk, first_id=456)
        self.commands = Table("command", BotCommand, disk, first_id=78)
        self.chats = Table("chat", Chat, disk, first_id=1151)
        self.messages = Table("message", Message, disk, first_id=84_001)
        self.keys = Table("key", MessageKey, disk)
        self.reads = Table("read", ReadMark, disk)
        self.notifications = Table("notification", Notification, disk, first_id=12_001)
        self.events = Table("event", QueuedEvent, disk, first_id=1001)
        self.leads = Table("lead", CrmRow, disk, first_id=901)
        self.deals = Table("deal", CrmRow, disk, first_id=1201)
        self.items = Table("item", CrmRow, disk, first_id=21)
        self.activities = Table("activity", Activity, disk, first_id=999)
        self.contacts = Table("contact", CrmRow, disk, first_id=81)
        self.companies = Table("company", CrmRow, disk, first_id=9)
        self.stage_moves = Table("stage", StageMove, disk, first_id=701)
        self.tasks = Table("task", Task, disk, first_id=3701)
        self.task_changes = Table("task_change", TaskChange, disk, first_id=16_351)
        self.comments = Table("comment", TaskComment, disk, first_id=3401)
        self.applications = Table("application", Application, disk)
        self.grants = Table("grant", Grant, disk)
        self.bindings = Table("binding", Binding, disk)
        self.outgoing = Table("outgoing", OutgoingWebhook, disk)
        self.answers_v3: dict[str, tuple[tuple[str, Json], Json]] = {}
        self._by_chat: dict[int, list[int]] = {}
        for message in self.messages:
            self._by_chat.setdefault(message.chat_id, []).append(message.id)
        self._private = {frozenset(chat.members): chat.id for chat in self.chats if chat.kind == "private"}

    def empty(self) -> bool:
        """Say whether nobody lives here yet."""
        return len(self.people) == 0

    def reset(self) -> None:
        """Forget everything but the settings it began with."""
        with self.lock:
            self.resets += 1
            if self._disk is not None:
                self._disk.clear()
            self._open_tables()
            self.calls.clear()
            self.posts.clear()
            self.holds_posts = False
            self.options = self._first_options
            self.faults.clear()

    def close(self) -> None:
        """Close the state file."""
        with self.lock:
            if self._disk is not None:
                self._disk.close()

    @property
    def domain(self) -> str:
        """Host and port it is served at."""
        return self.url.partition("://")[2]

    @property
    def application(self) -> Application | None:
        """The local application, once installed."""
        return self.applications.get(1)

    def user(self, user_id: int) -> Person | Bot | None:
        """Return the person or bot with this user id."""
        return self.people.get(user_id) or self.bots.get(user_id)

    def name_of(self, user_id: int) -> str:
        """Return the name the chat shows; empty for the system and for whom nobody knows."""
        user = self.user(user_id)
        return user.name if user else ""

    def private_chat(self, one: int, other: int) -> Chat | None:
        """Return the private dialog of two users, if it was ever opened."""
        chat_id = self._private.get(frozenset((one, other)))
        return self.chats.get(chat_id) if chat_id is not None else None

    def open_private_chat(self, one: int, other: int) -> Chat:
        """Return the private dialog of two users, opening it if need be."""
        chat = self.private_chat(one, other)
        if chat is None:
            chat = Chat(
                id=self.chats.next_id(),
                kind="private",
                members=(one, other),
                owner=one,
                created_at=self.clock.now(),
            )
            self.chats.put(chat)
            self._private[frozenset(chat.members)] = chat.id
        return chat

    def append_message(self, message: Message) -> None:
        """Store a new message at the end of its chat."""
        self.messages.put(message)
        self._by_chat.setdefault(message.chat_id, []).append(message.id)

    def messages_of(self, chat_id: int) -> list[Message]:
        """Return the chat's messages, oldest first, deleted ones included."""
        return [self.messages[message_id] for message_id in self._by_chat.get(chat_id, [])]

    def last_message(self, chat_id: int) -> Message | None:
        """Return the newest message that is not deleted."""
        ids = self._by_chat.get(chat_id, [])
        return next((m for i in reversed(ids) if not (m := self.messages[i]).deleted), None)

    def members(self, chat: Chat) -> frozenset[int]:
        """Return the user ids of a chat's members."""
        return frozenset(chat.members)

    def bots_in(self, chat: Chat) -> Iterable[Bot]:
        """Return the chat's bots."""
        return [self.bots[member] for member in chat.members if member in self.bots]

    def _notify(self) -> None:
        with self.changed:
            self.changed.notify_all()
