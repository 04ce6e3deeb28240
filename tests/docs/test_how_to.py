"""What the how-to pages show is so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

from cryptography.fernet import Fernet

from hub.settings import Settings, addresses, unknown_chat
from hub.settings.tables import BotTable
from hub.testing import InstalledPlugin, running_hub
from hub_plugin_alertmanager import AlertmanagerPlugin

PAGES = Path(__file__).parents[2] / "docs/how-to"


def test_the_settings_for_group_chats_are_valid_and_lead_somewhere():
    page = (PAGES / "write-to-group-chats.md").read_text()
    for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
        settings = Settings.model_validate({"bot": {"fallback": "user:1"}, **tomllib.loads(block)})
        assert not any(unknown_chat(address, settings.chats) for _, address in addresses(settings))


def test_the_settings_of_a_server_are_valid():
    page = (PAGES / "run-on-a-server.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    Settings.model_validate({"bot": {"fallback": "user:1"}, **tomllib.loads(block)})


def test_the_script_of_a_server_gives_commands_its_settings_and_its_key(tmp_path):
    page = (PAGES / "run-on-a-server.md").read_text()
    (script,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    hub = Path(sys.executable).with_name("hub")
    script = script.replace("/opt/hub/.venv/bin/hub", str(hub)).replace("/etc/hub", str(tmp_path))
    (tmp_path / "environment").write_text(f"HUB_SECRET_KEY={Fernet.generate_key().decode()}\n")
    application = 'portal = "company.bitrix24.com"\nclient_id = "local.1"\nclient_secret = "s"'
    (tmp_path / "hub.toml").write_text(
        f'[hub]\npublic_url = "https://hub.example.org"\n[bitrix24]\n{application}\n[bot]\nfallback = "user:1"\n'
    )

    command = ["/bin/sh", "-c", script, "hub", "events", "list", "--limit", "5"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=60)

    assert (ran.returncode, ran.stderr) == (0, "none\n")


def test_the_ways_in_which_the_bot_talks_are_those_that_can_be_set():
    page = (PAGES / "choose-how-the-bot-talks.md").read_text()
    (block,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    for key, default, choices in re.findall(r'^(\w+) = "(\w+)" +# (.+)$', block, re.MULTILINE):
        field = BotTable.model_fields[key]
        assert (field.default, " | ".join(get_args(field.annotation))) == (default, choices)


def test_every_check_of_the_doctor_is_explained():
    page = (PAGES / "check-the-hub.md").read_text()
    explained = set(re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)) | set(
        re.findall(r"\(`([a-zA-Z ]+)`\)", page)
    )
    with running_hub(plugins=[InstalledPlugin("alertmanager", AlertmanagerPlugin)]) as hub:
        hub.app.bot.register()
        hub.app.named_chat_rows.settle("ops", "1157", ())
        found = {each.check for each in hub.app.checkup(live=True)}

    names = {re.sub(r"^(plugin|chat) [a-z-]+", r"\1 NAME", check) for check in found}
    assert names - explained == set()
    assert explained - names == {"plugin NAME: CHECK", "event path"}
