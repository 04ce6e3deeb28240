"""Transactions, and the settings without which a commit would not survive power loss."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.plugin import ConfigurationError
from hub.storage.database import UNFIT, Database, database_url
from hub.storage.facts import Facts
from hub.storage.tables import Fact
from hub.testing import MovedClock


@pytest.fixture
def sqlite(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}", MovedClock())
    yield database
    database.close()


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2)])
def test_sqlite_commits_survive_power_loss(sqlite: Database, pragma: str, value: object) -> None:
    with sqlite.read() as session:
        assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_a_value_that_is_too_long_for_an_index_is_to_blame_itself(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite's indexes take any")
    name = "".join(chr(0x4E00 + 7919 * n % 20_000) for n in range(9_000))  # nothing in it can be compressed
    with pytest.raises(UNFIT), database.write() as session:
        session.add(Fact(name=name, value=1))


def test_error_rolls_everything_back(database: Database) -> None:
    with pytest.raises(LookupError), database.write() as session:
        session.add(Fact(name="half", value=1))
        session.flush()
        raise LookupError

    assert Facts(database).get("half") is None


def test_reading_goes_on_while_somebody_writes(database: Database) -> None:
    Facts(database).set("greeting", "before")

    with database.write() as session:
        session.add(Fact(name="other", value=1))
        session.flush()

        assert Facts(database).get("greeting") == "before"


def test_time_of_sqlite_is_the_clock_of_the_hub(sqlite: Database) -> None:
    with sqlite.read() as session:
        assert sqlite.now(session) == MovedClock().now()


def test_time_of_postgres_is_its_own(postgres_url: str) -> None:
    database = Database(postgres_url, MovedClock(datetime(2001, 1, 1, tzinfo=UTC)))

    with database.read() as session:
        assert database.now(session).year > 2020
    database.close()


def test_fact_set_by_many_at_once_is_kept(database: Database) -> None:
    facts = Facts(database)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda number: facts.set("checked", number), range(20)))

    assert facts.get("checked") in range(20)


def test_postgres_address_chooses_the_driver() -> None:
    assert database_url("postgresql://db.example/hub").drivername == "postgresql+psycopg"


def test_sqlite_in_memory_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="name a file"):
        database_url("sqlite://")
