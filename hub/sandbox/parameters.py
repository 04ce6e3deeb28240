"""Declared parameters of REST methods, and reading them the way PHP does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.sandbox.errors import RestError

Warn = Callable[[str], None]

_TRUE = {True, "1", "Y", "y", "true"}
_FALSE = {False, "0", "N", "n", "false", ""}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter. `missing` is the error code when it is required and absent."""

    name: str
    kind: Literal["integer", "string", "boolean", "list", "map", "any"]
    missing: str | None = None
    fields: tuple["Parameter", ...] = ()


def integer(name: str, missing: str | None = None) -> Parameter:
    """A whole number, or its digits."""
    return Parameter(name=name, kind="integer", missing=missing)


def string(name: str, missing: str | None = None) -> Parameter:
    """Text; numbers are taken as text."""
    return Parameter(name=name, kind="string", missing=missing)


def boolean(name: str) -> Parameter:
    """True or false, Y or N, 1 or 0."""
    return Parameter(name=name, kind="boolean")


def array(name: str, missing: str | None = None) -> Parameter:
    """A list."""
    return Parameter(name=name, kind="list", missing=missing)


def mapping(name: str, *fields: Parameter, missing: str | None = None) -> Parameter:
    """An object; without *fields* any keys are fine."""
    return Parameter(name=name, kind="map", missing=missing, fields=fields)


def anything(name: str, missing: str | None = None) -> Parameter:
    """A value the method reads itself."""
    return Parameter(name=name, kind="any", missing=missing)


def read_parameters(
    raw: Mapping[str, Any], declared: Iterable[Parameter], *, ignore_case: bool, warn: Warn, where: str = ""
) -> dict[str, Any]:
    """Return the declared parameters that were given, by their declared names and of their types.

    What is not declared is left out and told to *warn*: the portal ignores it in silence.

    Raises:
        RestError: a required one is absent (its own code), or one has another type (`ERROR_ARGUMENT`).
    """
    given = {key.lower() if ignore_case else key: (key, value) for key, value in raw.items()}
    wanted = tuple(declared)
    names = {parameter.name.lower() if ignore_case else parameter.name for parameter in wanted}
    for key, (written, _) in given.items():
        if key not in names:
            warn(f"parameter {where}{written} is not known and was ignored")
    values: dict[str, Any] = {}
    for parameter in wanted:
        key = parameter.name.lower() if ignore_case else parameter.name
        name = f"{where}{parameter.name}"
        _, value = given.get(key, (key, None))
        if value is None or (value == "" and parameter.kind in ("integer", "list", "map")):
            if parameter.missing is not None:
                raise _missing(parameter.missing, name)
            if key in given:
                values[parameter.name] = None
            continue
        values[parameter.name] = _convert(parameter, name, value, warn)
    return values


def _convert(parameter: Parameter, name: str, value: Any, warn: Warn) -> Any:
    match parameter.kind:
        case "integer":
            return _integer(name, value)
        case "string":
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                raise _mistyped(name, "a string")
            if parameter.missing is not None and value == "":
                raise _missing(parameter.missing, name)
            return str(value)
        case "boolean":
            if isinstance(value, list | dict) or value not in _TRUE | _FALSE:
                raise _mistyped(name, "true or false")
            return value in _TRUE
        case "list":
            items = list(value.values()) if isinstance(value, dict) else value
            if not isinstance(items, list):
                raise _mistyped(name, "an array")
            return items
        case "map":
            found = {} if value == [] else value
            if not isinstance(found, dict):
                raise _mistyped(name, "an object")
            if not parameter.fields:
                return found
            return read_parameters(found, parameter.fields, ignore_case=False, warn=warn, where=f"{name}.")
        case _:
            return value


def _integer(name: str, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().removeprefix("-").isdigit():
        return int(value)
    raise _mistyped(name, "an integer")


def _missing(code: str, name: str) -> RestError:
    return RestError(code, f"Could not find value for parameter {{{name}}}")


def _mistyped(name: str, wanted: str) -> RestError:
    return RestError("ERROR_ARGUMENT", f"Argument '{name}' is not valid, {wanted} expected")
