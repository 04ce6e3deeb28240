"""`GET /oauth/token/`: the OAuth server over HTTP. Faults reach it by the name `oauth/token`."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.calls import Call
from hub.sandbox.connections import drop_connection
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.oauth import OAuthServer
from hub.sandbox.portal import Portal

NAME = "oauth/token"


class TokenEndpoint:
    """Answers requests for tokens; each one stands in the request log, with its secrets."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._server = OAuthServer(portal)

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        given = dict(request.query_params)
        faults = self._portal.faults
        if (fault := faults.strike("slow", methods=[NAME])) is not None:
            await asyncio.sleep(fault.seconds)
        if faults.strike("down", methods=[NAME]) is not None:
            self._record(given, 502, {"error": "DOWN"}, answered=False)
            return await drop_connection(request)
        try:
            if (fault := faults.strike("fail", methods=[NAME])) is not None:
                raise RestError(fault.error, fault.description or fault.error, status=fault.status)
            with self._portal.lock:
                body, status = self._server.answer(given), 200
        except RestError as exc:
            body, status = {"error": exc.code, "error_description": exc.description}, exc.status
        lost = faults.strike("lose", methods=[NAME]) is not None
        self._record(given, status, body, answered=not lost)
        return await drop_connection(request) if lost else JSONResponse(body, status_code=status)

    def _record(self, given: Json, status: int, body: Json, *, answered: bool = True) -> None:
        with self._portal.lock:
            calls = self._portal.calls
            calls.record(
                Call(
                    id=calls.next_id(),
                    at=self._portal.clock.now(),
                    method=NAME,
                    params=given,
                    status=status,
                    error=body.get("error"),
                    answered=answered,
                )
            )
