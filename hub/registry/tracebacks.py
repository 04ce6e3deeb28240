"""Errors of plugins for logs and lists: frames and one line each, no arguments, no data."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from itertools import dropwhile
from pathlib import Path

from pydantic import ValidationError

_HERE = Path(__file__).parent
_LONGEST_LINE = 200


def one_line(error: BaseException) -> str:
    """Return type and message in one line; of a ``ValidationError`` the fields without their values."""
    kind, said = type(error).__name__, message(error)
    return f"{kind}: {said}" if said else kind


def message(error: BaseException) -> str:
    """Return the message alone, in one line that every database, log and terminal takes."""
    try:
        said = _message(error)
    except Exception:  # noqa: BLE001  # __str__ is the plugin's code too
        said = ""
    said = "".join(char if char.isprintable() else "\ufffd" for char in " ".join(said.split()))
    return said if len(said) <= _LONGEST_LINE else said[: _LONGEST_LINE - 1] + "…"


def frames(error: BaseException) -> str:
    """Return the traceback of *error* and of what caused it, oldest first."""
    return "\n".join(
        "".join(traceback.format_list(_frames(each))) + one_line(each)
        for each in reversed(list(_chain(error)))
    )


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames without those of the guard that stand above every call."""
    frames = traceback.extract_tb(error.__traceback__)
    return list(dropwhile(lambda frame: Path(frame.filename).parent == _HERE, frames))


def _message(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['type']}"
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        )
    return str(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
