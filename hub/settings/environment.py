"""Settings in environment variables: ``HUB_`` + table + ``__`` + key.

In names of tables ``-`` is written ``_``: ``HUB_PLUGINS__ZABBIX_DC2__TOKEN`` is ``plugins.zabbix-dc2.token``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PREFIX = "HUB_"
#: Variables of the hub that are not settings.
NOT_SETTINGS = frozenset({"HUB_CONFIG", "HUB_SECRET_KEY"})
_NAMED_TABLES = frozenset({"chats", "oncall", "heartbeats", "plugins"})
#: What Kubernetes adds for a service called "hub".
_SERVICE_LINK = re.compile(r"HUB_(SERVICE_(HOST|PORT)|PORT)(_.*)?")


class EnvText(str):
    """Text from the environment; where a list or table belongs it is JSON."""

    __slots__ = ()


class Misplaced(ValueError):
    """The variable cannot be put into the tables; the text says why and what to do."""


def variable(path: Iterable[int | str]) -> str:
    """Return the variable for a key path."""
    return PREFIX + "__".join(str(part).upper().replace("-", "_") for part in path)


def candidates(environ: Mapping[str, str]) -> list[str]:
    """Return the variables that claim to be settings, tables before the keys in them."""
    names = [name for name in environ if name.startswith(PREFIX) and name not in NOT_SETTINGS]
    return sorted(names, key=lambda name: (name.count("__"), name))


def place(values: dict[str, Any], name: str, text: str, tables: Iterable[str]) -> Sequence[str]:
    """Put the variable *name* into *values* and return its key path.

    Raises:
        Misplaced: no such table, a list stands in the way, or a whole table is not JSON.
    """
    first, *rest = name.removeprefix(PREFIX).split("__")
    if first.lower() not in tables:
        if _SERVICE_LINK.fullmatch(name):
            raise Misplaced("not a setting; Kubernetes adds it: set enableServiceLinks to false in the pod")
        raise Misplaced("not a setting")
    path = [first.lower()]
    if not rest:
        values[path[0]] = _decoded(text)
        return path
    inside = values
    for part in rest:
        here = inside.get(path[-1], {})
        if isinstance(here, EnvText):
            here = _decoded(here)
        if not isinstance(here, dict):
            raise Misplaced(f"there is no table in its way; give the whole value as JSON in {variable(path)}")
        inside[path[-1]] = here
        inside = here
        path.append(_key(inside, part, is_name=len(path) == 1 and path[0] in _NAMED_TABLES))
    inside[path[-1]] = EnvText(text)
    return path


def _key(table: Mapping[str, Any], part: str, *, is_name: bool) -> str:
    """Return the key that is there already, whatever its hyphens and case, or the usual spelling."""
    for key in table:
        if key.upper().replace("-", "_") == part:
            return key
    return part.lower().replace("_", "-") if is_name else part.lower()


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Misplaced(
            "is not valid JSON; in the environment lists and tables are written as JSON"
        ) from None
