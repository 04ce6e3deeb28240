"""A process that works for the hub of ``hub.toml`` until it gets SIGTERM."""

import os
import signal
import threading

from hub.app import Hub
from hub.observe.log import configure_logging
from hub.settings import load


def main() -> None:
    """Work until told to stop."""
    configure_logging(json=True)
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: told.set())
    hub = Hub(load(None, os.environ))
    hub.start(work=True)
    print("Working", flush=True)
    told.wait()
    hub.stop()


main()
