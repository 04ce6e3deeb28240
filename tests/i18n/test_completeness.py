"""Every text of the core and of the plugins beside it is translated, and no translation is left over."""

import ast
import re
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
CORE = ROOT / "hub"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/hub_plugin_*/__init__.py"))

Id = str | tuple[str, str]

#: Keys of a described card whose values people read.
_READ = {"title", "text", "name", "label"}


def _texts(package: Path) -> Iterator[tuple[str, Id]]:
    """Yield where each ``T(…)`` stands and its message id, and so what people read of commands that can be typed."""
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            where = f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Call(func=ast.Name(id="T"), args=args):
                    words = [getattr(argument, "value", None) for argument in args]
                    assert all(isinstance(word, str) for word in words), f"{where}: T() takes literal words"
                    yield where, words[0] if len(words) == 1 else (words[0], words[1])
                case ast.Call(func=ast.Name(id="Command"), keywords=keywords):
                    given = {keyword.arg: getattr(keyword.value, "value", None) for keyword in keywords}
                    if given.get("chat"):
                        yield from ((where, given[name]) for name in ("summary", "usage") if given.get(name))

    for file in sorted(package.rglob("*.toml")):  # cards that are described there
        where = str(file.relative_to(ROOT))
        yield from ((where, words) for words in _sentences(tomllib.loads(file.read_text(encoding="utf-8"))))


def _sentences(node: object) -> Iterator[str]:
    """Yield what people read of a described card; a template's words are the sender's own."""
    if isinstance(node, list):
        for each in node:
            yield from _sentences(each)
    for name, value in node.items() if isinstance(node, dict) else ():
        if name in _READ and isinstance(value, str):
            has_words = any(character.isalpha() for character in re.sub(r"\{.*?\}", "", value))
            if has_words and "{%" not in value and "{{" not in value:
                yield value
        elif name != "values":  # those are expressions
            yield from _sentences(value)


def _translations(package: Path) -> dict[Id, bool]:
    """Return every message id of the Russian catalogues, and whether it is translated for good."""
    found = {}
    folder = CORE / "i18n" if package == CORE else package
    for file in folder.glob("locale/ru/LC_MESSAGES/*.po"):
        for message in read_po(BytesIO(file.read_bytes())):
            forms = [message.string] if isinstance(message.string, str) else message.string
            if message.id:
                found[message.id] = all(forms) and not message.fuzzy
    return found


@pytest.mark.parametrize("package", [CORE, *PLUGINS], ids=lambda package: package.name)
def test_every_text_is_in_the_russian_catalogue(package):
    known = {**_translations(CORE), **_translations(package)}

    missing = sorted(f"{where} {words!r}" for where, words in _texts(package) if not known.get(words))

    assert not missing, (
        "add to a catalogue in locale/ru/LC_MESSAGES (of the core: in hub/i18n):\n" + "\n".join(missing)
    )


@pytest.mark.parametrize("package", [CORE, *PLUGINS], ids=lambda package: package.name)
def test_no_translation_is_left_over(package):
    used = {words for _, words in _texts(package)}

    assert sorted(set(_translations(package)) - used, key=str) == []
