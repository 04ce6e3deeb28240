"""Writing down what was seen: ``bench/results.md``."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.figures import Row

#: What the figures depend on most.
_PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "SQLAlchemy", "psycopg", "dramatiq", "httpx")


@dataclass(frozen=True)
class Result:
    """A row, the command that measures it alone, how long that took and how fast the machine was before it."""

    row: Row
    command: str
    seconds: float
    pace: float


def machine() -> list[str]:
    """Tell what is measured on; call it before the load begins."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
    load = " ".join(f"{each:.2f}" for each in os.getloadavg())
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return [
        f"* measured {now} UTC; load average at the start {load}",
        f"* {_cpu()}, {os.cpu_count()} cores; {platform.system()} {platform.release()}",
        f"* Python {platform.python_version()}; {packages}",
    ]


def write(file: Path, facts: Sequence[str], results: Sequence[Result]) -> None:
    """Write the table, the raw figures under it."""
    lines = [
        "# What was measured",
        "",
        "Written by `make bench`. Everything runs as real processes on one machine: the hub, the emulated portal,",
        "the servers and the load share its cores. Ratios are of one run, in turn, and medians.",
        "",
        *facts,
        "",
        "| # | what | must | aim | seen | verdict | command |",
        "|---|---|---|---|---|---|---|",
        *(_line(result) for result in results),
    ]
    for result in results:
        row = result.row
        lines += ["", f"## {row.number}: {_cell(row.seen)}", ""]
        lines += [f"* {line}" for line in row.detail.splitlines()]
        lines += [f"* took {result.seconds:.0f} s; ten million additions before it {result.pace:.2f} s"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(result: Result) -> str:
    row = result.row
    verdict = row.verdict if row.verdict in {"must", "aim"} else f"**{row.verdict}**"
    cells = (row.number, row.what, row.must, row.aim, row.seen, verdict, f"`{result.command}`")
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU"
    )
