"""``hub worker``: processes that work for ``hub serve``, started again when they die, stopped together."""

import os
import signal
import socket
from pathlib import Path

import httpx
import pytest

CONFIG = """\
[hub]
database_url = "{database}"
broker_url = "{broker}"
"""


@pytest.fixture
def migrated(config, hub_database_url, redis_url):
    """Settings with servers, whose tables are there."""
    config(CONFIG.format(database=hub_database_url, broker=redis_url))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "hub.broker_url: is empty, so `hub serve` does the work itself"),
        (
            CONFIG.format(database="sqlite:///hub.db", broker="redis://127.0.0.1:1"),
            "SQLite serves one process",
        ),
    ],
    ids=["embedded", "SQLite"],
)
def test_it_refuses_settings_that_leave_it_nothing_to_do(start, config, text, says):
    config(text)
    program = start("worker")

    assert (program.ended(20), says in program.said()) == (2, True)
    assert "Traceback" not in program.said()


def test_it_refuses_tables_that_are_not_up_to_date_and_says_so_once(start, config, postgres_url, redis_url):
    config(CONFIG.format(database=postgres_url, broker=redis_url))
    program = start("worker", "--processes", "3")

    assert program.ended(20) == 2
    assert program.said().count("run `hub db upgrade`") == 1


def test_every_process_shows_its_numbers_and_a_signal_ends_all_in_order(start, migrated):
    first = _free_ports()
    program = start("worker", "--processes", "2", "--threads", "1", "--metrics-port", str(first))
    program.line("Working")

    shown = [httpx.get(f"http://127.0.0.1:{port}/metrics").text for port in (first, first + 1)]
    assert ["hub_database_up 1.0" in text for text in shown] == [True, True]
    assert (len(_children(program)), program.end(within=60)) == (2, 0)
    assert program.said().count("worker stopped") == 2
    assert "Traceback" not in program.said()


def test_ctrl_c_ends_it_too(start, migrated):
    program = start("worker", "--threads", "1")
    program.line("Working")

    assert program.end(signal.SIGINT, within=60) == 0
    assert program.said().count("worker stopped") == 1
    assert "Traceback" not in program.said()


def test_a_process_that_dies_is_started_again(start, migrated, wait_until):
    program = start("worker")
    program.line("Working")
    [first] = _children(program)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: program.said().count('"worker started"') == 2, within=60)

    assert "worker died" in program.said()
    assert _children(program) != [first]


def test_processes_end_with_the_parent_however_it_ends(start, migrated, wait_until):
    program = start("worker")
    program.line("Working")
    [child] = _children(program)
    program.process.kill()

    wait_until(lambda: not _lives(child), within=60)


def _children(program):
    """Return the processes that work, without the one that multiprocessing keeps for itself."""
    pid = program.process.pid
    with Path(f"/proc/{pid}/task/{pid}/children").open() as file:
        found = [int(child) for child in file.read().split()]
    return [child for child in found if "spawn_main" in _command(child)]


def _command(pid):
    with Path(f"/proc/{pid}/cmdline").open() as file:
        return file.read()


def _lives(pid):
    try:
        with Path(f"/proc/{pid}/stat").open() as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _free_ports() -> int:
    """Return a port that is free, and the next one too."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as one, socket.socket() as two:
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
