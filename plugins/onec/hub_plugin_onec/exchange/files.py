"""Files on their way: kept in pieces in the plugin's store, never under the name they were sent with."""

from __future__ import annotations

import base64
from datetime import timedelta

from pydantic import JsonValue

from hub.plugin import Store

#: Bytes of a piece; in base64 and as JSON it fits the 64 KB of a store's value.
_PIECE = 48_000
_MOST_PIECES = 1_000
#: Bytes of one file as it is sent.
MOST_SENT = 8 * 1024 * 1024
#: Bytes of all files of an instance that wait for their end.
_MOST_WAITING = 32 * 1024 * 1024
_KEPT = timedelta(hours=2)


class FileRefused(Exception):
    """A file cannot be taken; the text says why, for the user of 1C."""


class Files:
    """What was sent of the files of all sessions of one instance."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, session: str, file: str, data: bytes) -> bytes | None:
        """Keep *data* as what follows of a file.

        Args:
            file: what stands for its name, which is nowhere used.

        Returns:
            The whole file so far, if *data* looks like the end of one.

        Raises:
            FileRefused: the file has become too large, or too much waits; what was kept of it is dropped.
        """
        size, pieces = self._head(session, file)
        parts = [data[start : start + _PIECE] for start in range(0, len(data), _PIECE)]
        if size + len(data) > MOST_SENT or pieces + len(parts) > _MOST_PIECES:
            self.drop(session, file)
            raise FileRefused(f"the file is larger than {MOST_SENT} bytes or comes in too many parts")
        if self._waiting() + len(data) > _MOST_WAITING:
            self.drop(session, file)
            raise FileRefused("too many files wait for their end; try again later")
        for number, part in enumerate(parts, start=pieces):
            self._store.set(_piece(session, file, number), base64.b64encode(part).decode(), _KEPT)
        head: JsonValue = {"size": size + len(data), "pieces": pieces + len(parts)}
        self._store.set(f"exchange-file:{session}:{file}", head, _KEPT)
        return self.whole(session, file) if _is_end(data) else None

    def waiting(self, session: str) -> list[str]:
        """Return every file of *session* that was not dropped."""
        return [key.rpartition(":")[2] for key, _ in self._store.scan(f"exchange-file:{session}:")]

    def mark(self, session: str, file: str, done: int) -> None:
        """Remember how many orders of a file were told."""
        self._store.set(f"exchange-done:{session}:{file}", done, _KEPT)

    def done(self, session: str, file: str) -> int:
        """Return how many orders of a file were told."""
        done = self._store.get(f"exchange-done:{session}:{file}")
        return done if isinstance(done, int) else 0

    def drop(self, session: str, file: str) -> None:
        """Forget a file."""
        _, pieces = self._head(session, file)
        for number in range(pieces):
            self._store.delete(_piece(session, file, number))
        self._store.delete(f"exchange-file:{session}:{file}")
        self._store.delete(f"exchange-done:{session}:{file}")

    def ask(self, session: str, file: str) -> None:
        """Remember that 1C wants to know what becomes of a file."""
        self._store.set(f"exchange-asked:{session}:{file}", True, _KEPT)

    def asked(self, session: str) -> list[str]:
        """Return the files of *session* that 1C asked about."""
        return [key.rpartition(":")[2] for key, _ in self._store.scan(f"exchange-asked:{session}:")]

    def begin_again(self, session: str, file: str) -> None:
        """Forget what became of a file, because its name is used for another one."""
        self._store.delete(f"exchange-told:{session}:{file}")

    def note(self, session: str, file: str, reason: str) -> None:
        """Remember what became of a file; an empty *reason* means that it was read."""
        self._store.set(f"exchange-told:{session}:{file}", reason, _KEPT)

    def told(self, session: str, file: str) -> str | None:
        """Return what became of a file, ``None`` while that is not known."""
        reason = self._store.get(f"exchange-told:{session}:{file}")
        return reason if isinstance(reason, str) else None

    def all_told(self, session: str) -> list[str]:
        """Return what became of every file of *session*."""
        return [str(reason) for _, reason in self._store.scan(f"exchange-told:{session}:")]

    def whole(self, session: str, file: str) -> bytes:
        """Return what was sent of a file."""
        kept = (self._store.get(_piece(session, file, n)) for n in range(self._head(session, file)[1]))
        return b"".join(base64.b64decode(part) for part in kept if isinstance(part, str))

    def _head(self, session: str, file: str) -> tuple[int, int]:
        head = self._store.get(f"exchange-file:{session}:{file}")
        return (int(str(head["size"])), int(str(head["pieces"]))) if isinstance(head, dict) else (0, 0)

    def _waiting(self) -> int:
        heads = [head for _, head in self._store.scan("exchange-file:")]
        return sum(int(str(head["size"])) for head in heads if isinstance(head, dict))


_TAGS = tuple(
    "</КоммерческаяИнформация>".encode(encoding) for encoding in ("utf-8", "cp1251", "utf-16-le", "utf-16-be")
)
_TAIL = 200
_END_OF_ZIP = b"PK\x05\x06"


def _is_end(data: bytes) -> bool:
    """Say whether a file may end so; whether it is whole, only reading it shows."""
    tail = data[-_TAIL:]
    return _END_OF_ZIP in tail or any(tag in tail for tag in _TAGS)


def _piece(session: str, file: str, number: int) -> str:
    return f"exchange-piece:{session}:{file}:{number:04}"
