"""``hub worker``: processes and delivers what ``hub serve`` has accepted."""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import click

from hub.cli.base import Command
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.cli.stop_signals import StopSignals


@click.command(cls=Command)
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes that work side by side.",
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="Threads of each process for plugins that have much to do, beside the one that each has for itself.",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Port for /metrics of the first process, at the host of hub.metrics_listen or 127.0.0.1; each further "
    "process takes the next one.",
)
@pass_session
def worker(session: Session, processes: int, threads: int, metrics_port: int | None) -> None:
    """Process and deliver; needs a broker_url, through which 'hub serve' tells that there is work.

    SIGTERM and Ctrl-C end it within ten seconds and lose nothing; a second one ends it at once. A process that
    dies is started again.
    """
    import signal

    from hub.cli.stop_signals import StopSignals
    from hub.cli.supervisor import Supervisor
    from hub.observe.log import configure_logging
    from hub.plugin import ConfigurationError

    if not session.settings().hub.broker_url.get_secret_value():
        raise ConfigurationError(
            "hub.broker_url: is empty, so `hub serve` does the work itself; for workers set it to "
            "redis:// or amqp://, and hub.database_url to postgresql://"
        )
    configure_logging(json=not sys.stderr.isatty())
    supervisor = Supervisor(processes, _work, (session, threads, metrics_port))
    with StopSignals(signal.SIGTERM, signal.SIGINT) as signals:
        code = supervisor.run(signals, lambda: click.echo(f"Working, processes: {processes}"))
    raise click.exceptions.Exit(code)


def _work(number: int, session: Session, threads: int, metrics_port: int | None, ready: Connection) -> None:
    """Be one of the processes, until told to stop or alone."""
    import signal

    from hub.cli.failure import EXPECTED, failure
    from hub.cli.stop_signals import StopSignals, end_in_time

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # meant for the parent
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with StopSignals(signal.SIGTERM, first=end_in_time) as signals:
        try:
            port = metrics_port + number if metrics_port else None
            _work_until(signals, session, threads, port, ready)
        except EXPECTED as exc:
            error = failure(exc)
            error.show()
            sys.exit(error.exit_code)


def _work_until(
    signals: StopSignals, session: Session, threads: int, metrics_port: int | None, ready: Connection
) -> None:
    import multiprocessing
    from contextlib import nullcontext
    from multiprocessing.connection import wait

    import structlog

    from hub import __version__
    from hub.app import Hub
    from hub.cli.interpreter import share_heaps
    from hub.observe.listener import metrics_listener
    from hub.observe.log import configure_logging

    configure_logging(json=not sys.stderr.isatty())
    log = structlog.get_logger("hub.worker")
    parent = multiprocessing.parent_process()
    assert parent is not None
    share_heaps()
    hub = Hub(session.settings(), plugins=session.plugins, threads=threads)
    host = (hub.settings.hub.metrics_listen or "127.0.0.1:").rpartition(":")[0]
    with metrics_listener(hub.metrics, f"{host}:{metrics_port}") if metrics_port else nullcontext():
        try:
            hub.start(work=True, receive=False)
            log.info("worker started", version=__version__, process=multiprocessing.current_process().name)
            ready.send(True)
            wait([signals.sign, parent.sentinel])
        finally:
            hub.stop()
    log.info("worker stopped")
