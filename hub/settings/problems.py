"""Validation whose errors an operator can read: every problem at once, by key, never a value."""

from __future__ import annotations

import copy
import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.plugin import ConfigurationError
from hub.settings.environment import EnvText, variable
from hub.settings.types import Wrong

M = TypeVar("M", bound=BaseModel)

_TEXTS = {
    "string_type": "must be text; put it in quotes",
    "int": "must be a whole number",
    "float": "must be a number",
    "decimal": "must be a number",
    "bool": "must be true or false",
    "list_type": 'must be a list, for example ["user:1"]',
    "tuple_type": 'must be a list, for example ["user:1"]',
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "string_pattern_mismatch": "has characters that may not be there; it must match {pattern}",
    "string_too_long": "is too long; at most {max_length} characters",
    "too_long": "is too long; at most {max_length}",
    "string_too_short": "is too short; at least {min_length} characters",
    "too_short": "is too short; at least {min_length}",
    "greater_than_equal": "is too small; at least {ge}",
    "greater_than": "is too small; it must be greater than {gt}",
    "less_than_equal": "is too large; at most {le}",
    "less_than": "is too large; it must be less than {lt}",
    "zoneinfo_str": "is not a time zone; write for example 'Europe/Moscow'",
    "byte_size": "is not a size; write for example '1MiB'",
    "byte_size_unit": "is not a size; write for example '1MiB'",
    "ip_any_network": "is not an address or network; write for example '127.0.0.1' or '10.0.0.0/8'",
    "datetime": "is not a date and time; write for example '2026-01-05T09:00:00'",
    "url": "is not a URL; write for example 'https://example.org'",
}
_CONTAINERS = re.compile(r"(list|tuple|set|frozen_set|dict|model|model_attributes|dataclass|mapping)_type")


def validate(model: type[M], raw: Mapping[str, Any], *, at: Sequence[str] = ()) -> M:
    """Return *raw* as *model*; JSON from the environment is read where a list or table belongs.

    Args:
        at: key path of the table, for example ``("plugins", "zabbix")``.

    Raises:
        ConfigurationError: with one line for every problem.
    """
    values = copy.deepcopy(dict(raw))
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        if not _read_json(values, exc):
            raise ConfigurationError(*_lines(model, values, exc, at)) from None
    try:
        return model.model_validate(values)
    except ValidationError as exc:
        raise ConfigurationError(*_lines(model, values, exc, at)) from None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest of *known*, or what is known when nothing is near."""
    names = sorted(known)
    if near := nearest(word, names):
        return f"did you mean {near!r}?"
    return f"known are {', '.join(names)}" if names else "remove it"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the one of *known* that *word* may be a slip of; nothing when none is near."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)), "")


def key_path(parts: Iterable[int | str]) -> str:
    """Write a path as ``routes[0].to``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")


def _read_json(values: dict[str, Any], exc: ValidationError) -> bool:
    found = False
    for problem in exc.errors(include_url=False, include_input=False, include_context=False):
        holder, key = _reach(values, problem["loc"])
        if _CONTAINERS.fullmatch(problem["type"]) and isinstance(holder[key], EnvText):
            try:
                holder[key] = json.loads(holder[key])
            except ValueError:
                continue
            found = True
    return found


def _reach(values: Any, loc: Sequence[int | str]) -> tuple[Any, Any]:
    """Return the deepest existing place on the way to *loc* as container and key."""
    holder, key = {"": values}, ""
    for part in loc:
        inside = holder[key]
        there = (isinstance(inside, dict) and part in inside) or (
            isinstance(inside, list) and isinstance(part, int) and part < len(inside)
        )
        if not there:
            break
        holder, key = inside, part  # type: ignore[assignment]
    return holder, key


def _lines(model: type[BaseModel], values: Any, exc: ValidationError, at: Sequence[str]) -> Iterator[str]:
    for problem in exc.errors(include_url=False):
        loc = tuple(part for part in problem["loc"] if part != "[key]")
        holder, key = _reach(values, loc)
        path = (*at, *loc)
        text = _text(model, problem, path)
        if isinstance(holder[key], EnvText):
            yield f"{key_path(path)} ({variable(path)}): {text}"
        else:
            yield f"{key_path(path)}: {text}"


def _text(model: type[BaseModel], problem: ErrorDetails, path: Sequence[int | str]) -> str:
    kind, loc = problem["type"], problem["loc"]
    if kind == "missing":
        if any(isinstance(part, int) for part in path):
            return "is missing; set it"
        return f"is missing; set it here or as {variable(path)}"
    if kind == "extra_forbidden":
        return f"unknown key; {did_you_mean(str(loc[-1]), _keys(model, loc[:-1]))}"
    if loc and loc[-1] == "[key]":
        return "is not a usable name; use small letters, digits and hyphens, at most 50"
    if isinstance(problem["input"], EnvText) and _CONTAINERS.fullmatch(kind):
        return "is not valid JSON; in the environment lists and tables are written as JSON"
    template = _TEXTS.get(kind) or _TEXTS.get(kind.partition("_")[0])
    if template is not None:
        return template.format_map(problem.get("ctx", {}))
    said = problem["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    trusted = isinstance(problem.get("ctx", {}).get("error"), Wrong)
    if not trusted and any(_shows(said, leaf) for leaf in _leaves(problem["input"])):
        return "is not a valid value"
    return said[:1].lower() + said[1:] if said[1:2].islower() else said


def _keys(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Return the keys that may stand at *loc* inside *model*."""
    models = [model]
    for part in loc:
        annotations = [
            field.annotation
            for each in models
            for name, field in each.model_fields.items()
            if (field.alias or name) == part
        ]
        models = [found for annotation in annotations for found in _models(annotation)] or models
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inside in value.values():
            yield from _leaves(inside)
    elif isinstance(value, (list, tuple)):
        for inside in value:
            yield from _leaves(inside)
    elif not isinstance(value, bool) and value is not None:
        yield str(value)


def _shows(text: str, leaf: str) -> bool:
    """Say whether a validator's own words repeat what was written; short values only as whole words."""
    if len(leaf) > 3:
        return leaf in text
    return bool(leaf) and re.search(rf"(?<!\w){re.escape(leaf)}(?!\w)", text) is not None
