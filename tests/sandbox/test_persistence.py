"""A portal with a state file survives its process."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx

from hub.sandbox import Sandbox

KEY = "8d6f0f3e-7c1b-4b52-9a55-2f4f6a1b7c90"
BOT = {"code": "b", "botToken": "t", "properties": {"name": "B"}}
SEND = {"botId": 456, "botToken": "t", "dialogId": "27", "fields": {"message": "x", "templateId": KEY}}


def test_messages_and_keys_survive_a_restart(tmp_path):
    file = tmp_path / "portal.sqlite"
    with Sandbox.running(state_file=file) as sandbox:
        httpx.post(f"{sandbox.webhook_url}imbot.v2.Bot.register", json={"fields": BOT})
        first = httpx.post(f"{sandbox.webhook_url}imbot.v2.Chat.Message.send", json=SEND).json()["result"][
            "id"
        ]
    with Sandbox.running(state_file=file) as sandbox:
        again = httpx.post(f"{sandbox.webhook_url}imbot.v2.Chat.Message.send", json=SEND).json()["result"][
            "id"
        ]
        other = {**SEND, "fields": {"message": "new"}}
        new = httpx.post(f"{sandbox.webhook_url}imbot.v2.Chat.Message.send", json=other).json()["result"][
            "id"
        ]

        assert (again, new) == (first, first + 1)
        assert [message.text for message in sandbox.shown("27")] == ["x", "new"]


def test_what_was_answered_survives_a_kill(tmp_path):
    file = tmp_path / "portal.sqlite"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = (
        f"from pathlib import Path; from hub.sandbox import run; run({port}, Path({str(file)!r}), rate=None)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as output:
        lines = [output.readline(), output.readline()]
        webhook = lines[1].split()[-1]
        httpx.post(f"{webhook}imbot.v2.Bot.register", json={"fields": BOT})
        first = httpx.post(f"{webhook}imbot.v2.Chat.Message.send", json=SEND).json()["result"]["id"]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    assert lines[0].split()[-1] == f"http://127.0.0.1:{port}/"
    with Sandbox.running(state_file=file) as sandbox:
        assert [message.id for message in sandbox.shown("27")] == [first]


def test_a_thousand_messages_a_second_pass(sandbox, webhook, bot):
    commands = [
        f"imbot.v2.Chat.Message.send?botId={bot.id}&botToken={bot.token}&dialogId=27&fields[message]={n}"
        for n in range(1000)
    ]
    started = time.perf_counter()
    for index in range(0, len(commands), 50):
        webhook.result("batch", cmd=commands[index : index + 50])

    assert len(sandbox.shown("27")) == 1000
    assert time.perf_counter() - started < 5  # far above the usual third of a second, for busy machines
