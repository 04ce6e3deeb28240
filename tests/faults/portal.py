"""The emulated portal as a process of its own, looked at and misused through its JSON API."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from faults.program import Program

#: Employees of the emulated portal.
PEOPLE = (1, 17, 19, 23, 25, 27, 31, 33)
_PAGE = 200
_NUMBER = re.compile(r"number (\d{5})")


class Portal:
    """A running ``hub sandbox`` with the rate limits off."""

    def __init__(self, folder: Path) -> None:
        self._program = Program(
            "hub sandbox --port 0 --state portal.db", folder=folder, name="portal", ready=r"Webhook: +(\S+)"
        )
        up = self._program.start()
        assert up is not None
        self.webhook_url = up.group(1)
        url = httpx.URL(self.webhook_url).join("/sandbox/api/")
        self._api = httpx.Client(base_url=url, timeout=30)
        self._post("limits", {"rate": None, "operating": None})

    def suffer(self, *faults: Mapping[str, Any]) -> None:
        """Put misfortunes in force instead of those that are; see ``hub.sandbox.faults.Fault``."""
        self._api.delete("faults").raise_for_status()
        if faults:
            self._post("faults", list(faults))

    def reset(self) -> None:
        """Begin with empty chats, and nothing wrong."""
        self.suffer()
        self._post("reset", {})

    def messages(self, user: int) -> list[dict[str, Any]]:
        """Return what the chat of a person with the bot shows, oldest first."""
        found: list[dict[str, Any]] = []
        for bot in self._get("people")["bots"]:
            before = 0
            while page := self._page(user, bot["id"], before):
                found[:0] = page
                before = page[0]["id"]
        return [message for message in found if not message["deleted"]]

    def shown(self, user: int) -> list[int]:
        """Return the numbers a person sees, in the order of the chat."""
        return [
            int(number.group(1))
            for message in self.messages(user)
            if (number := _NUMBER.search(message["text"]))
        ]

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Return what was asked of the portal after the call numbered *since*; commands of a batch are left out."""
        calls: Sequence[dict[str, Any]] = self._get("log", since=since)["calls"]
        return [call for call in calls if call["in_batch"] is None]

    def last_request(self) -> int:
        """Return the number of the last call."""
        return max((call["id"] for call in self.requests()), default=0)

    def stop(self) -> None:
        """End it."""
        self._api.close()
        self._program.kill()

    def _page(self, user: int, bot: int, before: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get(
            "messages", **{"as": user, "dialog": bot, "before": before, "limit": _PAGE}
        )["messages"]
        return found

    def _get(self, name: str, **query: Any) -> Any:
        return self._api.get(name, params=query).raise_for_status().json()

    def _post(self, name: str, body: Any) -> None:
        self._api.post(name, json=body).raise_for_status()
