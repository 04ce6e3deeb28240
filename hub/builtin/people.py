"""Addresses of people and chats: user, email, chat, department, head and supervisor."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hub.plugin import (
    Notification,
    PermanentFailure,
    Plugin,
    PluginSettings,
    PortalUser,
    Recipient,
    Resolver,
    RetryLater,
    hookimpl,
)

_NUMBER = re.compile(r"[1-9][0-9]*", re.ASCII)
_CHAT_NAME = re.compile(r"[a-z0-9_-]*[a-z][a-z0-9_-]*", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class PeoplePlugin(Plugin[PluginSettings]):
    """Resolves addresses by the portal's own structure.

    Somebody who has left the company, and an empty post, resolve to nobody. An address that can never
    work raises ``PermanentFailure`` with what to write instead; a portal that is away ``RetryLater``.
    """

    api_version = "1.0"

    @hookimpl
    def resolvers(self) -> Iterable[Resolver]:
        """Declare the six schemes."""
        yield Resolver(scheme="user", resolve=self._user, summary="a person by portal user id: user:17")
        yield Resolver(scheme="email", resolve=self._email, summary="a person by e-mail: email:a@b.example")
        yield Resolver(
            scheme="chat",
            resolve=self._chat,
            summary="a group chat by number, or by its name in the settings: chat:1157, chat:ops",
        )
        yield Resolver(
            scheme="department",
            resolve=self._department,
            summary="everybody in a department and below it: department:5",
        )
        yield Resolver(scheme="head", resolve=self._head, summary="the head of a department: head:5")
        yield Resolver(
            scheme="supervisor",
            resolve=self._supervisor,
            summary="the head of a person's department: supervisor:17",
        )

    def _user(self, rest: str, notification: Notification) -> Iterable[Recipient]:
        number = _number("user", rest)
        try:
            person = self.ctx.portal.user(number)
        except RetryLater:
            # the id alone is enough to send to; whether the person is still there only matters later
            return (
                Recipient(kind="user", id=number, reason=f"user {number}, unchecked: the portal is away"),
            )
        return _people([person], f"user {number}")

    def _email(self, rest: str, notification: Notification) -> Iterable[Recipient]:
        address = rest.strip()
        if not _EMAIL.fullmatch(address):
            raise PermanentFailure(f"{f'email:{rest}'!r} is not an e-mail address; try 'email:a@b.example'")
        return _people([self.ctx.portal.user_by_email(address)], f"has the e-mail address {address}")

    def _chat(self, rest: str, notification: Notification) -> Iterable[Recipient]:
        name = rest.strip()
        if not _CHAT_NAME.fullmatch(name):
            number = _number("chat", rest)
            return (Recipient(kind="chat", id=number, reason=f"chat {number}"),)
        number = self.ctx.portal.named_chat(name)
        return (Recipient(kind="chat", id=number, reason=f"chat {name}, which is number {number}"),)

    def _department(self, rest: str, notification: Notification) -> Iterable[Recipient]:
        number = _number("department", rest)
        return _people(self.ctx.portal.members(number), f"member of department {number}")

    def _head(self, rest: str, notification: Notification) -> Iterable[Recipient]:
        number = _number("head", rest)
        return _people([self.ctx.portal.head(number)], f"head of department {number}")

    def _supervisor(self, rest: str, notification: Notification) -> Iterable[Recipient]:
        number = _number("supervisor", rest)
        return _people([self.ctx.portal.supervisor(number)], f"supervisor of user {number}")


#: What the number of a scheme counts, and an address that works.
_MEANINGS = {
    "user": "the number of a portal user, for example 'user:17'",
    "chat": "the number of a group chat or its name in the settings, for example 'chat:1157' or 'chat:ops'",
    "department": "the number of a department, for example 'department:5'",
    "head": "the number of a department, for example 'head:5'",
    "supervisor": "the number of a portal user, for example 'supervisor:17'",
}


def _number(scheme: str, rest: str) -> str:
    number = rest.strip()
    if not _NUMBER.fullmatch(number):
        raise PermanentFailure(f"{f'{scheme}:{rest}'!r} cannot be resolved; write {_MEANINGS[scheme]}")
    return number


def _people(found: Iterable[PortalUser | None], reason: str) -> tuple[Recipient, ...]:
    return tuple(
        Recipient(kind="user", id=person.id, reason=reason) for person in found if person and person.active
    )
