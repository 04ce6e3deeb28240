"""The incoming webhook: which addresses are believed, and where its secret may go."""

import httpx
import pytest

from hub.bitrix24 import IncomingWebhook
from hub.bitrix24.errors import OutcomeUnknown, Unreachable

URL = "https://portal.example/rest/1/s3cr3tCode/"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://portal.example/rest/1/s3cr3tCode",
        "https://portal.example:8443/rest/17/abc_DEF-9/",
        "http://127.0.0.1:9000/rest/1/s3cr3tCode/",
        "http://localhost:9000/rest/1/s3cr3tCode/",
        "http://[::1]:9000/rest/1/s3cr3tCode/",
    ],
)
def test_a_webhook_url_is_accepted(url):
    assert IncomingWebhook(url).url("profile") == url.rstrip("/") + "/profile"


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example/rest/1/s3cr3tCode/",
        "http://127.0.0.1.evil.example/rest/1/s3cr3tCode/",
        "ftp://portal.example/rest/1/s3cr3tCode/",
        "https://portal.example/rest/1/s3cr3tCode/profile.json",
        "https://portal.example/rest/s3cr3tCode/",
        "https://portal.example/rest/1/s3cr3tCode/?x=1",
        "https://user:s3cr3tCode@portal.example/rest/1/s3cr3tCode/",
        "https:///rest/1/s3cr3tCode/",
        "https://portal.example:port/rest/1/s3cr3tCode/",
        "s3cr3tCode",
        "",
    ],
)
def test_another_url_is_refused_without_repeating_it(url):
    with pytest.raises(ValueError, match="webhook URL") as caught:
        IncomingWebhook(url)

    assert "s3cr3tCode" not in str(caught.value)


def redirect(location: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": location}, text="moved")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_renamed_portal_is_followed_with_the_same_post(make_client, portal, status):
    moved: list[str] = []
    new = "https://new.example/rest/1/s3cr3tCode/crm.deal.get"
    replies = iter([redirect(new, status), httpx.Response(200, json={"result": {"ID": "7"}})])
    portal.answers["crm.deal.get"] = lambda params: next(replies)
    portal.answers["profile"] = {}
    client = make_client(auth=IncomingWebhook(URL, on_moved=moved.append))

    answer = client.call("crm.deal.get", {"ID": 7})
    client.call("profile")

    assert answer.result == {"ID": "7"}
    assert portal.requests[:2] == [("crm.deal.get", {"ID": 7})] * 2
    assert portal.urls[1:] == [new, "https://new.example/rest/1/s3cr3tCode/profile"]
    assert moved == ["new.example"]


@pytest.mark.parametrize(
    "location",
    [
        "https://new.example/auth/?login=yes",
        "/auth/?backurl=/rest/1/s3cr3tCode/profile",
        "https://new.example/rest/1/otherSecret/profile",
        "https://new.example/rest/2/s3cr3tCode/profile",
        "https://new.example/rest/1/s3cr3tCode/user.get",
        "https://new.example/x/rest/1/s3cr3tCode/profile",
        "https://new.example/rest/1/s3cr3tCode/profile?next=1",
        "https://a:b@new.example/rest/1/s3cr3tCode/profile",
        "http://new.example/rest/1/s3cr3tCode/profile",
        "http://127.0.0.1/rest/1/s3cr3tCode/profile",
        "https://portal.example/rest/1/s3cr3tCode/profile",
        "",
    ],
)
def test_the_secret_is_not_sent_after_any_other_redirect(make_client, portal, location):
    moved: list[str] = []
    portal.answers["profile"] = redirect(location)
    client = make_client(auth=IncomingWebhook(URL, on_moved=moved.append))

    with pytest.raises(Unreachable, match="redirects"):
        client.call("profile")

    assert portal.urls == [f"{URL}profile"]
    assert moved == []


def test_a_redirect_to_no_address_leaves_the_outcome_unknown(client, portal):
    portal.answers["profile"] = redirect("https://new.example:port/rest/1/s3cr3tCode/profile")

    with pytest.raises(OutcomeUnknown):
        client.call("profile")


def test_a_second_redirect_is_not_followed(client, portal):
    hosts = iter(["b.example", "c.example", "d.example"])
    portal.answers["profile"] = lambda params: redirect(f"https://{next(hosts)}/rest/1/s3cr3tCode/profile")

    with pytest.raises(Unreachable):
        client.call("profile")

    assert len(portal.requests) == 2


def test_a_thread_that_follows_late_does_not_report_the_move_again():
    moved: list[str] = []
    auth = IncomingWebhook(URL, on_moved=moved.append)
    sent_before = auth.url("profile")

    for _ in range(2):
        assert auth.moved(sent_before, "https://new.example/rest/1/s3cr3tCode/profile")

    assert moved == ["new.example"]


def test_a_development_portal_may_move_on_the_same_machine():
    auth = IncomingWebhook("http://127.0.0.1:1/rest/1/code/")

    assert auth.moved(auth.url("profile"), "http://localhost:2/rest/1/code/profile")
    assert auth.url("profile") == "http://localhost:2/rest/1/code/profile"
