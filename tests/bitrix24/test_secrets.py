"""Secrets appear in no text that anybody might keep."""

import logging

import httpx
import pytest

from hub.bitrix24 import (
    BotSpec,
    BotV1,
    BotV2,
    Call,
    ChatsV1,
    ChatsV2,
    EventFeed,
    IncomingWebhook,
    OutgoingMessage,
)
from hub.bitrix24.errors import PortalError

SECRET = "s3cr3tCode"
TOKEN = "b0tT0ken"
CLIENT = "cl13ntOfTheBot"
PARAMS = {
    "botToken": TOKEN,
    "CLIENT_ID": CLIENT,
    "fields": {"botToken": TOKEN, "list": [{"access_token": TOKEN}]},
}


def shown(error: BaseException | None) -> str:
    text = str(vars(error))
    while error is not None:
        text += f"{error} {error!r}"
        error = error.__cause__ or error.__context__
    return text


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(502, text="<html>"),
        httpx.Response(302, headers={"Location": f"https://evil.example/?code={SECRET}"}),
        httpx.Response(
            400,
            json={
                "error": f"X_{TOKEN}",
                "error_description": f"{TOKEN} {CLIENT} at /rest/1/{SECRET}/profile",
            },
        ),
        httpx.Response(200, json={}),
    ],
    ids=["connect", "timeout", "html", "redirect", "refused", "no-result"],
)
def test_no_error_shows_a_secret(client, portal, answer):
    portal.answers["profile"] = answer

    with pytest.raises(PortalError) as caught:
        client.call("profile", PARAMS)

    for secret in (SECRET, TOKEN, CLIENT):
        assert secret not in shown(caught.value)


def test_no_log_line_shows_a_secret(client, portal, caplog):
    portal.answers["profile"] = {}
    caplog.set_level(logging.DEBUG)

    client.call("profile", PARAMS)

    assert "/rest/1/***/profile" in caplog.text
    assert SECRET not in caplog.text
    assert TOKEN not in caplog.text


def test_no_error_about_a_handler_shows_a_secret(client, portal, error):
    url = f"https://hub.example/events?CLIENT_ID={TOKEN}"
    portal.answers["imbot.update"] = error("EVENT_MESSAGE_ADD_ERROR", f"Wrong handler URL {url}")

    with pytest.raises(PortalError) as caught:
        client.call("imbot.update", {"BOT_ID": 456})

    assert TOKEN not in shown(caught.value)


def test_no_repr_shows_a_secret(client):
    bot = BotV2("456", token=TOKEN)
    old = BotV1("456", token=TOKEN)
    things = [
        IncomingWebhook(f"https://portal.example/rest/1/{SECRET}/"),
        client,
        bot,
        bot.send("27", OutgoingMessage(text="hello"), "key"),
        old,
        old.send("27", OutgoingMessage(text="hello"), "key"),
        ChatsV1(client, "456", token=TOKEN),
        ChatsV2(client, "456", token=TOKEN),
        EventFeed("456", TOKEN),
        EventFeed("456", TOKEN).call(None),
        Call("profile", PARAMS),
        BotSpec(code="c", name="n", token=TOKEN, webhook_url=f"https://hub.example/{SECRET}"),
    ]

    for thing in things:
        assert SECRET not in f"{thing} {thing!r}"
        assert TOKEN not in f"{thing} {thing!r}"
