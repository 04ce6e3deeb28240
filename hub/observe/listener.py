"""A listener for ``/metrics`` alone, in threads of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from hub.observe.metrics import Metrics
from hub.plugin import ConfigurationError


@contextmanager
def metrics_listener(metrics: Metrics, listen: str) -> Iterator[int]:
    """Serve *metrics* at an address such as ``127.0.0.1:9100`` and return the port; 0 takes a free one.

    An address without a host is every address of this machine.

    Raises:
        ConfigurationError: the address is taken, or not ours.
    """
    host, _, port = listen.rpartition(":")
    address = host.removeprefix("[").removesuffix("]") or "0.0.0.0"  # noqa: S104 - what the operator wrote
    try:
        server, thread = start_http_server(int(port), address, metrics.registry)
    except (OSError, OverflowError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise ConfigurationError(
            f"cannot listen on {listen} for /metrics: {why}; choose another address"
        ) from exc
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
