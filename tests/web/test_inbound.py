"""What senders meet at ``/in/…``: addresses, methods, sizes, and who they are taken for."""

import socket
import threading
from ipaddress import ip_address, ip_network

import pytest
from echo import TOKEN, EchoPlugin

from hub.plugin import Answer, Item, Plugin, PluginSettings, Receipt, Source, hookimpl
from hub.testing import InstalledPlugin, running_hub
from hub.web import client_address
from hub.web.client_address import ClientAddress


class DeskPlugin(Plugin[PluginSettings]):
    """Several sources; remembers the requests that reach ``accept``."""

    api_version = "1.0"

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.requests = []
        self.in_accept = lambda: None
        self.words = "ok"

    @hookimpl
    def sources(self):
        def source(path, **fields):
            return Source(
                path=path,
                verify=lambda request: None,
                accept=self._accept,
                parse=lambda request: [],
                notify=lambda events: [],
                **fields,
            )

        yield source("")
        yield source("{endpoint}", methods=("GET", "PUT"))
        yield source("{endpoint}/{word}", methods=("POST", "HEAD", "OPTIONS"), max_body=10)
        yield source("slow", inline=False)

    def _accept(self, request):
        self.requests.append(request)
        self.in_accept()
        return Receipt(items=[Item()], answer=Answer(body=self.words, headers={"X-Desk": "1"}))


class NewerPlugin(DeskPlugin):
    """Made for a hub that does not exist yet."""

    api_version = "2.0"


@pytest.fixture(scope="module")
def lasting_plugins():
    return [
        InstalledPlugin("echo", EchoPlugin),
        InstalledPlugin("desk", DeskPlugin),
        InstalledPlugin("newer", NewerPlugin),
        InstalledPlugin("off", DeskPlugin),
    ]


@pytest.fixture(scope="module")
def lasting_settings():
    return {
        "hub": {"public_url": "https://hub.example/hub", "trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]},
        "plugins": {"off": {"enabled": False}},
    }


@pytest.fixture
def desk(hub):
    return hub.app.registry.instance("desk").plugin


# addresses and methods


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/in/desk", "POST", 200),
        ("/in/desk/", "POST", 200),
        ("/in/desk/one", "PUT", 200),
        ("/in/desk/one/", "PUT", 200),
        ("/in/desk/one/two", "OPTIONS", 200),
        ("/in/nobody", "POST", 404),
        ("/in/desk/one/two/three", "POST", 404),
        ("/in", "POST", 404),
        ("/in/", "POST", 404),
        ("/", "GET", 404),
        ("/bitrix24/install", "POST", 404),
        ("/in/desk", "GET", 405),
        ("/in/desk/one", "POST", 405),
        ("/in/desk/one", "PROPFIND", 405),
        ("/in/newer", "POST", 503),
        ("/in/off", "POST", 503),
        ("/in/off/anything", "GET", 503),
    ],
)
def test_a_request_finds_its_source_or_hears_why_not(hub, path, method, status):
    assert hub.client.request(method, path, content=b"x").status_code == status


@pytest.mark.parametrize(
    "path", ["/in/desk/", "/in/desk/one/", "/in/nobody/", "/health/live/", "//in/desk", "/in//desk"]
)
def test_nothing_is_ever_redirected(hub, path):
    assert not hub.client.request("PUT", path, content=b"x").is_redirect


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/in/desk", "GET", "POST"),
        ("/in/desk/one", "DELETE", "GET, PUT"),
        ("/in/desk/one/two", "GET", "HEAD, OPTIONS, POST"),
        ("/in/desk", "PROPFIND", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(hub, path, method, allowed):
    response = hub.client.request(method, path)

    assert (response.status_code, response.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("instance", ["newer", "off"])
def test_an_inactive_plugin_has_its_senders_keep_what_they_have(hub, instance):
    response = hub.client.post(f"/in/{instance}", content=b"x")

    assert (response.status_code, response.headers["retry-after"], hub.events) == (503, "5", [])


def test_the_source_says_the_whole_answer(hub):
    response = hub.client.post("/in/desk", content=b"x")

    assert (response.text, response.headers["x-desk"]) == ("ok", "1")


def test_an_answer_may_repeat_what_no_encoding_can_write(hub, desk, monkeypatch):
    monkeypatch.setattr(desk, "words", "no such order \ud800")

    response = hub.client.post("/in/desk", content=b"x")

    assert (response.status_code, response.text) == (200, "no such order ?")


# what the source sees


def test_the_source_sees_the_request_as_the_sender_wrote_it(hub, desk):
    hub.client.put("/in/desk/%D0%B0%20b?q=%20&q=2", content=b"x", headers={"X-Odd": "ä".encode("latin-1")})

    (request,) = desk.requests
    assert request.url == "https://hub.example/hub/in/desk/%D0%B0%20b?q=%20&q=2"
    assert (request.method, request.path, request.raw_query) == ("PUT", "/in/desk/а b", "q=%20&q=2")
    assert request.path_params == {"endpoint": "а b"}
    assert request.header("x-odd") == "ä"
    assert request.received_at == hub.clock.now()


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (None, "127.0.0.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("198.51.100.9, 203.0.113.7", "203.0.113.7"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("nonsense", "127.0.0.1"),
        ("203.0.113.7, nonsense, 10.1.2.3", "10.1.2.3"),
        (",", "127.0.0.1"),
    ],
    ids=[
        "direct",
        "one proxy",
        "two proxies",
        "forged first hop",
        "own network",
        "nonsense",
        "nonsense between",
        "empty",
    ],
)
def test_the_client_is_who_our_proxies_say(hub, desk, forwarded, client):
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    hub.client.post("/in/desk", content=b"x", headers=headers)

    assert desk.requests[0].client == client


def test_what_strangers_write_into_the_header_takes_no_time(monkeypatch):
    read = []
    monkeypatch.setattr(client_address, "ip_address", lambda text: read.append(text) or ip_address(text))
    clients = ClientAddress([ip_network("10.0.0.0/8")])

    assert clients.of("203.0.113.7", "::," * 100_000) == "203.0.113.7"
    assert clients.of("10.0.0.1", "::," * 100_000 + "203.0.113.8") == "203.0.113.8"
    assert len(read) < 1000


# size


@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
def test_a_source_may_have_its_own_limit(hub, size, status):
    assert hub.client.post("/in/desk/one/two", content=b"x" * size).status_code == status


def test_what_is_too_large_by_its_own_word_is_not_read(hub, desk):
    answer = _talk(hub, b"POST /in/desk HTTP/1.1\r\nHost: hub\r\nContent-Length: 1048577\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert desk.requests == []


def test_what_turns_out_too_large_is_not_read_on(hub, desk):
    def chunks():
        for _ in range(20):
            yield b"x" * 65536

    response = hub.client.post("/in/desk", content=chunks())

    assert response.status_code == 413
    assert desk.requests == []


def test_a_chunked_body_within_the_limit_is_whole(hub, desk):
    hub.client.post("/in/desk", content=iter([b"one ", b"two"]))

    assert desk.requests[0].body == b"one two"


def test_a_body_that_breaks_off_is_not_stored(hub, desk):
    with socket.create_connection(_address(hub)) as connection:
        connection.sendall(b"POST /in/desk HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\nhalf")
    hub.client.get("/health/live")

    assert (desk.requests, hub.events) == ([], [])


def test_a_client_that_is_gone_before_the_answer_loses_nothing(hub, desk):
    reached, gone = threading.Event(), threading.Event()

    def wait():
        reached.set()
        assert gone.wait(5)

    desk.in_accept = wait
    with socket.create_connection(_address(hub)) as connection:
        connection.sendall(b"POST /in/desk/slow HTTP/1.1\r\nHost: hub\r\nContent-Length: 1\r\n\r\nx")
        assert reached.wait(5)
    hub.client.get("/health/live")  # by now the server has seen the other connection end
    gone.set()

    assert any(hub.events for _ in range(1000) if hub.client.get("/health/live"))


# a broken neighbour


def test_a_plugin_that_fails_in_accept_is_nobody_elses_trouble(hub, desk):
    def fail():
        raise SystemExit

    desk.in_accept = fail

    assert hub.client.post("/in/desk", content=b"x").status_code == 503
    assert hub.receive("echo", {"key": "a"}, headers=TOKEN).status_code == 200
    assert len(hub.shown("1")) == 1


# without trusted proxies


def test_a_stranger_is_not_believed_who_it_speaks_for():
    settings = {"hub": {"trusted_proxies": []}}
    with running_hub(settings, plugins=[InstalledPlugin("desk", DeskPlugin)]) as hub:
        hub.client.post("/in/desk", content=b"x", headers={"x-forwarded-for": "203.0.113.7"})

        (request,) = hub.app.registry.instance("desk").plugin.requests
        assert request.client == "127.0.0.1"
        assert request.url == f"{hub.client.base_url}/in/desk"


def _address(hub):
    return hub.client.base_url.host, hub.client.base_url.port


def _talk(hub, sent):
    with socket.create_connection(_address(hub), timeout=5) as connection:
        connection.sendall(sent)
        return connection.recv(4096)
