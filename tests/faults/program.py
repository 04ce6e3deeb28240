"""One process of the hub, which a test may kill at any moment."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from faults.waiting import wait_until

_PATIENCE = 60.0  # seconds until it must be up


class Program:
    """A module run by Python, *command* being its name and arguments; :meth:`start` it again after it has ended.

    What it writes is collected in files. *ready* is what it prints once it is up.
    """

    def __init__(
        self, command: str, *, folder: Path, name: str, ready: str, env: Mapping[str, str] | None = None
    ) -> None:
        self._command = [sys.executable, "-m", *command.split()]
        self._folder = folder
        self._env = {**os.environ, **(env or {})}
        self._ready = re.compile(ready)
        self._printed = folder / f"{name}.out"
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0

    @property
    def pid(self) -> int:
        """The running process."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, wait: bool = True) -> re.Match[str] | None:
        """Start it, and *wait* until it is up."""
        with self._printed.open("ab") as printed, self._log.open("ab") as log:
            self._started_at = printed.tell()
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=log,
                start_new_session=True,
            )
        return self.wait_until_up() if wait else None

    def wait_until_up(self) -> re.Match[str]:
        """Wait until it has printed that it is ready; return what matched."""

        def up() -> re.Match[str] | None:
            assert self._process is not None
            if self._process.poll() is not None:
                raise AssertionError(f"{self._command} ended by itself:\n{self.last_words()}")
            return self._ready.search(self._printed.read_bytes()[self._started_at :].decode())

        return wait_until(up, within=_PATIENCE, what=lambda: f"{self._command} is up\n{self.last_words()}")

    def kill(self) -> None:
        """End it with SIGKILL, as a power cut does."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def terminate(self) -> tuple[int, float]:
        """Ask it to end with SIGTERM; return its exit status and how many seconds that took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.terminate()
        try:
            return self._process.wait(timeout=30), time.monotonic() - began
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self._command} does not end:\n{self.last_words()}") from None

    def last_words(self, characters: int = 3000) -> str:
        """Return the end of its log."""
        return self._log.read_text(errors="replace")[-characters:]
