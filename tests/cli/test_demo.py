"""``hub demo``: everything in one command, and nothing left of it."""

import os
import shlex
import signal
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from servers.process import find, missing

#: Installed plugins that bring something to try.
WITH_SAMPLES = {"alertmanager", "crm", "onec", "payments", "tasks", "webhook", "zabbix"}


class Demo:
    """A running demo and what it printed."""

    def __init__(self, program):
        self.program = program
        self.chat = program.line("Chat")
        self.url = program.line("Hub")
        program.line("Open the chat")
        self.commands = [line.strip() for line in program.output if line.strip().startswith("curl ")]

    def message(self):
        """Return the last message in the dialog with the bot, of the person whose chat is opened."""
        person = parse_qs(urlsplit(self.chat).fragment)["as"][0]
        api = self.chat.partition("#")[0] + "sandbox/api"
        for dialog in httpx.get(f"{api}/dialogs", params={"as": person}).json()["dialogs"]:
            if dialog["bot"] and dialog["last"]:
                return dialog["last"]["text"]
        return ""

    def answers(self):
        """Say whether the chat or the hub answers."""
        for url in (self.chat, self.url):
            try:
                httpx.get(url, timeout=2)
            except httpx.TransportError:
                continue
            return True
        return False


@pytest.fixture
def demo(start, folder):
    (folder / "tmp").mkdir()
    return Demo(start("demo", "--port", "0", TMPDIR=str(folder / "tmp")))


def test_a_printed_command_makes_a_card_and_ctrl_c_leaves_nothing(demo, folder, wait_until):
    files = [Path(word[1:]) for command in demo.commands for word in shlex.split(command) if word[0] == "@"]
    assert {file.name.partition("-")[0] for file in files} == WITH_SAMPLES
    if find("curl") is None:
        missing("curl")
    done = subprocess.run(
        [*shlex.split(demo.commands[0]), "-sS"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("answered 200\n")

    assert "Less than 3% left" in wait_until(demo.message)
    assert demo.program.end(signal.SIGINT, within=60) == 0
    assert not demo.answers()
    assert list((folder / "tmp").iterdir()) == []
    assert "Traceback" not in demo.program.said()


def test_when_one_process_dies_the_other_ends_too(demo, folder):
    mine = f"PPid:\t{demo.program.process.pid}\n"
    children = [each.parent for each in Path("/proc").glob("[0-9]*/status") if mine in each.read_text()]
    (server,) = [each for each in children if b"\0serve\0" in (each / "cmdline").read_bytes()]
    os.kill(int(server.name), signal.SIGKILL)

    assert (demo.program.ended(within=60), demo.answers()) == (1, False)
    assert list((folder / "tmp").iterdir()) == []
