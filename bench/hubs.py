"""A hub in a folder of its own, as real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bench.plugin import TOKEN, install
from bench.portal import BOT_CODE, BOT_TOKEN, Portal
from faults.program import Program
from servers.process import free_port

#: Bearer token of every source of the measured hub.
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

#: Tables of ``hub.toml``; a list is an array of tables.
Tables = Mapping[str, Mapping[str, Any] | Sequence[Mapping[str, Any]]]


class Hub:
    """A hub; *limits* are the portal's own unless given, *tables* go over the usual ones."""

    def __init__(
        self,
        folder: Path,
        webhook_url: str,
        *,
        limits: Mapping[str, Any] | None = None,
        tables: Tables | None = None,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self.folder = folder
        self._env = {**install(folder), **(env or {})}
        known = {
            "bitrix24": {"webhook_url": webhook_url, **(limits or {})},
            "bot": {"code": BOT_CODE, "token": BOT_TOKEN, "fallback": "user:1"},
            "plugins.bench": {"token": TOKEN},
            "plugins.alertmanager": {"token": TOKEN},
            "plugins.held": {"token": TOKEN},
        }
        (folder / "hub.toml").touch(mode=0o600)
        (folder / "hub.toml").write_text(_toml({**known, **(tables or {})}))
        own = (tables or {}).get("hub", {})
        url = str(own.get("database_url", "")) if isinstance(own, Mapping) else ""
        url = url or f"sqlite:///{folder / 'hub.db'}"
        self.database = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
        port = port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.serve = Program(
            f"hub serve --port {port}",
            folder=folder,
            name="serve",
            ready="Listening on",
            env=self._env,
        )

    def worker(self, name: str = "worker") -> Program:
        """Return a ``hub worker``."""
        return Program("hub worker", folder=self.folder, name=name, ready="Working", env=self._env)

    def start(self) -> str:
        """Start ``hub serve`` and return its address."""
        self.serve.start()
        return self.url

    def stop(self) -> None:
        """End ``hub serve`` with SIGTERM."""
        self.serve.terminate()

    def rows(self, query: str) -> Sequence[Any]:
        """Return what *query* finds in the database."""
        with self.database.connect() as connection:
            return connection.execute(text(query)).all()

    def count(self, query: str) -> int:
        """Return the one number that *query* finds."""
        return int(self.rows(query)[0][0])

    def delivered(self) -> int:
        """Return how many messages the database knows as sent."""
        return self.count("SELECT count(*) FROM outbox WHERE state = 'sent'")

    def run(self, *arguments: str) -> str:
        """Run a command of the hub and return what it prints."""
        command = [sys.executable, "-m", "hub", *arguments]
        env = {**os.environ, **self._env}
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command} failed:\n{done.stdout}{done.stderr}"[-2000:])
        return done.stdout


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """Make a folder that is gone afterwards."""
    with TemporaryDirectory(prefix=f"bench-{name}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def running_portal(folder: Path) -> Iterator[Portal]:
    """Run an emulated portal."""
    portal = Portal(folder)
    try:
        yield portal
    finally:
        portal.stop()


@contextmanager
def running(hub: Hub) -> Iterator[str]:
    """Run ``hub serve`` and return its address; it is killed if it does not end by itself."""
    address = hub.start()
    try:
        yield address
    finally:
        hub.serve.kill()


def _toml(tables: Tables) -> str:
    return "\n".join(
        f"{heading}\n" + "".join(f"{key} = {_value(value)}\n" for key, value in table.items())
        for name, given in tables.items()
        for heading, table in (
            [(f"[{name}]", given)]
            if isinstance(given, Mapping)
            else [(f"[[{name}]]", each) for each in given]
        )
    )


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)
