"""Heads of requests, and all else that comes without a body, have a bounded size."""

import socket
import threading

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hub.cli.server import Server, bind

HEAD = b"POST / HTTP/1.1\r\nHost: hub\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE = 8 * 1024


async def size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


@pytest.fixture(scope="module")
def port():
    listener = bind("127.0.0.1", 0)
    ready = threading.Event()
    server = Server(lambda: Starlette(routes=[Route("/", size, methods=["POST"])]), ready.set)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    assert ready.wait(10)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()
    listener.close()


def is_taken(port, start, piece, pieces):
    """Send *start* and so many pieces, which do not end; say whether the server let it happen."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        try:
            connection.sendall(start)
            for _ in range(pieces):
                connection.sendall(piece)
            connection.settimeout(1)
            connection.recv(1)
        except TimeoutError:
            return True  # it waits for more
        except OSError:
            pass
        return False


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (HEAD + b"X-Forwarded-For: ", b"::," * (PIECE // 3)),
        (HEAD, b"x-a: 1\r\n" * (PIECE // 8)),
        (b"POST /", b"a" * PIECE),
        (CHUNKED + b"1;", b"a" * PIECE),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"x-a: 1\r\n" * (PIECE // 8)),
    ],
    ids=["one header", "many headers", "an address", "an extension of a chunk", "trailers"],
)
def test_what_leads_to_no_body_is_not_taken_for_ever(port, start, piece):
    assert is_taken(port, start, piece, pieces=4)
    assert not is_taken(port, start, piece, pieces=40)


def test_a_large_body_behind_a_large_head_is_taken(port):
    body = b"a" * 500_000
    head = HEAD + b"x-a: " + b"b" * 50_000 + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        for _ in range(2):  # the second on the same connection
            connection.sendall(head + body)
            answer = b""
            while not answer.endswith(b"500000 bytes"):
                answer += connection.recv(4096)
