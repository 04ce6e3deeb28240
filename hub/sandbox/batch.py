"""`batch`: up to 50 commands in one request, one after another, each with its own outcome."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.php import parse_query, php_map

if TYPE_CHECKING:
    from hub.sandbox.rest import Outcome

MAX_COMMANDS = 50

_REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")
_PART = re.compile(r"\[([^\]]*)\]")

Run = Callable[[str, Mapping[str, Any]], Awaitable["Outcome"]]


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
        outcome = await run(name.strip().removesuffix(".json"), parse_query(_insert(query, results)))
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
    return given


def _insert(query: str, results: dict[Any, Any]) -> str:
    """Replace `$result[key][field]` by what an earlier command answered; nothing where there is no such value."""

    def value(match: re.Match[str]) -> str:
        found: Any = results
        for part in _PART.findall(match[1]):
            if isinstance(found, dict):
                found = found.get(part, found.get(int(part)) if part.isdigit() else None)
            elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            else:
                return ""
        return "" if found is None or isinstance(found, dict | list) else quote(str(found), safe="")

    return _REFERENCE.sub(value, query.replace("%24result%5B", "$result["))
