"""Misfortune on request: what the portal does wrong, to which calls, how often."""

import random
import threading
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["down", "slow", "fail", "lose", "crash", "refuse_reserved", "revoked", "renamed", "html"]


class Fault(BaseModel):
    """One rule. `kind` says what happens:

    * `down`: connections close without an answer, or with `html` a 502 page
    * `slow`: `seconds` pass before the request is looked at
    * `fail`: the command answers `status` and `error` instead of running
    * `lose`: the request runs, then the connection closes without an answer
    * `crash`: the portal dies after storing a message; with `linked` its templateId knows the message, else not
    * `refuse_reserved`: a message is refused with `error` after its templateId was reserved
    * `revoked`: the credentials are refused with `status` and `error`
    * `renamed`: 302 to the same path below `location`, unless the request came there
    * `html`: the request runs, then answers a page
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    method: str | None = Field(None, description="Only this method, whatever its case.")
    dialog: str | None = Field(None, description="Only commands with this dialog.")
    skip: int = Field(0, ge=0, description="Matching calls to let pass first.")
    times: int | None = Field(None, ge=1, description="How often; none: until cleared.")
    probability: float = Field(1.0, ge=0, le=1)
    status: int = 500
    error: str = "INTERNAL_SERVER_ERROR"
    description: str = ""
    seconds: float = Field(0.0, ge=0)
    html: bool = False
    linked: bool = False
    location: str = ""


class Faults:
    """The rules in force. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def add(self, fault: Fault) -> None:
        """Put *fault* in force, after those that are."""
        with self._lock:
            self._armed.append(_Armed(fault))

    def clear(self, kind: Kind | None = None) -> None:
        """End every rule, or those of one kind."""
        with self._lock:
            self._armed = [armed for armed in self._armed if kind is not None and armed.fault.kind != kind]

    def active(self) -> list[Fault]:
        """Return the rules that can still strike, with what is left of `skip` and `times`."""
        with self._lock:
            return [armed.remaining() for armed in self._armed if not armed.spent()]

    def down(self, *, html: bool = False) -> None:
        """Stop answering until :meth:`up`: close every connection, or answer 502 with a page."""
        self.add(Fault(kind="down", html=html))

    def up(self) -> None:
        """End :meth:`down`."""
        self.clear("down")

    def slow(self, seconds: float, *, times: int | None = None) -> None:
        """Wait *seconds* before every request."""
        self.add(Fault(kind="slow", seconds=seconds, times=times))

    def fail(self, *, status: int = 500, error: str = "INTERNAL_SERVER_ERROR", **narrow: Any) -> None:
        """Answer an error to commands, until cleared unless `times` is given."""
        self.add(Fault(kind="fail", status=status, error=error, **narrow))

    def fail_next(
        self, times: int = 1, *, status: int = 500, error: str = "INTERNAL_SERVER_ERROR", **narrow: Any
    ) -> None:
        """Answer an error to the next *times* commands."""
        self.add(Fault(kind="fail", times=times, status=status, error=error, **narrow))

    def lose_answers(self, times: int | None = None, **narrow: Any) -> None:
        """Execute requests, then drop the connection."""
        self.add(Fault(kind="lose", times=times, **narrow))

    def crash_after_storing(self, times: int = 1, *, linked: bool = False, **narrow: Any) -> None:
        """Die after storing a message, before or (*linked*) after its templateId knows it."""
        self.add(Fault(kind="crash", times=times, linked=linked, **narrow))

    def refuse_after_reserving(self, times: int = 1, *, error: str = "SENDING_FAILED", **narrow: Any) -> None:
        """Refuse messages once their templateId is reserved, which locks it for an hour."""
        self.add(Fault(kind="refuse_reserved", times=times, error=error, status=400, **narrow))

    def revoke_webhook(self, *, status: int = 401, error: str = "INVALID_CREDENTIALS") -> None:
        """Refuse the credentials until cleared."""
        self.add(Fault(kind="revoked", status=status, error=error, description="Invalid request credentials"))

    def rename_portal(self, location: str) -> None:
        """Redirect every request that did not come to *location*, a base URL."""
        self.add(Fault(kind="renamed", location=location.rstrip("/")))

    def answer_html(self, times: int | None = None, **narrow: Any) -> None:
        """Answer requests with a page instead of JSON."""
        self.add(Fault(kind="html", times=times, **narrow))

    def strike(self, kind: Kind, *, methods: Iterable[str] = (), dialogs: Iterable[str] = ()) -> Fault | None:
        """Return the rule that strikes now, counting it; a request may carry several methods and dialogs."""
        with self._lock:
            if not self._armed:
                return None
            names = {name.lower() for name in methods}
            places = set(dialogs)
            return next(
                (
                    armed.fault
                    for armed in self._armed
                    if armed.fault.kind == kind and armed.strikes(names, places)
                ),
                None,
            )


class _Armed:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._passed = 0
        self._struck = 0

    def spent(self) -> bool:
        return self.fault.times is not None and self._struck >= self.fault.times

    def remaining(self) -> Fault:
        times = None if self.fault.times is None else self.fault.times - self._struck
        return self.fault.model_copy(update={"times": times, "skip": self.fault.skip - self._passed})

    def strikes(self, methods: set[str], dialogs: set[str]) -> bool:
        fault = self.fault
        if self.spent():
            return False
        if fault.method is not None and fault.method.lower() not in methods:
            return False
        if fault.dialog is not None and fault.dialog not in dialogs:
            return False
        if self._passed < fault.skip:
            self._passed += 1
            return False
        if fault.probability < 1 and random.random() >= fault.probability:
            return False
        self._struck += 1
        return True
