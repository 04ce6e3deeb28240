"""Printing: JSON for programs, aligned text for people; remarks on stderr."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

F = TypeVar("F", bound=Callable[..., Any])

#: Control and format characters, halves of surrogate pairs, separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_GAP = "  "
_LEAST_LAST_COLUMN = 24


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, with keys that stay.")(function)


def print_json(value: object) -> None:
    """Print *value* as JSON on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def remark(text: str) -> None:
    """Say something on stderr."""
    click.echo(text, err=True)


def print_table(rows: Iterable[Mapping[str, object]], columns: Sequence[str]) -> None:
    """Print rows under their column names, as wide as the terminal; elsewhere each row is one line."""
    text = table(rows, columns, terminal_width())
    if text:
        click.echo(text, nl=False)
    else:
        remark("none")


def terminal_width() -> int | None:
    """Return the columns of the terminal; nothing when stdout is none."""
    on_terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if on_terminal else None


def print_fields(fields: Mapping[str, object]) -> None:
    """Print names and values, one to a line; empty ones are left out."""
    click.echo(_record({name: _cell(value) for name, value in fields.items()}), nl=False)


def print_settings(settings: Mapping[str, Any], indent: str = "") -> None:
    """Print what ``hub.settings.describe`` returned, tables under their names."""
    for key, value in settings.items():
        if value.keys() == {"value", "origin"} and not isinstance(value["value"], dict):
            shown = json.dumps(value["value"], ensure_ascii=False)
            click.echo(
                f"{indent}{key} = {shown}"
                + ("" if value["origin"] == "default" else f"  # {value['origin']}")
            )
        else:
            click.echo(f"{indent}{key}")
            print_settings(value, indent + "  ")


def table(rows: Iterable[Mapping[str, object]], columns: Sequence[str], width: int | None) -> str:
    """Return rows as text.

    In a *width* that is too narrow the last column is folded, or each row becomes a block of lines, as long
    words would otherwise fall apart. Without a width there are no limits.
    """
    cells = [[" ".join(_cell(row.get(column)).splitlines()) for column in columns] for row in rows]
    if not cells:
        return ""
    header = [column.replace("_", " ").upper() for column in columns]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    left = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
    if width is not None and left + widths[-1] > width:
        if width - left < _LEAST_LAST_COLUMN:
            blocks = (_record(dict(zip(columns, row, strict=True))) for row in cells)
            return "\n".join(blocks)
        widths[-1] = width - left
    return "".join(_lines(row, widths) for row in [header, *cells])


def visible(text: str) -> str:
    """Return *text* without what could steer a terminal or cannot be written; lines and tabs stay."""
    return "".join(
        char for char in click.unstyle(text) if char in "\n\t" or unicodedata.category(char) not in _UNSEEN
    )


def cut(text: str, width: int | None) -> str:
    """Return *text* in a third of *width*, which leaves room for other columns; without a width all of it."""
    most = len(text) if width is None else max(width // 3, 12)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def moment(iso: str | None, zone: ZoneInfo) -> str:
    """Return a stored moment as people of *zone* read it."""
    return f"{datetime.fromisoformat(iso).astimezone(zone):%Y-%m-%d %H:%M:%S}" if iso else ""


def _lines(row: Sequence[str], widths: Sequence[int]) -> str:
    *first, last = row
    start = "".join(cell.ljust(width) + _GAP for cell, width in zip(first, widths[:-1], strict=True))
    folded = textwrap.wrap(last, widths[-1]) or [""]
    indent = " " * len(start)
    return "".join(
        f"{start if number == 0 else indent}{line}".rstrip() + "\n" for number, line in enumerate(folded)
    )


def _record(fields: Mapping[str, str]) -> str:
    shown = {name.replace("_", " "): value for name, value in fields.items() if value}
    width = max(map(len, shown), default=0)
    return "".join(
        f"{name.ljust(width)}{_GAP}{value.replace(chr(10), chr(10) + ' ' * (width + len(_GAP)))}\n"
        for name, value in shown.items()
    )


def _cell(value: object) -> str:
    if value is None or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return visible(", ".join(map(str, value)))
    return visible(str(value))
