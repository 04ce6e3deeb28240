"""The README names every setting."""

from __future__ import annotations

import re
from pathlib import Path

from hub_plugin_tasks.settings import TasksSettings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_has_every_setting():
    table = README.split("## Settings", 1)[1].split("##", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(TasksSettings.model_fields)
