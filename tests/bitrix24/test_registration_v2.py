"""Making the bot be as the settings want it."""

from typing import Any

import pytest

from hub.bitrix24 import BotRegistrationV2, BotSpec
from hub.bitrix24.errors import BotRefused, OutcomeUnknown

SPEC = BotSpec(code="notify_bot", name="Notifications", token="t0ken", color="azure")


class Bots:
    """The portal's side of ``imbot.v2.Bot.*`` and ``Command.*``."""

    def __init__(self, portal, error) -> None:
        self.bot: dict[str, Any] | None = None
        self.name = self.position = ""
        self.token: str | None = None
        self.commands: list[str] = []
        self.error = error
        for name in (
            "Bot.get",
            "Bot.register",
            "Bot.update",
            "Bot.unregister",
            "Command.list",
            "Command.register",
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
        return {"commands": [{"command": f"/{name}"} for name in self.commands]}

    def command_register(self, params):
        assert params["fields"]["hidden"] is True
        self.commands.append(params["fields"]["command"])
        return {"command": {"id": 1}}

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
    assert portal.requests[-1] == (
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
    assert portal.methods == ["imbot.v2.Bot.get"]


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
    assert portal.requests[-1] == (
        "imbot.v2.Bot.update",
        {"botId": 456, "botToken": "t0ken", "fields": fields},
    )


def test_a_refresh_sets_what_a_portal_does_not_show(registration, bots, portal):
    registration.ensure(SPEC)

    registration.ensure(changed(SPEC, color="red"), refresh=True)

    assert portal.requests[-1][1]["fields"]["properties"]["color"] == "red"


def test_a_bot_of_another_owner_is_not_taken_over(registration, bots):
    registration.ensure(SPEC)

    with pytest.raises(BotRefused) as caught:
        registration.ensure(changed(SPEC, token="another"))

    assert caught.value.code == "BOT_CODE_ALREADY_TAKEN"


def test_the_type_is_the_registered_one(registration, bots):
    registration.ensure(SPEC)

    assert registration.ensure(changed(SPEC, type="supervisor")).type == "bot"


def test_missing_commands_are_registered_once(registration, bots, portal):
    spec = changed(SPEC, commands=("hub", "comment"))
    bots.commands.append("hub")

    assert registration.ensure(spec).changes == ("registered", "command comment")
    assert registration.ensure(spec).changes == ()
    assert bots.commands == ["hub", "comment"]


def test_registering_writes_to_nobody(registration, bots, portal):
    registration.ensure(changed(SPEC, commands=("hub",)))
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
