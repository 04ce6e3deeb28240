"""``hub demo``: an emulated portal and a hub, two processes in a folder that is thrown away."""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from hub.cli.base import Command
from hub.cli.output import remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.cli.demo_plugins import DemoPlugin

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_HUB_PORT = 8080
_CHAT_PORT = 8024
#: Who gets the cards: the portal's director and the head of infrastructure.
_READERS = ("1", "17")


@click.command(cls=Command)
@click.option("--port", type=int, help=f"Port of the hub; else {_HUB_PORT}, or a free one when it is taken.")
@pass_session
def demo(session: Session, port: int | None) -> None:
    """Run the hub against an emulated portal with a chat page; no account needed.

    Everything is in a temporary folder and gone after Ctrl-C. Prints where the chat is, the generated tokens,
    and commands that make something happen.
    """
    for number in _ENDING:
        signal.signal(number, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="hub-demo-")))
            try:
                ended = _run(stack, folder, session, port)
            finally:
                _ignore_signals()  # a second Ctrl-C must not leave a child behind
    except KeyboardInterrupt:
        remark("\nThe demo has ended; its folder is gone.")
        return
    raise click.ClickException(f"{ended}; what it said stands above")


def _run(stack: ExitStack, folder: Path, session: Session, port: int | None) -> str:
    """Run both processes until one of them ends by itself; say which."""
    from hub.cli.children import Child

    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    chat_port = _free(_CHAT_PORT)
    sandbox = stack.enter_context(
        Child(
            ["sandbox", "--port", str(chat_port), "--state", "portal.db"],
            folder=folder,
            environment=environment,
            stop_within=5,
        )
    )
    from cryptography.fernet import Fernet

    from hub.cli.demo_plugins import DemoPlugins
    from hub.cli.session import log_warnings

    log_warnings()
    logging.getLogger("hub.registry").setLevel(logging.CRITICAL)  # the hub itself tells about plugins
    plugins = DemoPlugins(folder)
    chat = sandbox.said("Chat page:")
    config = folder / "hub.toml"
    config.touch(mode=0o600)
    webhook = sandbox.said("Webhook:")
    config.write_text(_settings(webhook) + plugins.settings(), encoding="utf-8")
    key = {"HUB_SECRET_KEY": Fernet.generate_key().decode()}
    server = stack.enter_context(
        Child(
            ["serve", "--port", str(_free(_HUB_PORT) if port is None else port)],
            folder=folder,
            environment={**environment, **key},
            stop_within=12,
        )
    )
    prepared = plugins.prepare(session, config, key)
    url = server.said("Listening on")
    _tell(f"{chat}#as={_READERS[0]}", url, webhook, prepared)
    ended: queue.SimpleQueue[str] = queue.SimpleQueue()
    for child in (sandbox, server):
        child.when_ended(ended)
    return ended.get()


def _settings(webhook: str) -> str:
    readers = ", ".join(f'"user:{id}"' for id in _READERS)
    return f"""\
[bitrix24]
webhook_url = "{webhook}"

[bot]
token = "demo"
fallback = "user:{_READERS[0]}"

[[routes]]
to = [{readers}]
mode = "add"
"""


def _tell(chat: str, url: str, webhook: str, plugins: list[DemoPlugin]) -> None:
    click.echo(f"\nChat  {chat}\nHub   {url}")
    for plugin in plugins:
        click.echo(f"\n{plugin.name}")
        for key, value in plugin.secrets.items():
            click.echo(f"  {key} = {value}")
        for command in plugin.commands(url, webhook):
            click.echo(f"  {command}")
    click.echo("\nOpen the chat, paste a command into another terminal. Ctrl-C ends the demo.")


def _free(preferred: int) -> int:
    """Return *preferred*, or 0 for any when something listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", preferred))
        except OSError:
            return 0
    return preferred


def _ignore_signals() -> None:
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
