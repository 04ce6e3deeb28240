"""Many calls in one request, one outcome each."""

from datetime import UTC, datetime

import httpx
import pytest

from hub.bitrix24 import Call, Done, Failed, NotExecuted, execute, forms
from hub.bitrix24.errors import (
    CredentialsDead,
    NotFound,
    OperatingLimit,
    OutcomeUnknown,
    PortalError,
    RateLimited,
    RecipientRefused,
    Unreachable,
)

SEND = "imbot.v2.Chat.Message.send"
GETS = [Call("crm.deal.get", {"id": number}) for number in (1, 2, 3)]


def kinds(outcomes) -> list[type]:
    return [type(outcome.error) if isinstance(outcome, Failed) else type(outcome) for outcome in outcomes]


def reply(**maps) -> httpx.Response:
    full = {name: maps.get(name, []) for name in ("result", "result_error", "result_total", "result_next")}
    return httpx.Response(200, json={"result": {**full, "result_time": maps.get("result_time", [])}})


def test_nothing_to_do_needs_no_request(client, portal):
    assert execute(client, []) == []
    assert portal.requests == []


def test_one_call_goes_out_directly(client, portal):
    portal.answers["crm.deal.get"] = {"ID": "1"}

    (outcome,) = execute(client, GETS[:1])

    assert outcome.result == {"ID": "1"}
    assert portal.requests == [("crm.deal.get", {"id": 1})]


def test_one_call_that_fails_is_an_outcome_too(client, portal, error):
    portal.answers[SEND] = error("ACCESS_DENIED", status=403)

    assert kinds(execute(client, [Call(SEND)])) == [RecipientRefused]


def test_outcomes_come_in_the_order_of_the_calls(client, portal, error):
    portal.answers["crm.deal.get"] = lambda params: error("", "Not found") if params["id"] == "2" else params

    outcomes = execute(client, GETS)

    assert portal.methods == ["batch"]
    assert kinds(outcomes) == [Done, NotFound, Done]
    assert [outcome.result for outcome in (outcomes[0], outcomes[2])] == [{"id": "1"}, {"id": "3"}]


def test_counts_and_times_belong_to_their_call(client, portal):
    portal.answers["batch"] = reply(
        result={"c0": [1], "c1": [2]},
        result_total={"c1": "73"},
        result_next={"c1": 50},
        result_time={"c0": {"operating": 1.5}},
    )

    first, second, _ = execute(client, GETS)

    assert (first.answer.total, first.answer.next, first.answer.time.operating) == (None, None, 1.5)
    assert (second.answer.total, second.answer.next, second.answer.time.operating) == (73, 50, None)


def test_empty_maps_may_be_lists(client, portal):
    errors = {f"c{place}": {"error": "insufficient_scope", "error_description": ""} for place in range(3)}
    portal.answers["batch"] = reply(result_error=errors)

    assert all(isinstance(outcome, Failed) for outcome in execute(client, GETS))


def test_results_may_come_as_a_list(client, portal):
    portal.answers["batch"] = reply(result=["a", "b", "c"])

    assert [outcome.result for outcome in execute(client, GETS)] == ["a", "b", "c"]


def test_an_error_counts_even_beside_a_result(client, portal):
    portal.answers["batch"] = reply(
        result={"c0": None, "c1": 1, "c2": 1}, result_error={"c0": {"error": "NOT_FOUND"}}
    )

    assert kinds(execute(client, GETS)) == [NotFound, Done, Done]


def test_an_error_may_be_bare_text(client, portal):
    portal.answers["batch"] = reply(result={"c0": 1, "c1": 1}, result_error={"c2": "Not found"})

    assert kinds(execute(client, GETS)) == [Done, Done, NotFound]


def test_a_null_result_may_be_missing_among_the_results(client, portal):
    portal.answers["batch"] = reply(result={"c0": 1, "c1": 1}, result_time={"c2": {"duration": 0.1}})

    assert execute(client, GETS)[2].result is None


def test_a_call_missing_everywhere_is_in_doubt(client, portal):
    portal.answers["batch"] = reply(result={"c0": 1, "c2": 1})

    assert kinds(execute(client, GETS)) == [Done, OutcomeUnknown, Done]


def test_halt_leaves_what_follows_an_error_undone(client, portal, error):
    portal.answers["crm.deal.get"] = lambda params: error("NOT_FOUND") if params["id"] == "2" else params

    outcomes = execute(client, GETS, halt=True)

    assert kinds(outcomes) == [Done, NotFound, NotExecuted]
    assert portal.requests[0][1]["halt"] == 1


def test_a_call_missing_before_the_error_is_in_doubt_even_with_halt(client, portal):
    portal.answers["batch"] = reply(result_error={"c1": {"error": "NOT_FOUND"}})

    assert kinds(execute(client, GETS, halt=True)) == [OutcomeUnknown, NotFound, NotExecuted]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.ReadTimeout("slow"), OutcomeUnknown),
        (httpx.Response(502, text="<html>"), OutcomeUnknown),
        (httpx.Response(200, json={"result": []}), OutcomeUnknown),
        (httpx.Response(503, json={"error": "QUERY_LIMIT_EXCEEDED"}), RateLimited),
        (httpx.Response(401, json={"error": "INVALID_CREDENTIALS"}), CredentialsDead),
    ],
    ids=["connect", "timeout", "html", "list", "rate", "credentials"],
)
def test_a_request_that_fails_as_a_whole_fails_every_call_alike(client, portal, answer, expected):
    portal.answers["batch"] = answer

    assert kinds(execute(client, GETS)) == [expected] * 3
    assert len(portal.requests) == 1


def test_more_than_fifty_calls_take_several_requests(client, portal):
    portal.answers["x.get"] = lambda params: params["n"]

    outcomes = execute(client, [Call("x.get", {"n": n}) for n in range(101)])

    assert portal.methods == ["batch", "batch", "x.get"]
    assert [int(outcome.result) for outcome in outcomes] == list(range(101))


def test_a_permission_counts_for_the_first_request_only(client, portal):
    portal.answers["crm.deal.get"] = {}
    before = client.limiter.level().used

    execute(client, [Call("crm.deal.get", {"id": number}) for number in range(120)], permitted=True)

    assert portal.methods == ["batch"] * 3
    assert client.limiter.level().used - before == pytest.approx(2)


@pytest.mark.parametrize("calls", [[], GETS[:1], GETS], ids=["none", "one", "several"])
def test_a_permission_is_given_back_when_no_request_goes_out(client, portal, calls):
    client.budget.block("crm.deal.get")
    client.limiter.take()

    execute(client, calls, permitted=True)

    assert client.limiter.level().used == 0
    assert portal.requests == []


def test_large_calls_are_divided_by_size(client, portal):
    portal.answers["x.get"] = lambda params: params["n"]

    outcomes = execute(client, [Call("x.get", {"n": n, "text": "ж" * 100}) for n in range(4)], max_bytes=1500)

    assert portal.methods == ["batch", "batch"]
    assert [outcome.result for outcome in outcomes] == ["0", "1", "2", "3"]


def test_after_a_lost_request_the_following_ones_are_not_sent(client, portal):
    portal.answers["batch"] = httpx.ReadTimeout("slow")

    outcomes = execute(client, [Call("x.get", {"n": n}) for n in range(60)])

    assert kinds(outcomes) == [OutcomeUnknown] * 50 + [NotExecuted] * 10
    assert len(portal.requests) == 1


def test_halt_reaches_across_requests(client, portal, error):
    portal.answers["x.get"] = lambda params: error("NOT_FOUND") if params["n"] == "49" else params["n"]

    outcomes = execute(client, [Call("x.get", {"n": n}) for n in range(60)], halt=True)

    assert kinds(outcomes) == [Done] * 49 + [NotFound] + [NotExecuted] * 10
    assert len(portal.requests) == 1


NESTED = {
    "botId": 456,
    "fields": {
        "message": "Цена & скидка = 50% + [b]1[/b] ? # $result 😀\n\"'\\",
        "attach": {"COLOR": "#29619b", "BLOCKS": [{"GRID": [{"NAME": "a", "VALUE": "b"}]}, {"MESSAGE": "x"}]},
        "keyboard": {"BOT_ID": 456, "BUTTONS": [{"TEXT": "Go"}, {"TYPE": "NEWLINE"}, {"TEXT": "Stop"}]},
        "urlPreview": "N",
    },
    "filter": {">=DATE": "2026-01-01T00:00:00+03:00", "!%NAME": "x"},
    "empty": [],
    "yes": True,
    "no": False,
}


def test_nested_parameters_arrive_as_they_were(client, portal):
    portal.answers["batch"] = reply(result={"c0": 1, "c1": 1})

    execute(client, [Call(SEND, NESTED)] * 2)

    method, _, query = portal.requests[0][1]["cmd"]["c0"].partition("?")
    fields = NESTED["fields"]
    assert method == SEND
    assert forms.parse(query) == {
        "botId": "456",
        "fields": {**fields, "keyboard": {**fields["keyboard"], "BOT_ID": "456"}},
        "filter": NESTED["filter"],
        "empty": "",
        "yes": "1",
        "no": "0",
    }


def test_text_from_outside_cannot_refer_to_other_results(client, portal):
    portal.answers[SEND] = {"id": 5}
    message = Call(SEND, {"fields": {"message": "$result[c0][botToken]"}})

    outcomes = execute(
        client, [Call(SEND, {"fields": {"message": str(n)}}) for n in range(2)] + [message] * 2
    )

    assert kinds(outcomes) == [Done] * 4
    assert portal.methods == ["batch", SEND, SEND]
    assert portal.requests[1][1]["fields"]["message"] == "$result[c0][botToken]"


def test_a_name_that_a_query_cannot_hold_is_sent_as_json(client, portal):
    portal.answers["x.get"] = True

    outcomes = execute(client, [Call("x.get", {"a[b": 1}), Call("x.get", {"c": 2}), Call("x.get", {"d": 3})])

    assert kinds(outcomes) == [Done] * 3
    assert portal.requests[0] == ("x.get", {"a[b": 1})


def test_refused_execution_time_inside_a_batch_holds_the_method(client, portal, error, clock):
    portal.answers["a.get"] = error("OPERATION_TIME_LIMIT", status=429)
    portal.answers["b.get"] = True
    calls = [Call("a.get"), Call("b.get"), Call("b.get")]

    first = execute(client, calls)
    second = execute(client, calls)

    assert kinds(first) == kinds(second) == [OperatingLimit, Done, Done]
    assert [list(params["cmd"]) for _, params in portal.requests] == [["c0", "c1", "c2"], ["c1", "c2"]]
    assert second[0].error.reset_at == datetime.fromtimestamp(clock.now + 10, UTC)


def test_what_follows_a_method_refused_in_a_batch_is_not_sent(client, portal, error):
    portal.answers[SEND] = error("OPERATION_TIME_LIMIT", status=429)
    portal.answers["crm.deal.get"] = {}
    calls = [Call(SEND)] * 60 + GETS

    outcomes = execute(client, calls)

    assert kinds(outcomes) == [OperatingLimit] * 60 + [Done] * 3
    sent = [len(params["cmd"]) for _, params in portal.requests]
    assert sent == [50, 3]


def test_names_of_methods_that_are_held_differ_by_more_than_case(client, portal):
    client.budget.block(SEND)

    assert kinds(execute(client, [Call(SEND.upper()), Call(SEND.lower())])) == [OperatingLimit] * 2


def test_execution_time_used_in_a_batch_counts(client, portal):
    time = {"operating": 479, "operating_reset_at": 1_000_300}
    portal.answers["batch"] = reply(result={"c0": 1, "c1": 1, "c2": 1}, result_time={"c1": time})

    execute(client, GETS)

    assert kinds(execute(client, GETS)) == [OperatingLimit] * 3


def test_with_halt_a_held_call_stops_the_rest(client, portal):
    portal.answers["b.get"] = True
    client.budget.block("a.get")

    outcomes = execute(client, [Call("b.get"), Call("a.get"), Call("b.get")], halt=True)

    assert kinds(outcomes) == [Done, OperatingLimit, NotExecuted]


def test_no_outcome_shows_the_secrets_of_its_call(client, portal):
    errors = {
        f"c{place}": {"error": "X", "error_description": "token b0tT0ken is wrong"} for place in range(2)
    }
    portal.answers["batch"] = reply(result_error=errors)

    for outcome in execute(client, [Call(SEND, {"botToken": "b0tT0ken"})] * 2):
        assert isinstance(outcome.error, PortalError)
        assert "b0tT0ken" not in repr(outcome)


def test_no_error_of_a_whole_batch_shows_secrets(client, portal, error):
    portal.answers["batch"] = error("X", "in imbot.v2.Bot.get?botId=1&botToken=b0tT0ken&x=1")

    for outcome in execute(client, [Call(SEND, {"botToken": "b0tT0ken"})] * 2):
        assert "b0tT0ken" not in repr(outcome)
