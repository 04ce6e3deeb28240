"""The room against an emulated portal: what is sent is what a portal takes."""

from collections.abc import Iterator

import pytest

from hub.bitrix24 import (
    BotCommand,
    BotRegistrationV2,
    BotSpec,
    BotV2,
    Call,
    Client,
    Directory,
    Done,
    Failed,
    IncomingWebhook,
    LeakyBucket,
    OutgoingMessage,
    Reads,
    execute,
    probe,
    template_id,
)
from hub.bitrix24.errors import CredentialsDead, OperatingLimit, OutcomeUnknown, RecipientRefused, Unreachable
from hub.sandbox import Sandbox

TOKEN = "bot-token-of-the-test"
TEXT = "Цена & скидка = 50% + [b]1[/b] ? # $result[c0][id] 😀"
ATTACH = {
    "COLOR_TOKEN": "primary",
    "BLOCKS": [{"GRID": [{"DISPLAY": "ROW", "NAME": "Amount", "VALUE": "5 €"}]}],
}
KEYBOARD = [
    {"TEXT": "Take", "COMMAND": "hub", "COMMAND_PARAMS": "a1", "DISPLAY": "LINE"},
    {"TYPE": "NEWLINE"},
    {"TEXT": "Open", "LINK": "/crm/deal/details/1201/"},
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.running() as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    client = Client(IncomingWebhook(sandbox.webhook_url), limiter=LeakyBucket(1000, 1000))
    yield client
    client.close()


@pytest.fixture
def bot(client: Client) -> BotV2:
    spec = BotSpec(
        code="notify_bot", name="Notifications", token=TOKEN, commands=(BotCommand(name="hub", hidden=True),)
    )
    return BotV2(BotRegistrationV2(client).ensure(spec).id, token=TOKEN, client_id="notify_bot")


def key(name: str, dialog: str = "27") -> str:
    return template_id(portal="p", bot="1", instance="test", key=name, dialog=dialog, generation=0)


def test_the_portal_offers_the_second_bot_api(client):
    assert probe(client).dialect == "v2"


def test_a_registered_bot_is_left_alone(client, sandbox, bot):
    spec = BotSpec(
        code="notify_bot", name="Notifications", token=TOKEN, commands=(BotCommand(name="hub", hidden=True),)
    )

    assert BotRegistrationV2(client).ensure(spec).changes == ()
    assert sandbox.calls("imbot.v2.Bot.update") == []
    assert sandbox.messages(dialog="27") == []


@pytest.mark.parametrize("number", [1, 3], ids=["alone", "in-a-batch"])
def test_a_card_arrives_as_it_was_written(client, sandbox, bot, number):
    text = TEXT.replace("$result[c0][id]", "")
    message = OutgoingMessage(text=text, attach=ATTACH, keyboard=KEYBOARD)

    outcomes = execute(client, [bot.send("27", message, key(str(n))) for n in range(number)])

    assert all(isinstance(outcome, Done) for outcome in outcomes)
    shown = sandbox.shown("27")
    assert [message.text for message in shown] == [text] * number
    assert shown[-1].buttons == ["Take", "Open"]
    assert shown[-1].attach
    assert sandbox.warnings() == []


def test_a_text_that_looks_like_a_reference_arrives_as_text(client, sandbox, bot):
    execute(client, [bot.send("27", OutgoingMessage(text=text), key(text)) for text in ("a", "b", TEXT)])

    assert [message.text for message in sandbox.shown("27")] == ["a", "b", TEXT]


@pytest.mark.parametrize("number", [1, 2], ids=["alone", "in-a-batch"])
def test_an_update_replaces_the_whole_card(client, sandbox, bot, number):
    card = OutgoingMessage(text="Deal", attach=ATTACH, keyboard=KEYBOARD)
    sent = execute(client, [bot.send("27", card, key(str(n))) for n in range(number)])

    updates = [bot.update(bot.message_id(outcome.result), OutgoingMessage(text="Won")) for outcome in sent]
    outcomes = execute(client, updates)

    assert all(isinstance(outcome, Done) for outcome in outcomes)
    for message in sandbox.shown("27"):
        assert (message.text, bool(message.buttons), bool(message.attach)) == ("Won", False, False)
    assert sandbox.warnings() == []


def test_a_lost_answer_is_in_doubt_and_repeating_it_shows_nothing_twice(client, sandbox, bot):
    calls = [bot.send("27", OutgoingMessage(text=str(n)), key(str(n))) for n in range(3)]
    sandbox.faults.lose_answers(1)

    lost = execute(client, calls)
    again = execute(client, calls)

    assert {type(outcome.error) for outcome in lost if isinstance(outcome, Failed)} == {OutcomeUnknown}
    assert [bot.message_id(outcome.result) for outcome in again] == [str(m.id) for m in sandbox.shown("27")]


def test_one_refused_recipient_does_not_hinder_the_others(client, sandbox, bot):
    sandbox.faults.fail(status=403, error="ACCESS_DENIED", dialog="31")
    dialogs = ("27", "31", "1")

    outcomes = execute(client, [bot.send(d, OutgoingMessage(text="x"), key("x", d)) for d in dialogs])

    assert isinstance(outcomes[1], Failed)
    assert isinstance(outcomes[1].error, RecipientRefused)
    assert len(sandbox.shown("27")) == len(sandbox.shown("1")) == 1


def test_a_notification_is_shown_once_per_tag(client, sandbox, bot):
    for text in ("first", "second"):
        client.call(*astuple(bot.notify("27", text, "hub:n1")))

    assert [notification.text for notification in sandbox.notifications(27)] == ["second"]
    assert sandbox.warnings() == []


def astuple(call: Call) -> tuple:
    return call.method, call.params


def test_a_renamed_portal_is_followed(sandbox):
    moved: list[str] = []
    client = Client(IncomingWebhook(sandbox.webhook_url, on_moved=moved.append))
    sandbox.faults.rename_portal(sandbox.url.replace("127.0.0.1", "localhost"))

    client.call("profile")
    client.close()

    assert moved == ["localhost"]


def test_a_revoked_webhook_means_dead_credentials(client, sandbox):
    sandbox.faults.revoke_webhook()

    with pytest.raises(CredentialsDead):
        client.call("profile")


def test_a_page_instead_of_json_leaves_the_outcome_unknown(client, sandbox):
    sandbox.faults.answer_html(1)

    with pytest.raises(OutcomeUnknown):
        client.call("profile")


def test_a_portal_that_has_gone_is_unreachable():
    with Sandbox.running() as sandbox:
        client = Client(IncomingWebhook(sandbox.webhook_url))

    with pytest.raises(Unreachable):
        client.call("profile")
    client.close()


def test_a_used_up_method_is_held_until_the_portal_allows_it(client, sandbox, bot):
    sandbox.limits.operating(480)
    sandbox.limits.cost("imbot.v2.Chat.Message.send", 200)
    calls = [bot.send("27", OutgoingMessage(text=str(n)), key(str(n))) for n in range(5)]

    first = execute(client, calls)
    second = execute(client, calls[-1:])

    refused = [outcome for outcome in [*first, *second] if isinstance(outcome, Failed)]
    assert {type(outcome.error) for outcome in refused} == {OperatingLimit}
    assert len(sandbox.shown("27")) == 5 - len(refused) + 1


def test_the_bucket_keeps_below_the_portals_limit(sandbox):
    sandbox.limits.rate(per_second=50, burst=20)
    client = Client(IncomingWebhook(sandbox.webhook_url), limiter=LeakyBucket(50, 20))

    for _ in range(40):
        client.call("profile")
    client.close()


def test_people_are_found(client, sandbox):
    directory = Directory(Reads(client))

    user = directory.user("27")

    assert directory.user_by_email(user.email.upper()).id == "27"
    assert user.id in {person.id for person in directory.users_of_department(user.departments[0])}
    assert directory.supervisor_of("27")
    assert sandbox.warnings() == []
