"""The emulated portal as a process, set up and read through its JSON API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import httpx

from faults.program import Program

BOT_CODE, BOT_TOKEN = "bench_bot", "bench-bot-token"
SEND = "imbot.v2.Chat.Message.send"
#: A cloud portal's limits on all plans but Enterprise.
RATE, BURST, OPERATING = 2.0, 50, 480.0
_EVENT = re.compile(r"event (\w+)")
#: Calls are recorded when they end, so one with a lower number may come later than one with a higher.
_OVERLAP = 2000


@dataclass(frozen=True)
class Shown:
    """A message, as the portal stored it."""

    at: float
    event: str
    dialog: str
    message_id: int


class Portal:
    """A running ``hub sandbox`` that keeps everything in memory; limits are off until :meth:`limit`."""

    def __init__(self, folder: Path) -> None:
        ready = r"Webhook: +(\S+)\s+Application: (\S+) with the secret (\S+)"
        self._program = Program("hub sandbox --port 0", folder=folder, name="portal", ready=ready)
        up = self._program.start()
        assert up is not None
        self.webhook_url: str = up.group(1)
        #: What the settings of an application's client are.
        self.application = {
            "portal": httpx.URL(self.webhook_url).netloc.decode(),
            "client_id": up.group(2),
            "client_secret": up.group(3),
        }
        self._rest = httpx.Client(base_url=self.webhook_url, timeout=60)
        self._api = httpx.Client(base_url=httpx.URL(self.webhook_url).join("/sandbox/api/"), timeout=60)
        self._post("limits", {"rate": None, "operating": None})
        self._sent: dict[int, Mapping[str, Any]] = {}
        self._last = 0

    @property
    def pid(self) -> int:
        """The process."""
        return self._program.pid

    def dialogs(self, count: int) -> list[str]:
        """Register the hub's bot and open *count* chats with it; return their addresses."""
        properties = {"name": "Notifications"}
        fields = {"code": BOT_CODE, "botToken": BOT_TOKEN, "properties": properties, "eventMode": "fetch"}
        bot = self.call("imbot.v2.Bot.register", fields=fields)["bot"]["id"]
        return [f"chat:{self.call('im.chat.add', TITLE=f'Chat {n}', USERS=[bot])}" for n in range(count)]

    def call(self, method: str, **params: Any) -> Any:
        """Return the result of a REST method."""
        return self._rest.post(method, json=params).raise_for_status().json()["result"]

    def install(self, url: str) -> None:
        """Introduce the application to the hub at *url*."""
        answer = self._post("install", {"url": f"{url}/bitrix24/install"})
        if answer["status"] != 200:
            raise RuntimeError(f"the hub did not take the application: {answer}")

    def cards(self, person: int) -> Sequence[Mapping[str, Any]]:
        """Return what *person* sees in the private chat with the only bot, oldest first; nothing without one."""
        found = self._api.get("people").raise_for_status().json()["bots"]
        if not found:
            return []
        dialog = {"as": person, "dialog": found[-1]["id"], "limit": 200}
        return cast(
            Sequence[Mapping[str, Any]],
            self._api.get("messages", params=dialog).raise_for_status().json()["messages"],
        )

    def click(self, person: int, message: int) -> None:
        """Press the first button of a message as *person*."""
        self._post("click", {"as": person, "message": message, "button": 0})

    def limit(self, seconds_per_command: float = 0.0) -> None:
        """Put a cloud portal's limits in force, the bucket empty; commands of a batch run one after another.

        A command that takes its time is not counted against the method's operating budget, which is another limit.
        """
        slow = {"duration": {SEND: seconds_per_command}, "cost": {SEND: 0.0}} if seconds_per_command else {}
        self._post("limits", {"rate": RATE, "burst": BURST, "operating": OPERATING, **slow})

    def suffer(self, *faults: Mapping[str, Any]) -> None:
        """Put misfortunes in force instead of those that are; see ``hub.sandbox.faults.Fault``."""
        self._api.delete("faults").raise_for_status()
        if faults:
            self._post("faults", list(faults))

    def sent(self) -> list[Mapping[str, Any]]:
        """Return every call that stored a message, in the order they began; asks only for what is new."""
        since = max(0, self._last - _OVERLAP)
        found = (
            self._api.get("log", params={"since": since, "method": SEND}).raise_for_status().json()["calls"]
        )
        self._sent.update((call["id"], call) for call in found if call["status"] == 200)
        self._last = max([self._last, *(call["id"] for call in found)])
        return [call for _, call in sorted(self._sent.items())]

    def shown(self) -> list[Shown]:
        """Return the bench's messages in the order they were stored."""
        found = (_shown(call) for call in self.sent())
        return sorted((each for each in found if each), key=lambda each: (each.at, each.message_id))

    def requests(self, since: int = 0) -> Sequence[Mapping[str, Any]]:
        """Return what was asked after the call numbered *since*; commands of a batch are left out."""
        calls = self._api.get("log", params={"since": since}).raise_for_status().json()["calls"]
        return [call for call in calls if call["in_batch"] is None]

    def last_request(self) -> int:
        """Return the number of the last call."""
        return max((call["id"] for call in self.requests()), default=0)

    def stop(self) -> None:
        """End it."""
        self._rest.close()
        self._api.close()
        self._program.kill()

    def _post(self, name: str, body: Any) -> Any:
        return self._api.post(name, json=body).raise_for_status().json()


def twice(shown: Iterable[Shown]) -> int:
    """Return how many messages show an event again."""
    ids: dict[str, set[int]] = {}
    for each in shown:
        ids.setdefault(each.event, set()).add(each.message_id)
    return sum(len(found) - 1 for found in ids.values())


def moment(call: Mapping[str, Any]) -> float:
    """Return when a call began, which at an instant portal is when its message was stored."""
    return datetime.fromisoformat(call["at"]).timestamp()


def _shown(call: Mapping[str, Any]) -> Shown | None:
    content = json.dumps(call["params"].get("fields"), ensure_ascii=False)
    if (event := _EVENT.search(content)) is None:
        return None
    return Shown(moment(call), event.group(1), call["params"]["dialogId"], call["result"]["id"])
