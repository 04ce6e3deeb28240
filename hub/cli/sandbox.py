"""``hub sandbox``: an emulated portal with its chat page."""

from __future__ import annotations

import contextlib
import signal
from pathlib import Path

import click

from hub.cli.base import Command


@click.command(cls=Command)
@click.option("--port", default=8024, show_default=True, help="Port on 127.0.0.1; 0 takes a free one.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep people, chats and messages in this file over restarts.",
)
def sandbox(port: int, state: Path | None) -> None:
    """Emulate a Bitrix24 portal, with a page that shows everybody's chat.

    It prints the address of the page, and the webhook for bitrix24.webhook_url.
    """
    from hub.sandbox import run

    # after a stop uvicorn raises the signal again, which must not end the process before the state is closed
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            run(port, state)
    except OSError as exc:
        raise click.UsageError(
            f"cannot listen on port {port}: {exc.strerror}; choose another --port"
        ) from exc
