"""REST over HTTP, `/rest/{user}/{secret}/{method}` and `/rest/{method}`: reading requests, writing answers."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from hub.sandbox.access import check_token, check_webhook
from hub.sandbox.connections import drop_connection
from hub.sandbox.errors import ConnectionDropped, RestError
from hub.sandbox.model import Json
from hub.sandbox.php import parse_query
from hub.sandbox.portal import Portal
from hub.sandbox.registry import Caller
from hub.sandbox.rest import RestEngine

_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>nginx</body></html>"


class RestEndpoint:
    """Answers REST requests, or fails to, as the faults in force say."""

    def __init__(self, portal: Portal, engine: RestEngine) -> None:
        self._portal = portal
        self._engine = engine

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        name = request.path_params["method"].removesuffix(".json")
        params = await _read_params(request)
        token = str((params or {}).pop("auth", "")) if "secret" not in request.path_params else ""
        methods, dialogs = _contents(name, params if isinstance(params, dict) else {})
        faults, resets = self._portal.faults, self._portal.resets
        if (fault := faults.strike("slow", methods=methods, dialogs=dialogs)) is not None:
            await asyncio.sleep(fault.seconds)
            if self._portal.resets != resets:  # whom it was for is forgotten
                return await drop_connection(request)
        if (fault := faults.strike("down", methods=methods, dialogs=dialogs)) is not None:
            self._engine.note(name, params or {}, status=502, error="DOWN", answered=fault.html)
            if fault.html:
                return HTMLResponse(_PAGE.format("502 Bad Gateway"), status_code=502)
            return await drop_connection(request)
        if (response := self._redirect(request)) is not None:
            return response
        try:
            call_id, response = await self._answer(request, name, params, token)
        except ConnectionDropped:
            return await drop_connection(request)
        if faults.strike("lose", methods=methods, dialogs=dialogs) is not None:
            self._engine.lost(call_id)
            return await drop_connection(request)
        if faults.strike("html", methods=methods, dialogs=dialogs) is not None:
            return HTMLResponse(_PAGE.format("Bitrix24"))
        return response

    async def _answer(
        self, request: Request, name: str, params: Json | None, token: str
    ) -> tuple[int, Response]:
        try:
            self._portal.limits.admit(request.client.host if request.client else "")
            caller = caller_of(self._portal, request, token)
            if params is None:
                raise RestError("INVALID_REQUEST", "Request body is not valid JSON")
        except RestError as exc:
            body: Json = {"error": exc.code, "error_description": exc.description}
            call_id = self._engine.note(name, params or {}, status=exc.status, error=exc.code)
            return call_id, JSONResponse(body, status_code=exc.status)
        outcome = await self._engine.execute(caller, name, params)
        answer = outcome.body if outcome.status != 200 else {**outcome.body, "time": outcome.time}
        return outcome.call_id, JSONResponse(answer, status_code=outcome.status)

    def _redirect(self, request: Request) -> Response | None:
        fault = self._portal.faults.strike("renamed")
        if fault is None or f"{request.url.scheme}://{request.url.netloc}" == fault.location:
            return None
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{fault.location}{request.url.path}{query}", status_code=302)


def caller_of(portal: Portal, request: Request, token: str) -> Caller:
    """Return whose credentials a request carries: a webhook's in its path, or an application's *token*.

    Raises:
        RestError: they are not right.
    """
    path = request.path_params
    with portal.lock:
        if "secret" in path:
            return check_webhook(portal, path["user"], path["secret"])
        return check_token(portal, token)


async def _read_params(request: Request) -> Json | None:
    """Merge query and body, the body first; None: the body is JSON and cannot be read."""
    params = parse_query(request.url.query)
    body = await request.body()
    if not body.strip():
        return params
    if "json" in request.headers.get("content-type", ""):
        try:
            given = json.loads(body)
        except ValueError:
            return None
        return params | given if isinstance(given, dict) else None
    return params | parse_query(body.decode("utf-8", "replace"))


def _contents(name: str, params: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the methods and dialogs a request is about, those of its batch commands included."""
    dialogs = [str(params[key]) for key in ("dialogId", "DIALOG_ID") if key in params]
    methods = [name]
    commands = params.get("cmd")
    for command in commands.values() if isinstance(commands, dict) else commands or []:
        inner, _, query = str(command).partition("?")
        methods.append(inner)
        values = parse_qs(query)
        dialogs += [value for key in ("dialogId", "DIALOG_ID") for value in values.get(key, [])]
    return methods, dialogs
