"""``hub serve``: receives, and without a broker also works."""

from __future__ import annotations

import sys

import click

from hub.cli.base import Command
from hub.cli.session import Session, pass_session


@click.command(cls=Command)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on; 0 takes a free one.")
@pass_session
def serve(session: Session, host: str, port: int) -> None:
    """Receive events; without a broker_url also process and deliver them.

    Senders reach plugins at /in/PLUGIN. SIGTERM and Ctrl-C end it within ten seconds and lose nothing.
    """
    from contextlib import ExitStack

    import structlog

    from hub import __version__
    from hub.app import Hub
    from hub.cli.interpreter import share_heaps
    from hub.cli.server import Server, address, bind, stopping
    from hub.observe.listener import metrics_listener
    from hub.observe.log import configure_logging

    configure_logging(json=not sys.stderr.isatty())
    share_heaps()
    hub = Hub(session.settings(), plugins=session.plugins)
    listener = bind(host, port)
    server = Server(
        lambda: hub.web,
        ready=lambda: click.echo(f"Listening on {address(listener)}"),
        refused=lambda: hub.metrics.intake.rejected("", "busy"),
    )
    log = structlog.get_logger("hub.serve")
    with stopping(server), ExitStack() as extras:
        try:
            if listen := hub.settings.hub.metrics_listen:
                port_of_metrics = extras.enter_context(metrics_listener(hub.metrics, listen))
                click.echo(f"Metrics on port {port_of_metrics}")
            hub.start(work=hub.is_embedded)
            log.info("hub started", version=__version__, works=hub.is_embedded)
            server.run(sockets=[listener])
        finally:
            hub.stop()
            listener.close()
    log.info("hub stopped")
