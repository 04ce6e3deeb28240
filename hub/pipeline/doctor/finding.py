"""Findings: what was looked at, how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How something is."""

    OK = "ok"
    WARN = "warn"  #: somebody should look at it
    FAIL = "fail"  #: it does not work


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the doctor; never with a secret."""

    check: str
    status: Status
    message: str
    advice: str = ""


def ok(check: str, message: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, status=Status.OK, message=message)


def warn(check: str, message: str, advice: str) -> Finding:
    """Return that somebody should look."""
    return Finding(check=check, status=Status.WARN, message=message, advice=advice)


def fail(check: str, message: str, advice: str) -> Finding:
    """Return that something does not work."""
    return Finding(check=check, status=Status.FAIL, message=message, advice=advice)
