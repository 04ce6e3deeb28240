"""One ``hub serve`` per SQLite file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from hub.plugin import ConfigurationError


class LockFile:
    """An advisory lock beside the database; the system releases it when the process ends, however it ends."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(database.name + ".lock")
        self._descriptor: int | None = None

    def __enter__(self) -> LockFile:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(descriptor)
            raise ConfigurationError(
                f"another `hub serve` is running on this database ({self.path} is locked); "
                "stop it, or use PostgreSQL for several processes"
            ) from exc
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
