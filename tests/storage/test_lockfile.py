"""One process per SQLite file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub.plugin import ConfigurationError
from hub.storage.lockfile import LockFile

_HOLD = """
import sys
from pathlib import Path
from hub.storage.lockfile import LockFile
with LockFile(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_process_is_told_to_stop_the_first(tmp_path: Path) -> None:
    with (
        LockFile(tmp_path / "hub.db"),
        pytest.raises(ConfigurationError, match="another `hub serve` is running"),
        LockFile(tmp_path / "hub.db"),
    ):
        pass


def test_lock_is_free_again_after_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path / "hub.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        holder.kill()

    with LockFile(tmp_path / "hub.db"):
        pass
