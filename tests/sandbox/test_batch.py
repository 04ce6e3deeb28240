"""`batch` and its quirks."""

from itertools import pairwise

import httpx
import pytest


def test_results_and_errors_come_apart_and_empty_maps_are_lists(webhook):
    answer = webhook.result("batch", cmd={"me": "profile", "bad": "crm.deal.get?ID=99"})

    assert answer["result"]["me"]["ID"] == "1"
    assert answer["result_error"] == {"bad": {"error": "", "error_description": "Not found"}}
    assert answer["result_total"] == answer["result_next"] == []
    assert set(answer["result_time"]) == {"me"}


def test_a_batch_of_failures_is_answered_with_success(webhook):
    answer = webhook.result("batch", cmd={"a": "nope", "b": "nope"})

    assert answer["result"] == []
    assert set(answer["result_error"]) == {"a", "b"}


def test_a_list_of_commands_gives_a_list_of_results(webhook):
    answer = webhook.result("batch", cmd=["profile", "user.current"])

    assert [row["ID"] for row in answer["result"]] == ["1", "1"]
    assert answer["result_error"] == []


def test_a_hole_in_a_list_turns_it_into_a_map(webhook):
    answer = webhook.result("batch", cmd=["profile", "nope", "profile"])

    assert set(answer["result"]) == {"0", "2"}
    assert set(answer["result_error"]) == {"1"}


def test_halt_stops_at_the_first_error(webhook, sandbox):
    answer = webhook.result("batch", halt=1, cmd={"a": "profile", "b": "nope", "c": "profile"})

    assert (set(answer["result"]), set(answer["result_error"])) == ({"a"}, {"b"})
    assert len(sandbox.calls("profile")) == 1


def test_later_commands_can_use_earlier_results(webhook):
    answer = webhook.result(
        "batch",
        cmd={
            "users": "user.get?FILTER[ID][]=27&FILTER[ID][]=31&select[]=ID",
            "second": "im.user.get?ID=$result[users][1][ID]",
            "encoded": "im.user.get?ID=%24result%5Busers%5D%5B0%5D%5BID%5D",
        },
    )

    assert answer["result"]["second"]["id"] == 31
    assert answer["result"]["encoded"]["id"] == 27
    assert answer["result_total"] == {"users": 2}


def test_nested_keys_and_percent_encoding_are_read_as_php_does(webhook, bot, sandbox):
    query = httpx.QueryParams(
        {
            "botId": bot.id,
            "botToken": bot.token,
            "dialogId": "27",
            "fields[message]": "50 % & more = [b]всё[/b]\nсегодня",
            "fields[keyboard][0][TEXT]": "Take",
            "fields[keyboard][0][COMMAND]": "hub",
            "fields[keyboard][1][TYPE]": "NEWLINE",
        }
    )
    webhook.result("batch", cmd={"send": f"imbot.v2.Chat.Message.send?{query}"})

    [message] = sandbox.shown("27")
    assert (message.text, message.buttons) == ("50 % & more = [b]всё[/b]\nсегодня", ["Take"])
    assert sandbox.warnings() == []


def test_more_than_fifty_commands_are_refused(webhook, sandbox):
    assert webhook.refusal("batch", cmd=["profile"] * 51) == (400, "ERROR_BATCH_LENGTH_EXCEEDED")
    assert sandbox.calls("profile") == []


def test_a_batch_cannot_hold_a_batch(webhook):
    answer = webhook.result("batch", cmd={"inner": "batch?cmd[a]=profile"})

    assert answer["result_error"]["inner"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("cmd", [None, "profile", [["profile"]]])
def test_commands_must_be_text(webhook, cmd):
    assert webhook.refusal("batch", cmd=cmd) == (400, "ERROR_ARGUMENT")


def test_inner_calls_are_logged_under_their_batch(webhook, sandbox):
    webhook.result("batch", cmd=["profile", "user.current"])

    outer, *inner = sandbox.calls()
    assert (outer.method, outer.in_batch) == ("batch", None)
    assert [(call.method, call.in_batch) for call in inner] == [
        ("profile", outer.id),
        ("user.current", outer.id),
    ]


def test_commands_run_one_after_another(webhook, sandbox):
    sandbox.limits.duration("profile", 0.02)
    times = webhook.result("batch", cmd=["profile"] * 3)["result_time"]

    assert all(one["finish"] <= two["start"] for one, two in pairwise(times))
    assert all(one["duration"] > 0.01 for one in times)


def test_a_dying_portal_leaves_the_rest_of_the_batch_undone(webhook, bot, sandbox):
    commands = [
        f"imbot.v2.Chat.Message.send?botId={bot.id}&botToken={bot.token}&dialogId=27&fields[message]={n}"
        for n in range(4)
    ]
    sandbox.faults.crash_after_storing(1, skip=1)
    with pytest.raises(httpx.RemoteProtocolError):
        webhook.result("batch", cmd=commands)

    assert [message.text for message in sandbox.messages("27")] == ["0", "1"]
