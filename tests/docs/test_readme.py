"""What the README shows works when it is typed in."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import cli
from hub.cli.session import Session
from hub.settings import Settings, load, validate
from hub.testing import InstalledPlugin, running_hub
from hub_plugin_alertmanager import AlertmanagerPlugin

README = (Path(__file__).parents[2] / "README.md").read_text()


def blocks(language):
    """Return the fenced code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def example_plugin():
    """Return the plugin that the README shows, as if it were installed."""
    (source,) = blocks("python")
    names = {"__name__": "my_backup_plugin"}
    exec(compile(source, "README.md", "exec"), names)
    return InstalledPlugin("backup", names["BackupPlugin"])


def test_the_example_plugin_tells_about_a_failed_backup():
    with running_hub({"plugins": {"backup": {"token": "word"}}}, plugins=[example_plugin()]) as hub:
        hub.receive("backup", {"job": "db", "error": "disk full"}, headers={"authorization": "Bearer word"})

        assert "Backup db failed" in hub.shown("1")[-1].text


def test_the_example_can_be_tried_as_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hub.cli.session.log_warnings", lambda: None)
    (tmp_path / "hub.toml").write_text(
        '[bitrix24]\nwebhook_url = "https://portal.example/rest/1/secret/"\n'
        '[bot]\ntoken = "t"\nfallback = "user:1"\n[plugins.backup]\ntoken = "word"\n'
    )
    *files, last = next(block for block in blocks("sh") if "plugins try" in block).splitlines()
    for line in files:
        subprocess.run(["sh", "-c", line], check=True)

    tried = CliRunner().invoke(cli, shlex.split(last)[1:], obj=Session(plugins=[example_plugin()]))

    assert (tried.exit_code, "Backup db failed" in tried.stdout) == (0, True)


def test_the_scopes_are_those_that_init_names(tmp_path):
    file = tmp_path / "hub.toml"
    url = "https://portal.example/rest/1/secret/"
    CliRunner().invoke(cli, ["--config", str(file), "init", "--webhook-url", url])
    (scopes,) = re.findall(r"webhook with the scopes ([a-z_, ]+)", README)

    assert f"webhook with the scopes {scopes}" in file.read_text()


def test_a_list_in_the_environment_is_written_as_shown():
    ((variable, text),) = re.findall(r"`(HUB_\w+)='(.+)'`", README)
    environ = {variable: text, "HUB_BOT__FALLBACK": "user:1", "HUB_BOT__TOKEN": "t"}
    environ["HUB_BITRIX24__WEBHOOK_URL"] = "https://portal.example/rest/1/secret/"
    table = load(None, environ).plugins["alertmanager"]
    settings = validate(AlertmanagerPlugin.settings_model, {"token": "word", **table.own})

    assert settings.to == ("chat:1157",)


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
