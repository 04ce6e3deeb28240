"""Live updates of the chat page: server-sent events for one person."""

import asyncio
import json
from collections.abc import AsyncIterator

from hub.sandbox.feed import Change
from hub.sandbox.model import Json
from hub.sandbox.page_views import PersonView
from hub.sandbox.portal import Portal
from hub.sandbox.views import dialog_id

#: Seconds of silence before a comment shows that the connection lives.
_HEARTBEAT = 15.0


async def event_stream(portal: Portal, user_id: int, last_id: int | None) -> AsyncIterator[str]:
    """Yield what happens to *user_id* from now on, or since the event *last_id*, until the portal closes."""
    loop = asyncio.get_running_loop()
    waiting = asyncio.Event()
    with portal.lock:
        stop = portal.feed.listen(lambda: loop.call_soon_threadsafe(waiting.set))
        newest = portal.feed.last_id
    seen = newest if last_id is None else min(last_id, newest)
    try:
        yield ": connected\n\n"
        while not portal.feed.ended:
            with portal.lock:
                changes = portal.feed.since(seen, user_id)
                texts = [_event(portal, user_id, change) for change in changes]
                seen = portal.feed.last_id
            for text in texts:
                yield text
            try:
                await asyncio.wait_for(waiting.wait(), _HEARTBEAT)
            except TimeoutError:
                yield ": still here\n\n"
            waiting.clear()
    finally:
        with portal.lock:
            stop()


def _event(portal: Portal, user_id: int, change: Change) -> str:
    view = PersonView(portal, user_id)
    data: Json = {}
    chat = portal.chats.get(change.chat_id) if change.chat_id is not None else None
    if chat is not None:
        data["dialog"] = dialog_id(chat, user_id)
    is_message = change.kind in ("message", "edit", "delete")
    message = portal.messages.get(change.object_id or 0) if is_message else None
    if message is not None:
        data["message"] = view.message(message)
    else:
        data["id"] = change.object_id
    return f"id: {change.id}\nevent: {change.kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
