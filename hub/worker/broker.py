"""The broker: in this process, Redis or RabbitMQ. It only rings; the rows in the database say what to do."""

from __future__ import annotations

from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker

from hub.plugin import ConfigurationError

#: Idle workers of Redis look for messages this often, in milliseconds.
REDIS_WORKER_TIMEOUT = 50
WORKER_TIMEOUT = 1000


def make_broker(url: str) -> Broker:
    """Return the broker for ``hub.broker_url``.

    No middleware: retries, limits and results are the database's business.
    """
    if not url:
        return StubBroker(middleware=[])
    if url.startswith(("redis://", "rediss://")):
        from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415 - only where it is used

        return RedisBroker(url=url, middleware=[])
    if url.startswith(("amqp://", "amqps://")):
        from dramatiq.brokers.rabbitmq import RabbitmqBroker  # noqa: PLC0415 - only where it is used

        # without confirms a killed RabbitMQ loses what was sent in its last seconds
        return RabbitmqBroker(url=url, middleware=[], confirm_delivery=True)
    raise ConfigurationError("hub.broker_url: use redis://, amqp:// or leave it empty")


def worker_timeout(url: str) -> int:
    """Return how long an idle worker waits for the broker, in milliseconds."""
    return REDIS_WORKER_TIMEOUT if url.startswith("redis") else WORKER_TIMEOUT
