"""The command ``hub`` itself: start, settings, errors, commands of plugins."""

import os
import subprocess
import sys

import pytest

from cli.greeter import Greeter, Installed
from hub import __version__
from hub.cli import cli
from hub.settings import RESERVED_NAMES


def test_the_version_is_told_without_importing_more_than_click(folder):
    code = (
        "import sys\nfrom hub.cli import main\nsys.argv = ['hub', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'hub.app', 'hub.plugin', 'sqlmodel', 'alembic', 'starlette', 'structlog', 'pydantic'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [__version__, "[]"]


def test_every_command_has_a_line_of_help(hub):
    lines = hub("--help").stdout.partition("Commands:")[2].strip().splitlines()

    assert [line.split()[0] for line in lines if len(line.split()) > 1] == cli.list_commands(None)


def test_no_plugin_can_take_the_name_of_a_command():
    assert set(cli.list_commands(None)) <= RESERVED_NAMES


def test_an_unknown_word_is_wrong_usage_and_no_lecture_on_settings(hub):
    done = hub("nonsense")

    assert (done.exit_code, "nonsense" in done.stderr, "webhook" in done.stderr) == (2, True, False)


def test_all_wrong_settings_are_told_at_once_without_values(hub, folder):
    (folder / "hub.toml").write_text('[hub]\nlanguage = "klingon"\n[bot]\ncolour = "hunter2"\n')

    done = hub("plugins", "list")

    assert done.exit_code == 2
    for key in ("hub.language", "bot.colour", "bot.fallback", "bitrix24.webhook_url"):
        assert key in done.stderr
    assert "hunter2" not in done.stderr
    assert done.stdout == ""


def test_a_folder_without_settings_points_to_init(hub):
    assert "hub init" in hub("events", "list").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--config", "other.toml", "routes", "explain", "--instance", "send"), id="first"),
        pytest.param(("routes", "--config", "other.toml", "explain", "--instance", "send"), id="middle"),
        pytest.param(("routes", "explain", "--instance", "send", "--config", "other.toml"), id="last"),
    ],
)
def test_the_settings_file_may_be_named_anywhere(hub, config, folder, arguments):
    (folder / "hub.toml").rename(folder / "other.toml")

    assert hub(*arguments).exit_code == 0


def test_the_settings_file_may_be_named_in_the_environment(hub, config, folder, monkeypatch):
    (folder / "hub.toml").rename(folder / "other.toml")
    monkeypatch.setenv("HUB_CONFIG", "other.toml")

    assert hub("routes", "explain", "--instance", "send").exit_code == 0


def test_a_plugin_brings_commands(hub, config):
    config('[plugins.greeter]\ntoken = "t"\nname = "Ann"\n')

    assert hub("greeter", "hello", plugins=[Installed("greeter", Greeter)]).stdout == "hello Ann\n"


def test_commands_of_a_plugin_are_listed(hub, config):
    config('[plugins.greeter]\ntoken = "t"\n')

    assert "Say hello." in hub("greeter", "--help", plugins=[Installed("greeter", Greeter)]).stdout


def test_a_second_instance_has_the_commands_too(hub, config):
    config('[plugins.greeter]\ntoken = "t"\n[plugins.other]\nuse = "greeter"\ntoken = "t"\nname = "Bob"\n')

    assert hub("other", "hello", plugins=[Installed("greeter", Greeter)]).stdout == "hello Bob\n"


def test_commands_of_a_plugin_that_does_not_work_say_why(hub, config):
    done = hub("greeter", "hello", plugins=[Installed("greeter", Greeter)])

    assert (done.exit_code, "plugins.greeter.token" in done.stderr) == (1, True)


def test_a_reader_that_has_gone_is_no_error(folder):
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "hub", "--help"]

    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)

    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("command", "redirected", "code"),
    [
        pytest.param("--help", ">/dev/full", 1, id="help, full disk"),
        pytest.param("plugins list", ">/dev/full", 1, id="table, full disk"),
        pytest.param("--help", ">&-", 0, id="help, closed"),
        pytest.param("plugins list --json", ">&-", 0, id="data, closed"),
    ],
)
def test_a_stdout_that_takes_nothing_is_told_without_a_traceback(config, command, redirected, code):
    line = f"{sys.executable} -m hub {command} {redirected}"

    done = subprocess.run(["sh", "-c", line], stderr=subprocess.PIPE, text=True, check=False)

    assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (code, False, False)
    assert ("the output cannot be written" in done.stderr) is bool(code)
