"""A RabbitMQ node, and a virtual host of it for each test that asks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from servers.process import find, free_port, listens, missing, running, scratch_folder

# Debian's command on PATH insists on the system's own user and folders
_DEBIAN = Path("/usr/lib/rabbitmq/bin")


@dataclass(frozen=True, kw_only=True)
class Node:
    """A running node."""

    port: int
    control: Path
    env: dict[str, str]

    def add_virtual_host(self, name: str) -> str:
        """Make an empty virtual host and return its address."""
        code = (  # two commands of rabbitmqctl in one, because each takes a second to start
            f'rabbit_vhost:add(<<"{name}">>, <<"guest">>),'
            f' rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>,'
            ' <<".*">>, <<".*">>, <<".*">>, <<"guest">>).'
        )
        subprocess.run([self.control, "eval", code], env=self.env, check=True, capture_output=True)
        return f"amqp://guest:guest@127.0.0.1:{self.port}/{name}"


@contextmanager
def serving(port: int | None = None) -> Iterator[Node]:
    """Run a node on *port*, else on a free one, with its own Erlang port mapper; it takes some 7 seconds to start."""
    if find("rabbitmq-server") is None:
        missing("rabbitmq-server")
    server, control = find("rabbitmq-server", _DEBIAN), find("rabbitmqctl", _DEBIAN)
    mapper = find("epmd")
    if server is None or control is None or mapper is None:
        missing("rabbitmq-server with rabbitmqctl and Erlang's epmd")
    port, mapper_port = port or free_port(), free_port()
    with scratch_folder("rabbitmq") as folder, scratch_folder("epmd") as mapper_folder:
        env = _environment(folder, port, mapper_port)
        with (
            running([mapper], ready=lambda: listens(mapper_port), folder=mapper_folder, env=env),
            running([server], ready=lambda: listens(port), folder=folder, env=env),
        ):
            yield Node(port=port, control=control, env=env)


@pytest.fixture(scope="session")
def rabbitmq_node() -> Iterator[Node]:
    """A node of the session's own."""
    with serving() as node:
        yield node


@pytest.fixture(scope="session")
def _virtual_host_names() -> Iterator[str]:
    return (f"test{number}" for number in count(1))


@pytest.fixture
def rabbitmq_url(rabbitmq_node: Node, _virtual_host_names: Iterator[str]) -> str:
    """The address of an empty virtual host."""
    return rabbitmq_node.add_virtual_host(next(_virtual_host_names))


def _environment(folder: Path, port: int, mapper_port: int) -> dict[str, str]:
    """Point everything a node reads or writes into *folder*, and its ports at the loopback interface."""
    return {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(folder),  # of the Erlang cookie
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(mapper_port),
        "RABBITMQ_NODENAME": "hub@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        # Erlang's schedulers otherwise spin while they wait for work, which the tests beside them want to do
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"
        " +sbwt none +sbwtdcpu none +sbwtdio none +S 1:1",
        "RABBITMQ_CTL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none +S 1:1",
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "environment"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
    }
