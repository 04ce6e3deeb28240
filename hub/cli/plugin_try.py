"""``hub plugins try``: what a plugin would make of a request."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO, TextIO

import click

from hub.cli.base import Command
from hub.cli.output import json_option, print_json, remark
from hub.cli.rehearsal import as_data, show
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.settings import Settings

_NOT_LET_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
#: Who brings the request, as where a proxy stands before the hub; it is trusted unless the settings say otherwise.
_PROXY = "127.0.0.1"
_CREDENTIALS = """\
It was refused as a real sender without credentials would be. Give them as header lines in a file, for example:
  echo 'Authorization: Bearer TOKEN' > headers.txt
  hub plugins try {name} {file} --headers headers.txt"""


@dataclass(frozen=True)
class _Standing:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@click.command("try", cls=Command)
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option("--method", help="HTTP method; else of the request line in --headers, else POST.")
@click.option("--path", help="Path below the plugin; else of the request line, else none.")
@click.option("--query", help="What stands behind the question mark; else of the request line, else nothing.")
@click.option(
    "--headers",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Headers as 'Name: value' lines; a request line may stand above them.",
)
@click.option("--at", metavar="TIME", help="When it arrives, e.g. 2026-01-31T12:00:00+03:00; else now.")
@click.option("--live", is_flag=True, help="Read people and departments from your portal.")
@json_option
@pass_session
def try_(
    session: Session,
    name: str,
    file: BinaryIO,
    method: str | None,
    path: str | None,
    query: str | None,
    headers: TextIO | None,
    at: str | None,
    live: bool,
    as_json: bool,
) -> None:
    """Show what the plugin NAME makes of a request whose body is in FILE ('-' is stdin).

    Verifies, parses, routes and renders like the running hub, with your settings. Sends nothing and stores
    nothing. People are those of the emulated portal unless you say --live. Where the plugin looks at the address
    of the sender, give it as X-Forwarded-For in --headers. Exits with 1 when it is refused.
    """
    from hub.plugin import InboundRequest

    line, pairs = _read_headers(headers)
    path = line.path if path is None else path
    path = "/".join(["", "in", name, *path.removeprefix(f"/in/{name}").strip("/").split("/")]).rstrip("/")
    query = line.query if query is None else query
    arrived = _moment(at)
    with ExitStack() as stack:
        settings = session.settings()
        base = settings.hub.public_url or "http://127.0.0.1:8080"
        if not live:
            settings = _emulated(stack, settings)
        hub = stack.enter_context(session.scratch(settings, clock=_Standing(arrived)))
        if live and session.has_stored(settings):
            # what is read from the portal counts with what the running hub sends, and proves itself alike
            running = stack.enter_context(session.hub())
            hub.limiter, hub.vault = running.limiter, running.vault
        request = InboundRequest(
            method=(method or line.method).upper(),
            url=f"{base}{path}?{query}" if query else f"{base}{path}",
            path=path,
            raw_query=query,
            headers=pairs,
            body=file.read(),
            received_at=arrived,
            client=hub.clients.of(_PROXY, _forwarded(pairs)),
        )
        rehearsal = hub.rehearse.rehearse(name, request)
    if as_json:
        print_json(as_data(rehearsal))
    else:
        show(rehearsal)
    if rehearsal.answer is not None and rehearsal.answer.status in _NOT_LET_IN and headers is None:
        remark(_CREDENTIALS.format(name=name, file=file.name))
    if rehearsal.error or (
        rehearsal.answer is not None and rehearsal.answer.status >= HTTPStatus.BAD_REQUEST
    ):
        raise click.exceptions.Exit(1)


@dataclass(frozen=True)
class _RequestLine:
    method: str = "POST"
    path: str = ""
    query: str = ""


def _read_headers(file: TextIO | None) -> tuple[_RequestLine, tuple[tuple[str, str], ...]]:
    """Read header lines, and the request line when the first one is one."""
    lines = [] if file is None else [line for line in file.read().splitlines() if line.strip()]
    line = _RequestLine()
    if lines and lines[0].rstrip().rpartition(" ")[2].startswith("HTTP/"):
        method, target, _ = lines.pop(0).split()
        path, _, query = target.partition("?")
        # the plugin to try is named in the command, so the name in a recorded path may be another one
        below = path.removeprefix("/in/").partition("/")[2] if path.startswith("/in/") else path
        line = _RequestLine(method, below, query)
    pairs = []
    for number, text in enumerate(lines, 1):
        header, colon, value = text.partition(":")
        if not colon:
            raise click.BadParameter(f"header {number} is not 'Name: value'", param_hint="--headers")
        pairs.append((header.strip(), value.strip()))
    return line, tuple(pairs)


def _forwarded(headers: tuple[tuple[str, str], ...]) -> str:
    return ",".join(value for name, value in headers if name.lower() == "x-forwarded-for")


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write for example 2026-01-31T12:00:00+03:00", param_hint="--at") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _emulated(stack: ExitStack, settings: Settings) -> Settings:
    from pydantic import SecretStr

    from hub.sandbox import Sandbox

    sandbox = stack.enter_context(Sandbox.running())
    remark("people are those of the emulated portal; --live asks yours")
    portal = {"webhook_url": SecretStr(sandbox.webhook_url), "portal": "", "client_id": ""}
    return settings.model_copy(update={"bitrix24": settings.bitrix24.model_copy(update=portal)})
