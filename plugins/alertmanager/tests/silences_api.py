"""An Alertmanager behind a transport: it lists alerts and keeps silences as API v2 of 0.25 does."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

Labels = dict[str, str]


class SilencesApi:
    """Answers requests.

    Attributes:
        firing: labels of the alerts that fire.
        silences: by id.
        asked: method and path of every request, and who asked.
        failure: what becomes of the next connections; by method, ``*`` for all.
        answer: what comes instead of any answer.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.firing: list[tuple[str, Labels]] = []
        self.silences: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.failure: dict[str, httpx.TransportError] = {}
        self.answer: httpx.Response | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/am/api/v2")
        self.asked.append((request.method, path, request.headers.get("authorization", "")))
        failure = self.failure.get(request.method) or self.failure.get("*")
        if isinstance(failure, httpx.ConnectError):
            raise failure
        answer = self.answer or self._answer(request.method, path, request.content)
        if failure is not None:
            raise failure  # it was done, but nobody hears of it
        return answer

    @property
    def active(self) -> list[dict[str, Any]]:
        """The silences that hold now."""
        return [each for each in self.silences.values() if _moment(each["endsAt"]) > self._now()]

    def add(self, matchers: list[dict[str, Any]], ends: datetime, by: str = "olga") -> str:
        """Make a silence as an administrator does in Alertmanager's own pages."""
        body = {"matchers": matchers, "startsAt": self._now().isoformat(), "endsAt": ends.isoformat()}
        return str(self._post({**body, "createdBy": by, "comment": "planned"})["silenceID"])

    def expire(self, id: str) -> None:
        """End a silence there."""
        self.silences[id]["endsAt"] = self._now().isoformat()

    def _answer(self, method: str, path: str, content: bytes) -> httpx.Response:
        if path == "/status":
            return httpx.Response(200, json={"versionInfo": {"version": "0.25.0"}})
        if path == "/alerts":
            return httpx.Response(200, json=[self._alert(*each) for each in self.firing])
        if path == "/silences" and method == "GET":
            return httpx.Response(200, json=[self._silence(each) for each in self.silences.values()])
        if path == "/silences":
            return httpx.Response(200, json=self._post(json.loads(content)))
        id = path.removeprefix("/silence/")
        if id not in self.silences:
            return httpx.Response(500, json="silence not found")
        self.expire(id)
        return httpx.Response(200)

    def _post(self, body: dict[str, Any]) -> dict[str, str]:
        id = body.pop("id", "")
        if id not in self.silences or self.silences[id] not in self.active:
            id = str(uuid.uuid4())
        self.silences[id] = body
        return {"silenceID": id}

    def _silence(self, body: dict[str, Any]) -> dict[str, Any]:
        id = next(id for id, each in self.silences.items() if each is body)
        return {**body, "id": id, "status": {"state": "active" if body in self.active else "expired"}}

    def _alert(self, fingerprint: str, labels: Labels) -> dict[str, Any]:
        by = [id for id, each in self.silences.items() if each in self.active and _matches(each, labels)]
        status = {"state": "suppressed" if by else "active", "silencedBy": by, "inhibitedBy": []}
        return {"fingerprint": fingerprint, "labels": labels, "annotations": {}, "status": status}


def exactly(**labels: str) -> list[dict[str, Any]]:
    """Return matchers for exactly these labels."""
    return [{"name": n, "value": v, "isRegex": False, "isEqual": True} for n, v in labels.items()]


def _matches(silence: dict[str, Any], labels: Labels) -> bool:
    return all(labels.get(each["name"], "") == each["value"] for each in silence["matchers"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
