"""Examine: run checks side by side; one that hangs costs its own time limit and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from hub.bitrix24.errors import AccessRefused, BotRefused, Disconnected, PortalError
from hub.pipeline.doctor.finding import Finding, fail
from hub.plugin import HubError

#: Seconds for a check, unless it says otherwise.
WITHIN = 10.0


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something to look at; *find* may raise, and may hang."""

    name: str
    find: Callable[[], Iterable[Finding]]
    within: float = WITHIN


def examine(checks: Sequence[Check], shut_out: Callable[[Disconnected], str]) -> Iterator[Finding]:
    """Return the findings of all checks, in their order.

    Args:
        shut_out: says what to do when the portal does not let us in.
    """
    began = time.monotonic()
    found = [_begin(check) for check in checks]
    for check, future in zip(checks, found, strict=True):
        yield from _findings(check, future, max(0.0, began + check.within - time.monotonic()), shut_out)


def _begin(check: Check) -> Future[list[Finding]]:
    future: Future[list[Finding]] = Future()

    def run() -> None:
        try:
            future.set_result(list(check.find()))
        except BaseException as exc:  # noqa: BLE001 - told as a finding
            future.set_exception(exc)

    threading.Thread(target=run, name=f"check-{check.name}", daemon=True).start()
    return future


def _findings(
    check: Check, future: Future[list[Finding]], seconds: float, shut_out: Callable[[Disconnected], str]
) -> list[Finding]:
    try:
        return future.result(seconds)
    except TimeoutError:
        message = f"no answer within {check.within:.0f} seconds"
        return [fail(check.name, message, "look at the network between here and there, and at its log")]
    except PortalError as exc:
        return [fail(check.name, f"the portal: {exc}", _advice(exc, shut_out))]
    except HubError as exc:
        return [fail(check.name, str(exc), "see the message")]
    except SQLAlchemyError as exc:
        message = f"the database cannot be asked: {type(exc).__name__}"
        return [fail(check.name, message, "see what is said of the database")]
    except Exception as exc:  # noqa: BLE001 - a check that breaks is a finding, and its words may hold a secret
        return [
            fail(
                check.name,
                f"the check itself failed: {type(exc).__name__}",
                "report this with the hub's version",
            )
        ]


def _advice(error: PortalError, shut_out: Callable[[Disconnected], str]) -> str:
    match error:
        case Disconnected():
            return shut_out(error)
        case BotRefused():
            return "the bot belongs to another token: set bot.token to the one it was made with, or another bot.code"
        case AccessRefused():
            return "give the webhook or application the scope, and its owner the right"
        case _:
            return "look at the portal and at the network; what the hub accepts meanwhile waits"
