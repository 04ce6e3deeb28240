"""Where words come from: the plugin's catalogue, the core's, the message id."""

import sys
from decimal import Decimal

import pytest

from hub.i18n import CORE, Catalogues

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : '
    'n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"\n\n'
)


@pytest.fixture
def problems():
    return []


@pytest.fixture
def catalogues(problems):
    return Catalogues(warn=problems.append)


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Write a plugin's package with the given Russian catalogue and return its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(po: str, *, header: str = HEADER) -> str:
        folder = tmp_path / "hub_plugin_words" / "locale" / "ru" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (tmp_path / "hub_plugin_words" / "__init__.py").touch()
        (folder / "words.po").write_text(header + po, encoding="utf-8")
        return "hub_plugin_words"

    yield write
    sys.modules.pop("hub_plugin_words", None)


def test_the_plugins_own_words_win_over_the_cores(catalogues, plugin):
    package = plugin('msgid "Open"\nmsgstr "Перейти"\n')

    assert catalogues.of(CORE, "ru").template("Open") == "Открыть"
    assert catalogues.of(package, "ru").template("Open") == "Перейти"


@pytest.mark.parametrize("n", [Decimal("1e999999"), Decimal("-1e999999"), 10**400, 10**15 + 1])
def test_a_number_that_nobody_counts_takes_the_form_of_several(catalogues, plugin, n):
    package = plugin(
        'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "{n} 1"\nmsgstr[1] "{n} 2"\nmsgstr[2] "{n} 5"\n'
    )

    assert catalogues.of(package, "ru").template("{n} day", "{n} days", n) == "{n} 2"


def test_what_the_plugin_lacks_comes_from_the_core_and_then_from_the_id(catalogues, plugin):
    catalogue = catalogues.of(plugin(""), "ru")

    assert catalogue.template("Open") == "Открыть"
    assert catalogue.template("Never heard of") == "Never heard of"


@pytest.mark.parametrize("package", ["hub_plugin_that_is_not_there", "string", CORE])
def test_english_and_packages_without_a_catalogue_use_the_ids(catalogues, problems, package):
    assert catalogues.of(package, "en").template("{n} file", "{n} files", 2) == "{n} files"
    assert catalogues.of(package, "ru").template("Never heard of") == "Never heard of"
    assert problems == []


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, "{n} файл"),
        (2, "{n} файла"),
        (5, "{n} файлов"),
        (21, "{n} файл"),
        (1.5, "{n} файла"),
        (-1, "{n} файл"),
    ],
)
def test_the_plural_follows_the_languages_own_rule(catalogues, plugin, n, words):
    package = plugin(
        'msgid "{n} file"\nmsgid_plural "{n} files"\n'
        'msgstr[0] "{n} файл"\nmsgstr[1] "{n} файла"\nmsgstr[2] "{n} файлов"\n'
    )

    assert catalogues.of(package, "ru").template("{n} file", "{n} files", n) == words


def test_a_form_for_one_number_need_not_name_it(catalogues, plugin, problems):
    package = plugin(
        'msgid "one file"\nmsgid_plural "{n} files"\n'
        'msgstr[0] "один файл"\nmsgstr[1] "{n} файла"\nmsgstr[2] "{n} файлов"\n'
    )

    assert catalogues.of(package, "ru").template("one file", "{n} files", 1) == "один файл"
    assert problems == []


@pytest.mark.parametrize(
    "translation",
    [
        "Сделка",
        "Сделка {имя}",
        "Сделка {name} {name2}",
        "Сделка {name",
        "Сделка {name!r}",
        "Сделка {name:>99}",
    ],
)
def test_a_translation_with_other_names_is_reported_once_and_the_english_shown(
    catalogues, plugin, problems, translation
):
    package = plugin(f'msgid "Deal {{name}}"\nmsgstr "{translation}"\n')

    shown = [catalogues.of(package, "ru").template("Deal {name}") for _ in range(3)]

    assert shown == ["Deal {name}"] * 3
    (problem,) = problems
    assert "'Deal {name}'" in problem


@pytest.mark.parametrize(
    "broken",
    [
        {"po": 'msgid "Open"\nnonsense'},
        {"po": "", "header": HEADER.replace("nplurals=3; plural=", "nplurals=3; plural=import os")},
        {"po": "", "header": HEADER.replace("UTF-8", "no-such-charset")},
    ],
    ids=["syntax", "plural rule", "charset"],
)
def test_a_broken_catalogue_is_reported_once_and_ignored(catalogues, plugin, problems, broken):
    package = plugin(**broken)

    shown = [catalogues.of(package, "ru").template("Open") for _ in range(3)]

    assert shown == ["Открыть"] * 3
    (problem,) = problems
    assert problem.startswith("hub_plugin_words: locale/ru/LC_MESSAGES/words.po is ignored: ")


def test_fuzzy_and_missing_translations_are_not_used(catalogues, plugin, problems):
    package = plugin('#, fuzzy\nmsgid "Maybe"\nmsgstr "Может быть"\n\nmsgid "Later"\nmsgstr ""\n')

    catalogue = catalogues.of(package, "ru")

    assert [catalogue.template("Maybe"), catalogue.template("Later")] == ["Maybe", "Later"]
    assert problems == []


def test_an_empty_id_has_no_words(catalogues):
    assert catalogues.of(CORE, "ru").template("") == ""


def test_words_that_quote_plugins_are_found_in_any_of_their_catalogues(catalogues, plugin):
    package = plugin(
        'msgid "Disk is full"\nmsgstr "Диск полон"\n\nmsgid "Open"\nmsgstr "Перейти"\n\n'
        'msgid "{n} day"\nmsgid_plural "{n} days"\nmsgstr[0] "{n} 1"\nmsgstr[1] "{n} 2"\nmsgstr[2] "{n} 5"\n'
    )

    russian = catalogues.of_all({package}, "ru")
    english = catalogues.of_all({package}, "en")

    assert [russian.template(id) for id in ("Disk is full", "Open", "?")] == ["Диск полон", "Открыть", "?"]
    assert [catalogue.template("{n} day", "{n} days", 5) for catalogue in (russian, english)] == [
        "{n} 5",
        "{n} days",
    ]
