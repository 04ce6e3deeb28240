"""A hub on PostgreSQL with a broker: processes that receive, and processes that work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

from bench.hubs import Hub
from faults.program import Program
from servers import postgres, rabbitmq, redis

Broker = Literal["embedded", "redis", "rabbitmq"]
NAMES: Mapping[Broker, str] = {
    "embedded": "embedded",
    "redis": "PostgreSQL + Redis",
    "rabbitmq": "PostgreSQL + RabbitMQ",
}


@contextmanager
def wires(broker: Broker) -> Iterator[Mapping[str, str]]:
    """Run the servers and return the settings of ``[hub]``; an embedded hub needs none."""
    with ExitStack() as stack:
        if broker == "embedded":
            yield {}
            return
        server = stack.enter_context(postgres.serving())
        database_url = stack.enter_context(postgres.empty_database(server, "bench"))
        if broker == "redis":
            broker_url = stack.enter_context(redis.serving())
        else:
            broker_url = stack.enter_context(rabbitmq.serving()).add_virtual_host("bench")
        yield {"database_url": database_url, "broker_url": broker_url}


class Cluster:
    """One ``hub serve`` and workers; embedded, a worker is that one process. Use it as a context."""

    def __init__(
        self, broker: Broker, wired: Mapping[str, str], folder: Path, webhook_url: str, **more: Any
    ) -> None:
        self.is_embedded = broker == "embedded"
        tables = {**more.pop("tables", {}), "hub": wired}
        self.hub = Hub(folder, webhook_url, tables=tables, **more)
        self._workers: list[Program] = []

    def __enter__(self) -> Cluster:
        if not self.is_embedded:
            self.hub.run("db", "upgrade")
        try:
            self.hub.serve.start()
        except BaseException:
            self.hub.serve.kill()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for program in (*self._workers, self.hub.serve):
            program.kill()

    @property
    def url(self) -> str:
        """Where events go."""
        return self.hub.url

    def worker(self) -> Program:
        """Start another worker; embedded there is one only."""
        if self.is_embedded:
            return self.hub.serve
        program = self.hub.worker(f"worker{len(self._workers)}")
        self._workers.append(program)
        program.start()
        return program
