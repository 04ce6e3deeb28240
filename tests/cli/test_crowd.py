"""A server with more connections than it takes."""

import threading

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hub.cli import server as serving
from hub.cli.server import Server, address, bind


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse("here\n")


PATHS = ("/in/echo", "/health/live", "/health/ready", "/metrics")


@pytest.fixture
def refused():
    return []


@pytest.fixture
def url(monkeypatch, refused):
    """Serve with room for one connection."""
    monkeypatch.setattr(serving, "_CONNECTIONS", 1)
    application = Starlette(routes=[Route(path, answer) for path in PATHS])
    listener = bind("127.0.0.1", 0)
    ready = threading.Event()
    server = Server(lambda: application, ready.set, refused=lambda: refused.append(1))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    assert ready.wait(10)
    yield address(listener)
    server.should_exit = True
    thread.join()
    listener.close()


def test_a_sender_too_many_is_told_to_come_again_and_a_probe_is_not(url, refused):
    with httpx.Client(base_url=url) as first, httpx.Client(base_url=url) as second:
        assert first.get("/in/echo").status_code == 200
        probes = [second.get(path).status_code for path in PATHS[1:]]
        turned_away = second.get("/in/echo")

    assert probes == [200, 200, 200]
    assert (turned_away.status_code, turned_away.headers["retry-after"]) == (503, "5")
    assert (turned_away.headers["connection"], refused) == ("close", [1])
