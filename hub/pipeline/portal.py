"""``ctx.portal``: the portal as plugins see it, with errors that say what happens next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from pydantic import JsonValue
from sqlalchemy.exc import SQLAlchemyError

from hub.bitrix24 import Call, Client, Directory, Reads
from hub.bitrix24.cache import Cached, MemoryCache
from hub.bitrix24.errors import NotFound, PortalError, Refused
from hub.bitrix24.records import Currency, Department, PortalUser, Stage
from hub.plugin import Clock, PermanentFailure, RetryLater
from hub.registry import outside
from hub.storage.portal_cache import PortalCache

log = structlog.get_logger("hub.portal")


class DurableCache:
    """Remembers what the portal said in memory, and in the database for the time after a restart.

    A database that is away costs a call to the portal, nothing else.
    """

    def __init__(self, stored: PortalCache, clock: Clock) -> None:
        self._stored = stored
        self._clock = clock
        self._memory = MemoryCache(clock=lambda: clock.now().timestamp())

    def get(self, key: str) -> Cached | None:
        """Return what was put under *key*, however old."""
        found = self._memory.get(key)
        if found is not None:
            return found
        try:
            entry = self._stored.get(key)
        except SQLAlchemyError as exc:
            log.warning("cache not read", key=key, error=type(exc).__name__)
            return None
        return None if entry is None else Cached(entry[0], self._age(entry[1]))

    def put(self, key: str, value: Any) -> None:
        """Keep *value*."""
        self._memory.put(key, value)
        try:
            self._stored.put(key, value)
        except SQLAlchemyError as exc:
            log.warning("cache not written", key=key, error=type(exc).__name__)

    def _age(self, fetched_at: datetime) -> Any:
        return self._clock.now() - fetched_at


class PluginPortal:
    """The portal for plugins: one for all instances."""

    def __init__(
        self,
        client: Client,
        reads: Reads,
        directory: Directory,
        base_url: str,
        named_chat: Callable[[str], str],
    ) -> None:
        self._client = client
        self._reads = reads
        self._directory = directory
        self._base_url = base_url
        self._named_chat = named_chat

    def call(self, method: str, params: Mapping[str, object] | None = None) -> JsonValue:
        """Call a REST method and return its result; reads share requests."""
        with _translated():
            if _is_read(method):
                result: JsonValue = self._reads.read(method, params).result
            else:
                result = self._client.call(method, params).result
            return result

    def many(
        self, method: str, each: Sequence[Mapping[str, object]]
    ) -> Sequence[JsonValue | PermanentFailure]:
        """Call a reading method once for each of the parameters, together."""
        if not _is_read(method):
            raise TypeError(f"{method} may change something; only methods that read are called together")
        with _translated():
            answers = self._reads.each([Call(method, params) for params in each])
        return [
            PermanentFailure(str(answer)) if isinstance(answer, Refused) else answer.result
            for answer in answers
        ]

    def call_v3(
        self, method: str, params: Mapping[str, object] | None = None, *, idempotency_key: str
    ) -> JsonValue:
        """Call a method of REST 3.0 and return its result."""
        with _translated():
            result: JsonValue = self._client.call_v3(method, params, idempotency_key=idempotency_key).result
            return result

    def list(
        self, method: str, params: Mapping[str, object] | None = None, *, key: str = "ID"
    ) -> Iterator[Mapping[str, JsonValue]]:
        """Yield all rows of a list method."""
        rows = self._reads.list(method, params, key=key)
        while True:
            with _translated():
                row = next(rows, None)
            if row is None:
                return
            yield row

    def user(self, id: str) -> PortalUser:
        """Return a person."""
        with _translated():
            return self._directory.user(id)

    def users(self, ids: Iterable[str]) -> Mapping[str, PortalUser]:
        """Return people by id."""
        with _translated():
            return self._directory.users(ids)

    def user_by_email(self, email: str) -> PortalUser | None:
        """Return the person with this address."""
        with _translated():
            try:
                return self._directory.user_by_email(email)
            except NotFound:
                return None

    def department(self, id: str) -> Department:
        """Return a department."""
        with _translated():
            return self._directory.department(id)

    def members(self, department: str) -> Sequence[PortalUser]:
        """Return the active people of a department and those below it."""
        with _translated():
            return self._directory.users_of_department(department, recursive=True)

    def head(self, department: str) -> PortalUser | None:
        """Return the active head of exactly this department, or ``None``."""
        with _translated():
            head = self._directory.head_of_department(department)
            return head if head and head.active else None

    def supervisor(self, user: str) -> PortalUser | None:
        """Return the head above a person."""
        with _translated():
            return next(iter(self._directory.supervisor_of(user)), None)

    def named_chat(self, name: str) -> str:
        """Return the number of the group chat that the settings call *name*."""
        return self._named_chat(name)

    def stages(self, entity: str) -> Mapping[str, Stage]:
        """Return the stages of an entity by id."""
        with _translated():
            return {stage.id: stage for stage in self._directory.stages(entity)}

    def stage(self, entity: str, id: str) -> Stage:
        """Return one stage, reading the stages once more for one that is not known yet."""
        with _translated():
            return self._directory.stage(entity, id)

    def currency(self, code: str) -> Currency:
        """Return how to write amounts of a currency."""
        with _translated():
            return self._directory.currency(code)

    def url(self, path: str) -> str:
        """Return the absolute address of a portal-relative path."""
        return f"{self._base_url}/{path.lstrip('/')}"


_READS = (".get", ".list", ".fields", ".search", ".current", ".getaccess", "profile", "scope", "server.time")


def _is_read(method: str) -> bool:
    return method.lower().endswith(_READS)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        with outside():
            yield
    except Refused as exc:
        raise PermanentFailure(str(exc)) from exc
    except PortalError as exc:
        raise RetryLater(str(exc), after=getattr(exc, "retry_after", None)) from exc
