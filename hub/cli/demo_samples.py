"""Request bodies that plugins bring along, for a demo."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint
from importlib.resources import files
from importlib.util import find_spec


def sample_files(point: EntryPoint) -> Iterator[tuple[str, bytes]]:
    """Return name and content of what lies in ``samples/`` of the plugin's package, by name.

    A plugin that is a single module has no folder of its own; what cannot be read is left out.
    """
    package = point.module.partition(".")[0]
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return
    folder = files(package) / "samples"
    if not folder.is_dir():
        return
    for found in sorted(folder.iterdir(), key=lambda each: each.name):
        if not found.is_file():
            continue
        try:
            yield found.name, found.read_bytes()
        except OSError:
            continue
