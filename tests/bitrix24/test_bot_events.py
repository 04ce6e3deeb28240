"""What a bot is told, however it arrives."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.bitrix24 import (
    BotDeleted,
    BotJoined,
    CommandGiven,
    MessageWritten,
    Other,
    fetched_event,
    forms,
    posted_events,
)

BOT = {"id": 456, "code": "notify_bot", "type": "bot", "eventMode": "fetch"}
VERA = {"id": 27, "name": "Vera Sample", "bot": False, "type": "employee", "departments": [7]}
CARD = {"id": 84330, "chatId": 1407, "authorId": 456, "text": "[b]Deal won[/b]", "params": []}
PRIVATE = {"id": 1407, "dialogId": "27", "type": "private"}
GROUP = {"id": 1157, "dialogId": "chat1157", "type": "chat", "owner": 31}
CLICK = {"id": 78, "command": "/hub", "params": "take n7f3", "context": "keyboard"}

#: The same click on the bot's own card, as each way of arrival tells it.
V2_CLICK = {"bot": BOT, "command": CLICK, "message": CARD, "chat": PRIVATE, "user": VERA, "language": "en"}
V1_CLICK = {
    "COMMAND": {
        "78": {
            "access_token": "…",
            "AUTH": {"domain": "portal.example"},
            "BOT_ID": 456,
            "BOT_CODE": "notify_bot",
            "COMMAND": "hub",
            "COMMAND_ID": 78,
            "COMMAND_PARAMS": "take n7f3",
            "COMMAND_CONTEXT": "KEYBOARD",
            "MESSAGE_ID": 84330,
        }
    },
    "PARAMS": {
        "FROM_USER_ID": 27,
        "TO_USER_ID": 456,
        "MESSAGE": "/hub take n7f3",
        "MESSAGE_TYPE": "P",
        "AUTHOR_ID": 27,
        "DIALOG_ID": 27,
        "TO_CHAT_ID": 1407,
        "MESSAGE_ID": 84330,
        "LANGUAGE": "en",
    },
    "USER": {"ID": 27, "NAME": "Vera Sample"},
}
CLICKED = CommandGiven(
    bot="456",
    actor="27",
    command="hub",
    params="take n7f3",
    context="keyboard",
    message="84330",
    dialog="27",
    is_private=True,
    chat="1407",
    language="en",
    actor_is_bot=False,
)


def fetched(kind: str, data: dict[str, Any]) -> Any:
    return fetched_event({"eventId": 1001, "type": kind, "date": "2026-01-01T13:00:00+03:00", "data": data})


def posted(kind: str, data: dict[str, Any]) -> Any:
    """Read an event after its way through a form, which leaves out what is empty."""
    form = {"event": kind, "data": without_nothing(data), "ts": 1767261600, "auth": {"domain": "p.example"}}
    return posted_events(forms.parse(forms.encode(form)))


def without_nothing(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {name: without_nothing(item) for name, item in value.items()}
    return {name: item for name, item in kept.items() if item not in ([], {}, None)}


def message_v2(text: str, chat: dict[str, Any] = PRIVATE, **changes: Any) -> dict[str, Any]:
    message = {"id": 84331, "chatId": chat["id"], "authorId": 27, "text": text, "params": {}}
    return {"bot": BOT, "message": message | changes, "chat": chat, "user": VERA, "language": "en"}


def message_v1(text: str, kind: str = "P", **changes: Any) -> dict[str, Any]:
    where = (
        {"DIALOG_ID": "27", "TO_CHAT_ID": 1407} if kind == "P" else {"DIALOG_ID": "chat1157", "CHAT_ID": 1157}
    )
    params = {"MESSAGE": text, "MESSAGE_TYPE": kind, "FROM_USER_ID": 27, "MESSAGE_ID": 84331, **where}
    return {
        "BOT": {"456": {"BOT_ID": 456}},
        "PARAMS": params | {"LANGUAGE": "en"} | changes,
        "USER": {"ID": 27, "IS_BOT": "N"},
    }


class TestClicks:
    def test_a_click_is_the_same_however_it_arrives(self):
        assert fetched("ONIMBOTV2COMMANDADD", V2_CLICK) == CLICKED
        assert posted("ONIMBOTV2COMMANDADD", V2_CLICK) == (CLICKED,)
        assert posted("ONIMCOMMANDADD", V1_CLICK) == (CLICKED,)

    def test_an_old_portal_does_not_tell_the_private_dialog_of_a_click(self):
        given = fetched("ONIMBOTV2COMMANDADD", V2_CLICK | {"chat": []})

        assert (given.dialog, given.is_private, given.chat, given.actor) == ("", None, "1407", "27")

    def test_a_click_in_a_group_belongs_to_who_clicked(self):
        otto = {"id": 31, "bot": False}

        given = fetched("ONIMBOTV2COMMANDADD", V2_CLICK | {"chat": GROUP, "user": otto})

        assert (given.actor, given.dialog, given.is_private) == ("31", "chat1157", False)

    def test_one_old_event_may_be_for_several_commands(self):
        data = copy.deepcopy(V1_CLICK)
        data["COMMAND"]["79"] = data["COMMAND"]["78"] | {
            "BOT_ID": 457,
            "COMMAND": "help",
            "COMMAND_PARAMS": "",
        }

        events = posted("ONIMCOMMANDADD", data)

        assert [(event.bot, event.command, event.params) for event in events] == [
            ("456", "hub", "take n7f3"),
            ("457", "help", ""),
        ]

    def test_who_acts_is_told_by_the_parameters_where_the_user_is_missing(self):
        [event] = posted("ONIMCOMMANDADD", V1_CLICK | {"USER": {}})

        assert event.actor == "27"

    @pytest.mark.parametrize(
        ("told", "context"),
        [
            ("keyboard", "keyboard"),
            ("MENU", "menu"),
            ("textarea", "textarea"),
            ("", "textarea"),
            (None, "textarea"),
        ],
    )
    def test_a_command_from_nowhere_counts_as_typed(self, told, context):
        event = fetched("ONIMBOTV2COMMANDADD", V2_CLICK | {"command": CLICK | {"context": told}})

        assert event.context == context


class TestMessages:
    @pytest.mark.parametrize(
        "event",
        [
            fetched("ONIMBOTV2MESSAGEADD", message_v2("Hello", params={"REPLY_ID": 84330})),
            posted("ONIMBOTV2MESSAGEADD", message_v2("Hello", params={"REPLY_ID": 84330}))[0],
            posted("ONIMBOTMESSAGEADD", message_v1("Hello", REPLY_ID=84330))[0],
            posted("ONIMBOTMESSAGEADD", message_v1("Hello", PARAMS={"REPLY_ID": 84330}))[0],
        ],
        ids=["fetched", "posted", "old", "old-nested"],
    )
    def test_a_message_is_the_same_however_it_arrives(self, event):
        assert event == MessageWritten(
            bot="456",
            actor="27",
            text="Hello",
            message="84331",
            dialog="27",
            reply_to="84330",
            is_private=True,
            chat="1407",
            language="en",
            actor_is_bot=False,
        )

    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("[USER=456]Notify Hub[/USER] status please", "status please"),
            (" [user=456 replace]Hub[/user], status please", "status please"),
            (", status please", "status please"),
            ("status [USER=456]Hub[/USER]", "status [USER=456]Hub[/USER]"),
            ("[USER=31]Otto[/USER] status", "[USER=31]Otto[/USER] status"),
            ("[USER=456]Hub[/USER]", ""),
        ],
    )
    def test_the_mention_in_front_is_left_out(self, text, read):
        assert fetched("ONIMBOTV2MESSAGEADD", message_v2(text, GROUP)).text == read
        assert posted("ONIMBOTMESSAGEADD", message_v1(text, "C"))[0].text == read

    def test_a_private_message_is_left_as_it_was_written(self):
        assert fetched("ONIMBOTV2MESSAGEADD", message_v2(", and then?")).text == ", and then?"

    @pytest.mark.parametrize(
        "event",
        [
            fetched("ONIMBOTV2MESSAGEADD", message_v2("/take  17 now")),
            fetched("ONIMBOTV2MESSAGEADD", message_v2("[USER=456]Hub[/USER] /take 17 now", GROUP)),
            posted("ONIMBOTMESSAGEADD", message_v1("/take 17 now"))[0],
        ],
        ids=["private", "mentioned", "old"],
    )
    def test_a_message_that_begins_with_a_command_is_one(self, event):
        assert (event.command, event.params, event.context) == ("take", "17 now", "textarea")

    @pytest.mark.parametrize("text", ["/etc/passwd is gone", "/", "/ take", "//take", "take /17"])
    def test_a_slash_alone_makes_no_command(self, text):
        assert fetched("ONIMBOTV2MESSAGEADD", message_v2(text)).text == text

    def test_further_lines_belong_to_a_typed_command_up_to_the_next_one(self):
        command = {"id": 78, "command": "/comment", "params": "one", "context": "textarea"}
        data = message_v2("/comment one\ntwo\n/take 5", params={"REPLY_ID": "84330"}) | {"command": command}

        event = fetched("ONIMBOTV2COMMANDADD", data)

        assert (event.params, event.reply_to) == ("one\ntwo", "84330")

    @pytest.mark.parametrize("told", [True, "1", "Y"])
    def test_a_bot_that_writes_is_known_as_one(self, told):
        assert fetched("ONIMBOTV2MESSAGEADD", message_v2("x") | {"user": VERA | {"bot": told}}).actor_is_bot

    def test_a_message_longer_than_a_portal_has_is_cut(self):
        assert len(fetched("ONIMBOTV2MESSAGEADD", message_v2("x" * 10**6)).text) == 20_100

    def test_a_dialog_that_is_not_told_is_made_of_what_is(self):
        group = {"id": 1157, "type": "chat"}
        private = {"id": 1407, "type": "private"}

        assert fetched("ONIMBOTV2MESSAGEADD", message_v2("x", group)).dialog == "chat1157"
        assert fetched("ONIMBOTV2MESSAGEADD", message_v2("x", private)).dialog == "27"


class TestTheBotItself:
    def test_being_taken_into_a_chat(self):
        joined = BotJoined(bot="456", dialog="chat1157", actor="27")
        data = {"bot": BOT, "dialogId": "chat1157", "chat": GROUP, "user": VERA, "language": "en"}
        params = {"BOT_ID": 456, "USER_ID": 27, "CHAT_ID": 1157, "DIALOG_ID": "chat1157", "CHAT_TYPE": "C"}

        assert fetched("ONIMBOTV2JOINCHAT", data) == joined
        assert posted("ONIMBOTV2JOINCHAT", data) == (joined,)
        assert posted("ONIMBOTJOINCHAT", {"BOT": {"456": {"BOT_ID": 456}}, "PARAMS": params}) == (joined,)

    def test_a_private_dialog_is_opened_by_the_person(self):
        params = {"BOT_ID": 456, "USER_ID": 27, "FROM_USER_ID": 456, "TO_USER_ID": 27, "MESSAGE_TYPE": "P"}

        events = posted("ONIMBOTJOINCHAT", {"BOT": {"456": {"BOT_ID": 456}}, "PARAMS": params})

        assert events == (BotJoined(bot="456", dialog="27", actor="27"),)

    def test_being_removed(self):
        assert fetched("ONIMBOTV2DELETE", {"bot": BOT}) == BotDeleted(bot="456")
        assert posted("ONIMBOTV2DELETE", {"bot": BOT}) == (BotDeleted(bot="456"),)
        assert posted("ONIMBOTDELETE", {"BOT_ID": 456, "BOT_CODE": "notify_bot"}) == (BotDeleted(bot="456"),)


class TestAnythingElse:
    @pytest.mark.parametrize(
        "kind", ["ONIMBOTV2MESSAGEUPDATE", "ONIMV2MESSAGEADD", "ONCRMDEALADD", "", "x" * 100]
    )
    def test_what_does_not_concern_the_hub_keeps_its_name(self, kind):
        assert fetched(kind, message_v2("x")) == Other(type=kind.upper())
        assert posted(kind, message_v2("x")) == (Other(type=kind.upper()),)

    @pytest.mark.parametrize("missing", ["bot", "command", "user"])
    def test_a_click_that_lacks_what_it_is_about_is_no_click(self, missing):
        data = {name: value for name, value in V2_CLICK.items() if name != missing}

        assert fetched("ONIMBOTV2COMMANDADD", data) == Other(type="ONIMBOTV2COMMANDADD")

    @pytest.mark.parametrize("number", [0, -27, 27.0, True, "", "27a", "1" * 20, 10**20, [27], {"x": 27}])
    def test_an_id_that_is_none_counts_as_missing(self, number):
        data = message_v2("x") | {"user": {"id": number}}

        assert fetched("ONIMBOTV2MESSAGEADD", data) == Other(type="ONIMBOTV2MESSAGEADD")

    @pytest.mark.parametrize("event", [None, [], "x", 3, {"type": None}, {"type": ["x"], "data": 3}])
    def test_what_is_no_event_at_all_is_told_as_such(self, event):
        assert fetched_event(event) == Other(type="")


WHOLE = [
    ("ONIMBOTV2COMMANDADD", V2_CLICK),
    ("ONIMBOTV2MESSAGEADD", message_v2("[USER=456]Hub[/USER] /take 5", GROUP)),
    ("ONIMBOTV2JOINCHAT", {"bot": BOT, "dialogId": "27", "chat": PRIVATE, "user": VERA}),
    ("ONIMCOMMANDADD", V1_CLICK),
    ("ONIMBOTMESSAGEADD", message_v1("/comment x", "C", PARAMS={"REPLY_ID": 3})),
    ("ONIMBOTJOINCHAT", message_v1("")),
    ("ONIMBOTDELETE", {"BOT_ID": 456}),
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["1" * 30, "chat" + "9" * 40, "/", "[USER=456", "０", "-1", "/x\n/y"])
)
DAMAGE = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


def paths(tree: Any) -> list[tuple[str, ...]]:
    if not isinstance(tree, dict):
        return [()]
    return [(), *((name, *rest) for name, item in tree.items() for rest in paths(item))]


def damaged(tree: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path or not isinstance(tree, dict):
        return value
    return {**tree, path[0]: damaged(tree.get(path[0]), path[1:], value)}


@given(st.data())
def test_a_damaged_event_is_read_or_left_alone(data):
    kind, tree = data.draw(st.sampled_from(WHOLE))
    for _ in range(data.draw(st.integers(1, 3))):
        tree = damaged(tree, data.draw(st.sampled_from(paths(tree))), data.draw(DAMAGE))

    found = [fetched_event({"type": kind, "data": tree}), *posted_events({"event": kind, "data": tree})]

    for event in found:
        assert isinstance(event, CommandGiven | MessageWritten | BotJoined | BotDeleted | Other)
        if not isinstance(event, Other):
            assert event.bot.isdigit() and len(event.bot) < 20
        if isinstance(event, CommandGiven | MessageWritten):
            assert event.actor.isdigit() and len(event.actor) < 20
            assert len(event.dialog) < 30


@given(
    st.recursive(
        SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner), max_leaves=20
    )
)
def test_any_data_at_all_is_read_or_left_alone(data):
    for kind, _ in WHOLE:
        fetched_event({"type": kind, "data": data})
        posted_events({"event": kind, "data": data})
    posted_events(data)
