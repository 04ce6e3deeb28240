"""The standard test of a plugin's translations."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import ClassVar

from babel.messages.pofile import read_po

#: What ``T(...)`` is given: the words, and those of the plural where there is one.
Words = tuple[str, ...]


class TranslationsContract:
    """Subclass this as ``Test…`` in a plugin's tests and fill in the attributes.

    Attributes:
        package: the plugin's package; its catalogues are ``locale/<language>/LC_MESSAGES/<package>.po``.
        languages: those the plugin is translated into.
    """

    package: ClassVar[ModuleType]
    languages: ClassVar[Iterable[str]] = ("ru",)

    def more_words(self) -> Iterable[Words]:
        """Yield what people read beside the words of each ``T(...)``, for example of cards described in files."""
        return ()

    def test_every_word_is_translated_and_nothing_is_left_over(self) -> None:
        folder = Path(str(self.package.__file__)).parent
        said = {words for file in folder.rglob("*.py") for words in _words(file)} | set(self.more_words())
        for language in self.languages:
            translated = _translated(
                folder / "locale" / language / "LC_MESSAGES" / f"{self.package.__name__}.po"
            )
            assert said - translated == set(), f"not translated into {language!r}"
            assert translated - said == set(), f"translated into {language!r}, but said nowhere"


def _words(file: Path) -> Iterator[Words]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "T":
            yield tuple(ast.literal_eval(argument) for argument in node.args)


def _translated(catalogue: Path) -> set[Words]:
    with catalogue.open("rb") as file:
        entries = read_po(file, abort_invalid=True)
    return {
        _forms(entry.id) for entry in entries if entry.id and all(_forms(entry.string)) and not entry.fuzzy
    }


def _forms(words: str | Iterable[str] | None) -> Words:
    return (words or "",) if isinstance(words, str | None) else tuple(words)
