"""Whether the broker answers, and how a hub says so."""

import socket

import pytest

from hub.worker.ping import ping_broker


@pytest.fixture
def silent():
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def nobody():
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return port


def test_without_a_broker_there_is_nothing_to_ask():
    assert ping_broker("") == "embedded"


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_is_unreachable(scheme, nobody):
    assert ping_broker(f"{scheme}://127.0.0.1:{nobody}/") == "unreachable"


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_hangs_is_unreachable(scheme, silent):
    assert ping_broker(f"{scheme}://127.0.0.1:{silent}/") == "unreachable"


@pytest.mark.parametrize("server", ["redis_url", "rabbitmq_url"])
def test_a_broker_that_answers_is_reachable(server, request):
    assert ping_broker(request.getfixturevalue(server)) == "reachable"
