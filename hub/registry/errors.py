"""Why a call into a plugin gave nothing, and why a look-up found nothing.

HubError
├── CallFailed            the plugin is at fault; `instance` and `hook` say where
│   ├── BudgetExceeded    no result in time; whatever comes later is discarded
│   │   └── HeldUp        because it waited for the portal; the plugin is not at fault
│   ├── PoolExhausted     no thread of the instance is free
│   └── PluginBug         it raised something unexpected, or returned the wrong thing; see `__cause__`
└── NotServed             a request that no source takes
    ├── UnknownInstance   404
    ├── UnknownPath       404
    ├── MethodNotAllowed  405; carries `allowed`
    └── Unavailable       503, so that the sender keeps it; carries `status`
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hub.plugin import HubError

if TYPE_CHECKING:
    from hub.registry.instances import Status


class CallFailed(HubError):
    """A call into a plugin failed through the plugin's fault."""

    def __init__(self, instance: str, hook: str, message: str) -> None:
        super().__init__(f"plugin {instance}: {hook} {message}")
        self.instance = instance
        self.hook = hook
        self.message = message


class BudgetExceeded(CallFailed):
    """The hub has stopped waiting; the thread may still be running."""

    why = ""

    def __init__(self, instance: str, hook: str, budget: timedelta) -> None:
        super().__init__(instance, hook, f"gave no result within {budget.total_seconds():g} s{self.why}")


class HeldUp(BudgetExceeded):
    """It spent most of its time waiting for the portal."""

    why = ", because the portal is slow"


class PoolExhausted(CallFailed):
    """All threads of the instance are busy or stuck; nothing was run."""

    def __init__(self, instance: str, hook: str, threads: int) -> None:
        super().__init__(instance, hook, f"found none of the {threads} threads free")


class PluginBug(CallFailed):
    """The plugin raised something it may not raise, or returned something it may not return."""


class NotServed(HubError):
    """No source takes the request."""


class UnknownInstance(NotServed):
    """There is no such instance."""


class UnknownPath(NotServed):
    """The instance has no source at this path."""


class MethodNotAllowed(NotServed):
    """The path is right, the method is not."""

    def __init__(self, message: str, *, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class Unavailable(NotServed):
    """The instance is there and cannot take requests now."""

    def __init__(self, message: str, *, status: Status) -> None:
        super().__init__(message)
        self.status = status
