"""Finding, starting and stopping one server process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

_PATIENCE = 60.0  # seconds until a server must answer


def find(name: str, *folders: Path) -> Path | None:
    """Return the program, looked for in *folders* first and then on PATH."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def missing(what: str) -> NoReturn:
    """Skip the test because *what* is not installed; under CI, where it should be, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"needs {what}, and CI has to install it")
    pytest.skip(f"needs {what}")


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Say whether somebody accepts connections on *port*."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def scratch_folder(name: str, owner: str | None = None) -> Iterator[Path]:
    """Make a folder for a server that may run as *owner*, who cannot enter pytest's own folders."""
    with tempfile.TemporaryDirectory(prefix=f"hub-{name}-", ignore_cleanup_errors=True) as folder:
        if owner:
            shutil.chown(folder, owner)
        yield Path(folder)


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    ready: Callable[[], bool],
    folder: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    stop: signal.Signals = signal.SIGTERM,
) -> Iterator[None]:
    """Run *command* until the block ends; enter it when *ready*. What it prints goes to ``output`` in *folder*."""
    output = folder / "output"
    with output.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, ready, output)
        yield
    finally:
        _stop(process, stop)


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], output: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{process.args!r} did not start:\n{output.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def _stop(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, stop)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
