"""Budgets that replicas share through a Redis, and each keeps for itself where it does not work."""

from __future__ import annotations

import asyncio
import hashlib

from .budgets import Budgets
from .redis_connection import Redis

TOLD_FROM = 0.05
"""Seconds of work from which the others are told at once; less is told with the next request."""
SCRIPT = b"""
local time = redis.call("TIME")
local now = time[1] + time[2] / 1000000
local most, rate, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call("HMGET", KEYS[1], "level", "at")
local level = most
if kept[1] then level = math.min(most, tonumber(kept[1]) + (now - tonumber(kept[2])) * rate) end
if seconds > 0 then
  level = math.max(level - seconds, -most)
  redis.call("HSET", KEYS[1], "level", tostring(level), "at", string.format("%.6f", now))
  redis.call("EXPIRE", KEYS[1], math.ceil((most - level) / rate) + 1)
end
return tostring(level)
"""
"""What `Budgets` does with a bucket, by the clock of the Redis; a full one is forgotten there."""


class SharedBudgets(Budgets):
    """The buckets of all replicas. What is here is what was there when it was last asked."""

    def __init__(self, most: float, rate: float, redis: Redis) -> None:
        super().__init__(most, rate)
        self._redis = redis
        self._untold: dict[str, float] = {}

    def charge(self, name: str, count: int, seconds: float, now: float) -> None:
        """Take seconds of work out of a client's bucket, here and for the others."""
        super().charge(name, count, seconds, now)
        if self._redis.is_set:
            self._untold[name] = self._untold.get(name, 0.0) + seconds
            if self._untold[name] >= TOLD_FROM:
                self._redis.aside(self.learn(name, count))

    async def learn(self, name: str, count: int) -> None:
        """Tell what the others do not know yet, and take over the level that is theirs as well."""
        if not self._redis.is_set:
            return
        told = self._untold.pop(name, 0.0)
        named = hashlib.blake2b(name.encode(), digest_size=16).hexdigest().encode()
        key = self._redis.prefix + b"spent:" + named
        numbers = (self._most * count, self._rate * count, told)
        said = (b"%.6f" % each for each in numbers)
        level = await self._redis.ask(b"EVAL", SCRIPT, b"1", key, *said)
        if level is not None:
            # What has been taken here since is not in it.
            now = asyncio.get_running_loop().time()
            self.set(name, count, float(level) - self._untold.get(name, 0.0), now)
