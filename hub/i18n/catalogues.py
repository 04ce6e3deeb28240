"""Gettext catalogues of the core and of plugins, compiled in memory from their ``.po`` files."""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from string import Formatter
from threading import Lock

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

#: The package whose ``locale`` folder holds the core's own words.
CORE = "hub.i18n"
#: ``Decimal("1e999999")`` is quick to write, and takes minutes to become an int.
_MOST_COUNTED = 10**15


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """The words of one package in one language; what it lacks comes from the core, then from the id."""

    translations: gettext.NullTranslations

    def template(self, id: str, plural: str | None = None, n: Decimal | int = 1) -> str:
        """Return the translation of a message id, its ``{names}`` not yet filled in.

        Args:
            plural: the English plural, where the message has one.
            n: the count that decides, finite; a fraction, and what nobody counts (10**15 and more), takes
                the form of 2, as fractions do in English and Russian.
        """
        if not id:
            return ""
        if plural is None:
            return self.translations.gettext(id)
        count = abs(int(n)) if -_MOST_COUNTED < n < _MOST_COUNTED and n == int(n) else 2
        return self.translations.ngettext(id, plural, count)


class Catalogues:
    """Loads catalogues on first use and keeps them.

    Args:
        warn: told once about each file or translation that is wrong and therefore ignored.
    """

    def __init__(self, *, warn: Callable[[str], None]) -> None:
        self._warn = warn
        self._loaded: dict[tuple[str, str], gettext.NullTranslations] = {}
        self._loading = Lock()

    def of(self, package: str, language: str) -> Catalogue:
        """Return the catalogue of *package*; without one of its own it is the core's."""
        with self._loading:
            return Catalogue(translations=self._translations(package, language))

    def of_all(self, packages: Collection[str], language: str) -> Catalogue:
        """Return the core's catalogue with those of *packages* behind it, for words that quote them."""
        with self._loading:
            parts = [self._translations(package, language) for package in (CORE, *sorted(packages))]
        return Catalogue(translations=_FirstOf(parts))

    def _translations(self, package: str, language: str) -> gettext.NullTranslations:
        if (package, language) not in self._loaded:
            translations = self._compile(package, language)
            if package != CORE:
                translations.add_fallback(self._translations(CORE, language))
            self._loaded[package, language] = translations
        return self._loaded[package, language]

    def _compile(self, package: str, language: str) -> gettext.NullTranslations:
        merged = gettext.NullTranslations()
        for file in sorted(_po_files(package, language), key=lambda file: file.name):
            where = f"{package}: locale/{language}/LC_MESSAGES/{file.name}"
            try:
                compiled = self._compile_file(file, language, where)
            except (PoFileError, LookupError, SyntaxError, ValueError, OSError) as exc:
                self._warn(f"{where} is ignored: {exc}; check it with msgfmt --check")
                continue
            merged.add_fallback(compiled)
        return merged

    def _compile_file(self, file: Traversable, language: str, where: str) -> gettext.GNUTranslations:
        catalog = read_po(io.BytesIO(file.read_bytes()), locale=language, abort_invalid=True)
        for message in [message for message in catalog if message.id and not _keeps_its_names(message)]:
            if any(_forms(message.string)):
                self._warn(
                    f"{where}: the translation of {_forms(message.id)[0]!r} is ignored: "
                    "its names in braces differ from the original's"
                )
            catalog.delete(message.id, context=message.context)
        return _compiled(catalog)


class _FirstOf(gettext.NullTranslations):
    """The first translation that is one."""

    def __init__(self, parts: Sequence[gettext.NullTranslations]) -> None:
        super().__init__()
        self._parts = parts

    def gettext(self, message: str) -> str:
        found = (part.gettext(message) for part in self._parts)
        return next((words for words in found if words != message), message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        found = (part.ngettext(msgid1, msgid2, n) for part in self._parts)
        return next((words for words in found if words not in (msgid1, msgid2)), msgid1 if n == 1 else msgid2)


def _po_files(package: str, language: str) -> Iterator[Traversable]:
    try:
        folder = files(package).joinpath("locale", language, "LC_MESSAGES")
        yield from (file for file in folder.iterdir() if file.name.endswith(".po"))
    except (ModuleNotFoundError, TypeError, OSError):  # a single module, or a package without this language
        return


def _compiled(catalog: Catalog) -> gettext.GNUTranslations:
    machine = io.BytesIO()
    write_mo(machine, catalog)
    machine.seek(0)
    return gettext.GNUTranslations(machine)


def _keeps_its_names(message: Message) -> bool:
    """Say whether every form of the translation names the values that the original names.

    A form for one number may leave ``{n}`` out: "one alert".
    """
    wanted = [_names(form) for form in _forms(message.id)]
    allowed = set().union(*(names or () for names in wanted))
    needed = allowed - {"n"} if len(wanted) > 1 else allowed
    for form in _forms(message.string):
        names = _names(form)
        if not form or names is None or not needed <= names <= allowed:
            return False
    return True


def _names(template: str) -> set[str] | None:
    """Return the names in braces; None where the template could not be filled in."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return None
    if any(spec or conversion for _, _, spec, conversion in parts):
        return None
    return {name for _, name, _, _ in parts if name is not None}


def _forms(words: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (words,) if isinstance(words, str) else tuple(words or ())
