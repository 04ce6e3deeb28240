"""Many calls in few requests, with an outcome for each.

A portal runs up to 50 commands in one ``batch``, one after another, as one request against the
rate limit. Each command is a string ``method?query``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from hub.bitrix24.calls import Answer, Call, Done, Failed, NotExecuted, Outcome, timing, whole
from hub.bitrix24.client import Client
from hub.bitrix24.errors import OperatingLimit, OutcomeUnknown, PortalError, Refused
from hub.bitrix24.forms import encode

#: The portal's limit (ERROR_BATCH_LENGTH_EXCEEDED above it).
MAX_COMMANDS = 50
#: The default limit of common web servers for a request body.
MAX_BYTES = 1_000_000

#: Places in the caller's sequence, each with the command to send, if the call can be one.
_Part: TypeAlias = "list[tuple[int, str | None]]"


def execute(
    client: Client,
    calls: Sequence[Call],
    *,
    halt: bool = False,
    priority: bool = False,
    permitted: bool = False,
    repeatable: bool = False,
    max_bytes: int = MAX_BYTES,
) -> list[Outcome]:
    """Run *calls* in order and return one outcome for each, in the same order.

    One call is sent directly; more are sent as one batch, or as several when they are more than
    50 or too large for one. When a whole request fails, each of its calls gets that error
    (`Unreachable`: none was executed, `OutcomeUnknown`: all are in doubt) and what would have
    followed is `NotExecuted`. A call whose method has no execution time left is `Failed` with
    `OperatingLimit` without being sent.

    Args:
        halt: stop at the first call that fails.
        priority: somebody waits for the answers.
        permitted: the caller has taken the limiter's permission for the first request already; it is
            given back when none goes out.
        repeatable: the calls may safely run twice, so an answer that is late is not waited for.
        max_bytes: size of a request body above which the calls are divided.
    """
    outcomes: list[Outcome] = [NotExecuted()] * len(calls)
    for part in _parts(calls, max_bytes):
        held = _held(client, [calls[place] for place, _ in part])
        going: _Part = []
        for place, command in part:
            if calls[place].method in held:
                outcomes[place] = Failed(held[calls[place].method])
                if halt:
                    break
            else:
                going.append((place, command))
        stop = halt and bool(held)
        if going:
            results, failed = _send(
                client,
                calls,
                going,
                halt=halt,
                priority=priority,
                permitted=permitted,
                repeatable=repeatable,
            )
            permitted = False
            stop = stop or failed
            for (place, _), outcome in zip(going, results, strict=True):
                outcomes[place] = outcome
        if stop:
            break
    if permitted:
        client.limiter.give_back()
    return outcomes


def results(client: Client, calls: Sequence[Call]) -> list[Any]:
    """Run *calls*, which may safely run twice, as one and return the result of each.

    Raises:
        PortalError: the first that failed; those behind it may have been executed.
    """
    found = []
    for outcome in execute(client, calls, repeatable=True):
        if isinstance(outcome, Failed):
            raise outcome.error
        if isinstance(outcome, Done):
            found.append(outcome.result)
    return found


def _held(client: Client, calls: Sequence[Call]) -> dict[str, OperatingLimit]:
    """Return the methods that have no execution time left; others are waited for."""
    held = {}
    for method in dict.fromkeys(call.method for call in calls):
        try:
            client.wait_for_budget(method)
        except OperatingLimit as error:
            held[method] = error
    return held


def _parts(calls: Sequence[Call], max_bytes: int) -> Iterator[_Part]:
    part: _Part = []
    size = 0
    for place, call in enumerate(calls):
        command = _command(call)
        if part and (command is None or len(part) == MAX_COMMANDS or size + len(command) > max_bytes):
            yield part
            part, size = [], 0
        if command is None:
            yield [(place, None)]
        else:
            part.append((place, command))
            size += len(command) + len(f'"c{place}":"",')
    if part:
        yield part


def _command(call: Call) -> str | None:
    """Return *call* as a batch command, or None when it must be sent on its own.

    In a batch the portal replaces ``$result[…]`` inside values by earlier results; text from
    outside must not be able to do that.
    """
    try:
        query = encode(call.params)
    except ValueError:
        return None
    return None if "%24result%5B" in query else f"{call.method}?{query}"


def _send(
    client: Client, calls: Sequence[Call], part: _Part, *, halt: bool, **how: bool
) -> tuple[Sequence[Outcome], bool]:
    """Send one part; return its outcomes and whether what follows must not be sent."""
    members = [calls[place] for place, _ in part]
    try:
        if len(members) == 1:
            call = members[0]
            return [Done(client.call(call.method, call.params, **how))], False
        commands = {f"c{place}": command for place, command in part}
        body = {"halt": int(halt), "cmd": commands}
        answer = client.call("batch", body, **how)
        if not isinstance(answer.result, Mapping):
            raise OutcomeUnknown("batch: an answer without results", method="batch")
    except PortalError as error:
        if len(members) > 1:  # of a call by itself the client has told already
            for call in members:
                client.observer.called(call.method, error)
        about_this_call = isinstance(error, Refused | OperatingLimit)
        return [Failed(error)] * len(part), halt or not about_this_call
    outcomes = _outcomes(client, members, list(commands), answer.result, halt)
    for call, outcome in zip(members, outcomes, strict=True):
        if not isinstance(outcome, NotExecuted):
            client.observer.called(call.method, outcome.error if isinstance(outcome, Failed) else None)
    return outcomes, halt and not all(isinstance(outcome, Done) for outcome in outcomes)


def _outcomes(
    client: Client, calls: Sequence[Call], keys: Sequence[str], result: Mapping[str, Any], halt: bool
) -> list[Outcome]:
    results, errors, totals, nexts, times = (
        _by_key(result.get(name), keys)
        for name in ("result", "result_error", "result_total", "result_next", "result_time")
    )
    outcomes: list[Outcome] = []
    failed = False
    for key, call in zip(keys, calls, strict=True):
        time = timing(times.get(key))
        client.budget.observe(call.method, time)
        if key in errors:
            outcomes.append(Failed(client.refusal(call.method, errors[key], call.params)))
            failed = True
        elif key in results or key in times:  # a null result may be missing among the results
            outcomes.append(
                Done(
                    Answer(
                        result=results.get(key),
                        total=whole(totals.get(key)),
                        next=whole(nexts.get(key)),
                        time=time,
                    )
                )
            )
        elif halt and failed:
            outcomes.append(NotExecuted())
        else:
            text = f"{call.method}: missing in the answer to a batch"
            outcomes.append(Failed(OutcomeUnknown(text, method=call.method)))
    return outcomes


def _by_key(data: object, keys: Sequence[str]) -> Mapping[str, Any]:
    """Read one of the answer's maps, which PHP writes as a list when it is empty or has no names."""
    if isinstance(data, Mapping):
        return data
    return dict(zip(keys, data, strict=False)) if isinstance(data, list) else {}
