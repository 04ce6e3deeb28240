"""The JSON API and the page: what a person sees and does."""

import json
from collections.abc import Iterator

import httpx
import pytest

TAKE = {"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "take n7", "BLOCK": "Y"}


def _messages(api, person, dialog, **query):
    return api.get("messages", params={"as": person, "dialog": dialog, **query}).json()["messages"]


def _events(response: httpx.Response) -> Iterator[tuple[str, dict]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_people_and_bots_are_listed(api, bot):
    answer = api.get("people").json()

    assert len(answer["people"]) >= 12
    assert [person["name"] for person in answer["people"] if not person["active"]] == ["Игорь Фёдоров"]
    assert [(found["id"], found["bot"]) for found in answer["bots"]] == [(bot.id, True)]


def test_a_person_sees_the_dialog_with_a_bot_under_the_bots_id(api, bot):
    message_id = bot.send("27", message="hello")
    dialogs = api.get("dialogs", params={"as": 27}).json()["dialogs"]

    assert dialogs[0]["dialog"] == str(bot.id)
    assert (dialogs[0]["title"], dialogs[0]["kind"], dialogs[0]["unread"]) == ("Hub", "private", 1)
    assert dialogs[0]["last"]["id"] == message_id
    assert {dialog["dialog"] for dialog in dialogs[1:]} == {"chat1157"}


def test_messages_come_in_pages_oldest_first(api, bot):
    ids = [bot.send(message=str(n)) for n in range(5)]

    assert [message["id"] for message in _messages(api, 27, bot.id, limit=2)] == ids[3:]
    assert [message["id"] for message in _messages(api, 27, bot.id, limit=2, before=ids[3])] == ids[1:3]


def test_a_message_shows_card_and_buttons(api, bot):
    bot.send(message="x", attach={"COLOR_TOKEN": "alert", "BLOCKS": [{"MESSAGE": "card"}]}, keyboard=[TAKE])
    [message] = _messages(api, 27, bot.id)

    assert message["attach"] == [{"color": "", "color_token": "alert", "blocks": [{"MESSAGE": "card"}]}]
    assert message["keyboard"]["bot_id"] == bot.id
    assert message["keyboard"]["buttons"][0]["TEXT"] == "Take"
    assert message["author"] == {"id": bot.id, "name": "Hub", "bot": True, "color": "#df532d"}


def test_nobody_reads_other_peoples_dialogs(api, bot):
    bot.send("27")

    assert _messages(api, 31, bot.id) == []
    assert api.get("messages", params={"as": 17, "dialog": "chat1157"}).status_code == 403


def test_a_click_reaches_the_bot_and_blocks_the_keyboard_until_it_edits(api, bot):
    message_id = bot.send(message="x", keyboard=[TAKE])
    clicked = api.post("click", json={"as": "27", "message": message_id, "button": 0})
    again = api.post("click", json={"as": "27", "message": message_id, "button": 0})
    [event] = bot.events()
    bot.call("Chat.Message.update", messageId=message_id, fields={"message": "y"})
    after = api.post("click", json={"as": "27", "message": message_id, "button": 0})

    assert clicked.json() == {"did": "command", "command": "/hub take n7", "events": 1}
    assert (again.status_code, after.status_code) == (409, 200)
    assert event["data"]["command"]["context"] == "keyboard"
    assert event["data"]["message"]["authorId"] == bot.id
    assert event["data"]["user"]["id"] == 27


def test_a_click_stores_no_message(bot, sandbox):
    message_id = bot.send(message="x", keyboard=[TAKE])
    sandbox.click(27, message_id, "Take")

    assert len(sandbox.messages("27")) == 1


def test_a_click_on_an_unregistered_command_does_nothing(bot, sandbox):
    message_id = bot.send(message="x", keyboard=[{"TEXT": "Take", "COMMAND": "other"}])

    assert sandbox.click(27, message_id, "Take")["events"] == 0
    assert bot.events() == []


def test_every_further_line_with_a_slash_is_its_own_command(bot, sandbox):
    message_id = bot.send(message="x", keyboard=[{**TAKE, "COMMAND_PARAMS": "one\n/hub two"}])
    sandbox.click(27, message_id, "Take")

    assert [event["data"]["command"]["params"] for event in bot.events()] == ["one", "two"]


def test_a_send_button_speaks_as_the_person(bot, sandbox):
    message_id = bot.send(message="x", keyboard=[{"TEXT": "Say", "ACTION": "SEND", "ACTION_VALUE": "status"}])
    sandbox.click(27, message_id, "Say")

    [event] = bot.events()
    assert (event["type"], event["data"]["message"]["authorId"]) == ("ONIMBOTV2MESSAGEADD", 27)


def test_a_simulated_click_needs_a_member_of_the_chat(webhook, bot):
    group = bot.send("chat1157", message="x", keyboard=[TAKE])
    private = bot.send("27", message="x", keyboard=[TAKE])
    click = {"BOT_ID": bot.id, "COMMAND": "hub", "COMMAND_PARAMS": "take"}

    assert webhook.result("im.message.command", MESSAGE_ID=group, **click) is True
    assert webhook.refusal("im.message.command", MESSAGE_ID=private, **click) == (400, "MESSAGE_ID_ERROR")
    assert [event["data"]["user"]["id"] for event in bot.events()] == [1]


def test_old_revisions_send_private_clicks_without_a_chat(start):
    sandbox = start(empty_chat_in_private_clicks=True)
    with httpx.Client(base_url=sandbox.webhook_url) as http:
        owner = {"botId": 456, "botToken": "t"}
        bot = {"code": "b", "botToken": "t", "properties": {"name": "B"}}
        http.post("imbot.v2.Bot.register", json={"fields": bot})
        http.post("imbot.v2.Command.register", json={**owner, "fields": {"command": "hub", "hidden": True}})
        fields = {"message": "x", "keyboard": [TAKE]}
        http.post("imbot.v2.Chat.Message.send", json={**owner, "dialogId": "27", "fields": fields})
        sandbox.click(27, sandbox.shown("27")[0], "Take")
        [event] = http.post("imbot.v2.Event.get", json=owner).json()["result"]["events"]

    assert event["data"]["chat"] == []


def test_a_missing_button_is_named(bot, sandbox):
    message_id = bot.send(message="x", keyboard=[TAKE])

    with pytest.raises(LookupError, match="only \\['Take'\\]"):
        sandbox.click(27, message_id, "Leave")


def test_reading_a_dialog_clears_its_counter(api, bot):
    bot.send("27")
    api.post("read", json={"as": "27", "dialog": str(bot.id)})

    assert api.get("dialogs", params={"as": 27}).json()["dialogs"][0]["unread"] == 0
    assert _messages(api, 27, bot.id)[0]["read"] is True


def test_the_stream_tells_what_happens_and_resumes(api, bot, webhook):
    with api.stream("GET", "stream", params={"as": 27}) as response:
        events = _events(response)
        message_id = bot.send("27", message="one")
        first = next(events)
        bot.call("Chat.Message.update", messageId=message_id, fields={"message": "two"})
        second = next(events)
        bot.send("31", message="not for 27")
        bot.call("Chat.Message.delete", messageId=message_id)
        third = next(events)
    webhook.result("im.notify.system.add", USER_ID=27, MESSAGE="ring")
    with api.stream("GET", "stream", params={"as": 27}, headers={"last-event-id": "0"}) as response:
        resumed = _events(response)
        while (last := next(resumed))[0] != "notification":
            pass

    assert (first[0], first[1]["dialog"], first[1]["message"]["text"]) == ("message", str(bot.id), "one")
    assert (second[0], second[1]["message"]["text"]) == ("edit", "two")
    assert (third[0], third[1]["message"]["deleted"]) == ("delete", True)
    assert last[0] == "notification"


def test_the_bell_replaces_by_tag(api, webhook):
    first = webhook.result("im.notify.system.add", USER_ID=27, MESSAGE="one", TAG="t", CLIENT_ID="c")
    second = webhook.result("im.notify.system.add", USER_ID=27, MESSAGE="two", TAG="t", CLIENT_ID="c")
    bell = api.get("notifications", params={"as": 27}).json()["notifications"]

    assert first != second
    assert [entry["text"] for entry in bell] == ["two"]


def test_tags_need_a_client_id(sandbox, webhook):
    for text in ("one", "two"):
        webhook.result("im.notify.system.add", USER_ID=27, MESSAGE=text, TAG="t")

    assert [entry.text for entry in sandbox.notifications(27)] == ["one", "two"]
    assert "without CLIENT_ID" in sandbox.warnings()[0]


def test_the_log_and_the_clock_are_served(api, webhook, sandbox):
    webhook.result("profile")
    before = sandbox.clock.now()
    api.post("clock", json={"advance": 3600})

    assert [call["method"] for call in api.get("log").json()["calls"]] == ["profile"]
    assert (sandbox.clock.now() - before).total_seconds() >= 3600


def test_a_reset_brings_the_seeded_portal_back(api, bot, sandbox):
    bot.send()
    api.post("reset")

    assert sandbox.messages() == []
    assert api.get("people").json()["bots"] == []


def test_the_page_allows_nothing_from_elsewhere(api, sandbox):
    page = api.get(f"{sandbox.url}/")

    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")


def test_a_person_nobody_knows_is_refused(api):
    assert api.get("dialogs", params={"as": 9999}).status_code == 404
    assert api.post("say", json={"as": 41, "dialog": "27", "text": "x"}).status_code == 404
    assert api.post("say", json={"dialog": "27"}).json()["error"] == "INVALID_BODY"


def test_waiting_ends_with_the_change_or_with_an_error(bot, sandbox):
    bot.send("27")

    assert sandbox.wait_for(lambda: sandbox.shown("27"))[0].text == "hello"
    with pytest.raises(TimeoutError):
        sandbox.wait_for(lambda: sandbox.shown("31"), timeout=0.01)
