"""Jinja2 templates that can only read data and write text.

The language is cut down to what a message needs: no attribute of any Python object, no calls, no imports, no
assignments, no loop inside a loop, and only filters whose result is not larger than what they get. So time and memory
grow no faster than the body, and what a template may write is cut to a length.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any

from jinja2 import ChainableUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hub_plugin_webhook.failures import BadMapping, MappingFailed

_LONGEST = 4000
_PATIENCE = timedelta(milliseconds=500)
_LOOP = frozenset({"index", "index0", "first", "last", "length"})
_FILTERS = (
    *(
        "abs",
        "capitalize",
        "count",
        "d",
        "default",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "list",
    ),
    *(
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
    ),
    *("striptags", "sum", "title", "trim", "truncate", "unique", "upper", "wordcount"),
)
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Slice),
    *(nodes.Filter, nodes.Test, nodes.Keyword, nodes.CondExpr, nodes.Compare, nodes.Operand),
    *(
        nodes.And,
        nodes.Or,
        nodes.Not,
        nodes.Neg,
        nodes.Add,
        nodes.Sub,
        nodes.Div,
        nodes.FloorDiv,
        nodes.Concat,
    ),
)
#: Words for what people try most; anything else is told by the name of its kind.
_NAMES: Mapping[type[nodes.Node], str] = {
    nodes.Call: "a call, only filters such as '| upper'",
    nodes.Assign: "'set'",
    nodes.Mul: "'*'",
    nodes.Pow: "'**'",
    nodes.Mod: "'%'",
    nodes.Macro: "'macro'",
    nodes.Include: "'include'",
    nodes.Import: "'import'",
    nodes.Extends: "'extends'",
}


class Template:
    """A compiled template.

    Attributes:
        names: the names of the scope it reads.
    """

    def __init__(self, source: str) -> None:
        """Compile *source*.

        Raises:
            BadMapping: it is no template, or does what is not allowed.
        """
        if len(source) > _LONGEST:
            raise BadMapping(f"is longer than {_LONGEST} characters")
        environment = _environment()
        try:
            tree = environment.parse(source)
            _check(tree)
            self.names = frozenset(meta.find_undeclared_variables(tree))
            self._template = environment.from_string(tree)
        except TemplateSyntaxError as exc:
            raise BadMapping(f"is not a template: line {exc.lineno}: {_first_line(exc)}") from exc
        except (TemplateError, RecursionError) as exc:
            raise BadMapping("is not a template") from exc

    def write(self, scope: Mapping[str, object], *, limit: int) -> str:
        """Return the text, cut to *limit* characters.

        Raises:
            MappingFailed: it does not fit this body, or takes too long.
        """
        end = time.monotonic() + _PATIENCE.total_seconds()
        pieces: list[str] = []
        left = limit + 1
        try:
            for piece in self._template.generate(scope):
                pieces.append(piece[:left])
                left -= len(piece)
                if left <= 0:
                    break
                if time.monotonic() > end:
                    raise MappingFailed("takes too long for this body")
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as exc:
            raise MappingFailed("does not fit this body; something in it is of another type") from exc
        except RecursionError as exc:
            raise MappingFailed("the body is nested too deeply") from exc
        return cut("".join(pieces), limit)


def cut(text: str, limit: int) -> str:
    """Return *text* without what cannot be stored, at most *limit* characters long."""
    text = text.replace("\x00", "").encode("utf-8", "replace").decode().strip()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


@lru_cache(maxsize=1000)
def template(source: str) -> Template:
    """Return *source* compiled; presets share much, between their cards and between instances.

    Raises:
        BadMapping: it is no template, or does what is not allowed.
    """
    return Template(source)


class _DataOnly(ImmutableSandboxedEnvironment):
    """Dots and brackets reach into mappings, lists and texts, and into nothing else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, LoopContext) and attribute in _LOOP:
            return getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        try:
            if isinstance(obj, Mapping) or (
                isinstance(obj, list | tuple | str) and isinstance(argument, int | slice)
            ):
                return obj[argument]
        except (LookupError, TypeError, ValueError):
            pass
        return self.undefined(obj=obj, name=argument)


@cache
def _environment() -> _DataOnly:
    made = _DataOnly(undefined=ChainableUndefined, finalize=_said, autoescape=False, cache_size=0)
    made.globals.clear()
    made.filters = {name: FILTERS[name] for name in _FILTERS}
    return made


def _check(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            name = _NAMES.get(type(node), type(node).__name__.lower())
            raise BadMapping(f"may not use {name} (line {node.lineno})")
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise BadMapping(f"there is no filter {node.name!r}; known are {', '.join(_FILTERS)}")
        if isinstance(node, nodes.For) and node.find(nodes.For) is not None:
            raise BadMapping(f"may not have a loop inside a loop (line {node.lineno})")


def _said(value: object) -> object:
    """Say nothing for ``null``, and what is no text as JSON would."""
    if value is None:
        return ""
    if isinstance(value, bool | dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value


def _first_line(exc: TemplateSyntaxError) -> str:
    return (exc.message or "").partition("\n")[0]
