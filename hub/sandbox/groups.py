"""Opening group chats and taking people and bots in: what all APIs of the portal share."""

from typing import Any

from hub.sandbox.model import Chat, Person
from hub.sandbox.portal import Portal
from hub.sandbox.registry import Invocation


def open_group(call: Invocation, *, title: str | None, owner: int, users: list[Any]) -> Chat:
    """Create a group chat and tell its bots that they are in."""
    portal = call.portal
    chat = portal.chats.put(
        Chat(
            id=portal.chats.next_id(),
            kind="chat",
            members=(),
            title=title or "Chat",
            owner=owner,
            managers=(owner,),
            created_at=portal.clock.now(),
        )
    )
    return join(call, chat, [*users, owner], quiet=frozenset({owner}))


def join(call: Invocation, chat: Chat, users: list[Any], *, quiet: frozenset[int] = frozenset()) -> Chat:
    """Add *users* who are active and not members yet; bots not in *quiet* get their event."""
    portal = call.portal
    added = [int(user) for user in dict.fromkeys(users) if str(user).isdigit() and _exists(portal, int(user))]
    added = [user for user in added if user not in chat.members]
    chat = portal.chats.put(chat.model_copy(update={"members": (*chat.members, *added)}))
    inviter = portal.people[call.caller.user_id]
    for user in added:
        bot = portal.bots.get(user)
        if bot is not None and bot.id not in quiet:
            call.events.joined(bot, chat, inviter)
    portal.feed.publish("dialog", frozenset(chat.members), chat_id=chat.id)
    return chat


def may_add(chat: Chat, user_id: int) -> bool:
    """Say whether this member may take others in."""
    match chat.adders:
        case "owner":
            return user_id == chat.owner
        case "manager":
            return user_id in (chat.owner, *chat.managers)
        case _:
            return user_id in chat.members


def _exists(portal: Portal, user_id: int) -> bool:
    user = portal.user(user_id)
    return user.active if isinstance(user, Person) else user is not None
