"""Measure everything, or some rows, and write ``bench/results.md``; one that fails does not stop the others."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

import pytest

from bench import accept, clicks, dispatch, drain, fsyncs, history, idle, killed, latency, sender_cpu, tail
from bench.command import end_cleanly
from bench.figures import Row
from bench.pace import seconds_for_ten_million_additions
from bench.results import Result, machine, write

_RESULTS = Path(__file__).with_name("results.md")


class Command(Protocol):
    """A module that measures."""

    @property
    def parser(self) -> Callable[[], argparse.ArgumentParser]:
        """Say what it takes."""

    @property
    def measure(self) -> Callable[[argparse.Namespace], Iterator[Row]]:
        """Measure."""


@dataclass(frozen=True)
class Measurement:
    """A row and the command that measures it alone."""

    number: str
    module: Command
    arguments: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """What to type."""
        name = cast(ModuleType, self.module).__name__
        return " ".join(("python -m", name, *self.arguments))

    def run(self) -> Row:
        """Measure it."""
        (row,) = self.module.measure(self.module.parser().parse_args(self.arguments))
        return row


MEASUREMENTS = (
    Measurement("1", accept, ("1",)),
    Measurement("1b", accept, ("1b",)),
    Measurement("1c", accept, ("1c",)),
    Measurement("2", fsyncs),
    Measurement("3", tail),
    Measurement("4", latency, ("4",)),
    Measurement("4b", latency, ("4b",)),
    Measurement("5", drain, ("5",)),
    Measurement("5b", drain, ("5b",)),
    Measurement("6", drain, ("6",)),
    Measurement("7", killed),
    Measurement("8", sender_cpu),
    Measurement("9", dispatch),
    Measurement("10", idle),
    Measurement("11", history),
    Measurement("12", clicks),
)


def measure(measurements: Sequence[Measurement]) -> list[Result]:
    """Run them one after another, printing what each says."""
    results = []
    for each in measurements:
        print(f"row {each.number}", flush=True)
        pace = seconds_for_ten_million_additions()
        began = time.monotonic()
        try:
            row = each.run()
        # what a server of the tests lacks is told by pytest's own exceptions
        except (Exception, pytest.fail.Exception, pytest.skip.Exception) as exc:
            traceback.print_exc()
            row = _failed(each.number, exc)
        results.append(Result(row, each.command, time.monotonic() - began, pace))
        print(row, flush=True)
    return results


def _failed(number: str, error: BaseException) -> Row:
    reason = f"{type(error).__name__}: {error}".strip()
    return Row(
        number=number,
        what="",
        must="",
        aim="",
        seen=f"failed: {reason[:200]}",
        verdict="failed",
        detail=reason,
    )


def main() -> int:
    """Return 1 when a row failed or falls short."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("rows", nargs="*", help="numbers of rows; without any: all")
    parser.add_argument("--results", type=Path, default=_RESULTS, help="file to write")
    given = parser.parse_args()
    unknown = set(given.rows) - {each.number for each in MEASUREMENTS}
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    end_cleanly()
    facts = machine()
    results = measure([each for each in MEASUREMENTS if each.number in (given.rows or [each.number])])
    write(given.results, facts, results)
    print(f"written to {given.results}")
    return int(any(result.row.verdict not in {"must", "aim"} for result in results))


if __name__ == "__main__":
    sys.exit(main())
