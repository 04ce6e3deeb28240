"""What a hook stores or arms while it runs: held, then committed together with what it returns."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from pydantic import JsonValue

from hub.plugin import Clock, RetryLater
from hub.storage.columns import storable
from hub.storage.database import AWAY
from hub.storage.plugin_store import ArmTimer, Change, DeleteEntry, DisarmTimer, PluginData, SetEntry

_MAX_VALUE = 64 * 1024
#: Bytes of a key; PostgreSQL can index little more.
_MAX_KEY = 2000


class UnitOfWork:
    """The changes of several hook calls that belong together, per instance.

    Args:
        outer: what the calls before have changed, which reads see too.
    """

    def __init__(self, outer: UnitOfWork | None = None) -> None:
        self._outer = outer
        self._lock = threading.Lock()
        self._changes: list[tuple[str, Change]] = []
        self._latest: dict[tuple[str, str], SetEntry | DeleteEntry] = {}
        self._open = True

    def add(self, instance: str, change: Change) -> None:
        """Hold a change; after :meth:`close` it is dropped, because the result it belongs to was discarded."""
        with self._lock:
            if self._open:
                self._changes.append((instance, change))
                if isinstance(change, SetEntry | DeleteEntry):
                    self._latest[instance, change.key] = change

    def close(self) -> list[tuple[str, Change]]:
        """Take no more changes and return those held, in order."""
        with self._lock:
            self._open = False
            return list(self._changes)

    def entry(self, instance: str, key: str) -> SetEntry | DeleteEntry | None:
        """Return the latest held change of a store key, so that a hook sees its own writes."""
        with self._lock:
            found = self._latest.get((instance, key))
        return found if found is not None or self._outer is None else self._outer.entry(instance, key)

    def entries(self, instance: str) -> dict[str, SetEntry | DeleteEntry]:
        """Return the latest held change of every store key of *instance*."""
        found = {} if self._outer is None else self._outer.entries(instance)
        with self._lock:
            found.update((key, change) for (owner, key), change in self._latest.items() if owner == instance)
        return found


class CurrentWork:
    """Which unit of work the running hook belongs to; the registry copies it into the plugin's thread."""

    def __init__(self) -> None:
        self._current: ContextVar[UnitOfWork | None] = ContextVar("hub_unit_of_work", default=None)

    @contextmanager
    def begin(self, outer: UnitOfWork | None = None) -> Iterator[UnitOfWork]:
        """Open a unit of work for the calls made inside, which see what *outer* holds.

        Leaving it drops later changes.
        """
        work = UnitOfWork(outer)
        token = self._current.set(work)
        try:
            yield work
        finally:
            self._current.reset(token)
            work.close()

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Hold apart what one call changes: it joins the unit of work, or is dropped when the call fails.

        A call that was given up and still runs finds its part closed.
        """
        outer = self._current.get()
        if outer is None:
            yield
            return
        part = UnitOfWork(outer)
        token = self._current.set(part)
        try:
            yield
        except BaseException:
            part.close()
            raise
        finally:
            self._current.reset(token)
        for instance, change in part.close():
            outer.add(instance, change)

    def get(self) -> UnitOfWork | None:
        """Return the unit of work of the running hook, if any."""
        return self._current.get()


class InstanceStore:
    """``ctx.store`` of one instance."""

    def __init__(self, instance: str, data: PluginData, work: CurrentWork, clock: Clock) -> None:
        self._instance = instance
        self._data = data
        self._work = work
        self._clock = clock

    def get(self, key: str) -> JsonValue:
        """Return the value, or ``None``."""
        work = self._work.get()
        held = work.entry(self._instance, _as_key(key)) if work else None
        if held is not None:
            return copy.deepcopy(held.value) if isinstance(held, SetEntry) else None
        with _translated():
            return self._data.get(self._instance, _as_key(key))

    def set(self, key: str, value: JsonValue, ttl: timedelta | None = None, *, at_once: bool = False) -> None:
        """Keep *value*, at most 64 KB as JSON; *at_once* in a commit of its own."""
        kept = _as_stored(f"store key {key!r}", value)
        expires_at = None if ttl is None else self._clock.now() + ttl
        self._change(SetEntry(key=_as_key(key), value=kept, expires_at=expires_at), at_once=at_once)

    def delete(self, key: str) -> None:
        """Forget *key*."""
        self._change(DeleteEntry(key=_as_key(key)))

    def scan(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
        """Return entries whose key begins with *prefix*, in the order of the keys."""
        with _translated():
            found = dict(self._data.scan(self._instance, _as_key(prefix)))
        work = self._work.get()
        for key, change in (work.entries(self._instance) if work else {}).items():
            if not key.startswith(prefix):
                continue
            if isinstance(change, SetEntry):
                found[key] = copy.deepcopy(change.value)
            else:
                found.pop(key, None)
        return iter(sorted(found.items()))

    def _change(self, change: Change, *, at_once: bool = False) -> None:
        work = self._work.get()
        if work is not None and not at_once:
            work.add(self._instance, change)
            return
        with _translated():
            self._data.apply(self._instance, change)


class InstanceTimers:
    """``ctx.timers`` of one instance."""

    def __init__(self, instance: str, data: PluginData, work: CurrentWork) -> None:
        self._instance = instance
        self._data = data
        self._work = work

    def set(self, name: str, key: str, at: datetime, data: JsonValue = None) -> None:
        """Arm the timer, or move it; *data* is at most 64 KB as JSON."""
        if at.tzinfo is None:
            raise ValueError(f"timer {name!r}: the time needs a time zone")
        data = _as_stored(f"timer {name!r}", data)
        self._change(ArmTimer(name=name, key=_as_key(key), due_at=at, data=data))

    def cancel(self, name: str, key: str) -> None:
        """Disarm it."""
        self._change(DisarmTimer(name=name, key=_as_key(key)))

    def _change(self, change: Change) -> None:
        work = self._work.get()
        if work is not None:
            work.add(self._instance, change)
            return
        with _translated():
            self._data.apply(self._instance, change)


@contextmanager
def _translated() -> Iterator[None]:
    """Say what a database that is away means to a plugin, which is not to blame for it."""
    try:
        yield
    except AWAY as exc:
        raise RetryLater("the database is away") from exc


def _as_key(key: str) -> str:
    """Return *key*.

    Raises:
        ValueError: not every database can keep it; one that cannot would hold up others' rows as well.
    """
    if key != storable(key) or len(key.encode()) > _MAX_KEY:
        raise ValueError(f"a key has at most {_MAX_KEY} bytes and no NUL; take a digest of what senders say")
    return key


def _as_stored(what: str, value: JsonValue) -> JsonValue:
    """Return a copy of *value* as it will be read back.

    Raises:
        ValueError: it is not JSON, or too large.
    """
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as exc:
        raise ValueError(f"{what}: the value is not JSON") from exc
    if len(text) > _MAX_VALUE:  # ASCII only, so characters are bytes
        raise ValueError(f"{what}: {len(text)} bytes is more than the {_MAX_VALUE} that fit")
    stored: JsonValue = json.loads(text)
    return stored
