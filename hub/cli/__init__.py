"""The command ``hub``: thin commands that unpack, call one part of the hub and print.

Data goes to stdout, remarks go to stderr. Exit codes: 0 fine, 1 the answer is "no", 2 wrong usage or settings.
Nothing but click is imported before a command runs.
"""

from __future__ import annotations

import errno
import os
import sys

import click

from hub import __version__
from hub.cli.root import Root

_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)
_COMMANDS = {
    "init": "hub.cli.init:init",
    "config": "hub.cli.config:config",
    "db": "hub.cli.db:db",
    "doctor": "hub.cli.doctor:doctor",
    "serve": "hub.cli.serve:serve",
    "worker": "hub.cli.worker:worker",
    "bot": "hub.cli.bot:bot",
    "portal": "hub.cli.portal:portal",
    "subscribe": "hub.cli.subscribe:subscribe",
    "plugins": "hub.cli.plugins:plugins",
    "events": "hub.cli.events:events",
    "deliveries": "hub.cli.deliveries:deliveries",
    "trace": "hub.cli.trace:trace",
    "routes": "hub.cli.routes:routes",
    "send": "hub.cli.send:send",
    "oncall": "hub.cli.oncall:oncall",
    "jobs": "hub.cli.jobs:jobs",
    "audit": "hub.cli.audit:audit",
    "chat": "hub.cli.chat:chat",
    "sandbox": "hub.cli.sandbox:sandbox",
    "demo": "hub.cli.demo:demo",
}


@click.command(cls=Root, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(version)s")
def cli() -> None:
    """Notifications for Bitrix24 chat.

    Begin with 'hub demo', which needs no account, or with 'hub init'. Commands that plugins bring are
    'hub PLUGIN ...'; 'hub PLUGIN --help' lists them.
    """


def main() -> None:
    """Run the command line; a stdout that takes nothing more, as on a full disk, ends it with 1."""
    try:
        cli(prog_name="hub")
    except OSError as exc:
        if exc.errno not in _CANNOT_WRITE:
            raise
        click.echo(f"Error: the output cannot be written: {exc.strerror}", err=True)
        # or the interpreter tries once more to write what is left, and complains itself
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
