"""Somebody who wants to know how the calls went, to count them."""

from __future__ import annotations

from typing import Protocol

from hub.bitrix24.errors import PortalError


class Observer(Protocol):
    """Is told of every call; it must neither block nor fail."""

    def called(self, method: str, error: PortalError | None) -> None:
        """A call was made; the calls inside a batch are told one by one."""

    def answered(self, method: str, seconds: float) -> None:
        """A request took so long, whatever came of it; a batch is one request."""


class Nobody:
    """Does not want to know."""

    def called(self, method: str, error: PortalError | None) -> None:
        """Forget it."""

    def answered(self, method: str, seconds: float) -> None:
        """Forget it."""
