"""JMESPath expressions: which part of a body is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, LexerError, ParseError
from jmespath.functions import Functions

from hub_plugin_webhook.failures import BadMapping, MappingFailed

_LONGEST = 2000
_FUNCTIONS = frozenset(Functions.FUNCTION_TABLE)
#: Of these, all but the first child look into what the first has found.
_INTO = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "filter_projection", "pipe"}
)
_BARE_LITERAL = re.compile(r"[=<>]\s*(-?[0-9]|true\b|false\b|null\b)")


class Expression:
    """A compiled expression; an empty one finds nothing.

    Attributes:
        names: the names of the scope that are read.
    """

    def __init__(self, source: str) -> None:
        """Compile *source*.

        Raises:
            BadMapping: it is no JMESPath expression, or calls a function that there is not.
        """
        if len(source) > _LONGEST:
            raise BadMapping(f"is longer than {_LONGEST} characters")
        self._compiled = _compiled(source) if source.strip() else None
        self.names = frozenset(_names(self._compiled.parsed)) if self._compiled else frozenset()

    def __bool__(self) -> bool:
        return self._compiled is not None

    def find(self, scope: dict[str, object]) -> Any:
        """Return what the expression finds in *scope*, ``None`` when there is nothing.

        Raises:
            MappingFailed: a function in it does not take what the body holds.
        """
        if self._compiled is None:
            return None
        try:
            return self._compiled.search(scope)
        except (JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as exc:
            raise MappingFailed("does not fit this body; a function in it got something else") from exc
        except RecursionError as exc:
            raise MappingFailed("the body is nested too deeply") from exc

    def holds(self, scope: dict[str, object]) -> bool:
        """Say whether it finds anything but ``false``, ``null`` and what is empty, as JMESPath itself decides."""
        found = self.find(scope)
        return found is not None and found is not False and found not in ("", [], {})


def _compiled(source: str) -> Any:
    try:
        compiled = jmespath.compile(source)
        _check_functions(compiled.parsed)
    except (LexerError, ParseError) as exc:
        place: int | None = getattr(exc, "lex_position", None)
        where = f"near character {place + 1}" if place is not None and place < len(source) else "at its end"
        raise BadMapping(f"is not a JMESPath expression; look {where}{_hint(source)}") from exc
    except (JMESPathError, RecursionError) as exc:
        raise BadMapping("is not a JMESPath expression") from exc
    return compiled


def _hint(source: str) -> str:
    """Return what is most likely wrong with *source*; it comes after a semicolon or is nothing."""
    if "{{" in source or "{%" in source:
        return "; it is no template, so write it without braces"
    if _BARE_LITERAL.search(source):
        return "; numbers, true, false and null stand in backticks, for example `5`"
    return ""


def _check_functions(node: Mapping[str, Any]) -> None:
    if node["type"] == "function_expression" and node["value"] not in _FUNCTIONS:
        known = ", ".join(sorted(_FUNCTIONS))
        raise BadMapping(f"there is no function {node['value']!r}; known are {known}")
    for child in _children(node):
        _check_functions(child)


def _names(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names that are looked up in the scope itself, and not in something found there."""
    if node["type"] == "field":
        yield node["value"]
    if node["type"] != "expref":
        children = _children(node)
        for child in children[:1] if node["type"] in _INTO else children:
            yield from _names(child)


def _children(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [child for child in node["children"] if isinstance(child, dict)]  # those of a slice are numbers
