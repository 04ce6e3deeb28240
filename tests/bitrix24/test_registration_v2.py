"""Making the bot be as the settings want it."""

from dataclasses import replace
from typing import Any

import pytest

from hub.bitrix24 import BotCommand, BotRegistrationV2, BotSpec
from hub.bitrix24.errors import BotRefused, OutcomeUnknown

SPEC = BotSpec(code="notify_bot", name="Notifications", token="t0ken", color="azure")


class Bots:
    """The portal's side of ``imbot.v2.Bot.*`` and ``Command.*``."""

    def __init__(self, portal, error) -> None:
        self.bot: dict[str, Any] | None = None
        self.name = self.position = ""
        self.token: str | None = None
        self.commands: list[dict[str, Any]] = []
        self.error = error
        for name in (
            "Bot.get",
            "Bot.register",
            "Bot.update",
            "Bot.unregister",
            "Command.list",
            "Command.register",
            "Command.update",
            "Command.unregister",
        ):
            portal.answers[f"imbot.v2.{name}"] = getattr(self, name.lower().replace(".", "_"))

    def bot_get(self, params):
        if self.bot is None:
            return self.error("BOT_NOT_FOUND")
        if params.get("botToken") != self.token:
            return {"bot": {"id": 456, "code": self.bot["code"], "type": "bot"}, "users": []}
        return self.shown()

    def bot_register(self, params):
        fields = params["fields"]
        if self.bot is None:
            self.token = fields["botToken"]
            self.bot = {"id": 456} | {
                name: fields[name] for name in ("code", "type", "eventMode", "isHidden")
            }
            self.name, self.position = fields["properties"]["name"], fields["properties"]["workPosition"]
        elif fields["botToken"] != self.token:
            return self.error("BOT_CODE_ALREADY_TAKEN")
        return self.shown()

    def bot_update(self, params):
        if params["botToken"] != self.token:
            return self.error("BOT_OWNERSHIP_ERROR", status=403)
        fields = params["fields"]
        self.bot |= {name: fields[name] for name in ("eventMode", "isHidden") if name in fields}
        if "properties" in fields:
            self.name, self.position = fields["properties"]["name"], fields["properties"]["workPosition"]
        return self.shown()

    def bot_unregister(self, params):
        self.bot = None
        return {"result": True}

    def command_list(self, params):
        return {"commands": self.commands or []}

    def command_register(self, params):
        fields = params["fields"]
        shown = {"id": str(78 + len(self.commands)), "botId": "456", "command": f"/{fields['command']}"}
        self.commands.append(shown | self.words(fields))
        return {"command": {"id": 1}}

    def command_update(self, params):
        command = next(c for c in self.commands if c["id"] == str(params["commandId"]))
        command |= self.words(params["fields"])
        return {"command": {"id": 1}}

    def command_unregister(self, params):
        self.commands = [c for c in self.commands if c["id"] != str(params["commandId"])]
        return {"result": True}

    def words(self, fields):
        """What a portal in Russian shows of these fields."""
        flags = {name: fields[name] == "Y" for name in ("hidden", "common")}
        return flags | {name: fields.get(name, {}).get("ru", "") for name in ("title", "params")}

    def shown(self):
        users = [{"id": 456, "name": self.name, "workPosition": self.position, "color": "#29619b"}]
        return {"bot": dict(self.bot), "users": users}


@pytest.fixture
def bots(portal, error):
    return Bots(portal, error)


@pytest.fixture
def registration(client):
    return BotRegistrationV2(client)


def changed(spec: BotSpec, **changes: Any) -> BotSpec:
    given = {"code": spec.code, "name": spec.name, "token": spec.token, "color": spec.color}
    return BotSpec(**given | changes)


def test_a_new_bot_is_registered(registration, bots, portal):
    identity = registration.ensure(SPEC)

    assert (identity.id, identity.code, identity.type) == ("456", "notify_bot", "bot")
    assert identity.changes == ("registered",)
    assert portal.requests[1] == (
        "imbot.v2.Bot.register",
        {
            "fields": {
                "code": "notify_bot",
                "botToken": "t0ken",
                "type": "bot",
                "properties": {"name": "Notifications", "color": "azure", "workPosition": ""},
                "isHidden": False,
                "eventMode": "fetch",
            }
        },
    )


def test_a_bot_that_is_as_wanted_is_left_alone(registration, bots, portal):
    registration.ensure(SPEC)
    portal.requests.clear()

    assert registration.ensure(SPEC).changes == ()
    assert portal.methods == ["imbot.v2.Bot.get", "imbot.v2.Command.list"]


@pytest.mark.parametrize(
    ("changes", "said", "fields"),
    [
        (
            {"name": "Alerts"},
            ("properties",),
            {"properties": {"name": "Alerts", "color": "azure", "workPosition": ""}},
        ),
        (
            {"position": "Robot"},
            ("properties",),
            {"properties": {"name": "Notifications", "color": "azure", "workPosition": "Robot"}},
        ),
        ({"hidden": True}, ("isHidden",), {"isHidden": True}),
        (
            {"webhook_url": "https://hub.example/bitrix24/events"},
            ("eventMode", "webhookUrl"),
            {"eventMode": "webhook", "webhookUrl": "https://hub.example/bitrix24/events"},
        ),
    ],
    ids=["name", "position", "hidden", "events"],
)
def test_only_what_differs_is_changed(registration, bots, portal, changes, said, fields):
    registration.ensure(SPEC)

    identity = registration.ensure(changed(SPEC, **changes))

    assert identity.changes == said
    assert portal.requests[-2] == (
        "imbot.v2.Bot.update",
        {"botId": 456, "botToken": "t0ken", "fields": fields},
    )


def test_a_refresh_sets_what_a_portal_does_not_show(registration, bots, portal):
    registration.ensure(SPEC)

    registration.ensure(changed(SPEC, color="red"), refresh=True)

    assert portal.requests[-2][1]["fields"]["properties"]["color"] == "red"


def test_a_bot_of_another_owner_is_not_taken_over(registration, bots):
    registration.ensure(SPEC)

    with pytest.raises(BotRefused) as caught:
        registration.ensure(changed(SPEC, token="another"))

    assert caught.value.code == "BOT_CODE_ALREADY_TAKEN"


def test_the_type_is_the_registered_one(registration, bots):
    registration.ensure(SPEC)

    assert registration.ensure(changed(SPEC, type="supervisor")).type == "bot"


HUB = BotCommand(name="hub", hidden=True)
TAKE = BotCommand(name="take", titles={"en": "Take a lead", "ru": "Взять лид"}, params={"ru": "номер"})


def test_a_bot_gets_its_commands_once(registration, bots):
    spec = changed(SPEC, commands=(HUB, TAKE))

    assert registration.ensure(spec).changes == ("registered", "command hub", "command take")
    assert registration.ensure(spec).changes == ()
    assert [(c["command"], c["hidden"], c["title"], c["params"]) for c in bots.commands] == [
        ("/hub", True, "", ""),
        ("/take", False, "Взять лид", "номер"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"titles": {"en": "Take it", "ru": "Взять"}},
        {"params": {"ru": "номер лида"}},
        {"hidden": True},
        {"common": True},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_only_a_command_that_differs_is_changed(registration, bots, portal, changes):
    registration.ensure(changed(SPEC, commands=(HUB, TAKE)))
    portal.requests.clear()
    wanted = replace(TAKE, **changes)

    assert registration.ensure(changed(SPEC, commands=(HUB, wanted))).changes == ("command take changed",)
    assert portal.methods == ["imbot.v2.Bot.get", "imbot.v2.Command.list", "imbot.v2.Command.update"]
    assert registration.ensure(changed(SPEC, commands=(HUB, wanted))).changes == ()


def test_a_title_in_a_language_the_portal_does_not_show_is_set_by_a_refresh(registration, bots, portal):
    registration.ensure(changed(SPEC, commands=(TAKE,)))
    wanted = replace(TAKE, titles={**TAKE.titles, "en": "Take this lead"})
    portal.requests.clear()

    registration.ensure(changed(SPEC, commands=(wanted,)), refresh=True)

    assert portal.requests[-1][1]["fields"]["title"]["en"] == "Take this lead"


def test_commands_that_are_no_longer_wanted_are_taken_away(registration, bots):
    registration.ensure(changed(SPEC, commands=(HUB, TAKE)))
    bots.commands.append({"id": "99", "botId": "457", "command": "/foreign"})

    assert registration.ensure(changed(SPEC, commands=(HUB,))).changes == ("command take removed",)
    assert [command["command"] for command in bots.commands] == ["/hub", "/foreign"]


@pytest.mark.parametrize("name", ["", "/hub", "на", "a b", "x-y"])
def test_a_command_needs_a_name_the_portal_takes(name):
    with pytest.raises(ValueError, match="latin"):
        BotCommand(name=name, hidden=True)


def test_a_visible_command_needs_a_title():
    with pytest.raises(ValueError, match="title"):
        BotCommand(name="take")


def test_a_bot_without_a_position_is_left_with_the_portals_own(registration, bots):
    registration.ensure(SPEC)
    bots.position = "Chat bot"

    assert registration.ensure(SPEC).changes == ()


def test_registering_writes_to_nobody(registration, bots, portal):
    registration.ensure(changed(SPEC, commands=(BotCommand(name="hub", hidden=True),)))
    registration.ensure(changed(SPEC, name="Alerts"), refresh=True)

    assert not [method for method in portal.methods if "Message" in method or "notify" in method]


def test_an_answer_with_another_bot_is_refused(registration, bots, portal):
    registration.ensure(SPEC)
    bots.bot["code"] = "other"

    with pytest.raises(BotRefused, match="'other'"):
        registration.ensure(SPEC)


def test_an_answer_without_a_bot_is_no_registration(registration, portal):
    portal.answers["imbot.v2.Bot.get"] = {"bot": []}

    with pytest.raises(OutcomeUnknown):
        registration.ensure(SPEC)


def test_a_bot_is_found_and_removed(registration, bots):
    assert registration.find("notify_bot", "t0ken") is None
    registration.ensure(SPEC)

    identity = registration.find("notify_bot", "t0ken")
    assert identity is not None
    registration.unregister(identity.id, "t0ken")

    assert registration.find("notify_bot", "t0ken") is None
