"""Where the requests to the portal are counted."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from hub.bitrix24 import Bounds, Place, SharedBucket
from hub.bitrix24.redis_bucket import RedisBucket, connect
from hub.clock import SystemClock
from hub.storage.bucket import DatabaseBucket
from hub.storage.database import Database

log = structlog.get_logger("hub")


def bucket_in_database(database: Database, portal: str, bounds: Bounds) -> SharedBucket:
    """Count in a row of the database."""
    # the portal counts real seconds, whatever the hub takes for the present
    place = DatabaseBucket(database, portal, rate=bounds.rate, clock=SystemClock())
    return _shared(place, bounds, (SQLAlchemyError,))


def bucket_in_redis(url: str, portal: str, bounds: Bounds) -> tuple[SharedBucket, Callable[[], None]]:
    """Count in Redis; return what closes the connection, too."""
    redis, errors = connect(url)
    place = RedisBucket(redis, portal, rate=bounds.rate, capacity=bounds.capacity)
    return _shared(place, bounds, errors), redis.close


def _shared(place: Place, bounds: Bounds, errors: tuple[type[Exception], ...]) -> SharedBucket:
    return SharedBucket(place, bounds, errors=errors, on_away=_warn, on_back=_tell)


def _warn(error: Exception) -> None:
    log.warning("requests are counted by this process alone", uses="a quarter", error=type(error).__name__)


def _tell() -> None:
    log.info("requests are counted together again")
