"""The portal's list of commands follows what is installed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from pipeline.act.desk import DeskPlugin
from pipeline.chat.ops import OpsPlugin

from hub.sandbox import Sandbox
from hub.testing import HubHarness, InstalledPlugin

DESK, OPS = InstalledPlugin("desk", DeskPlugin), InstalledPlugin("ops", OpsPlugin)


def test_the_portals_list_follows_what_is_installed(
    run_hub: Callable[..., AbstractContextManager[HubHarness]], tmp_path: Path
) -> None:
    with Sandbox.running() as portal:
        with run_hub(plugins=[DESK, OPS], sandbox=portal, folder=tmp_path) as hub:
            hub.app.bot.register()
        with run_hub(plugins=[DESK], sandbox=portal, folder=tmp_path) as hub:
            changes = hub.app.bot.identity().changes

        registered = {
            call.params["fields"]["command"]: call.params["fields"]
            for call in portal.calls("imbot.v2.Command.register")
        }
    assert registered["mute"]["title"] == {
        "en": "No new messages for a while",
        "ru": "Отключить новые сообщения на время",
    }
    assert registered["mute"]["params"] == {"en": "2h (source)", "ru": "2h (источник)"}
    assert set(changes) == {
        "command tickets",
        *(f"command {name} removed" for name in ("desktickets", "opstickets", "opshelp", "reopen", "wipe")),
    }
