"""One call to the portal."""

import socket
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from hub.bitrix24 import Answer, Call, Client, IncomingWebhook, LeakyBucket, Level, Reads, Timing, execute
from hub.bitrix24.errors import (
    Busy,
    Disconnected,
    OperatingLimit,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TokenExpired,
    Unreachable,
)


@respx.mock
def test_a_call_is_a_json_post_that_names_the_hub():
    route = respx.post("https://portal.example/rest/1/code/user.get").respond(json={"result": []})
    client = Client(IncomingWebhook("https://portal.example/rest/1/code/"))

    client.call("user.get", {"FILTER": {"NAME": "Вера"}})
    client.close()

    request = route.calls.last.request
    assert request.content == '{"FILTER":{"NAME":"Вера"}}'.encode()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("bitrix24-hub/")


def test_an_answer_carries_rows_counts_and_time(client, portal):
    time = {"processing": 0.04, "operating": "1.5", "operating_reset_at": 1767262200, "duration": 1}
    body = {"result": [1], "total": 73, "next": 50, "time": time}
    portal.answers["crm.deal.list"] = httpx.Response(200, json=body)

    assert client.call("crm.deal.list") == Answer(
        result=[1],
        total=73,
        next=50,
        time=Timing(processing=0.04, operating=1.5, reset_at=datetime(2026, 1, 1, 10, 10, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    "time", [None, [], {}, {"operating": "much", "operating_reset_at": -1}, {"operating": "inf"}]
)
def test_a_missing_or_odd_time_is_no_trouble(client, portal, time):
    portal.answers["profile"] = httpx.Response(200, json={"result": None, "time": time})

    assert client.call("profile").time == Timing()


def test_half_a_character_in_a_text_does_not_stop_a_call(client, portal):
    portal.answers["x"] = True

    client.call("x", {"text": "a\ud800b"})

    assert portal.requests == [("x", {"text": "a?b"})]


def test_a_call_is_never_repeated(client, portal):
    portal.answers["imbot.v2.Chat.Message.send"] = httpx.ReadTimeout("slow")

    with pytest.raises(OutcomeUnknown):
        client.call("imbot.v2.Chat.Message.send")

    assert len(portal.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(503, json={"error": "QUERY_LIMIT_EXCEEDED"}),
        httpx.Response(502, text="<html>"),
    ],
    ids=["connect", "timeout", "rate", "html"],
)
def test_a_read_gets_over_transient_trouble(client, portal, trouble):
    replies = iter([trouble, trouble, {"ID": "1"}])
    portal.answers["profile"] = lambda params: next(replies)

    assert client.read("profile").result == {"ID": "1"}


def test_a_read_is_tried_three_times_with_growing_pauses(client, portal, clock):
    portal.answers["profile"] = httpx.ConnectError("refused")

    with pytest.raises(Unreachable):
        client.read("profile")

    assert len(portal.requests) == 3
    assert clock.slept == [0.5, 1.0]


def test_a_read_waits_as_long_as_the_portal_asks(make_client, portal, clock):
    limited = httpx.Response(503, json={"error": "QUERY_LIMIT_EXCEEDED"}, headers={"Retry-After": "4"})
    replies = iter([limited, True])
    portal.answers["profile"] = lambda params: next(replies)

    make_client(limiter=Unlimited()).read("profile")

    assert clock.slept == [4.0]


def test_a_read_that_would_take_too_long_is_given_up(make_client, portal, clock):
    limited = httpx.Response(503, json={"error": "QUERY_LIMIT_EXCEEDED"}, headers={"Retry-After": "60"})
    portal.answers["profile"] = limited

    with pytest.raises(RateLimited):
        make_client(limiter=Unlimited()).read("profile")

    assert clock.slept == []


@pytest.mark.parametrize(
    "code", ["NOT_FOUND", "INVALID_CREDENTIALS", "OPERATION_TIME_LIMIT", "OVERLOAD_LIMIT"]
)
def test_a_read_does_not_repeat_what_cannot_get_better(client, portal, error, code):
    portal.answers["crm.item.get"] = error(code)

    with pytest.raises((Refused, Disconnected, OperatingLimit)):
        client.read("crm.item.get")

    assert len(portal.requests) == 1


class Unlimited:
    """Lets everything through and remembers what it was told."""

    def __init__(self) -> None:
        self.acquired: list[bool] = []
        self.returned = 0
        self.told: list[timedelta | None] = []

    def take(self, *, priority: bool = False) -> float:
        self.acquire(priority=priority)
        return 0.0

    def acquire(self, *, priority: bool = False) -> None:
        self.acquired.append(priority)

    def give_back(self) -> None:
        self.returned += 1

    def refused(self, retry_after: timedelta | None = None) -> None:
        self.told.append(retry_after)

    def level(self) -> Level:
        return Level(used=len(self.acquired), capacity=float("inf"))


def test_every_request_asks_the_limiter_first(make_client, portal):
    limiter = Unlimited()
    client = make_client(limiter=limiter)
    portal.answers["profile"] = {}

    client.call("profile")
    client.call("profile", priority=True)

    assert limiter.acquired == [False, True]


def test_a_request_with_permission_does_not_ask_again(make_client, portal):
    limiter = Unlimited()
    portal.answers["profile"] = {}

    make_client(limiter=limiter).call("profile", permitted=True)

    assert limiter.acquired == []
    assert limiter.returned == 0


def test_the_permission_of_a_request_that_did_not_go_out_is_given_back(make_client, portal):
    limiter = Unlimited()
    client = make_client(limiter=limiter)
    client.budget.block("profile")

    with pytest.raises(OperatingLimit):
        client.call("profile", permitted=True)

    assert limiter.returned == 1


def test_the_limiter_learns_of_a_refusal(make_client, portal):
    limiter = Unlimited()
    portal.answers["profile"] = httpx.Response(429, json={"error": "X"}, headers={"Retry-After": "3"})

    with pytest.raises(Busy):
        make_client(limiter=limiter).call("profile")

    assert limiter.told == [timedelta(seconds=3)]


def test_too_many_requests_need_no_json(make_client, portal):
    limiter = Unlimited()
    portal.answers["profile"] = httpx.Response(429, text="<html>", headers={"Retry-After": "7"})

    with pytest.raises(RateLimited) as caught:
        make_client(limiter=limiter).call("profile")

    assert caught.value.retry_after == timedelta(seconds=7)
    assert limiter.told == [timedelta(seconds=7)]


@pytest.mark.parametrize(
    ("ask", "seconds"),
    [
        (lambda client: client.call("x.send"), 65),
        (lambda client: execute(client, [Call("x.send")] * 2), 65),
        (lambda client: client.read("x.get"), 30),
        (lambda client: Reads(client).read("x.get"), 30),
        (lambda client: Reads(client).many([Call("x.get")] * 2), 30),
    ],
    ids=["send", "sends", "read", "shared read", "reads"],
)
def test_only_what_must_not_run_twice_is_waited_for_to_the_end(make_client, portal, ask, seconds):
    waited = []

    def answer(request: httpx.Request) -> httpx.Response:
        waited.append(request.extensions["timeout"]["read"])
        return portal(request)

    portal.answers.update({"x.send": True, "x.get": True})

    ask(make_client(transport=httpx.MockTransport(answer)))

    assert waited == [seconds]


def test_a_client_in_a_hurry_is_in_a_hurry_with_reads_too(make_client, portal):
    waited = []

    def answer(request: httpx.Request) -> httpx.Response:
        waited.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, json={"result": True})

    make_client(transport=httpx.MockTransport(answer), read_timeout=8.0).read("x.get")

    assert waited == [8.0]


def test_a_method_without_execution_time_is_not_called(client, portal):
    time = {"operating": 479, "operating_reset_at": 1_000_300}
    portal.answers["crm.deal.list"] = httpx.Response(200, json={"result": [], "time": time})
    client.call("crm.deal.list")

    with pytest.raises(OperatingLimit) as caught:
        client.call("crm.deal.list")

    assert caught.value.reset_at == datetime.fromtimestamp(1_000_300, UTC)
    assert len(portal.requests) == 1


class Tokens:
    """An application's token that can be renewed once."""

    secrets = ("old", "new")

    def __init__(self) -> None:
        self.token = "old"

    def url(self, method: str) -> str:
        return f"https://portal.example/rest/{method}"

    def url_v3(self, method: str) -> str:
        return f"https://portal.example/rest/api/{method}"

    def signed(self, params):
        return {**params, "auth": self.token}

    def renew(self, sent) -> bool:
        self.token = "new"
        return True

    def moved(self, url: str, location: str) -> bool:
        return False


def test_an_expired_token_is_renewed_and_the_call_repeated_once(make_client, portal, error):
    portal.answers["profile"] = lambda params: (
        {} if params["auth"] == "new" else error("expired_token", status=401)
    )

    make_client(auth=Tokens()).call("profile")

    assert [params["auth"] for _, params in portal.requests] == ["old", "new"]


def test_a_token_that_stays_expired_is_an_error(make_client, portal, error):
    portal.answers["profile"] = error("expired_token", status=401)

    with pytest.raises(TokenExpired):
        make_client(auth=Tokens()).call("profile")

    assert len(portal.requests) == 2


def test_a_webhook_has_nothing_to_renew(client, portal, error):
    portal.answers["profile"] = error("expired_token", status=401)

    with pytest.raises(TokenExpired):
        client.call("profile")

    assert len(portal.requests) == 1


@pytest.fixture
def server():
    """A listening socket whose other end does what the test says."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def local_client(listener: socket.socket) -> Client:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/rest/1/code/"
    return Client(IncomingWebhook(url), limiter=LeakyBucket(), read_timeout=0.1)


def test_a_closed_port_is_unreachable(server):
    client = local_client(server)
    server.close()

    with pytest.raises(Unreachable):
        client.call("profile")
    client.close()


def test_what_is_asked_after_the_end_was_not_sent(server):
    client = local_client(server)
    client.close()

    with pytest.raises(Unreachable, match="not sent, the hub ends"):
        client.call("profile")


def test_a_silent_portal_leaves_the_outcome_unknown(server):
    client = local_client(server)

    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        client.call("profile")
    client.close()


def test_a_connection_lost_after_the_request_leaves_the_outcome_unknown(server):
    client = local_client(server)

    def hang_up() -> None:
        connection, _ = server.accept()
        connection.recv(65536)
        connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()

    with pytest.raises(OutcomeUnknown):
        client.call("profile")
    thread.join()
    client.close()


def test_rest_3_has_its_own_address_and_takes_a_key(make_client):
    seen = []

    def answer(request):
        seen.append((str(request.url), request.headers["idempotency-key"]))
        return httpx.Response(200, json={"result": {"result": True}})

    client = make_client(transport=httpx.MockTransport(answer))
    client.call_v3("tasks.task.chat.message.send", {}, idempotency_key="k")
    assert seen == [("https://portal.example/rest/api/1/s3cr3tCode/tasks.task.chat.message.send", "k")]
