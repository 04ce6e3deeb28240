"""A disk that is slower than this machine's, and how often it is asked to be durable."""

from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("slow_fsync.c")
_COUNTER = struct.Struct("L")


class Disk:
    """Start a process with ``env``, and each of its fsyncs takes *slower* seconds longer and is counted."""

    def __init__(self, folder: Path, *, slower: float = 0.0) -> None:
        library = folder / "slow_fsync.so"
        command: list[str | Path] = [
            "gcc",
            "-shared",
            "-fPIC",
            "-O2",
            "-Wall",
            "-o",
            library,
            _SOURCE,
            "-ldl",
        ]
        subprocess.run(command, check=True)
        self._count = folder / "fsyncs"
        self._count.write_bytes(_COUNTER.pack(0))
        for path, mode in ((folder, 0o755), (library, 0o755), (self._count, 0o666)):
            path.chmod(mode)  # a PostgreSQL server runs as somebody else
        self.env = {
            "LD_PRELOAD": os.fspath(library),
            "BENCH_FSYNC_COUNT": os.fspath(self._count),
            "BENCH_FSYNC_US": str(round(slower * 1e6)),
        }

    @property
    def fsyncs(self) -> int:
        """How many there were so far."""
        count: int = _COUNTER.unpack(self._count.read_bytes()[: _COUNTER.size])[0]
        return count
