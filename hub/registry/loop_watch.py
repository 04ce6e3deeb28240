"""Which hooks keep the event loop although they are declared quick; they leave it for a thread."""

from __future__ import annotations

import structlog

#: Seconds. An inline call that takes longer so many times in a row holds up every other sender.
_QUICK = 0.05
_PATIENCE = 3


class LoopWatch:
    """Counts slow inline calls in a row, by instance and hook; asked and told in the event loop's thread."""

    def __init__(self) -> None:
        self._slow: dict[tuple[str, str], int] = {}
        self._log = structlog.get_logger("hub.registry")

    def is_quick(self, instance: str, hook: str) -> bool:
        """Say whether to go on calling this inline; once it is not, it stays so until the hub is restarted."""
        return self._slow.get((instance, hook), 0) < _PATIENCE

    def took(self, instance: str, hook: str, seconds: float) -> None:
        """Take note of an inline call."""
        name = (instance, hook)
        if seconds < _QUICK:
            if self._slow and self.is_quick(instance, hook):
                self._slow.pop(name, None)
            return
        self._slow[name] = self._slow.get(name, 0) + 1
        if self._slow[name] == _PATIENCE:
            self._log.warning(
                "plugin keeps the event loop",
                plugin=instance,
                hook=hook,
                seconds=round(seconds, 3),
                advice="it runs in a thread from now on; declare the source with inline=False",
            )
