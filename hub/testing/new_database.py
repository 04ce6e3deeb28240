"""The database file of a hub that has just been installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


@cache
def new_database() -> bytes:
    """Return a SQLite file with the tables of this version; copying it is quicker than migrating each time."""
    from hub.clock import SystemClock  # noqa: PLC0415 - plugins' tests that need no hub stay quick
    from hub.storage import migrate  # noqa: PLC0415
    from hub.storage.database import Database  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/hub.db", SystemClock())
        migrate.upgrade(database)
        database.close()  # which moves what is in the log beside the file into it
        return Path(folder, "hub.db").read_bytes()
