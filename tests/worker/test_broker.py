"""The broker is a doorbell: which one it is, and what happens when it is away."""

import pytest
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ConnectionClosed
from echo import TOKEN

from hub.plugin import ConfigurationError
from hub.worker.broker import make_broker, worker_timeout


@pytest.fixture
def hub(lasting_hub):
    return lasting_hub


@pytest.mark.parametrize(("url", "kind"), [("", StubBroker), ("redis://127.0.0.1:1/0", RedisBroker)])
def test_the_url_says_which_broker_it_is(url, kind):
    broker = make_broker(url)

    assert isinstance(broker, kind)
    assert broker.middleware == []
    broker.close()


def test_an_unknown_broker_is_refused():
    with pytest.raises(ConfigurationError, match=r"hub\.broker_url: use redis://, amqp:// or leave it empty"):
        make_broker("kafka://127.0.0.1")


def test_redis_is_polled_often_and_rabbitmq_pushes():
    assert worker_timeout("redis://x") < worker_timeout("amqp://x")
    assert worker_timeout("redis://x") < worker_timeout("")


def test_a_broker_that_is_away_fails_no_request_and_loses_nothing(hub, monkeypatch):
    def refuse(message, *, delay=None):
        raise ConnectionClosed("the broker is away")

    with monkeypatch.context() as away:
        away.setattr(hub.app.brokers.process, "enqueue", refuse)
        response = hub.receive("echo", {"key": "a"}, headers=TOKEN, settle=False)
        hub.app.bell.flush()
    hub.settle()

    assert response.status_code == 200
    assert len(hub.shown("1")) == 1


def test_ringing_for_nothing_does_nothing(hub):
    for _ in range(3):
        hub.app.bell.process("echo")
        hub.app.bell.process("nobody")
        hub.app.bell.deliver()
    hub.settle()

    assert (hub.events, hub.deliveries) == ([], [])
