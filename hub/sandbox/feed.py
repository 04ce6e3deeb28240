"""What changed in the portal, in order, for everyone who watches: the chat page, the event sender, tests."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Listener = Callable[[], object]

#: Changes kept for readers that reconnect; an older `Last-Event-ID` gets what is left.
_KEPT = 10_000


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `users` are those who may see it."""

    id: int
    kind: Literal["message", "edit", "delete", "dialog", "notification", "read"]
    users: frozenset[int]
    chat_id: int | None = None
    object_id: int | None = None


class Feed:
    """An ordered list of changes. Called with the portal's lock held; listeners must not block."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque(maxlen=_KEPT)
        self._listeners: list[Listener] = []
        self.last_id = 0
        self.ended = False

    def end(self) -> None:
        """Tell those who wait that nothing more will come."""
        self.ended = True
        self.wake()

    def publish(
        self,
        kind: Literal["message", "edit", "delete", "dialog", "notification", "read"],
        users: frozenset[int],
        *,
        chat_id: int | None = None,
        object_id: int | None = None,
    ) -> None:
        """Append a change and wake the listeners."""
        self.last_id += 1
        self._changes.append(
            Change(id=self.last_id, kind=kind, users=users, chat_id=chat_id, object_id=object_id)
        )
        self.wake()

    def wake(self) -> None:
        """Call every listener."""
        for listener in list(self._listeners):
            listener()

    def since(self, last_id: int, user: int) -> list[Change]:
        """Return changes after *last_id* that *user* may see."""
        found: list[Change] = []
        for change in reversed(self._changes):
            if change.id <= last_id:
                break
            if user in change.users:
                found.append(change)
        return found[::-1]

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call *listener* after every change; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
