"""The README names every setting, and its example is a valid configuration."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from hub_plugin_crm.settings import CrmSettings, Rule

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def _first_column(heading: str) -> set[str]:
    table = README.split(heading, 1)[1].split("\n#", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))


def test_the_tables_have_every_setting():
    assert _first_column("## Settings") == set(CrmSettings.model_fields)
    assert _first_column("### Rules") == set(Rule.model_fields)


def test_the_example_is_valid():
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    table = tomllib.loads(example)["plugins"]["crm"]
    table.pop("flood_limit")  # the hub's own

    assert len(CrmSettings.model_validate(table).rules) == 3
