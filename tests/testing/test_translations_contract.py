"""The contract of translations sees what is missing and what is left over."""

import sys

import pytest

from hub.testing import TranslationsContract

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Check a package that says *code*, with *catalogue* in Russian."""
    folder = tmp_path / "translated_plugin"
    (folder / "locale/ru/LC_MESSAGES").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "translated_plugin", raising=False)

    def check(code, catalogue):
        (folder / "__init__.py").write_text(f"def T(*words):\n    return words\n\n{code}\n")
        (folder / "locale/ru/LC_MESSAGES/translated_plugin.po").write_text(HEADER + catalogue)
        import translated_plugin

        class Contract(TranslationsContract):
            package = translated_plugin

        Contract().test_every_word_is_translated_and_nothing_is_left_over()

    yield check
    sys.modules.pop("translated_plugin", None)


def test_what_is_translated_passes(check):
    check('T("Yes")', 'msgid "Yes"\nmsgstr "Да"\n')


@pytest.mark.parametrize(
    ("code", "catalogue", "complaint"),
    [
        ('T("Yes")', "", "not translated"),
        ('T("Yes")', 'msgid "Yes"\nmsgstr ""\n', "not translated"),
        ('T("Yes")', '#, fuzzy\nmsgid "Yes"\nmsgstr "Да"\n', "not translated"),
        ('T("a day", "days")', 'msgid "a day"\nmsgstr "день"\n', "not translated"),
        ("", 'msgid "Yes"\nmsgstr "Да"\n', "said nowhere"),
    ],
    ids=["missing", "empty", "uncertain", "without-its-plural", "left-over"],
)
def test_what_is_not_fails(check, code, catalogue, complaint):
    with pytest.raises(AssertionError, match=complaint):
        check(code, catalogue)
