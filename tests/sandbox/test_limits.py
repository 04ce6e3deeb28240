"""The rate limit and the execution-time budget."""

import pytest


def test_requests_above_the_burst_are_refused_until_the_bucket_drains(webhook, sandbox):
    sandbox.limits.rate(2, burst=3)
    for _ in range(3):
        webhook.result("profile")
    refused = webhook.refusal("profile")
    sandbox.clock.advance(1)
    webhook.result("profile")

    assert refused == (503, "QUERY_LIMIT_EXCEEDED")


def test_a_batch_counts_as_one_request(webhook, sandbox):
    sandbox.limits.rate(2, burst=1)

    assert webhook.result("batch", cmd=["profile"] * 10)["result_error"] == []


def test_refused_requests_are_in_the_log(webhook, sandbox):
    sandbox.limits.rate(2, burst=1)
    webhook.result("profile")
    webhook.refusal("profile")

    assert [call.status for call in sandbox.calls("profile")] == [200, 503]


def test_a_method_that_used_up_its_budget_is_blocked_and_others_are_not(webhook, sandbox):
    sandbox.limits.operating(480)
    sandbox.limits.cost("user.current", 200)
    for _ in range(3):
        webhook.result("user.current")

    assert webhook.refusal("user.current") == (429, "OPERATION_TIME_LIMIT")
    assert webhook.result("profile")


def test_the_budget_returns_when_the_oldest_minutes_drop_out(webhook, sandbox):
    sandbox.limits.operating(480)
    sandbox.limits.cost("user.current", 480)
    time = webhook.http.post("user.current").json()["time"]
    wait = time["operating_reset_at"] - sandbox.clock.timestamp()
    sandbox.clock.advance(wait - 5)
    refused = webhook.refusal("user.current")
    sandbox.clock.advance(10)

    assert refused == (429, "OPERATION_TIME_LIMIT")
    assert time["operating"] == 480
    assert wait <= 600
    assert webhook.result("user.current")


def test_commands_of_a_batch_count_against_their_own_methods(webhook, sandbox):
    sandbox.limits.operating(480)
    sandbox.limits.cost("profile", 200)
    answer = webhook.result("batch", cmd=["profile"] * 5)

    assert {error["error"] for error in answer["result_error"].values()} == {"OPERATION_TIME_LIMIT"}
    assert len(answer["result"]) == 3


def test_the_clock_only_moves_forward(sandbox):
    with pytest.raises(ValueError, match="cannot move the clock back"):
        sandbox.clock.advance(-1)
