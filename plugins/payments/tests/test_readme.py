"""The README names every setting, label and kind, and its examples are read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

from hub_plugin_payments.payment import Status
from hub_plugin_payments.settings import PaymentsSettings, Provider, Rule

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return README.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_settings_table_has_every_setting_of_every_provider():
    rows = {
        row[0]: row for row in re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", section("Settings"), re.MULTILINE)
    }
    assert set(rows) == set(PaymentsSettings.model_fields)
    for name, field in PaymentsSettings.model_fields.items():
        tables = [
            each
            for each in get_args(field.annotation)
            if isinstance(each, type) and issubclass(each, Provider)
        ]
        for own in {key for table in tables for key in table.model_fields} - {"shop", "to"}:
            assert f"`{own}`" in rows[name][1]
    assert all(f"`{key}`" in rows["rules"][1] for key in Rule.model_fields)


def test_the_statuses_of_a_payment_are_all_named():
    (row,) = (line for line in section("What routes can match").splitlines() if line.startswith("| `status`"))
    assert re.findall(r"`(\w+)`", row)[1:] == [status.value for status in Status]


def test_the_example_settings_are_valid():
    for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL):
        for table in tomllib.loads(block)["plugins"].values():
            table.pop("use", None)
            PaymentsSettings.model_validate(table)
