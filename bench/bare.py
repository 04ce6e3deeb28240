"""What everything is compared with: Starlette that reads the body and answers 200, in the hub's own web server."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.cli.server import Server, address, bind, stopping


async def _answer(request: Request) -> Response:
    await request.body()
    return Response()


def main() -> None:
    """Serve until SIGTERM."""
    listener = bind("127.0.0.1", 0)
    application = Starlette(routes=[Route("/", _answer, methods=["POST"])])
    server = Server(lambda: application, ready=lambda: print(f"Listening on {address(listener)}", flush=True))
    with stopping(server):
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
