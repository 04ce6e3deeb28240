"""Processes that belong to one command and end with it."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import click


class Child:
    """Another ``hub`` command as a process; leaving the block ends it.

    It runs in a session of its own, so that Ctrl-C reaches this process only, which then stops its children
    in order.
    """

    def __init__(
        self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], stop_within: float
    ) -> None:
        self.name = f"hub {arguments[0]}"
        self._stop_within = stop_within
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "hub", *arguments],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(self._stop_within)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def said(self, beginning: str) -> str:
        """Wait for a line and return what follows *beginning* in it.

        Raises:
            click.ClickException: the process ended before it said that.
        """
        while (line := self._lines.get()) is not None:
            if line.startswith(beginning):
                return line.removeprefix(beginning).strip()
        raise click.ClickException(f"{self.name} did not start; what it said stands above")

    def when_ended(self, tell: queue.SimpleQueue[str]) -> None:
        """Put a line into *tell* when the process ends by itself."""

        def wait() -> None:
            code = self._process.wait()
            tell.put(f"{self.name} ended with code {code}")

        threading.Thread(target=wait, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)
