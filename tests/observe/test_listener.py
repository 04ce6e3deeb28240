"""A listener for ``/metrics`` alone."""

import httpx
import pytest

from hub.observe.listener import metrics_listener
from hub.observe.metrics import Metrics
from hub.plugin import ConfigurationError


@pytest.fixture
def metrics():
    return Metrics("1.2.3")


def test_it_serves_the_numbers_until_it_is_left(metrics):
    with metrics_listener(metrics, "127.0.0.1:0") as port:
        assert 'hub_build_info{version="1.2.3"} 1.0' in httpx.get(f"http://127.0.0.1:{port}/metrics").text

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics")


def test_an_address_that_is_taken_says_so(metrics):
    with (
        metrics_listener(metrics, "127.0.0.1:0") as port,
        pytest.raises(ConfigurationError, match=f"127.0.0.1:{port} for /metrics"),
        metrics_listener(metrics, f"127.0.0.1:{port}"),
    ):
        pass


def test_two_hubs_in_one_process_do_not_share_their_counts(metrics):
    other = Metrics("1.2.3")
    metrics.intake.kept("echo", accepted=2, duplicates=0)

    assert b'hub_events_accepted_total{plugin="echo"} 2.0' in metrics.shown("")[0]
    assert b'hub_events_accepted_total{plugin="echo"}' not in other.shown("")[0]
