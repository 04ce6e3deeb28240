"""An application's tokens: when they are renewed, where the secret goes, what a refusal means."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from hub.bitrix24 import Application, Client, Tokens
from hub.bitrix24.addresses import is_endpoint_of, oauth_server
from hub.bitrix24.errors import CredentialsDead, NotInstalled, PortalClosed, TokenExpired, Unreachable

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECRET = "cl13ntSecret"
PAIR = Tokens(
    access_token="acc3ss-0",
    refresh_token="r3fresh-0",
    expires_at=NOW + timedelta(hours=1),
    client_endpoint="https://portal.example/rest/",
    server_endpoint="https://oauth.bitrix.info/rest/",
    member_id="m",
    application_token="appl1cation",
)


class MemoryVault:
    """Keeps tokens as long as the test lasts."""

    def __init__(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        self.lock = threading.Lock()

    def read(self):
        return self.tokens

    def renewed(self, stale, refresh):
        with self.lock:
            if self.tokens == stale:
                self.tokens = refresh(stale)
            return self.tokens


class OAuthServer:
    """Answers requests for tokens, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.URL] = []
        self.answer = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        if isinstance(self.answer, Exception):
            raise self.answer
        number = len(self.asked)
        return self.answer or httpx.Response(
            200,
            json={
                "access_token": f"acc3ss-{number}",
                "refresh_token": f"r3fresh-{number}",
                "expires_in": 3600,
                "client_endpoint": "https://portal.example/rest/",
            },
        )


class Now:
    """The time."""

    moment = NOW

    def __call__(self):
        return self.moment


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def vault():
    return MemoryVault(PAIR)


@pytest.fixture
def server():
    return OAuthServer()


@pytest.fixture
def application(vault, server, now):
    return Application(
        "portal.example",
        client_id="local.1",
        client_secret=SECRET,
        vault=vault,
        now=now,
        transport=httpx.MockTransport(server),
    )


@pytest.fixture
def client(make_client, application) -> Client:
    return make_client(auth=application)


@pytest.fixture
def expired(portal, error):
    """A portal that takes any token but the first one for ``profile``."""
    portal.answers["profile"] = lambda params: (
        {"ID": 1} if params["auth"] != "acc3ss-0" else error("expired_token", status=401)
    )


def test_calls_go_to_the_portal_with_the_token_in_the_body(client, portal):
    portal.answers["profile"] = {}
    client.call("profile", {"a": 1})

    assert portal.urls == ["https://portal.example/rest/profile"]
    assert portal.requests[0][1] == {"a": 1, "auth": "acc3ss-0"}


def test_a_token_that_works_is_not_renewed(client, portal, server):
    portal.answers["profile"] = {}
    for _ in range(3):
        client.call("profile")

    assert server.asked == []


@pytest.mark.usefixtures("expired")
def test_an_expired_token_is_renewed_kept_and_used(client, portal, server, vault):
    client.call("profile")

    assert dict(server.asked[0].params) == {
        "grant_type": "refresh_token",
        "client_id": "local.1",
        "client_secret": SECRET,
        "refresh_token": "r3fresh-0",
    }
    assert (vault.tokens.access_token, vault.tokens.refresh_token) == ("acc3ss-1", "r3fresh-1")
    assert vault.tokens.application_token == PAIR.application_token
    assert [params["auth"] for _, params in portal.requests] == ["acc3ss-0", "acc3ss-1"]


def test_a_token_past_its_end_is_renewed_without_asking_the_portal(client, portal, now):
    portal.answers["profile"] = {}
    now.moment += timedelta(hours=1)
    client.call("profile")

    assert [params["auth"] for _, params in portal.requests] == ["acc3ss-1"]


def test_what_another_thread_has_renewed_is_not_renewed_again(application, server):
    old = application.signed({})
    assert application.renew(old)
    assert application.renew(old)

    assert len(server.asked) == 1
    assert application.signed({})["auth"] == "acc3ss-1"


def test_a_pair_that_another_process_has_kept_is_used(application, vault, server):
    vault.tokens = Tokens(**{**vars(PAIR), "access_token": "of another one"})

    assert application.signed({})["auth"] == "of another one"
    assert server.asked == []


def test_an_application_without_tokens_sends_nothing(client, portal, vault):
    vault.tokens = None
    with pytest.raises(NotInstalled):
        client.call("profile")

    assert portal.requests == []


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("invalid_grant", 400, CredentialsDead),
        ("invalid_client", 401, CredentialsDead),
        ("insufficient_scope", 403, CredentialsDead),
        ("invalid_request", 400, CredentialsDead),
        ("PAYMENT_REQUIRED", 401, PortalClosed),
        ("temporarily_unavailable", 503, Unreachable),
        ("", 502, Unreachable),
    ],
)
@pytest.mark.usefixtures("expired")
def test_what_the_oauth_server_refuses_says_whether_to_wait(client, server, error, code, status, kind):
    server.answer = error(code, status=status)
    with pytest.raises(kind) as caught:
        client.call("profile")

    assert not isinstance(caught.value, TokenExpired)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
        httpx.Response(302, headers={"location": "https://evil.example/"}),
    ],
    ids=["connect", "timeout", "html", "no tokens", "redirect"],
)
@pytest.mark.usefixtures("expired")
def test_trouble_with_the_oauth_server_is_transient(client, server, vault, answer):
    server.answer = answer
    with pytest.raises(Unreachable):
        client.call("profile")
    assert len(server.asked) == 1
    assert vault.tokens == PAIR

    server.answer = None
    assert client.call("profile").result == {"ID": 1}


@pytest.mark.usefixtures("expired")
def test_a_refused_refresh_token_is_not_offered_again_at_once(client, server, error, now, vault):
    server.answer = error("invalid_grant")
    for _ in range(3):
        with pytest.raises(CredentialsDead):
            client.call("profile")
    assert len(server.asked) == 1

    now.moment += timedelta(minutes=5)
    server.answer = None
    client.call("profile")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("named", "portal", "server"),
    [
        ("https://oauth.bitrix.info/rest/", "portal.example", "https://oauth.bitrix.info"),
        ("https://oauth.bitrix24.tech/rest/", "portal.example", "https://oauth.bitrix24.tech"),
        ("http://127.0.0.1:8000/rest/", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000/rest/", "portal.example", "https://oauth.bitrix.info"),
        ("https://evil.example/rest/", "portal.example", "https://oauth.bitrix.info"),
        ("https://evil.example/rest/", "127.0.0.1:8000", "https://oauth.bitrix.info"),
        ("http://oauth.bitrix.info/rest/", "portal.example", "https://oauth.bitrix.info"),
        ("https://oauth.bitrix.info:8443/rest/", "portal.example", "https://oauth.bitrix.info"),
        ("https://oauth.bitrix.info@evil.example/", "portal.example", "https://oauth.bitrix.info"),
        ("https://oauth.bitrix.info.evil.example/", "portal.example", "https://oauth.bitrix.info"),
        ("http://[::1", "portal.example", "https://oauth.bitrix.info"),
        ("", "portal.example", "https://oauth.bitrix.info"),
    ],
)
def test_the_secret_goes_to_an_official_server_only(named, portal, server):
    assert oauth_server(named, portal) == server


@pytest.mark.parametrize(
    ("endpoint", "is_ours"),
    [
        ("https://portal.example/rest/", True),
        ("https://PORTAL.example:443/rest/", True),
        ("http://portal.example/rest/", False),
        ("https://portal.example:8443/rest/", False),
        ("https://portal.example.evil.example/rest/", False),
        ("https://portal.example@evil.example/rest/", False),
        ("https://user@portal.example/rest/", False),
        ("https://portal.example/rest/../x/", False),
        ("https://portal.example/rest/?x=", False),
        ("ftp://portal.example/rest/", False),
        ("//portal.example/rest/", False),
        ("", False),
        ("http://[::1", False),
    ],
)
def test_an_endpoint_is_the_portals_or_it_is_not(endpoint, is_ours):
    assert is_endpoint_of("portal.example", endpoint) is is_ours


def test_a_renamed_portal_is_followed(client, portal, application):
    portal.answers["profile"] = lambda params: (
        {"ID": 1}
        if portal.urls[-1].startswith("https://new.example/")
        else httpx.Response(302, headers={"location": "https://new.example/rest/profile"})
    )
    client.call("profile")

    assert application.origin == "https://new.example"


@pytest.mark.usefixtures("expired")
def test_no_log_line_error_or_repr_shows_a_secret(client, application, server, error, caplog):
    caplog.set_level(logging.DEBUG)
    words = f"{SECRET} r3fresh-0 acc3ss-0"
    server.answer = error("invalid_grant", words)
    with pytest.raises(CredentialsDead) as caught:
        client.call("profile")
    told = f"{caught.value!r} {vars(caught.value)} {application!r} {PAIR!r} {caplog.text}"

    assert "oauth/token" in caplog.text
    for secret in (SECRET, "r3fresh-0", "acc3ss-0", "appl1cation"):
        assert secret not in told
