"""The Russian catalogue has all words of the plugin and of its presets, and no others."""

from __future__ import annotations

from collections.abc import Iterator

import hub_plugin_webhook
from hub.testing import TranslationsContract
from hub_plugin_webhook.preset import preset, preset_names


class TestTranslations(TranslationsContract):
    package = hub_plugin_webhook

    def more_words(self) -> Iterator[tuple[str]]:
        for name in preset_names():
            yield from ((words,) for words in _of(preset(name)["map"]))


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
