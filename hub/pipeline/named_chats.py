"""Named chats: group chats that the settings describe, opened at the portal when they are first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

import structlog

from hub.bitrix24 import Chats
from hub.bitrix24.errors import OutcomeUnknown, PortalError, Refused
from hub.observe.asked import Asked
from hub.pipeline.resolve import Resolve
from hub.plugin import Clock, Notification, PermanentFailure, RetryLater
from hub.settings import Chat
from hub.storage.chat_tables import NamedChat
from hub.storage.database import AWAY
from hub.storage.named_chats import NamedChatRows

log = structlog.get_logger("hub.chats")

#: Seconds for which who needs a chat waits for it; a plugin's call has 10.
_PATIENCE = 5.0
#: The portal's answer is waited for no longer than this; an opening of that age has died.
_OPENING = timedelta(minutes=3)
_LOOK_AGAIN = timedelta(seconds=2)
#: A chat that the portal refused to open is not asked for again and again.
_PAUSE = timedelta(minutes=1)


class NamedChats:
    """Finds the number of a chat by its name, and opens it once.

    A repeated opening would make a second chat, and portals offer no way to ask whether the first one was made. So
    the intention is written down before, and an opening of which nobody knows the outcome is left to the operator.

    Args:
        wanted: the chats of the settings.
        chats: how chats are opened; asks the portal for the bot.
    """

    def __init__(
        self,
        *,
        wanted: Mapping[str, Chat],
        rows: NamedChatRows,
        resolve: Resolve,
        chats: Callable[[], Chats],
        clock: Clock,
    ) -> None:
        self._wanted = wanted
        self._rows = rows
        self._resolve = resolve
        self._chats = chats
        self._clock = clock
        self._opening = threading.Lock()
        self._refused: dict[str, tuple[datetime, str]] = {}
        self._only_looks: ContextVar[bool] = ContextVar("only_looks", default=False)

    def number(self, name: str) -> str:
        """Return the number of a chat, opening it if need be.

        Raises:
            PermanentFailure: the settings name none, it cannot be opened, or nobody knows whether it was.
            RetryLater: it is being opened, or the portal is away.
        """
        if name not in self._wanted:
            known = ", ".join(sorted(self._wanted)) or "none"
            raise PermanentFailure(
                f"'chat:{name}' cannot be resolved: the settings name no such chat, only: {known}; a chat that the"
                " portal has already is written by its number, for example 'chat:1157'"
            )
        try:
            row = self._rows.get(name)
            if row is not None:
                return self._known(row)
            if self._only_looks.get():
                raise PermanentFailure(
                    f"chat {name!r} is opened when something is sent there for the first time"
                )
            return self._open_now(name)
        except AWAY as exc:
            raise RetryLater("the database is away") from exc

    @contextmanager
    def only_look(self) -> Iterator[None]:
        """Open nothing in this context, for those who only want to know who would be told."""
        token = self._only_looks.set(True)
        try:
            yield
        finally:
            self._only_looks.reset(token)

    def keep(self) -> None:
        """Take people in whom the settings have come to name; nobody is put out."""
        for name, chat in self._wanted.items():
            row = self._rows.get(name)
            if row is not None and row.chat:
                try:
                    self._take_in(row, self._people(name, chat))
                except (PortalError, RetryLater, PermanentFailure) as exc:
                    log.warning(
                        "members of a chat cannot be kept", chat=name, number=row.chat, reason=str(exc)
                    )

    def _take_in(self, row: NamedChat, people: Sequence[str]) -> None:
        new = [person for person in people if person not in row.members]
        if new:
            self._chats().add(row.chat, new)
            self._rows.settle(row.name, row.chat, [*row.members, *new])
            log.info("members added to a chat", chat=row.name, number=row.chat, users=new)

    def _known(self, row: NamedChat) -> str:
        if row.chat:
            return row.chat
        reason = row.reason
        if not reason:
            lost = f"opening it began at {row.created_at:%Y-%m-%d %H:%M} UTC and ended without a word"
            if not self._rows.give_up(row.name, _OPENING, lost):
                raise RetryLater(f"chat {row.name!r} is being opened", after=_LOOK_AGAIN)
            reason = lost
            _warn(row.name, reason)
        raise PermanentFailure(_in_doubt(row.name, reason))

    def _open_now(self, name: str) -> str:
        """Open a chat in a thread of its own, which the caller's time budget does not cut short."""
        refused = self._refused.get(name)
        if refused is not None and self._clock.now() < refused[0]:
            raise PermanentFailure(refused[1])
        # one at a time: who waits here and who is asked for the members are threads of the same plugin
        if not self._opening.acquire(blocking=False):
            raise RetryLater("another chat is being opened", after=_LOOK_AGAIN)
        try:
            return Asked(f"chat-{name}", lambda: self._open(name, self._wanted[name])).answer(_PATIENCE)
        except TimeoutError:
            raise RetryLater(f"chat {name!r} is still being opened", after=_LOOK_AGAIN) from None

    def _open(self, name: str, chat: Chat) -> str:
        try:
            people, chats = self._people(name, chat), self._chats()
            if not self._rows.begin(name):
                raise RetryLater(f"chat {name!r} is being opened", after=_LOOK_AGAIN)
            return self._create(name, chat.title, people, chats)
        except Refused as exc:
            reason = f"chat {name!r} cannot be opened: {exc}"
            self._refused[name] = (self._clock.now() + _PAUSE, reason)
            log.error("chat cannot be opened", chat=name, reason=str(exc))
            raise PermanentFailure(reason) from exc
        except PortalError as exc:
            after = getattr(exc, "retry_after", None)
            raise RetryLater(f"chat {name!r} cannot be opened now: {exc}", after=after) from exc
        finally:
            self._opening.release()

    def _create(self, name: str, title: str, people: Sequence[str], chats: Chats) -> str:
        try:
            number = chats.create(title, people)
        except OutcomeUnknown as exc:
            self._rows.doubt(name, str(exc))
            _warn(name, str(exc))
            raise PermanentFailure(_in_doubt(name, str(exc))) from exc
        except PortalError:  # it was not opened
            self._rows.forget(name, unless_open=True)
            raise
        self._refused.pop(name, None)
        log.info("chat opened", chat=name, number=number, users=list(people))
        self._rows.settle(name, number, people)
        return number

    def _people(self, name: str, chat: Chat) -> list[str]:
        """Return the user ids of those who belong in; addresses that lead nowhere are logged."""
        asked = Notification(key=f"chat:{name}", title=chat.title)
        people: dict[str, None] = {}
        problems: list[str] = []
        for address in chat.users:
            found = self._resolve.resolve([address], asked)
            problems += found.problems
            if not found.problems:  # else the fallback was put in
                people |= {each.id: None for each in found.recipients if each.kind == "user"}
        if problems:
            log.warning("members of a chat are not there", chat=name, reason="; ".join(problems))
        if not people:
            raise PermanentFailure(
                f"nobody of chats.{name}.users is there: {'; '.join(problems) or 'they name no people'}"
            )
        return list(people)


def _in_doubt(name: str, reason: str) -> str:
    return (
        f"chat {name!r} may have been opened or not ({reason}); look for it in the portal, then 'hub chat adopt"
        f" {name} NUMBER', or 'hub chat forget {name}' to open it anew"
    )


def _warn(name: str, reason: str) -> None:
    log.error(
        "nobody knows whether a chat was opened",
        chat=name,
        reason=reason,
        advice=f"look for it in the portal, then 'hub chat adopt {name} NUMBER' or 'hub chat forget {name}'",
    )
