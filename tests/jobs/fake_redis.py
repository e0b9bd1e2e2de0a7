"""A Redis of a few lines, in this process. Holds no checks."""

from __future__ import annotations

import asyncio

from app.jobs.budgets import Budgets
from app.jobs.redis_connection import Redis


class FakeRedis:
    """GET, SET with a time, the script of budgets, AUTH and SELECT; or silence, or nonsense."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.budgets: dict[bytes, Budgets] = {}
        self.said: list[list[bytes]] = []
        self.mood = "well"
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readline():
                words = []
                for _ in range(int(head[1:])):
                    size = int((await reader.readline())[1:])
                    words.append((await reader.readexactly(size + 2))[:-2])
                self.said.append(words)
                if self.mood == "silent":
                    continue
                writer.write(b"?what\r\n" if self.mood == "mad" else self._reply(words))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _reply(self, words: list[bytes]) -> bytes:
        if words[0] == b"EVAL":
            return self._level(words[3], *map(float, words[4:]))
        if words[0] == b"SET":
            self.kept[words[1]] = words[2]
        if words[0] != b"GET":
            return b"-WRONGPASS\r\n" if words[-1] == b"wrong" else b"+OK\r\n"
        found = self.kept.get(words[1])
        return b"$-1\r\n" if found is None else b"$%d\r\n%s\r\n" % (len(found), found)

    def _level(self, key: bytes, most: float, rate: float, seconds: float) -> bytes:
        now = asyncio.get_running_loop().time()
        budgets = self.budgets.setdefault(key, Budgets(most, rate))
        budgets.charge("", 1, seconds, now)
        level = b"%r" % (most - budgets.spent("", now))
        return b"$%d\r\n%s\r\n" % (len(level), level)

    async def joined(self, rest: str = "/0", secret: str = "") -> Redis:
        """A connection to it, which begins with the first."""
        if self._server is None:
            await self.start()
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return Redis(f"redis://{secret}127.0.0.1:{port}{rest}")
