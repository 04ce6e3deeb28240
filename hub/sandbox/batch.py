"""`batch`: up to 50 commands in one request, one after another, each with its own outcome."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.php import parse_query, php_map
from hub.sandbox.registry import Outcome

MAX_COMMANDS = 50

_REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")
_PART = re.compile(r"\[([^\]]*)\]")

Run = Callable[[str, Mapping[str, Any]], Awaitable[Outcome]]


async def run_batch(params: Mapping[str, Any], run: Run) -> Json:
    """Run the commands of *params*, `halt` and `cmd`, through *run*, and return the five maps.

    Raises:
        RestError: `ERROR_BATCH_LENGTH_EXCEEDED`; or `cmd` is no map or list of strings.
    """
    commands = _commands(params)
    halt = str(params.get("halt", "0")).lower() in ("1", "true", "y")
    results: dict[Any, Any] = {}
    errors: dict[Any, Any] = {}
    totals: dict[Any, Any] = {}
    nexts: dict[Any, Any] = {}
    times: dict[Any, Any] = {}
    for key, command in commands.items():
        name, _, query = command.partition("?")
        outcome = await run(name.strip().removesuffix(".json"), _insert(parse_query(query), results))
        if outcome.status != 200:
            errors[key] = outcome.body
            if halt:
                break
            continue
        results[key] = outcome.body["result"]
        times[key] = outcome.time
        if "total" in outcome.body:
            totals[key] = outcome.body["total"]
        if "next" in outcome.body:
            nexts[key] = outcome.body["next"]
    return {
        "result": php_map(results),
        "result_error": php_map(errors),
        "result_total": php_map(totals),
        "result_next": php_map(nexts),
        "result_time": php_map(times),
    }


def _commands(params: Mapping[str, Any]) -> dict[Any, str]:
    given = params.get("cmd")
    if isinstance(given, list):
        given = dict(enumerate(given))
    if not isinstance(given, dict) or not all(isinstance(command, str) for command in given.values()):
        raise RestError("ERROR_ARGUMENT", "Argument 'cmd' must be a map or list of strings")
    if len(given) > MAX_COMMANDS:
        raise RestError("ERROR_BATCH_LENGTH_EXCEEDED", f"Max batch length exceeded: {MAX_COMMANDS}")
    # PHP turns digits used as keys into numbers, and numbers in sequence into a list
    return {int(key) if str(key).isdigit() else key: command for key, command in given.items()}


def _insert(value: Any, results: dict[Any, Any]) -> Any:
    """Replace `$result[key][field]` by what an earlier command answered."""
    if isinstance(value, dict):
        return {name: _insert(item, results) for name, item in value.items()}
    if isinstance(value, list):
        return [_insert(item, results) for item in value]
    if (whole := _REFERENCE.fullmatch(value)) is not None:
        return _look_up(whole[1], results)
    return _REFERENCE.sub(lambda match: str(_look_up(match[1], results) or ""), value)


def _look_up(path: str, results: dict[Any, Any]) -> Any:
    found: Any = results
    for part in _PART.findall(path):
        key = int(part) if part.isdigit() else part
        if isinstance(found, dict):
            found = found.get(part, found.get(key))
        elif isinstance(found, list) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            return None
    return found
