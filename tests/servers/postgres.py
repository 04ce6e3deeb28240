"""A PostgreSQL server, and an empty database of it for each test that asks."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from servers.process import find, free_port, missing, running, scratch_folder

_PASSWORD = "only for tests"  # with a space, so that nobody forgets to quote it
#: For tests, whose rows need not outlive the machine; a server that is killed still loses nothing.
_QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off")
_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


@contextmanager
def serving(env: Mapping[str, str] | None = None, *, quick: bool = False) -> Iterator[str]:
    """Run a server, in the environment *env*; give its address as :func:`postgres_server` does.

    Args:
        quick: it does not wait for the disk, so it keeps what it commits only while the machine lives.
    """
    initdb, postgres = find("initdb", *_DEBIAN), find("postgres", *_DEBIAN)
    if initdb is None or postgres is None:
        missing("a PostgreSQL server, 15 or newer (initdb and postgres)")
    user = _unprivileged_user()
    port = free_port()
    with scratch_folder("postgres", user) as folder:
        _create(initdb, folder, user)
        command = [postgres, "-D", folder / "data", "-h", "127.0.0.1", "-p", str(port), "-k", ""]
        if quick:
            command += _QUICK
        address = f"postgresql://hub:{_PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/"
        with running(
            command, ready=lambda: _answers(address), folder=folder, env=env, user=user, stop=signal.SIGINT
        ):
            yield address


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server without a database name, such as ``postgresql://hub:…@127.0.0.1:40001/``."""
    with serving(quick=True) as address:
        yield address


@pytest.fixture(scope="session")
def _database_names() -> Iterator[str]:
    return (f"test_{number}" for number in count(1))


@pytest.fixture
def postgres_url(postgres_server: str, _database_names: Iterator[str]) -> Iterator[str]:
    """The address of an empty database."""
    with empty_database(postgres_server, next(_database_names)) as address:
        yield address


@contextmanager
def empty_database(server: str, name: str) -> Iterator[str]:
    """Make a database of a server, gone when the block ends, and give its address."""
    _administer(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield server + name
    _administer(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _unprivileged_user() -> str | None:
    """Return who runs the server, which refuses to be run by root."""
    if os.getuid() != 0:
        return None
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"


def _create(initdb: Path, folder: Path, user: str | None) -> None:
    secret = folder / "password"
    secret.write_text(_PASSWORD)
    secret.chmod(0o644)
    # sorted as people do, like most servers, so that a test notices who relies on the order of code points
    sorting = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"]
    access = ["--username=hub", f"--pwfile={secret}", "--auth=scram-sha-256"]
    command = [initdb, "-D", folder / "data", "--no-sync", *sorting, *access]
    made = subprocess.run(command, cwd=folder, user=user, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.fail(f"{made.args!r} failed:\n{made.stderr}")


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address + "postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _administer(address: str, statement: sql.Composed) -> None:
    with psycopg.connect(address + "postgres", autocommit=True) as connection:
        connection.execute(statement)
