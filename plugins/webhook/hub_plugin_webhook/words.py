"""Words of a card: a template, or a sentence with ``{names}`` that can be translated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Formatter
from typing import Any

from hub.plugin import Text, Words
from hub_plugin_webhook.failures import BadMapping
from hub_plugin_webhook.templates import cut, template

_LONGEST_VALUE = 500


class Sentence:
    """Compiled words.

    Attributes:
        names: the names of the scope that are read.
    """

    def __init__(self, source: str, values: Collection[str]) -> None:
        """Compile *source*; it is a template when it has ``{{`` or ``{%``.

        Raises:
            BadMapping: no template, or its braces hold something else than names of *values*.
        """
        self._source = source
        self._template = template(source) if "{{" in source or "{%" in source else None
        self.names = self._template.names if self._template else _names(source, values)

    def __bool__(self) -> bool:
        return bool(self._source)

    def say(self, scope: Mapping[str, Any], *, limit: int) -> Words:
        """Return the words for *scope*; what comes from the body is plain text, whatever it looks like.

        Raises:
            MappingFailed: the template does not fit this body.
        """
        if self._template:
            return self._template.write(scope, limit=limit)
        if not self._source:
            return ""
        return Text(id=self._source, values={name: _text(scope[name]) for name in self.names})


def _names(source: str, values: Collection[str]) -> frozenset[str]:
    try:
        found = list(Formatter().parse(source))
    except ValueError as exc:
        raise BadMapping("has a single brace; braces hold names of values") from exc
    names = {name for _, name, _, _ in found if name is not None}
    if any(spec or conversion for _, _, spec, conversion in found) or not names <= set(values):
        raise BadMapping(f"braces hold names of values; known are {', '.join(sorted(values)) or 'none'}")
    return frozenset(names)


def _text(value: object) -> str:
    """Return a single value as text; what is empty or has parts says nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    return cut(str(value), _LONGEST_VALUE) if isinstance(value, str | int | float) else ""
