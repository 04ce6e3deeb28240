"""A portal that answers from a table, over httpx's own transport interface."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from hub.bitrix24 import Client, IncomingWebhook, LeakyBucket, OperatingBudget, Retry, forms

URL = "https://portal.example/rest/1/s3cr3tCode/"


class Clock:
    """Seconds that pass only when somebody sleeps or the test says so."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Portal:
    """Answers calls; a batch is answered command by command.

    ``answers[method]`` is a result, an exception, an httpx.Response, or a function of the
    parameters that returns one of them.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.requests: list[tuple[str, Any]] = []
        self.urls: list[str] = []
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        method = request.url.path.rsplit("/", 1)[1]
        params = json.loads(request.content)
        with self.lock:
            self.requests.append((method, params))
            self.urls.append(str(request.url))
        if method == "batch" and "batch" not in self.answers:
            return self._batch(params)
        answer = self._answer(method, params)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json={"result": answer})

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.requests]

    def _answer(self, method: str, params: Mapping[str, Any]) -> Any:
        answer = self.answers[method]
        return answer(params) if callable(answer) and not isinstance(answer, httpx.Response) else answer

    def _batch(self, params: Mapping[str, Any]) -> httpx.Response:
        maps: dict[str, dict[str, Any]] = {
            "result": {},
            "result_error": {},
            "result_total": {},
            "result_next": {},
        }
        for key, command in params["cmd"].items():
            method, _, query = command.partition("?")
            answer = self._answer(method, forms.parse(query))
            if isinstance(answer, httpx.Response):
                body = answer.json()
                if "error" in body:
                    maps["result_error"][key] = body
                    if params["halt"]:
                        break
                    continue
                for name in ("total", "next"):
                    if name in body:
                        maps[f"result_{name}"][key] = body[name]
                answer = body["result"]
            maps["result"][key] = answer
        return httpx.Response(200, json={"result": {name: found or [] for name, found in maps.items()}})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def make_client(portal: Portal, clock: Clock) -> Callable[..., Client]:
    def make(**changes: Any) -> Client:
        given: dict[str, Any] = {
            "auth": IncomingWebhook(URL),
            "limiter": LeakyBucket(2, 50, clock=clock, sleep=clock.sleep),
            "budget": OperatingBudget(480, clock=clock),
            "retry": Retry(clock=clock, sleep=clock.sleep, random=lambda: 0.5),
            "sleep": clock.sleep,
            "transport": httpx.MockTransport(portal),
        }
        given.update(changes)
        return Client(given.pop("auth"), **given)

    return make


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()


@pytest.fixture
def error() -> Callable[..., httpx.Response]:
    def make(code: Any, description: str = "", status: int = 400) -> httpx.Response:
        return httpx.Response(status, json={"error": code, "error_description": description})

    return make
