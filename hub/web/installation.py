"""``GET|POST /bitrix24/install``: where the portal introduces the hub's local application."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from hub.bitrix24 import InstallOffer, UnreadableEvent, forms, read_install
from hub.pipeline.accept import TRY_AGAIN
from hub.pipeline.installation import AlreadyInstalled, Installation, InstallRefused
from hub.web.bodies import Bodies, BodyRefused

#: Bytes of one request and of all that are read at a time; a real one has about one thousand.
_MAX_BODY = 64 * 1024
_MOST = 16 * _MAX_BODY
_CHECK, _CROSS, _DOT = "M5 12.5 10 17.5 19 7.5", "M7 7 17 17 M17 7 7 17", "M12 7v6 M12 17v.01"
#: The portal's own script; it knows the page that frames this one.
_FINISH = """\
<script src="https://api.bitrix24.com/api/v1/"></script>
<script nonce="{nonce}">BX24.init(function () {{ BX24.installFinish(); }});</script>"""


class InstallPage:
    """The endpoint. A person in a frame sees a page, everybody else gets a line of text."""

    def __init__(self, installation: Installation, address: str) -> None:
        self._installation = installation
        self._address = address
        self._bodies = Bodies(_MOST)
        self._page = Template(files("hub.web").joinpath("pages", "install.html").read_text("utf-8"))

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        if request.method != "POST":
            return await self._look()
        try:
            declared = request.headers.get("content-length", "")
            body = await self._bodies.read(request.receive, _MAX_BODY, declared)
        except ClientDisconnect:
            return Response(status_code=400)
        except BodyRefused as exc:
            return _text(exc.status, str(exc))
        try:
            query = forms.parse(request.scope["query_string"])
            offer = read_install(forms.parse(body), query)
        except (forms.FormError, UnreadableEvent) as exc:
            return _text(400, str(exc))
        finally:
            self._bodies.release(body)
        return await self._install(offer)

    async def _look(self) -> Response:
        try:
            installed = await run_in_threadpool(self._installation.is_installed)
        except InstallRefused as exc:
            return _text(exc.status, str(exc))
        return self._installed_already(200) if installed else self._invitation()

    async def _install(self, offer: InstallOffer) -> Response:
        try:
            await run_in_threadpool(self._installation.install, offer)
        except InstallRefused as exc:
            if not offer.framed:
                return _text(exc.status, str(exc))
            if isinstance(exc, AlreadyInstalled):  # somebody opens the application's page again
                return self._installed_already(exc.status, finish=True)
            return self._shown(exc.status, "bad", _CROSS, "Not installed", _sentence(exc))
        return self._done() if offer.framed else _text(200, "installed")

    def _done(self) -> Response:
        return self._shown(
            200,
            "good",
            _CHECK,
            "The hub is connected",
            "This portal and the hub know each other now. You can close this page. What happens next:",
            (
                "Within a minute the hub registers its chat bot. It writes to nobody until there is news.",
                "It subscribes to the events that its plugins want to know of.",
                "Messages that have waited for the portal go out.",
                "Whether all is well stands at <code>/health/ready</code> of the hub.",
            ),
            finish=True,
        )

    def _installed_already(self, status: int, *, finish: bool = False) -> Response:
        lead = (
            "This portal and the hub know each other; there is nothing to do here."
            " To install the application anew, run 'hub portal reset' on the server first."
        )
        return self._shown(status, "good", _CHECK, "Connected", lead, finish=finish)

    def _invitation(self) -> Response:
        return self._shown(
            200,
            "plain",
            _DOT,
            "Waiting for your portal",
            "The hub is not connected yet. An administrator of the portal does that:",
            (
                "In Bitrix24 open Developer resources, Other, Local application.",
                f"Give <code>{escape(self._address)}</code> as the path of the handler"
                " and as the path of the initial installation.",
                "Tick the permissions imbot, im, user, department, crm and task.",
                "Copy the application's ID and key to client_id and client_secret in hub.toml, and restart the hub.",
                "Press Reinstall in the portal.",
            ),
        )

    def _shown(
        self,
        status: int,
        mood: str,
        mark: str,
        title: str,
        lead: str,
        steps: Sequence[str] = (),
        *,
        finish: bool = False,
    ) -> Response:
        nonce = secrets.token_urlsafe(16)
        items = "".join(f"<li>{step}</li>" for step in steps)
        page = self._page.substitute(
            nonce=nonce,
            mood=mood,
            mark=mark,
            title=escape(title),
            lead=escape(lead),
            steps=f"<ol>{items}</ol>" if items else "",
            script=_FINISH.format(nonce=nonce) if finish else "",
        )
        script = (
            f"script-src https://api.bitrix24.com 'nonce-{nonce}'; connect-src https:; " if finish else ""
        )
        policy = f"default-src 'none'; {script}style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
        return HTMLResponse(page, status, {**_headers(status), "content-security-policy": policy})


def _text(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status, _headers(status))


def _headers(status: int) -> dict[str, str]:
    plain = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return plain | (dict(TRY_AGAIN.headers) if status == 503 else {})


def _sentence(error: InstallRefused) -> str:
    said = str(error).removeprefix("not installed: ")
    return f"{said[:1].upper()}{said[1:]}."
