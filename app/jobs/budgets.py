"""The processor time that each client may use: so many seconds at once, refilled at a rate.

A token bucket: it is full for a client that has not asked for long, what its jobs take is taken
out, also below nothing, and it fills up at a steady rate.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float
    count: int


class Budgets:
    """The buckets, by client: `most` seconds, and `rate` more each second."""

    def __init__(self, most: float, rate: float) -> None:
        self._most = most
        self._rate = rate
        self._buckets: dict[str, _Bucket] = {}
        self._sweep_at = 1024

    def charge(self, name: str, count: int, seconds: float, now: float) -> None:
        """Take seconds of work out of a client's bucket, which may owe as many as it holds."""
        bucket = self._bucket(name, count, now)
        bucket.level = max(bucket.level - seconds, -self._most * bucket.count)

    async def learn(self, name: str, count: int) -> None:
        """Learn what a client has taken elsewhere: nothing, where nothing is shared."""

    def set(self, name: str, count: int, level: float, now: float) -> None:
        """Take over a bucket's level."""
        self._bucket(name, count, now).level = level

    def wait(self, name: str, now: float) -> float:
        """Seconds until the client may ask again; 0 if it may now."""
        bucket = self._buckets.get(name)
        level = 1.0 if bucket is None else self._level(bucket, now)
        return 0.0 if bucket is None or level > 0 else -level / (self._rate * bucket.count) + 1.0

    def spent(self, name: str, now: float) -> float:
        """The seconds that a client has taken lately, by each of those its address stands for."""
        bucket = self._buckets.get(name)
        return 0.0 if bucket is None else self._most - self._level(bucket, now) / bucket.count

    def _bucket(self, name: str, count: int, now: float) -> _Bucket:
        """A client's bucket, filled up to now."""
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= self._sweep_at:
                self._sweep(now)
            bucket = self._buckets[name] = _Bucket(self._most * count, now, count)
        bucket.level, bucket.at = self._level(bucket, now), now
        return bucket

    def _level(self, bucket: _Bucket, now: float) -> float:
        filled = bucket.level + (now - bucket.at) * self._rate * bucket.count
        return min(filled, self._most * bucket.count)

    def _sweep(self, now: float) -> None:
        """Forget the full ones."""
        full = [
            name
            for name, bucket in self._buckets.items()
            if self._level(bucket, now) >= self._most * bucket.count
        ]
        for name in full:
            del self._buckets[name]
        self._sweep_at = max(1024, 2 * len(self._buckets))
