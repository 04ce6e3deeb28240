"""Misfortune on request."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest


def test_a_portal_that_is_down_closes_connections(webhook, sandbox):
    sandbox.faults.down()
    with pytest.raises(httpx.RemoteProtocolError):
        webhook.result("profile")
    sandbox.faults.up()

    assert webhook.result("profile")
    assert [(call.status, call.answered) for call in sandbox.calls("profile")] == [(502, False), (200, True)]


def test_a_portal_behind_a_proxy_answers_a_page(webhook, sandbox):
    sandbox.faults.down(html=True)
    answer = webhook.http.post("profile")

    assert (answer.status_code, answer.headers["content-type"][:9]) == (502, "text/html")


def test_the_next_calls_fail_and_no_more(webhook, sandbox):
    sandbox.faults.fail_next(2, status=503, error="QUERY_LIMIT_EXCEEDED")

    assert webhook.refusal("profile") == webhook.refusal("profile") == (503, "QUERY_LIMIT_EXCEEDED")
    assert webhook.result("profile")


def test_one_dialog_fails_while_others_work(bot, sandbox):
    sandbox.faults.fail(status=403, error="ACCESS_DENIED", dialog="31")

    assert bot.send_refusal("31", message="x") == (403, "ACCESS_DENIED")
    assert bot.send("27", message="x")


def test_edits_belong_to_the_dialog_of_their_message(bot, sandbox):
    message_id = bot.send("27")
    sandbox.faults.fail(status=403, error="ACCESS_DENIED", dialog="27")

    refusal = bot.refusal("Chat.Message.update", messageId=message_id, fields={"message": "x"})
    assert refusal == (403, "ACCESS_DENIED")


def test_the_nth_command_of_a_batch_fails(webhook, sandbox):
    sandbox.faults.fail_next(1, status=500, error="INTERNAL_SERVER_ERROR", method="profile", skip=1)
    answer = webhook.result("batch", cmd=["profile"] * 3)

    assert set(answer["result_error"]) == {"1"}


def test_a_lost_answer_was_executed_all_the_same(bot, sandbox):
    sandbox.faults.lose_answers(1, method="imbot.v2.Chat.Message.send")
    with pytest.raises(httpx.RemoteProtocolError):
        bot.send(message="x")

    assert len(sandbox.shown("27")) == 1
    assert sandbox.calls("imbot.v2.Chat.Message.send")[0].answered is False


def test_the_answer_to_a_batch_is_lost_with_one_of_its_dialogs(webhook, bot, sandbox):
    sandbox.faults.lose_answers(1, dialog="27")
    send = f"imbot.v2.Chat.Message.send?botId={bot.id}&botToken={bot.token}&dialogId=27&fields[message]=x"
    with pytest.raises(httpx.RemoteProtocolError):
        webhook.result("batch", cmd=[send])

    assert [call.answered for call in sandbox.calls()[-2:]] == [False, False]


def test_a_slow_portal_executes_what_the_client_no_longer_waits_for(webhook, sandbox):
    sandbox.faults.slow(0.2, times=1)
    with pytest.raises(httpx.ReadTimeout):
        webhook.http.post("profile", timeout=0.05)

    assert sandbox.wait_for(lambda: sandbox.calls("profile"))[0].status == 200


def test_a_request_that_is_still_on_its_way_at_a_reset_does_nothing_afterwards(webhook, sandbox):
    sandbox.faults.slow(0.2, times=1)
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(webhook.http.post, "profile")
        while sandbox.faults.active():
            time.sleep(0.005)
        sandbox.reset()
        with pytest.raises(httpx.RemoteProtocolError):
            answer.result()

    assert sandbox.calls("profile") == []


@pytest.mark.parametrize("error", ["INVALID_CREDENTIALS", "expired_token"])
def test_revoked_credentials_are_refused(webhook, sandbox, error):
    sandbox.faults.revoke_webhook(error=error)

    assert webhook.refusal("profile") == (401, error)


def test_a_renamed_portal_redirects_to_its_new_base(webhook, sandbox):
    new_base = sandbox.url.replace("127.0.0.1", "localhost")
    sandbox.faults.rename_portal(new_base)
    answer = webhook.http.post("profile", json={})

    assert answer.status_code == 302
    assert answer.headers["location"] == f"{new_base}/rest/1/sandbox-secret/profile"
    assert webhook.http.post(answer.headers["location"], json={}).json()["result"]["ID"] == "1"


def test_a_page_instead_of_json(webhook, sandbox):
    sandbox.faults.answer_html(1)
    answer = webhook.http.post("profile")

    assert (answer.status_code, answer.text[:6]) == (200, "<html>")


def test_rare_faults_strike_with_their_probability(webhook, sandbox):
    sandbox.faults.fail(probability=0.5)
    statuses = {webhook.http.post("profile").status_code for _ in range(60)}

    assert statuses == {200, 500}


def test_faults_are_set_and_ended_over_http(webhook, api):
    api.post("faults", json=[{"kind": "fail", "status": 500, "times": 3}, {"kind": "slow", "seconds": 0}])
    webhook.refusal("profile")
    active = api.get("faults").json()["faults"]
    api.delete("faults")

    assert [(fault["kind"], fault["times"]) for fault in active] == [("fail", 2), ("slow", None)]
    assert webhook.result("profile")


def test_a_fault_nobody_knows_is_refused_with_a_reason(api):
    answer = api.post("faults", json={"kind": "earthquake"})

    assert (answer.status_code, answer.json()["error"]) == (400, "INVALID_BODY")
    assert "kind" in answer.json()["error_description"]
