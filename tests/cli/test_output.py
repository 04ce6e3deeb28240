"""Tables and records as people see them."""

import pytest

from hub.cli.output import cut, table, visible
from hub.cli.titles import plain
from hub.plugin import T

ROWS = [
    {"name": "zabbix", "status": "active", "reason": ""},
    {"name": "crm", "status": "broken", "reason": "cannot be imported: no module named acme"},
]
COLUMNS = ("name", "status", "reason")


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        pytest.param(
            None,
            "NAME    STATUS  REASON\n"
            "zabbix  active\n"
            "crm     broken  cannot be imported: no module named acme\n",
            id="no terminal",
        ),
        pytest.param(
            42,
            "NAME    STATUS  REASON\n"
            "zabbix  active\n"
            "crm     broken  cannot be imported: no\n"
            "                module named acme\n",
            id="the last column is folded",
        ),
        pytest.param(
            30,
            "name    zabbix\nstatus  active\n"
            "\n"
            "name    crm\nstatus  broken\nreason  cannot be imported: no module named acme\n",
            id="too narrow for a table",
        ),
    ],
)
def test_a_table_fits_where_it_is_shown(width, expected):
    assert table(ROWS, COLUMNS, width) == expected


def test_a_table_without_rows_is_nothing():
    assert table([], COLUMNS, None) == ""


@pytest.mark.parametrize(
    ("width", "expected"), [(None, "a long title of a card"), (42, "a long title …"), (10, "a long titl…")]
)
def test_a_title_leaves_room_for_other_columns(width, expected):
    assert cut("a long title of a card", width) == expected


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        pytest.param("two\nlines", "two lines", id="plain"),
        pytest.param(T("Lead {name}", name="Ann").model_dump(), "Lead Ann", id="message"),
        pytest.param("\x1b[2Jgone", "[2Jgone", id="no control of the terminal"),
    ],
)
def test_a_title_is_one_plain_line(stored, shown):
    assert plain(stored) == shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("\x1b[31mred\x1b[0m", "red", id="colour"),
        pytest.param("\x1b]0;title\x07a\x9b2J\rb", "]0;titlea2Jb", id="control characters"),
        pytest.param("a\u202eb\u2028c\ud800d", "abcd", id="direction, separator, surrogate"),
        pytest.param("один\n\tдва\xa0€ 🔥", "один\n\tдва\xa0€ 🔥", id="words"),
    ],
)
def test_nothing_that_is_shown_steers_the_terminal(text, seen):
    assert visible(text) == seen


def test_a_cell_stays_on_its_line_and_steers_nothing():
    rows = [{"name": "\x1b[2Jzabbix\nfake", "reason": ["\x1b[1ma"]}]

    assert table(rows, ("name", "reason"), None) == "NAME         REASON\nzabbix fake  a\n"
