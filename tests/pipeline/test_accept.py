"""Accept: what is kept of a request, under which key, and what the sender hears."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from echo import TOKEN, EchoPlugin, raising
from pydantic import SecretStr
from sqlalchemy import text

from hub.plugin import (
    Answer,
    InvalidPayload,
    InvalidSignature,
    Item,
    PermanentFailure,
    Plugin,
    PluginSettings,
    Receipt,
    RetryLater,
    Source,
    hookimpl,
)
from hub.testing import InstalledPlugin

KEY = Fernet.generate_key().decode()
SHORT = timedelta(milliseconds=100)
#: What lets a database refuse one key, and take it again.
NO_C = {
    "sqlite": (
        "CREATE TRIGGER full BEFORE INSERT ON inbox WHEN new.key = 'c' BEGIN SELECT RAISE(ABORT, 'full'); END",
        "DROP TRIGGER full",
    ),
    "postgresql": (
        "ALTER TABLE inbox ADD CONSTRAINT no_c CHECK (key <> 'c')",
        "ALTER TABLE inbox DROP CONSTRAINT no_c",
    ),
}


class GatePlugin(Plugin[PluginSettings]):
    """Sources with an ``accept`` or ``verify`` that a test replaces."""

    api_version = "1.0"

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.verify = lambda request: None
        self.accept = lambda request: Receipt(items=[Item()])
        self.seen = []

    @hookimpl
    def sources(self):
        def source(path, **fields):
            return Source(
                path=path,
                verify=self._verify,
                accept=self._accept,
                parse=self._parse,
                notify=lambda events: [],
                **fields,
            )

        yield source("")
        yield source("pool", inline=False)
        yield source("hook/{secret}/{place}")
        yield source("secret", sensitive=True, keep_headers=("x-shop", "ce-*", "x-shop-signature", "cookie"))

    def _verify(self, request):
        return self.verify(request)

    def _accept(self, request):
        return self.accept(request)

    def _parse(self, request):
        self.seen.append(request)
        return []


@pytest.fixture(scope="module")
def lasting_plugins():
    return [InstalledPlugin("echo", EchoPlugin), InstalledPlugin("gate", GatePlugin)]


@pytest.fixture(scope="module")
def lasting_settings():
    return {
        "secret_keys": (SecretStr(KEY),),
        "plugins": {"gate": {"budgets": {"verify": SHORT, "accept": SHORT}}},
    }


@pytest.fixture
def gate(hub):
    return hub.app.registry.instance("gate").plugin


def rows(hub, query):
    """Return what stands in the database."""
    with hub.app.database.engine.begin() as connection:
        result = connection.execute(text(query))
        return [tuple(row) for row in result] if result.returns_rows else []


# where


@pytest.mark.parametrize(("size", "in_loop"), [(64 * 1024, True), (64 * 1024 + 1, False)])
def test_a_large_body_is_not_read_in_the_event_loop(hub, gate, size, in_loop):
    names = []

    def accept(request):
        names.append(threading.current_thread().name)
        return Receipt(items=[Item()])

    gate.accept = accept
    hub.receive("gate", b"x" * size)

    assert (names == ["plugin-gate"]) is not in_loop


# once


def test_a_repeat_is_counted_and_told_nowhere(hub, tell):
    tell("a")
    tell("a")

    assert [(event.key, event.duplicates) for event in hub.events] == [("a", 1)]
    assert len(hub.shown("1")) == 1


def test_the_same_item_twice_in_one_request_is_one_row(hub):
    hub.receive("echo", {"items": [{"key": "a"}, {"key": "b"}, {"key": "a"}]}, headers=TOKEN)

    assert [(event.key, event.duplicates) for event in hub.events] == [("a", 1), ("b", 0)]


@pytest.mark.every_backend
def test_concurrent_repeats_are_one_row(hub):
    with ThreadPoolExecutor(8) as pool:
        answers = [
            future.result().status_code
            for future in [
                pool.submit(hub.receive, "echo", {"key": "a"}, headers=TOKEN, settle=False) for _ in range(16)
            ]
        ]
    hub.settle()

    assert answers == [200] * 16
    assert [event.duplicates for event in hub.events] == [15]


def test_an_item_without_a_key_is_the_same_for_ten_minutes(hub):
    for body in (b"one", b"one", b"two"):
        hub.receive("gate", body)
    hub.move(timedelta(minutes=10))
    hub.receive("gate", b"one")

    assert [event.duplicates for event in hub.events] == [1, 0, 0]


@pytest.mark.parametrize(
    "key",
    ["k" * 501, "with\0nul", "half a \ud83d pair"],
    ids=["overlong", "nul", "surrogate"],
)
def test_a_key_that_no_database_takes_still_tells_repeats_apart(hub, gate, key):
    gate.accept = lambda request: Receipt(items=[Item(key=key + request.body.decode(), group=key)])

    answers = [hub.receive("gate", body).status_code for body in (b"1", b"1", b"2")]

    assert answers == [200, 200, 200]
    assert [event.duplicates for event in hub.events] == [1, 0]


def test_a_request_may_carry_thousands_of_items(hub, gate):
    gate.accept = lambda request: Receipt(items=[Item(key=str(n), body=b"x") for n in range(3000)])

    assert hub.receive("gate", b"x", settle=False).status_code == 200
    assert rows(hub, "SELECT count(*) FROM inbox") == [(3000,)]


# order


@pytest.mark.every_backend
def test_rows_of_a_group_are_processed_in_order_and_never_at_once(hub, echo, tell):
    running = []
    overlaps = []

    def watch(fields):
        overlaps.append(list(running))
        running.append(fields["key"])
        running.remove(fields["key"])

    echo.in_notify = watch
    items = [{"key": f"a{n}", "thread": "a"} for n in range(12)]
    hub.receive("echo", {"items": items}, headers=TOKEN)

    assert echo.told == [f"a{n}" for n in range(12)]
    assert overlaps == [[]] * 12


def test_a_row_that_waits_holds_up_its_group_and_nobody_else(hub, echo, tell):
    echo.in_notify = raising(RetryLater("not yet", after=timedelta(minutes=5)))
    tell("first", thread="a")
    tell("second", thread="a")
    tell("other", thread="b")
    assert echo.told == ["other"]

    hub.move(timedelta(minutes=5))
    assert echo.told == ["other", "first", "second"]


# what the sender hears


def test_no_items_is_an_answer_without_a_row(hub, gate):
    gate.accept = lambda request: Receipt(reason="a probe", answer=Answer(body="pong"))

    response = hub.receive("gate", b"ping")

    assert (response.status_code, response.text, hub.events) == (200, "pong", [])


def test_an_answer_may_depend_on_what_became_of_each_item(hub, gate):
    gate.accept = lambda request: Receipt(
        items=[Item(key=key) for key in request.body.decode()],
        answer=lambda outcomes: Answer(status=202, body=",".join(outcomes)),
    )

    answers = [hub.receive("gate", body) for body in (b"ab", b"bc")]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.text for answer in answers] == ["accepted,accepted", "duplicate,accepted"]


@pytest.mark.parametrize("error", [ValueError("a bug"), RetryLater("no answer")], ids=["bug", "plugin error"])
def test_an_answer_that_fails_is_still_a_200_because_all_is_committed(hub, gate, error):
    def fail(outcomes):
        raise error

    gate.accept = lambda request: Receipt(items=[Item()], answer=fail)

    assert hub.receive("gate", b"x").status_code == 200
    assert len(hub.events) == 1


def test_a_wrong_signature_leaves_nothing(hub, gate):
    def refuse(request):
        raise InvalidSignature("no", status=403)

    gate.verify = refuse

    assert hub.receive("gate", b"x").status_code == 403
    assert hub.events == []


def test_a_refusal_may_have_a_body_of_its_own(hub, gate):
    def refuse(request):
        raise InvalidSignature(
            "no", answer=Answer(status=200, body='{"code": 13}', content_type="application/json")
        )

    gate.verify = refuse
    response = hub.receive("gate", b"x")

    assert (response.status_code, response.json()) == (200, {"code": 13})
    assert hub.events == []


@pytest.mark.parametrize("source", ["gate", "gate/pool"], ids=["inline", "in the pool"])
@pytest.mark.parametrize("hook", ["verify", "accept"])
@pytest.mark.parametrize(
    "error",
    [ValueError("a bug"), RetryLater("busy", after=timedelta(seconds=5)), PermanentFailure("never")],
    ids=["bug", "retry later", "permanent"],
)
def test_a_hook_that_fails_makes_the_sender_come_again(hub, gate, source, hook, error):
    def fail(request):
        raise error

    setattr(gate, hook, fail)
    response = hub.receive(source, b"x")

    assert (response.status_code, response.headers["retry-after"], hub.events) == (503, "5", [])


@pytest.mark.parametrize("hook", ["verify", "accept"])
def test_a_hook_over_its_budget_makes_the_sender_come_again(hub, gate, hook):
    ended = threading.Event()

    def sleep(request):
        ended.wait(10)

    setattr(gate, hook, sleep)
    response = hub.receive("gate/pool", b"x")
    ended.set()

    assert (response.status_code, "retry-after" in response.headers, hub.events) == (503, True, [])


# rejected


def test_what_cannot_be_read_is_kept_once_and_refused_each_time(hub, gate):
    gate.accept = raising(
        InvalidPayload("no field 'id'", status=422), InvalidPayload("no field 'id'", status=422)
    )

    answers = [hub.receive("gate", b"odd") for _ in range(2)]

    assert [(answer.status_code, answer.text) for answer in answers] == [(422, "no field 'id'\n")] * 2
    assert [(event.state, event.reason, event.duplicates) for event in hub.events] == [
        ("rejected", "no field 'id'", 1)
    ]


def test_the_same_words_rejected_at_two_addresses_are_two_rows(hub, gate):
    gate.accept = raising(InvalidPayload("odd"), InvalidPayload("odd"))
    for address in ("gate", "gate/pool"):
        hub.receive(address, b"odd")

    assert [event.state for event in hub.events] == ["rejected", "rejected"]


def test_a_header_that_came_twice_is_refused_as_a_payload_once_the_sender_is_known(hub, gate):
    gate.accept = raising(InvalidSignature("header x-id came more than once"))

    answer = hub.receive("gate", b"odd")

    assert (answer.status_code, answer.text) == (400, "header x-id came more than once\n")
    assert [event.state for event in hub.events] == ["rejected"]


def test_words_that_no_database_takes_do_not_lose_a_rejected_request(hub, gate):
    gate.accept = raising(InvalidPayload("field \ud83d\0 is wrong"))

    assert hub.receive("gate", b"odd").status_code == 400
    assert [event.state for event in hub.events] == ["rejected"]


def test_a_rejected_request_runs_once_the_plugin_is_mended(hub, echo):
    echo.in_accept = raising(InvalidPayload("too new for us"))
    hub.receive("echo", {"items": [{"key": "a"}, {"key": "b"}]}, headers=TOKEN)
    (event,) = hub.events

    replayed = hub.app.replay.replay(event.id)
    hub.settle()

    assert (replayed.ok, len(replayed.events)) == (True, 2)
    assert [(event.key, event.state) for event in hub.events] == [("a", "processed"), ("b", "processed")]
    assert [card.text for card in hub.shown("1")] == ["[b]a[/b]", "[b]b[/b]"]


def test_a_rejected_request_that_came_again_and_was_accepted_is_not_replayed(hub, echo, tell):
    echo.in_accept = raising(InvalidPayload("too new for us"))
    tell("a")
    tell("a")
    rejected, accepted = hub.events

    replayed = hub.app.replay.replay(rejected.id)
    hub.settle()

    assert (replayed.ok, replayed.message) == (False, "the same event was accepted since")
    assert accepted.id in hub.events[0].reason
    assert len(hub.shown("1")) == 1


# what is stored


def test_credentials_are_never_stored(hub, gate):
    headers = {
        "authorization": "Bearer hidden-1",
        "proxy-authorization": "hidden-2",
        "cookie": "hidden-3",
        "x-shop-signature": "hidden-4",
        "x-shop": "kept-1",
        "ce-type": "kept-2",
        "user-agent": "kept-3",
        "x-other": "hidden-5",
    }
    hub.receive("gate/secret", b"x", headers=headers)

    ((stored,),) = rows(hub, "SELECT request FROM inbox")
    assert "hidden" not in str(stored)
    assert [f"kept-{n}" in str(stored) for n in (1, 2, 3)] == [True, True, True]
    assert gate.seen[0].header("x-shop") == "kept-1"
    assert gate.seen[0].header("x-shop-signature") is None


@pytest.mark.parametrize(
    "path", ["gate/hook/gate%20key/gate", "gate/hook/gate/in"], ids=["encoded", "like-the-instance"]
)
def test_a_secret_in_the_path_is_never_stored(hub, gate, path):
    hub.receive(f"{path}?x=1", b"x")

    ((stored,),) = rows(hub, "SELECT request FROM inbox")
    place = path.rpartition("/")[2]
    (request,) = gate.seen
    assert (request.path, request.url.partition("/in/")[2]) == (
        f"/in/gate/hook/***/{place}",
        f"gate/hook/***/{place}?x=1",
    )
    assert request.path_params == {"secret": "***", "place": place}
    assert "key" not in str(stored)


def test_a_sensitive_body_is_encrypted_in_the_file_and_plain_for_the_plugin(hub, gate):
    hub.receive("gate/secret", b"card 4276")

    ((body,),) = rows(hub, "SELECT body FROM inbox")
    assert b"4276" not in body
    assert Fernet(KEY).decrypt(body) == b"card 4276"
    assert gate.seen[0].body == b"card 4276"


def test_a_sensitive_request_that_is_rejected_is_encrypted_too(hub, gate):
    gate.accept = raising(InvalidPayload("no"))
    hub.receive("gate/secret", b"card 4276")

    ((body,),) = rows(hub, "SELECT body FROM inbox")
    assert Fernet(KEY).decrypt(body) == b"card 4276"


def test_parse_sees_the_item_and_the_address_as_the_sender_wrote_it(hub, gate):
    gate.accept = lambda request: Receipt(items=[Item(body=b"part")])
    response = hub.client.post("/in/gate?a=1&b=%D1%84", content=b"whole")
    hub.settle()

    (request,) = gate.seen
    assert response.status_code == 200
    assert (request.body, request.path, request.raw_query) == (b"part", "/in/gate", "a=1&b=%D1%84")
    assert request.url == f"{hub.client.base_url}/in/gate?a=1&b=%D1%84"


# the hub cannot take it


def test_while_the_database_is_away_senders_are_told_to_come_again(hub, tell):
    tell("before")
    rows(hub, "ALTER TABLE inbox RENAME TO away")
    refused = tell("a", settle=False)
    rows(hub, "ALTER TABLE away RENAME TO inbox")
    accepted = tell("a")

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert (accepted.status_code, [event.duplicates for event in hub.events]) == (200, [0, 0])


@pytest.mark.every_backend
def test_a_lost_doorbell_loses_nothing(hub, monkeypatch, tell):
    monkeypatch.setattr(hub.app.accept, "_ring", lambda instance: None)
    tell("a", settle=False)
    hub.settle()

    assert len(hub.shown("1")) == 1


@pytest.mark.every_backend
def test_a_request_refused_in_the_rush_is_whole_when_it_comes_again(hub, gate):
    """A request's items are committed together or not at all."""
    gate.accept = lambda request: Receipt(items=[Item(key=key) for key in json.loads(request.body)])
    refuse, take = NO_C[hub.app.database.engine.dialect.name]
    rows(hub, refuse)
    refused = hub.receive("gate", ["a", "b", "c"])
    assert (refused.status_code, hub.events) == (503, [])

    rows(hub, take)
    assert hub.receive("gate", ["a", "b", "c"]).status_code == 200
    assert len(hub.events) == 3
