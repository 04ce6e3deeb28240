"""The servers that tests start for themselves work."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pika
import psycopg
import pytest
import redis

from servers import postgres
from servers.process import find, missing


def test_a_postgres_that_is_measured_keeps_what_it_commits() -> None:
    with postgres.serving() as address, psycopg.connect(address + "postgres") as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_every_test_has_an_empty_postgres_database_to_itself(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute("SELECT * FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert tables == []


def test_redis_answers(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_rabbitmq_carries_a_message(rabbitmq_url: str) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("bell")

    channel.basic_publish("", "bell", b"ring")

    assert channel.basic_get("bell", auto_ack=True)[2] == b"ring"
    connection.close()


def test_chromium_is_a_program(chromium: Path) -> None:
    version = subprocess.run([chromium, "--version"], capture_output=True, text=True, check=True)

    assert "Chrom" in version.stdout


def test_a_missing_server_skips_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="needs a quantum computer"):
        missing("a quantum computer")


def test_a_missing_server_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="CI has to install it"):
        missing("a quantum computer")


def test_a_program_that_is_not_installed_is_not_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find("redis-server") is None
