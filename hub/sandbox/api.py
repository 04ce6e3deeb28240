"""The JSON API under `/sandbox/api/`: what the chat page and tests in other processes use.

Reading, as the person *as*::

    GET  people                               {people: [{id, name, position, color, bot, active}], bots: […]}
    GET  dialogs?as=                          {dialogs: [{dialog, title, kind, color, bot, last, unread}]}
    GET  messages?as=&dialog=&before=&limit=  {messages: [{id, author, text, attach, keyboard, at, edited, …}]}
    GET  notifications?as=                    {notifications: [{id, author, text, attach, tag, at, read}]}
    GET  stream?as=                           server-sent events; Last-Event-ID resumes

Doing::

    POST click {as, message, button}          button: index in the keyboard
    POST say   {as, dialog, text, reply_to}   reply_to: a message's id, or left out
    POST read  {as, dialog}

Directing the portal::

    GET  log?since=&method=                   {calls: [Call]}
    GET  faults                               {faults: [Fault]}
    POST faults                               one Fault, or a list of them
    DELETE faults                             everything works again
    POST limits {rate, burst, operating, duration: {method: seconds}, cost: {method: seconds}}
    POST clock  {advance}                     seconds; answers {now}
    POST install {url, as, framed}            the application, as person 1; answers {status, body} of *url*
    POST reset                                the seeded portal again

A refusal is `{error, error_description}` with its status.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from hub.sandbox.actions import Actions
from hub.sandbox.application import ApplicationActions
from hub.sandbox.errors import RestError
from hub.sandbox.faults import Fault
from hub.sandbox.ownership import reach_dialog
from hub.sandbox.page_views import PersonView, inhabitants
from hub.sandbox.portal import Portal
from hub.sandbox.seed import start_over
from hub.sandbox.stream import event_stream

_MAX_MESSAGES = 200

M = TypeVar("M", bound=BaseModel)
V = TypeVar("V")
Endpoint = Callable[[Request], Awaitable[Response]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Click(_Body):
    user: int = Field(alias="as")
    message: int
    button: int


class _Say(_Body):
    user: int = Field(alias="as")
    dialog: str
    text: str
    reply_to: int | None = None


class _Read(_Body):
    user: int = Field(alias="as")
    dialog: str


class _Install(_Body):
    url: str
    user: int = Field(1, alias="as")
    framed: bool = False


class _Advance(_Body):
    advance: float = Field(ge=0)


class _LimitChange(_Body):
    rate: float | None = None
    burst: int = 50
    operating: float | None = None
    duration: dict[str, float] = {}
    cost: dict[str, float] = {}


_FAULTS: TypeAdapter[Fault | list[Fault]] = TypeAdapter(Fault | list[Fault])


class Api:
    """The endpoints; each one answers JSON."""

    def __init__(self, portal: Portal, actions: Actions) -> None:
        self._portal = portal
        self._actions = actions
        self._application = ApplicationActions(portal)

    async def people(self, request: Request) -> Response:
        with self._portal.lock:
            return JSONResponse(inhabitants(self._portal))

    async def dialogs(self, request: Request) -> Response:
        with self._portal.lock:
            return JSONResponse({"dialogs": self._viewer(request).dialogs()})

    async def messages(self, request: Request) -> Response:
        with self._portal.lock:
            viewer = self._viewer(request)
            dialog = request.query_params.get("dialog", "")
            try:
                chat = reach_dialog(self._portal, _number(request, "as"), dialog)
            except RestError:
                if not dialog.isdigit() or self._portal.user(int(dialog)) is None:
                    raise
                return JSONResponse({"messages": []})  # a private dialog nobody has opened yet
            limit = min(_number(request, "limit", 50), _MAX_MESSAGES)
            before = _number(request, "before", 0) or None
            return JSONResponse({"messages": viewer.messages(chat, before=before, limit=limit)})

    async def notifications(self, request: Request) -> Response:
        with self._portal.lock:
            return JSONResponse({"notifications": self._viewer(request).notifications()})

    async def stream(self, request: Request) -> Response:
        user_id = _number(request, "as")
        last_id = request.headers.get("last-event-id", "")
        events = event_stream(self._portal, user_id, int(last_id) if last_id.isdigit() else None)
        return StreamingResponse(
            events, media_type="text/event-stream", headers={"cache-control": "no-store"}
        )

    async def click(self, request: Request) -> Response:
        given = await _read(request, _Click)
        return JSONResponse(self._actions.click(given.user, given.message, given.button))

    async def say(self, request: Request) -> Response:
        given = await _read(request, _Say)
        said = self._actions.say(given.user, given.dialog, given.text, reply_to=given.reply_to)
        return JSONResponse({"id": said.id})

    async def read(self, request: Request) -> Response:
        given = await _read(request, _Read)
        self._actions.read(given.user, given.dialog)
        return JSONResponse({"read": True})

    async def log(self, request: Request) -> Response:
        with self._portal.lock:
            calls = self._portal.calls.calls(
                request.query_params.get("method"), since=_number(request, "since", 0)
            )
        return JSONResponse({"calls": [call.model_dump(mode="json") for call in calls]})

    async def faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._portal.faults.clear()
        elif request.method == "POST":
            given = _validated(_FAULTS.validate_json, await request.body())
            for fault in given if isinstance(given, list) else [given]:
                self._portal.faults.add(fault)
        return JSONResponse({"faults": [fault.model_dump() for fault in self._portal.faults.active()]})

    async def limits(self, request: Request) -> Response:
        given = await _read(request, _LimitChange)
        limits = self._portal.limits
        if "rate" in given.model_fields_set:
            limits.rate(given.rate, given.burst)
        if "operating" in given.model_fields_set:
            limits.operating(given.operating)
        for method, seconds in given.duration.items():
            limits.duration(method, seconds)
        for method, seconds in given.cost.items():
            limits.cost(method, seconds)
        return JSONResponse(given.model_dump())

    async def clock(self, request: Request) -> Response:
        self._portal.clock.advance((await _read(request, _Advance)).advance)
        return JSONResponse({"now": self._portal.clock.now().isoformat()})

    async def install(self, request: Request) -> Response:
        given = await _read(request, _Install)
        install = partial(self._application.install, given.url, user_id=given.user, framed=given.framed)
        try:
            answer = await run_in_threadpool(install)  # whoever answers asks this portal back
        except httpx.HTTPError as exc:
            raise RestError("NO_ANSWER", f"{given.url}: {type(exc).__name__}", status=502) from exc
        return JSONResponse({"status": answer.status_code, "body": answer.text})

    async def reset(self, request: Request) -> Response:
        start_over(self._portal)
        return JSONResponse({"reset": True})

    def _viewer(self, request: Request) -> PersonView:
        user_id = _number(request, "as")
        if user_id not in self._portal.people:
            raise RestError("USER_NOT_FOUND", f"no person has the id {user_id}", status=404)
        return PersonView(self._portal, user_id)


def api_routes(portal: Portal, actions: Actions) -> list[Route]:
    """Return the API's routes."""
    api = Api(portal, actions)
    reading = (api.people, api.dialogs, api.messages, api.notifications, api.stream, api.log)
    doing = (api.click, api.say, api.read, api.limits, api.clock, api.install, api.reset)
    return [
        *(_route(endpoint, ["GET"]) for endpoint in reading),
        *(_route(endpoint, ["POST"]) for endpoint in doing),
        _route(api.faults, ["GET", "POST", "DELETE"]),
    ]


def _route(endpoint: Endpoint, methods: list[str]) -> Route:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RestError as exc:
            body = {"error": exc.code, "error_description": exc.description}
            return JSONResponse(body, status_code=exc.status)

    return Route(f"/sandbox/api/{endpoint.__name__}", answer, methods=methods)


def _number(request: Request, name: str, default: int | None = None) -> int:
    value = request.query_params.get(name, "")
    if value.isdigit():
        return int(value)
    if value == "" and default is not None:
        return default
    raise RestError("INVALID_PARAMETER", f"{name}: {value!r} is not a number")


async def _read(request: Request, model: type[M]) -> M:
    return _validated(model.model_validate_json, await request.body() or b"{}")


def _validated(validate: Callable[[bytes], V], body: bytes) -> V:
    try:
        return validate(body)
    except ValidationError as exc:
        problems = json.loads(exc.json(include_url=False, include_context=False, include_input=False))
        where = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in problems)
        raise RestError("INVALID_BODY", where) from exc
