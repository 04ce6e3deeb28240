"""What the hubs of tests run on: a SQLite file, or PostgreSQL with Redis or RabbitMQ.

``--hub-backend`` chooses it for every test with a hub. Without it that is SQLite, and a test marked
``every_backend`` runs on each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count

import pytest
import redis
from sqlalchemy import delete
from sqlmodel import SQLModel

from hub.clock import SystemClock
from hub.storage import migrate
from hub.storage.database import Database
from servers.postgres import empty_database

BACKENDS = ("sqlite", "redis", "rabbitmq")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice."""
    parser.addoption("--hub-backend", choices=BACKENDS, help="run every hub of the tests on this")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a test with a hub run on each backend that is wanted.

    Also where that is one: pytest ends a module's hub for a test with another backend only if that test says which.
    """
    if "hub_backend" not in metafunc.fixturenames:
        return
    if chosen := metafunc.config.getoption("--hub-backend"):
        metafunc.parametrize("hub_backend", [chosen], scope="module")
    elif metafunc.definition.get_closest_marker("every_backend"):
        metafunc.parametrize("hub_backend", BACKENDS, scope="module")
    else:
        metafunc.parametrize("hub_backend", ["sqlite"], scope="module", ids=[pytest.HIDDEN_PARAM])


class Servers:
    """Addresses that one hub at a time has to itself; what is given back serves the next one."""

    def __init__(self, make: Callable[[], str], clear: Callable[[str], None]) -> None:
        self._make = make
        self._clear = clear
        self._free: list[str] = []

    @contextmanager
    def take(self) -> Iterator[str]:
        """Lend an address, empty."""
        if self._free:
            address = self._free.pop()
            self._clear(address)
        else:
            address = self._make()
        yield address
        self._free.append(address)


@pytest.fixture(scope="session")
def hub_databases(postgres_server: str) -> Iterator[Servers]:
    """Migrated databases of PostgreSQL."""
    numbers = count(1)
    with ExitStack() as made:

        def make() -> str:
            url = made.enter_context(empty_database(postgres_server, f"hub_{next(numbers)}"))
            database = Database(url, SystemClock())
            migrate.upgrade(database)
            database.close()
            return url

        yield Servers(make, _empty)


@pytest.fixture
def hub_database_url(hub_databases: Servers) -> Iterator[str]:
    """The address of a migrated database of PostgreSQL, for a test that has no hub."""
    with hub_databases.take() as address:
        yield address


@pytest.fixture(scope="session")
def redis_databases(redis_server: str) -> Servers:
    """Databases of Redis."""
    numbers = count(1)
    return Servers(lambda: f"{redis_server.rpartition('/')[0]}/{next(numbers)}", _flush)


@pytest.fixture(scope="session")
def rabbitmq_hosts(rabbitmq_node) -> Servers:
    """Virtual hosts of RabbitMQ; rings that an earlier hub left there ring for nothing."""
    numbers = count(1)
    return Servers(lambda: rabbitmq_node.add_virtual_host(f"hub{next(numbers)}"), lambda address: None)


@pytest.fixture
def hub_servers(request: pytest.FixtureRequest, hub_backend: str) -> Iterator[Mapping[str, str]]:
    """Servers of one test's hubs."""
    with _servers(request, hub_backend) as servers:
        yield servers


@pytest.fixture(scope="module")
def lasting_servers(request: pytest.FixtureRequest, hub_backend: str) -> Iterator[Mapping[str, str]]:
    """Servers of a module's hub."""
    with _servers(request, hub_backend) as servers:
        yield servers


@contextmanager
def _servers(request: pytest.FixtureRequest, backend: str) -> Iterator[Mapping[str, str]]:
    if backend == "sqlite":
        yield {}
        return
    brokers: Servers = request.getfixturevalue(
        {"redis": "redis_databases", "rabbitmq": "rabbitmq_hosts"}[backend]
    )
    databases: Servers = request.getfixturevalue("hub_databases")
    with databases.take() as database, brokers.take() as broker:
        yield {"database_url": database, "broker_url": broker}


def _empty(url: str) -> None:
    database = Database(url, SystemClock())
    with database.write() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.execute(delete(table))
    database.close()


def _flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()
