"""Requests that plugins bring along, for a demo."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import EntryPoint
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

#: What may stand in ``samples/`` beside requests: the keys of the plugin's table that they were made for.
SETTINGS = "settings.toml"

_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>\.\d{1,9})?(?P<offset>Z|[+-]\d\d:\d\d)", re.ASCII
)


def sample_files(point: EntryPoint) -> Iterator[tuple[str, bytes]]:
    """Return name and content of the requests in ``samples/`` of the plugin's package, by name.

    A plugin that is a single module has no folder of its own; what cannot be read is left out.
    """
    return (found for found in _files(point) if found[0] != SETTINGS)


def portal_samples(point: EntryPoint) -> Iterator[tuple[str, bytes]]:
    """Return method and JSON body of the calls in ``samples/portal/``, by method.

    What they do at the portal is what the plugin tells of: ``crm.item.add.json`` adds a lead.
    """
    return ((name.removesuffix(".json"), content) for name, content in _files(point, "portal"))


def sample_settings(point: EntryPoint) -> dict[str, Any]:
    """Return the settings that the plugin's samples need; a request may prove in itself who sends it.

    None where they cannot be read.
    """
    for name, content in _files(point):
        if name == SETTINGS:
            try:
                return tomllib.loads(content.decode())
            except ValueError:
                break
    return {}


def _files(point: EntryPoint, *below: str) -> Iterator[tuple[str, bytes]]:
    package = point.module.partition(".")[0]
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return
    folder = files(package).joinpath("samples", *below)
    if not folder.is_dir():
        return
    for found in sorted(folder.iterdir(), key=lambda each: each.name):
        if not found.is_file():
            continue
        try:
            yield found.name, found.read_bytes()
        except OSError:
            continue


def brought_up_to(moment: datetime, body: bytes) -> bytes:
    """Return *body* with its RFC 3339 times moved alike, so that the newest of them is *moment*.

    What stands for "never", such as the year 1 or 9999, stays; so does whatever is no text.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    times = [time for found in _TIME.finditer(text) if (time := _read(found)) is not None]
    if not times:
        return body
    ahead = moment - max(times)

    def moved(found: re.Match[str]) -> str:
        time = _read(found)
        return found[0] if time is None else _written(time + ahead, like=found)

    return _TIME.sub(moved, text).encode()


def _read(found: re.Match[str]) -> datetime | None:
    try:
        time = datetime.fromisoformat(found[0])
    except ValueError:  # has the shape and is none, for example the 30th of February
        return None
    return time if 1970 <= time.year < 2100 else None


def _written(time: datetime, *, like: re.Match[str]) -> str:
    """Write *time* with as many digits and the same offset as *like*."""
    fraction = f".{time.microsecond:06}000"[: len(like["fraction"])] if like["fraction"] else ""
    return f"{time:%Y-%m-%dT%H:%M:%S}{fraction}{like['offset']}"
