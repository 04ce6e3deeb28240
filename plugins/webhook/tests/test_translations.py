"""The Russian catalogue has all words of the plugin and of its presets, and no others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

import hub_plugin_webhook
from hub_plugin_webhook.preset import preset, preset_names

PACKAGE = Path(hub_plugin_webhook.__file__).parent
CATALOGUE = PACKAGE / "locale" / "ru" / "LC_MESSAGES" / "hub_plugin_webhook.po"


def test_every_word_is_translated_and_nothing_is_left_over():
    with CATALOGUE.open("rb") as file:
        translated = {entry.id for entry in read_po(file, abort_invalid=True) if entry.id and entry.string}
    in_code = {word for file in PACKAGE.glob("*.py") for word in _words(file)}
    assert translated == in_code | {word for name in preset_names() for word in _of(preset(name)["map"])}


def _words(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="T"), args=[ast.Constant(value=str(words)), *_]):
                yield words


def _of(card: dict) -> Iterator[str]:
    """Yield what a preset says in sentences: all but templates, and sentences that are only a value."""
    said = [card.get("title", ""), card.get("text", "")]
    for row in card.get("fields", ()):
        said += [row["name"], row.get("value", "")]
    said += [button["label"] for button in card.get("actions", ())]
    for inner in card.get("cards", ()):
        yield from _of(inner)
    yield from (
        words for words in said if words and "{{" not in words and "{%" not in words and not _is_value(words)
    )


def _is_value(words: str) -> bool:
    return words.startswith("{") and words.find("}") == len(words) - 1
