"""Whether the broker answers, asked with a connection of its own."""

from __future__ import annotations

from typing import Literal

#: Seconds; whoever asks waits hardly longer.
_PATIENCE = 1.0


def ping_broker(url: str) -> Literal["embedded", "reachable", "unreachable"]:
    """Say how the broker of ``hub.broker_url`` is."""
    if not url:
        return "embedded"
    return "reachable" if (_redis if url.startswith("redis") else _rabbitmq)(url) else "unreachable"


def _redis(url: str) -> bool:
    import redis  # noqa: PLC0415 - only where it is used

    try:
        with redis.Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def _rabbitmq(url: str) -> bool:
    import pika  # type: ignore[import-untyped]  # noqa: PLC0415 - only where it is used
    from pika.adapters.utils.connection_workflow import (  # type: ignore[import-untyped]  # noqa: PLC0415
        AMQPConnectorException,
    )

    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = _PATIENCE
    parameters.connection_attempts = 1
    try:
        pika.BlockingConnection(parameters).close()
    except (pika.exceptions.AMQPError, AMQPConnectorException, OSError):
        return False
    return True
