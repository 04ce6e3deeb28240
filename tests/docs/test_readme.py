"""What the README shows works when it is typed in."""

import re
import tomllib
from pathlib import Path

import pytest

from hub.settings import Settings
from hub.testing import InstalledPlugin, running_hub

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language):
    """Return the fenced code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_example_plugin_tells_about_a_failed_backup():
    (source,) = blocks("python")
    names = {"__name__": "my_backup_plugin"}
    exec(compile(source, "README.md", "exec"), names)
    plugin = InstalledPlugin("backup", names["BackupPlugin"])

    with running_hub({"plugins": {"backup": {"token": "word"}}}, plugins=[plugin]) as hub:
        hub.receive("backup", {"job": "db", "error": "disk full"}, headers={"authorization": "Bearer word"})

        assert "Backup db failed" in hub.shown("1")[-1].text


def test_the_settings_shown_are_accepted():
    tables = tomllib.loads(next(block for block in blocks("toml") if "hub.toml" in block))
    tables["bot"]["token"] = "t"

    assert Settings.model_validate(tables).routes[0].to == ("head:5", "user:17")


def test_the_entry_point_shown_is_in_our_group():
    table = tomllib.loads(next(block for block in blocks("toml") if "entry-points" in block))

    assert list(table["project"]["entry-points"]) == ["hub.plugins"]


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_leads_somewhere(link):
    assert link.startswith("http") or (Path(__file__).parents[2] / link).exists()
