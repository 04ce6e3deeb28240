"""The command line, called in this process or started as one of its own."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from cli.greeter import SETTINGS
from hub.cli import cli
from hub.cli.session import Session


@pytest.fixture(autouse=True)
def quiet_logs(monkeypatch):
    """Keep the logging of the test process: commands set it up for a process of their own."""
    before = structlog.get_config()
    monkeypatch.setattr("hub.cli.session.log_warnings", lambda: None)
    # a logger that is kept for good would speak past what a later test listens to
    monkeypatch.setattr("hub.observe.log.configure_logging", lambda **how: None)
    structlog.configure(processors=[_drop], logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.configure(**before)


def _drop(logger, method, event):
    raise structlog.DropEvent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Be in an empty folder without any settings in the environment."""
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def config(folder):
    """Write hub.toml; call it to add tables."""

    def add(text=""):
        with (folder / "hub.toml").open("a") as file:
            file.write(text)

    add(SETTINGS)
    return add


@pytest.fixture
def hub(folder):
    """Run ``hub`` in this process; *plugins* are the only ones installed."""

    def run(*arguments, plugins=(), typed=None):
        return CliRunner().invoke(
            cli, arguments, input=typed, obj=Session(plugins=list(plugins)), prog_name="hub"
        )

    return run


@pytest.fixture
def hub_json(hub):
    """Run ``hub ... --json`` and return what it printed."""

    def run(*arguments, **kwargs):
        done = hub(*arguments, "--json", **kwargs)
        assert done.stdout, done.stderr or repr(done.exception)
        return json.loads(done.stdout)

    return run


class Program:
    """A ``hub`` command as a process."""

    def __init__(self, arguments, folder, environment):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hub", *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.output = []
        self.errors = []
        self._lines = queue.SimpleQueue()
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.output), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.errors), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def line(self, beginning, within=60):
        """Wait for a line of stdout or stderr and return the rest of it."""
        deadline = time.monotonic() + within
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no line {beginning!r} within {within} s:\n{self.said()}")
            if line.startswith(beginning):
                return line.removeprefix(beginning).strip()

    def end(self, number=signal.SIGTERM, within=60):
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.ended(within)

    def ended(self, within=60):
        """Wait for the end and return the exit code."""
        code = self.process.wait(within)
        for reader in self._readers:
            reader.join(5)
        return code

    def said(self):
        """Return everything it printed."""
        return "".join(self.output + self.errors)

    def _read(self, stream, kept):
        with stream:
            for line in stream:
                kept.append(line)
                self._lines.put(line)


@pytest.fixture
def start(folder):
    """Start ``hub`` as a process of its own; it is gone after the test."""
    programs = []

    def run(*arguments, **environment):
        programs.append(Program(arguments, folder, environment))
        return programs[-1]

    yield run
    for program in programs:
        if program.process.poll() is None:
            program.end(within=60)


@pytest.fixture
def installed(folder):
    """Install a module with a plugin for processes; returns the PYTHONPATH."""

    def install(name, code, entry):
        (folder / f"{name}.py").write_text(code)
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[hub.plugins]\n{name} = {entry}\n")
        return str(folder)

    return install


def until(condition, within=60):
    """Wait until *condition* holds and return what it gave."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"did not come true within {within} s")
        time.sleep(0.02)
    return found


@pytest.fixture
def wait_until():
    """Return a function that waits until a condition holds."""
    return until


@pytest.fixture
def sample():
    """Return the body of an alert."""
    return Path(__file__).parents[2] / "plugins/alertmanager/hub_plugin_alertmanager/samples/firing.json"
