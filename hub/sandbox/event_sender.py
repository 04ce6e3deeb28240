"""Posts events to their handlers and looks at no answer: the portal never tries again."""

import asyncio
import logging

import httpx

from hub.sandbox.model import Json
from hub.sandbox.php import build_query
from hub.sandbox.portal import Portal

_TIMEOUT = 5.0
_log = logging.getLogger(__name__)


class EventSender:
    """Takes events off the portal's list and posts them as forms."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def run(self) -> None:
        """Post events as they come, until cancelled."""
        loop = asyncio.get_running_loop()
        waiting = asyncio.Event()
        with self._portal.lock:
            stop = self._portal.feed.listen(lambda: loop.call_soon_threadsafe(waiting.set))
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
                while True:
                    await self._post_all(client)
                    await waiting.wait()
                    waiting.clear()
        finally:
            with self._portal.lock:
                stop()

    async def _post_all(self, client: httpx.AsyncClient) -> None:
        while self._portal.posts and not self._portal.holds_posts:
            posts = self._portal.posts
            url, form = posts.pop() if self._portal.options.reverse_events else posts.popleft()
            await _post(client, url, form)


async def _post(client: httpx.AsyncClient, url: str, form: Json) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": "Bitrix24 Sandbox"}
    try:
        response = await client.post(url, content=build_query(form), headers=headers)
    except httpx.HTTPError as exc:
        _log.warning("event %s was not delivered: %s", form["event"], type(exc).__name__)
    else:
        if not response.is_success:
            _log.warning("event %s was answered with %d", form["event"], response.status_code)
