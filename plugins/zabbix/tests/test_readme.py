"""The README names every setting, and its example call works."""

from __future__ import annotations

import re
from pathlib import Path

from hub_plugin_zabbix.settings import ZabbixSettings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_has_every_setting():
    table = README.split("## Settings", 1)[1].split("##", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(ZabbixSettings.model_fields)


def test_the_example_call_makes_a_card(sender):
    (body,) = re.findall(r"-d '(\{.*?\})'", README, re.DOTALL)
    assert sender.accept(body.encode()).items
    assert sender.send(body.encode()).title == "Test (web-07)"
