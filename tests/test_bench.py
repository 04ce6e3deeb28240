"""The measurements can be started; what they measure is not run here."""

from __future__ import annotations

import pytest

from bench.__main__ import MEASUREMENTS, Measurement
from bench.drain import Event, out_of_order
from bench.figures import Row, percentile, verdict
from bench.portal import Shown
from bench.results import Result, write


@pytest.mark.parametrize("measurement", MEASUREMENTS, ids=lambda each: each.number)
def test_the_command_of_every_row_is_understood(measurement: Measurement) -> None:
    measurement.module.parser().parse_args(measurement.arguments)

    assert measurement.command.startswith("python -m bench.")


def test_a_row_is_judged_by_its_worst_figure() -> None:
    assert verdict((4, 8, 4), (10, 30, 15)) == "aim"
    assert verdict((4, 8, 4), (16, 30, 15)) == "must"
    assert verdict((9, 8, 4), (10, 30, 15)) == "falls short"
    assert verdict((0.4, 0.35, 0.55), most=False) == "must"


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0


def test_disorder_is_counted_within_a_dialog_and_severity() -> None:
    events = [
        Event("a", "chat:1"),
        Event("b", "chat:1"),
        Event("c", "chat:2"),
        Event("d", "chat:1", "critical"),
    ]
    shown = [Shown(float(n), name, "chat1", n) for n, name in enumerate("dcba")]

    assert out_of_order(events, shown) == 1


def test_the_table_tells_each_row_with_its_command(tmp_path) -> None:
    row = Row(
        number="9", what="a | b", must="1.2", aim="1.05", seen="1.5", verdict="falls short", detail="1.4 1.5"
    )

    write(tmp_path / "results.md", ["* a machine"], [Result(row, "python -m bench.dispatch", 3.0, 0.5)])

    text = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert "| 9 | a \\| b | 1.2 | 1.05 | 1.5 | **falls short** | `python -m bench.dispatch` |" in text
