"""The README, the sample and the Russian catalogue are those of the plugin."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pydantic import ValidationError

import hub_plugin_onec
from hub.plugin import plain
from hub_plugin_onec.record import Kind
from hub_plugin_onec.settings import OnecSettings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
PACKAGE = Path(hub_plugin_onec.__file__).parent


def test_the_readme_has_every_setting_and_event():
    table = README.split("## Settings", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(OnecSettings.model_fields)
    assert all(f"`{kind}`" in README for kind in Kind)


def test_the_example_call_makes_a_card(base):
    (body,) = re.findall(r"-d '(\{.*?\})'", README)
    assert [card.title for card in base.told(body.encode())] == ["It works"]


def test_the_sample_is_told(base):
    sample = (files("hub_plugin_onec") / "samples" / "order.json").read_bytes()
    assert [plain(card.title) for card in base.told(sample)] == ["New order 00УТ-000217"]


def test_every_word_is_translated_and_nothing_is_left_over():
    with (PACKAGE / "locale" / "ru" / "LC_MESSAGES" / "hub_plugin_onec.po").open("rb") as file:
        translated = {entry.id for entry in read_po(file, abort_invalid=True) if entry.id and entry.string}
    calls = [
        node
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    ]
    words = {
        node.args[0].value
        for node in calls
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "T"
    }
    assert translated == words


@pytest.mark.parametrize("missing", ["username", "password"])
def test_without_credentials_nobody_could_send(missing):
    with pytest.raises(ValidationError, match=missing):
        OnecSettings.model_validate({"username": "a", "password": "b", missing: ""})


def test_an_unknown_zone_is_refused():
    with pytest.raises(ValidationError, match="is not a time zone"):
        OnecSettings.model_validate({"username": "a", "password": "b", "timezone": "Москва"})
