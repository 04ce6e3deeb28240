"""Clicks and commands, whatever lets the hub into the portal, whichever bot API there is, and however events come."""

from __future__ import annotations

import socket

import pytest
from applications import application_settings, install
from pipeline.act.desk import TOKEN, DeskPlugin

from hub.sandbox import Sandbox
from hub.testing import InstalledPlugin

WAYS = [("v2", "fetch"), ("v2", "webhook"), ("v1", "webhook")]


@pytest.fixture(params=["webhook", "application"])
def hub(request, run_hub, tmp_path, api, events):
    """A hub that the portal can post to."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Sandbox.running(bots_v2=api == "v2") as sandbox:
        is_application = request.param == "application"
        settings = dict(application_settings(sandbox)) if is_application else {}
        settings["hub"] = {"public_url": f"http://127.0.0.1:{port}"}
        settings["bot"] = {**settings.get("bot", {}), "events": events}
        plugins = [InstalledPlugin("desk", DeskPlugin)]
        with run_hub(settings, plugins=plugins, folder=tmp_path, sandbox=sandbox, port=port) as hub:
            if is_application:
                assert install(hub).status_code == 200
            yield hub
            assert hub.rings.failed == []
            assert hub.app.ledger.examine() == ()
            assert sandbox.warnings() == []


def come(hub, number):
    """Let events come, fetched or posted, until there are *number* actions, and do what follows."""
    if hub.app.bot.is_fetched:
        hub.app.fetching.look()
    hub.bitrix24.wait_for(lambda: len(hub.events) > 0, timeout=60)
    for _ in range(100):
        hub.settle()
        if len(hub.actions) >= number:
            return
        with hub.bitrix24._portal.changed:
            hub.bitrix24._portal.changed.wait(0.05)


@pytest.mark.parametrize(("api", "events"), WAYS, ids=["v2-fetched", "v2-posted", "v1-posted"])
def test_people_click_and_type(hub, api, events):
    desk = hub.app.registry.instance("desk").plugin
    hub.receive("desk", {"key": "t1", "to": "user:27"}, headers=TOKEN)
    (card,) = hub.shown("27")

    hub.bitrix24.click(27, card, "Take")
    come(hub, 1)
    hub.bitrix24.say(31, hub.app.bot.identity().id, f"/hub {card.keyboard[0]['COMMAND_PARAMS']}")
    come(hub, 2)
    hub.bitrix24.say(31, hub.app.bot.identity().id, "/tickets open")
    come(hub, 3)

    assert hub.app.bot.api() == api
    assert [(call.actor, call.dialog, call.text) for call in desk.calls] == [
        ("27", "27", ""),
        ("31", "31", "open"),
    ]
    assert [action.state for action in hub.actions] == ["done", "refused", "done"]
    assert hub.shown("27")[0].buttons == ["Close"]


def test_cards_that_a_person_writes_can_be_clicked(run_hub, tmp_path):
    settings = {"bot": {"sender": "user"}}
    with run_hub(settings, plugins=[InstalledPlugin("desk", DeskPlugin)], folder=tmp_path) as hub:
        hub.receive("desk", {"key": "t1", "to": "user:27"}, headers=TOKEN)
        card = hub.bitrix24.messages()[-1]

        hub.click(27, card, "Take")

        assert card.author_id == 1
        assert [action.state for action in hub.actions] == ["done"]
        assert next(each for each in hub.bitrix24.messages() if each.id == card.id).buttons == ["Close"]
