"""Values from the portal, kept while fresh and used when stale only if the portal is silent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from hub.bitrix24.cache import Cache
from hub.bitrix24.errors import Busy, Disconnected, NotFound, OutcomeUnknown, PortalError, Unreachable

#: How old a value may be that is used because the portal gives none.
STALE = timedelta(days=7)
#: How long a silent portal is left alone.
SILENCE = timedelta(seconds=5)
#: An unknown id is no reason to read a table again that is younger than this.
JUST_READ = timedelta(minutes=1)

_SILENT = (Unreachable, OutcomeUnknown, Busy, Disconnected)

T = TypeVar("T")


class Remembered:
    """Loads values through a cache.

    After a portal that was silent nobody asks again for a moment, so that those who wait for many values do
    not wait for each of them.

    Args:
        clock: seconds.
    """

    def __init__(self, cache: Cache, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache = cache
        self._clock = clock
        self._silence: tuple[float, PortalError] | None = None

    def value(self, key: str, fresh: timedelta, shape: TypeAdapter[T], load: Callable[[], T]) -> T:
        """Return the value under *key*, loading it when the cache has none as young as *fresh*.

        Raises:
            PortalError: loading failed and nothing younger than 7 days is remembered.
        """
        if (value := self._cached(key, fresh, shape)) is not None:
            return value
        try:
            value = self._load(load)
        except _SILENT:
            if (stale := self._cached(key, STALE, shape)) is not None:
                return stale
            raise
        self._cache.put(key, shape.dump_python(value, mode="json"))
        return value

    def values(
        self,
        keys: Sequence[str],
        fresh: timedelta,
        shape: TypeAdapter[T],
        load: Callable[[Sequence[str]], Mapping[str, T]],
    ) -> Mapping[str, T]:
        """Return the values under *keys*, loading together those that are missing or old.

        What *load* does not find is left out.

        Raises:
            PortalError: loading failed and not all of them are remembered as young as 7 days.
        """
        found = self._known(keys, fresh, shape)
        missing = [key for key in keys if key not in found]
        if not missing:
            return found
        try:
            loaded = self._load(lambda: load(missing))
        except _SILENT:
            stale = self._known(missing, STALE, shape)
            if len(stale) == len(missing):
                return {**found, **stale}
            raise
        for key, value in loaded.items():
            self._cache.put(key, shape.dump_python(value, mode="json"))
        return {**found, **loaded}

    def row(
        self,
        key: str,
        fresh: timedelta,
        shape: TypeAdapter[tuple[T, ...]],
        load: Callable[[], tuple[T, ...]],
        matches: Callable[[T], bool],
    ) -> T:
        """Return the row of a remembered table that *matches*, reading the table once more for it.

        Raises:
            NotFound: there is no such row.
            PortalError: as for `value`.
        """
        for age in (fresh, JUST_READ):
            for row in self.value(key, age, shape, load):
                if matches(row):
                    return row
        raise NotFound(f"not found among the portal's {key}")

    def _load(self, load: Callable[[], T]) -> T:
        silence = self._silence
        if silence is not None and self._clock() < silence[0]:
            raise silence[1]
        try:
            value = load()
        except _SILENT as error:
            self._silence = (self._clock() + SILENCE.total_seconds(), error)
            raise
        self._silence = None
        return value

    def _known(self, keys: Sequence[str], oldest: timedelta, shape: TypeAdapter[T]) -> Mapping[str, T]:
        return {key: value for key in keys if (value := self._cached(key, oldest, shape)) is not None}

    def _cached(self, key: str, oldest: timedelta, shape: TypeAdapter[T]) -> T | None:
        cached = self._cache.get(key)
        if cached is None or cached.age > oldest:
            return None
        try:
            return shape.validate_python(cached.value)
        except ValidationError:  # put there by another version
            return None
