"""The shared leaky bucket in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis import Redis

#: Seconds to wait for an answer; there is a way to do without.
_PATIENCE = 1.0

# A bucket that is not there may have been lost with Redis' memory, so it begins full.
_SCRIPT = """
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'used', 'at')
local used = capacity
if kept[1] then
  used = math.max(0, tonumber(kept[1]) - math.max(0, now - tonumber(kept[2])) * rate)
end
local granted = 0
if ARGV[3] == 'draw' then
  local room = math.floor(tonumber(ARGV[5]) - used + 0.000001)
  if room >= 1 then
    granted = math.min(tonumber(ARGV[4]), math.max(1, math.floor(room / 4)))
  end
  used = used + granted
elseif ARGV[3] == 'add' then
  used = math.max(0, used + tonumber(ARGV[4]))
elseif ARGV[3] == 'fill' then
  used = math.max(used, tonumber(ARGV[4]))
end
redis.call('HSET', KEYS[1], 'used', string.format('%.6f', used), 'at', string.format('%.6f', now))
return {granted, string.format('%.6f', used)}
"""


class RedisBucket:
    """A `hub.bitrix24.blocks.Place` in Redis, by Redis' clock.

    Args:
        name: of the portal.
        rate: requests the portal forgets per second.
        capacity: requests that may count at once.
    """

    def __init__(self, redis: Redis, name: str, *, rate: float, capacity: float) -> None:
        self._key = f"hub:bucket:{name}"
        self._rate = rate
        self._capacity = capacity
        self._script = redis.register_script(_SCRIPT)

    def draw(self, wanted: int, limit: float) -> tuple[int, float]:
        return self._run("draw", wanted, limit)

    def add(self, requests: float) -> None:
        self._run("add", requests)

    def fill(self, level: float) -> None:
        self._run("fill", level)

    def used(self) -> float:
        return self._run("look")[1]

    def _run(self, what: str, *numbers: float) -> tuple[int, float]:
        answer: Any = self._script(keys=[self._key], args=[self._rate, self._capacity, what, *numbers])
        granted, used = answer
        return int(granted), float(used)


def connect(url: str) -> tuple[Redis, tuple[type[Exception], ...]]:
    """Return a connection that gives up soon, and what it raises then."""
    from redis import Redis, RedisError  # noqa: PLC0415 - only where it is used
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    # one more try: the first may have met a connection that Redis closed long ago
    retry = Retry(NoBackoff(), 1)
    redis = Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=retry)
    return redis, (RedisError, OSError)
