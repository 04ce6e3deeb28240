"""Tables and records as people see them."""

import pytest

from hub.cli.output import table

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
