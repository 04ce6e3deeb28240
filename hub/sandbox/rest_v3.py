"""REST 3.0 over HTTP, `/rest/api/{user}/{secret}/{method}` and `/rest/api/{method}`: JSON alone, and keys."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.sandbox.connections import drop_connection
from hub.sandbox.errors import ConnectionDropped, RestError
from hub.sandbox.model import Json
from hub.sandbox.portal import Portal
from hub.sandbox.rest import RestEngine
from hub.sandbox.rest_http import caller_of

#: What stands before the names of the methods that only REST 3.0 has.
V3 = "api/"
_REUSED = "BITRIX_REST_V3_EXCEPTION_IDEMPOTENCYKEYREUSEDEXCEPTION"


class RestV3Endpoint:
    """Answers REST 3.0, and repeats the answer to a repeated key."""

    def __init__(self, portal: Portal, engine: RestEngine) -> None:
        self._portal = portal
        self._engine = engine

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        name = f"{V3}{request.path_params['method']}"
        params = await _read_params(request)
        token = str(params.pop("auth", ""))
        key = request.headers.get("idempotency-key", "")
        try:
            self._portal.limits.admit(request.client.host if request.client else "")
            caller = caller_of(self._portal, request, token)
        except RestError as exc:
            self._engine.note(name, params, status=exc.status, error=exc.code)
            return _refusal(exc.code, exc.description, exc.status)
        if key in self._portal.answers_v3:
            asked, body = self._portal.answers_v3[key]
            if asked != (name, params):
                return _refusal(_REUSED, "The key was already used with another request body", 422)
            return JSONResponse(body, headers={"Idempotency-Key": key, "Idempotent-Replayed": "true"})
        try:
            outcome = await self._engine.execute(caller, name, params)
        except ConnectionDropped:
            return await drop_connection(request)
        if outcome.status != 200:
            return _refusal(
                str(outcome.body["error"]), str(outcome.body["error_description"]), outcome.status
            )
        answer = {**outcome.body, "time": outcome.time}
        if key:
            self._portal.answers_v3[key] = ((name, params), answer)
        if self._portal.faults.strike("lose", methods=[name], dialogs=[]) is not None:
            self._engine.lost(outcome.call_id)
            return await drop_connection(request)
        return JSONResponse(answer)


async def _read_params(request: Request) -> Json:
    try:
        given: Any = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _refusal(code: str, words: str, status: int) -> Response:
    return JSONResponse({"error": {"code": code, "message": words}}, status_code=status)
