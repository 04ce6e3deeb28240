"""Bots of either API, their commands, chats and events against an emulated portal."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from handlers import listening

from hub.bitrix24 import (
    BotAsUser,
    BotCommand,
    BotDeleted,
    BotJoined,
    BotRegistrationV1,
    BotRegistrationV2,
    BotSpec,
    BotV1,
    Call,
    ChatsAsUser,
    ChatsV1,
    ChatsV2,
    Client,
    CommandGiven,
    EventFeed,
    IncomingWebhook,
    LeakyBucket,
    MessageWritten,
    OutgoingMessage,
    choose,
    fetched_event,
    forms,
    posted_events,
)
from hub.bitrix24.errors import AccessRefused, BotRefused, EditRefused, MessageRefused, RecipientRefused
from hub.sandbox import Sandbox

TOKEN = "bot-token-of-the-test"
URL = "https://hub.example/bitrix24/events"
HUB = BotCommand(name="hub", hidden=True, common=True)
TAKE = BotCommand(name="take", titles={"en": "Take a lead", "ru": "Взять лид"}, params={"ru": "номер"})
SPEC = BotSpec(code="notify_bot", name="Notifications", token=TOKEN, webhook_url=URL, commands=(HUB, TAKE))
CARD = OutgoingMessage(
    text="Deal",
    attach=[{"MESSAGE": "x"}],
    keyboard=[{"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "a1"}],
)


@pytest.fixture(scope="module")
def _shared() -> Iterator[tuple[Sandbox, Client]]:
    with Sandbox.running() as sandbox:
        client = Client(IncomingWebhook(sandbox.webhook_url), limiter=LeakyBucket(1000, 1000))
        yield sandbox, client
        client.close()


@pytest.fixture
def sandbox(_shared: tuple[Sandbox, Client]) -> Sandbox:
    _shared[0].reset()
    return _shared[0]


@pytest.fixture
def client(sandbox: Sandbox, _shared: tuple[Sandbox, Client]) -> Client:
    return _shared[1]


@pytest.fixture
def start() -> Iterator[Callable[..., tuple[Sandbox, Client]]]:
    """Start portals with options of their own."""
    running = []

    def start(**options: Any) -> tuple[Sandbox, Client]:
        context = Sandbox.running(**options)
        sandbox = context.__enter__()
        client = Client(IncomingWebhook(sandbox.webhook_url), limiter=LeakyBucket(1000, 1000))
        running.append((context, client))
        return sandbox, client

    yield start
    for context, client in running:
        client.close()
        context.__exit__(None, None, None)


@pytest.fixture
def posted() -> Iterator[tuple[str, Callable[[], Any]]]:
    """A handler's URL, and a function that waits for the next events posted to it."""
    with listening() as (url, received):
        yield url, lambda: posted_events(forms.parse(received.get(timeout=60)[1]))


def run(client: Client, call: Call) -> Any:
    return client.call(call.method, call.params).result


def commands(client: Client, bot: str) -> dict[str, dict[str, Any]]:
    params = {"botId": int(bot), "botToken": TOKEN}
    listed = client.read("imbot.v2.Command.list", params).result["commands"]
    return {command["command"]: command for command in listed}


class TestRegistrationV1:
    def test_a_new_bot_gets_its_commands(self, client, sandbox):
        bot = BotRegistrationV1(client).ensure(SPEC)

        assert (bot.code, bot.type) == ("notify_bot", "bot")
        assert bot.changes == ("registered", "command hub", "command take")
        shown = commands(client, bot.id)
        assert (shown["/hub"]["hidden"], shown["/hub"]["common"]) == (True, True)
        assert (shown["/take"]["title"], shown["/take"]["params"]) == ("Взять лид", "номер")
        assert sandbox.warnings() == []
        assert sandbox.messages() == []

    def test_a_bot_is_registered_once(self, client, sandbox):
        first = BotRegistrationV1(client).ensure(SPEC)
        again = BotRegistrationV1(client).ensure(SPEC)

        assert (again.id, again.changes) == (first.id, ())
        assert len(sandbox.calls("imbot.register")) == 1

    def test_name_titles_and_handler_follow_the_settings(self, client, sandbox):
        BotRegistrationV1(client).ensure(SPEC)
        wanted = replace(TAKE, titles={"ru": "Забрать лид"})
        bot = BotRegistrationV1(client).ensure(
            replace(SPEC, name="Alerts", color="red", commands=(HUB, wanted), webhook_url=f"{URL}/2")
        )

        assert bot.changes == ("properties",)
        assert commands(client, bot.id)["/take"]["title"] == "Забрать лид"
        [update] = sandbox.calls("imbot.update")[1:]
        assert update.params["FIELDS"]["PROPERTIES"] == {"NAME": "Alerts", "COLOR": "RED"}
        assert update.params["FIELDS"]["EVENT_MESSAGE_ADD"] == f"{URL}/2"

    def test_only_a_refresh_makes_a_command_common(self, client):
        everywhere = replace(SPEC, commands=(HUB, replace(TAKE, common=True)))
        bot = BotRegistrationV1(client).ensure(SPEC)

        BotRegistrationV1(client).ensure(everywhere)
        assert commands(client, bot.id)["/take"]["common"] is False
        BotRegistrationV1(client).ensure(everywhere, refresh=True)
        assert commands(client, bot.id)["/take"]["common"] is True

    def test_a_retired_command_is_taken_away_by_its_name(self, client):
        BotRegistrationV1(client).ensure(SPEC)

        bot = BotRegistrationV1(client).ensure(replace(SPEC, commands=(HUB,), retired=("take", "hub")))

        assert bot.changes == ("command take removed",)
        assert list(commands(client, bot.id)) == ["/hub"]

    def test_a_bot_of_another_owner_is_not_taken_over(self, client):
        BotRegistrationV1(client).ensure(SPEC)

        with pytest.raises(BotRefused):
            BotRegistrationV1(client).ensure(replace(SPEC, token="another"))

    def test_a_bot_without_a_handler_is_not_registered(self, client, sandbox):
        with pytest.raises(ValueError, match="public address"):
            BotRegistrationV1(client).ensure(replace(SPEC, webhook_url=None))

        assert sandbox.calls() == []

    def test_a_type_that_v1_has_not_is_not_registered(self, client):
        with pytest.raises(ValueError, match="personal"):
            BotRegistrationV1(client).ensure(replace(SPEC, type="personal"))

    def test_a_bot_is_found_and_removed(self, client):
        registration = BotRegistrationV1(client)
        assert registration.find("notify_bot", TOKEN) is None
        registered = registration.ensure(SPEC)

        found = registration.find("notify_bot", TOKEN)
        assert found is not None and found.id == registered.id
        registration.unregister(found.id, TOKEN)

        assert registration.find("notify_bot", TOKEN) is None

    def test_either_api_keeps_the_bot_of_the_other(self, client):
        old = BotRegistrationV1(client).ensure(SPEC)
        new = BotRegistrationV2(client).ensure(SPEC)
        old_again = BotRegistrationV1(client).ensure(SPEC)

        assert old.id == new.id == old_again.id
        assert "registered" not in (*new.changes, *old_again.changes)

    def test_a_portal_without_the_new_api_is_spoken_to_in_the_old_one(self, start):
        _, client = start(bots_v2=False)

        assert choose("auto", client) == "v1"
        assert BotRegistrationV1(client).ensure(SPEC).id


class TestCommandsV2:
    def test_commands_are_kept_in_step(self, client, sandbox):
        registration = BotRegistrationV2(client)
        bot = registration.ensure(SPEC)
        assert bot.changes == ("registered", "command hub", "command take")
        assert registration.ensure(SPEC).changes == ()

        wanted = replace(TAKE, titles={"ru": "Забрать"}, params={})
        done = BotCommand(name="done", titles={"en": "Finish"})
        assert registration.ensure(replace(SPEC, commands=(wanted, done))).changes == (
            "command take changed",
            "command done",
            "command hub removed",
        )

        shown = commands(client, bot.id)
        assert list(shown) == ["/take", "/done"]
        assert (shown["/take"]["title"], shown["/take"]["params"]) == ("Забрать", "")
        assert registration.ensure(replace(SPEC, commands=(wanted, done))).changes == ()
        assert sandbox.warnings() == []


@pytest.fixture(params=["v1", "user"])
def writer(request, client):
    """A dialect that is not the newest."""
    bot = BotRegistrationV1(client).ensure(SPEC).id
    if request.param == "v1":
        return BotV1(bot, token=TOKEN, client_id="notify_bot")
    return BotAsUser(bot, client_id="notify_bot")


class TestOldDialects:
    def test_a_card_arrives_and_is_replaced(self, client, sandbox, writer):
        message = writer.message_id(run(client, writer.send("27", CARD, "key")))
        [shown] = sandbox.shown("27")
        assert (str(shown.id), shown.text, shown.buttons) == (message, "Deal", ["Take"])

        run(client, writer.update(message, OutgoingMessage(text="Won")))

        [shown] = sandbox.shown("27")
        assert (shown.text, shown.buttons, shown.attach) == ("Won", [], None)
        assert sandbox.warnings() == []

    def test_refusals_say_what_to_do_next(self, client, sandbox, writer):
        message = writer.message_id(run(client, writer.send("27", CARD, "key")))
        sandbox.clock.advance(4 * 24 * 3600)

        with pytest.raises(EditRefused):
            run(client, writer.update(message, OutgoingMessage(text="Won")))
        with pytest.raises(RecipientRefused):
            run(client, writer.send("chat9999", CARD, "key"))
        with pytest.raises(MessageRefused):
            run(client, writer.send("27", OutgoingMessage(text="x", attach={"TITLE": "x"}), "key"))

    def test_a_notification_is_shown_once_per_tag(self, client, sandbox, writer):
        for text in ("first", "second"):
            run(client, writer.notify("27", text, "n1"))

        assert [notification.text for notification in sandbox.notifications(27)] == ["second"]

    def test_a_click_on_a_message_of_a_person_finds_the_bot(self, client, sandbox):
        bot = BotRegistrationV2(client).ensure(replace(SPEC, webhook_url=None)).id
        writer, feed = BotAsUser(bot), EventFeed(bot, TOKEN)
        message = writer.message_id(run(client, writer.send("27", CARD, "key")))

        sandbox.click(27, int(message), "Take")

        [event] = feed.read(run(client, feed.call(None)), None).events
        clicked = fetched_event(event.raw)
        assert (clicked.actor, clicked.message, clicked.params) == ("27", message, "a1")


CHATS = pytest.mark.parametrize("kind", ["v2", "v1", "user"])


def chats_of(kind: str, client: Client) -> tuple[Any, str]:
    bot = BotRegistrationV1(client).ensure(SPEC).id
    match kind:
        case "v2":
            return ChatsV2(client, bot, token=TOKEN), bot
        case "v1":
            return ChatsV1(client, bot, token=TOKEN), bot
        case _:
            return ChatsAsUser(client, bot), bot


def members(sandbox: Sandbox, chat: str) -> set[int]:
    with sandbox._portal.lock:
        return set(sandbox._portal.chats[int(chat)].members)


class TestChats:
    @CHATS
    def test_a_chat_is_opened_with_people_and_the_bot(self, client, sandbox, kind):
        chats, bot = chats_of(kind, client)

        chat = chats.create("Operations", ["27", "31"])

        assert members(sandbox, chat) >= {27, 31, int(bot)}
        run(client, BotV1(bot, token=TOKEN).send(f"chat{chat}", CARD, "key"))
        assert sandbox.warnings() == []

    @CHATS
    @pytest.mark.parametrize("written", ["{}", "chat{}"])
    def test_people_are_taken_in_as_often_as_wanted(self, client, sandbox, kind, written):
        chats, _ = chats_of(kind, client)
        chat = chats.create("Operations", ["27"])

        for _ in range(2):
            chats.add(written.format(chat), ["27", "31", "31"])
        chats.add(chat, [])

        assert {27, 31} <= members(sandbox, chat)

    @CHATS
    def test_the_bot_is_taken_in_by_the_person(self, client, sandbox, kind):
        chats, bot = chats_of(kind, client)
        dialog = sandbox.open_chat("Old", [31, 1])

        for _ in range(2):
            chats.join(dialog, bot)

        assert int(bot) in members(sandbox, dialog.removeprefix("chat"))

    @CHATS
    def test_where_the_person_is_not_in_nobody_is_taken_in(self, client, sandbox, kind):
        chats, bot = chats_of(kind, client)

        with pytest.raises(AccessRefused):
            chats.join(sandbox.open_chat("Secret", [31, 27]), bot)

    def test_who_may_not_take_people_in_is_told_so(self, client, sandbox):
        chats, bot = chats_of("v1", client)
        dialog = sandbox.open_chat("Strict", [31, 1, int(bot)])
        sandbox.change_chat(dialog, adders="owner")

        for add in (chats.add, ChatsAsUser(client, bot).add, ChatsV2(client, bot, token=TOKEN).add):
            with pytest.raises(AccessRefused):
                add(dialog, ["27"])

    def test_what_is_no_chat_is_not_asked_for(self, client):
        chats, _ = chats_of("user", client)

        with pytest.raises(ValueError, match="not a group chat"):
            chats.add("sg7", ["27"])


class TestEvents:
    def test_a_queue_is_read_to_its_end(self, client, sandbox):
        bot = BotRegistrationV2(client).ensure(replace(SPEC, webhook_url=None)).id
        feed, offset, seen = EventFeed(bot, TOKEN), None, []
        for number in range(5):
            sandbox.say(27, bot, f"message {number}")

        while (page := feed.read(run(client, feed.call(offset, limit=2)), offset)).has_more or page.events:
            seen += [fetched_event(event.raw).text for event in page.events]
            offset = page.next_offset

        assert seen == [f"message {number}" for number in range(5)]
        assert page.next_offset == offset

    @pytest.mark.parametrize("sparse", [False, True], ids=["full", "sparse"])
    @pytest.mark.parametrize("registration", [BotRegistrationV1, BotRegistrationV2])
    def test_the_life_of_a_bot_is_posted(self, start, posted, registration, sparse):
        sandbox, client = start(sparse_events=sparse, private_join_events=True)
        url, following = posted
        bot = registration(client).ensure(replace(SPEC, webhook_url=url)).id
        chats = ChatsV1(client, bot, token=TOKEN)

        run(client, BotV1(bot, token=TOKEN).send("27", CARD, "key"))
        card = sandbox.shown("27")[0].id
        assert following() == (BotJoined(bot=bot, dialog="27", actor="27"),)
        sandbox.click(27, card, "Take")
        [click] = following()
        sandbox.say(27, bot, "/take 17\nnow", reply_to=card)
        [typed] = following()
        sandbox.say(27, "chat1157", f"[USER={bot}]Notifications[/USER] , how are you?", reply_to=card)
        [asked] = following()
        chats.join(sandbox.open_chat("New", [1, 27]), bot)
        [joined] = following()
        BotRegistrationV1(client).unregister(bot, TOKEN)

        assert isinstance(click, CommandGiven)
        assert (click.bot, click.actor, click.command, click.params, click.context) == (
            bot,
            "27",
            "hub",
            "a1",
            "keyboard",
        )
        assert (click.message, click.dialog, click.is_private) == (str(card), "27", True)
        assert (typed.command, typed.params, typed.context) == ("take", "17\nnow", "textarea")
        assert isinstance(asked, MessageWritten)
        assert (asked.text, asked.dialog, asked.chat, asked.is_private) == (
            "how are you?",
            "chat1157",
            "1157",
            False,
        )
        assert isinstance(joined, BotJoined) and joined.actor == "1"
        assert following() == (BotDeleted(bot=bot),)
        if not sparse:
            assert (typed.reply_to, asked.reply_to, asked.language) == (str(card), str(card), "ru")
