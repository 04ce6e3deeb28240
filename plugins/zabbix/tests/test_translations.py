"""The Russian catalogue has all words of the plugin, and no others."""

from __future__ import annotations

import ast
from pathlib import Path

from babel.messages.pofile import read_po

import hub_plugin_zabbix

PACKAGE = Path(hub_plugin_zabbix.__file__).parent
CATALOGUE = PACKAGE / "locale" / "ru" / "LC_MESSAGES" / "hub_plugin_zabbix.po"


def test_every_word_is_translated_and_nothing_is_left_over():
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    translated = {_forms(message.id) for message in catalogue if message.id and all(_forms(message.string))}
    assert translated == {words for file in PACKAGE.glob("*.py") for words in _words(file)}


def _words(file):
    """Yield the message ids of all ``T(...)`` in *file*: the singular, and the plural where there is one."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "T":
            yield tuple(ast.literal_eval(argument) for argument in node.args)


def _forms(words):
    return (words,) if isinstance(words, str) else tuple(words)
