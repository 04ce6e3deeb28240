"""The README names every setting and preset, and its examples work."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from hub.plugin import plain
from hub.testing import FakeContext
from hub_plugin_webhook import WebhookPlugin
from hub_plugin_webhook.map_settings import CardSettings, MapSettings
from hub_plugin_webhook.preset import preset_names
from hub_plugin_webhook.settings import WebhookSettings
from hub_plugin_webhook.templates import _FILTERS

from .conftest import digest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
TABLES = tomllib.loads(re.findall(r"```toml\n(.*?)```", README, re.DOTALL)[0])["plugins"]


def first_column(heading: str) -> set[str]:
    table = README.split(heading, 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}


def test_the_tables_have_every_setting_and_preset():
    assert first_column("## Settings") == set(WebhookSettings.model_fields)
    assert first_column("## Write a mapping") == set(CardSettings.model_fields)
    assert first_column("## Presets") == set(preset_names()) - {"plain"}
    for name in (*MapSettings.model_fields, *_FILTERS):
        assert re.search(rf"\b{name}\b", README), name


@pytest.mark.parametrize("name", TABLES)
def test_the_example_settings_work(name):
    table = {key: value for key, value in TABLES[name].items() if key != "use"}
    WebhookPlugin(WebhookSettings.model_validate(table), FakeContext(name))


@pytest.mark.parametrize(
    ("state", "titles"),
    [
        ("paid", ["Order 9: paid"]),
        ("draft", []),
        ("chargeback", ["Order 9: the bank wants the money back"]),
    ],
)
def test_the_example_mapping_does_what_it_says(make_sender, state, titles):
    sender = make_sender(**{k: v for k, v in TABLES["shop"].items() if k != "use"}, token="")
    sender.prove = lambda body: {"X-Shop-Signature": f"sha256={digest(TABLES['shop']['secret'], body)}"}
    body = f'{{"order": {{"number": 9, "state": "{state}", "total": "10", "currency": "EUR"}}}}'.encode()
    assert [plain(card.title) for card in sender.told(body)] == titles


def test_the_example_call_makes_a_card(make_sender):
    (body,) = re.findall(r"-d '(\{.*?\})'", README)
    assert [card.title for card in make_sender().told(body.encode())] == ["It works"]
