"""What the pages say can be typed is what a hub lets people type."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference/chat-commands.md").read_text()
HOW_TO = (DOCS / "how-to/use-the-bot-in-chat.md").read_text()


@pytest.fixture
def commands(lasting_hub):
    """Return the hub's own commands, by the name to type."""
    return {name: each.item for name, each in lasting_hub.app.chat_commands.all().items()}


def test_the_table_is_the_list_that_the_bot_registers(commands):
    rows = re.findall(r"^\| `/(\w+)` \| (?:`([^`]+)`)? *\| (.+) \|$", REFERENCE, re.M)

    assert rows == [(name, each.usage, each.summary) for name, each in commands.items()]


def test_every_command_that_the_how_to_shows_exists(commands):
    assert set(re.findall(r"`/([a-z]+)", HOW_TO)) == set(commands)
