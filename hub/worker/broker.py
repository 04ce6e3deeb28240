"""The broker: in this process, Redis or RabbitMQ. It only rings; the rows in the database say what to do."""

from __future__ import annotations

from dataclasses import dataclass

from dramatiq import Broker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import BrokerError

from hub.plugin import ConfigurationError

#: Idle workers look around this often, in milliseconds: Redis is polled, and so is the wish to stop.
_POLLED_TIMEOUT = 50
#: RabbitMQ and the queue in this process push messages, so only the wish to stop is looked for.
_PUSHED_TIMEOUT = 200
#: Seconds to wait for a broker that does not answer.
_PATIENCE = 10


@dataclass(frozen=True, kw_only=True)
class Brokers:
    """One connection for each queue, because a dramatiq broker serves one worker well."""

    process: Broker
    act: Broker
    deliver: Broker
    errors: tuple[type[Exception], ...]  #: what a broker raises when it is away

    @classmethod
    def connect(cls, url: str) -> Brokers:
        """Return the brokers for ``hub.broker_url``."""
        return cls(
            process=make_broker(url), act=make_broker(url), deliver=make_broker(url), errors=_errors(url)
        )

    def close(self) -> None:
        """Close all of them."""
        self.process.close()
        self.act.close()
        self.deliver.close()


def make_broker(url: str) -> Broker:
    """Return the broker for ``hub.broker_url``.

    No middleware: retries, limits and results are the database's business.
    """
    if not url:
        return StubBroker(middleware=[])
    if url.startswith(("redis://", "rediss://")):
        import redis  # noqa: PLC0415 - only where it is used
        from dramatiq.brokers.redis import RedisBroker  # noqa: PLC0415

        # a connection that died without a word must not hold up the bell for ever
        client = redis.Redis.from_url(
            url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, socket_keepalive=True
        )
        return RedisBroker(client=client, middleware=[])  # type: ignore[no-untyped-call]
    if url.startswith(("amqp://", "amqps://")):
        from dramatiq.brokers.rabbitmq import RabbitmqBroker  # noqa: PLC0415 - only where it is used

        # without confirms a killed RabbitMQ loses what was sent in its last seconds
        return RabbitmqBroker(url=_with_patience(url), middleware=[], confirm_delivery=True)
    raise ConfigurationError("hub.broker_url: use redis://, amqp:// or leave it empty")


def _errors(url: str) -> tuple[type[Exception], ...]:
    if url.startswith("redis"):
        from redis import RedisError  # noqa: PLC0415 - only where it is used

        return (BrokerError, OSError, RedisError)
    if url.startswith("amqp"):
        from pika.exceptions import AMQPError  # type: ignore[import-untyped]  # noqa: PLC0415

        return (BrokerError, OSError, AMQPError)
    return (BrokerError,)


def _with_patience(url: str) -> str:
    """Return the address with a limit on how long a node that takes no messages may hold up who sends one."""
    if "blocked_connection_timeout" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}blocked_connection_timeout={_PATIENCE}"


def worker_timeout(url: str) -> int:
    """Return how long an idle worker waits for the broker, in milliseconds."""
    return _POLLED_TIMEOUT if url.startswith("redis") else _PUSHED_TIMEOUT
