"""Server-sent events as bytes, and two byte strings framed as one."""

from __future__ import annotations

from ..jobs import protocol

MEDIA = "text/event-stream"


def event(name: str, data: object) -> bytes:
    """One event; its data is one line of JSON."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), protocol.to_json(data))


def framed(first: bytes, second: bytes) -> bytes:
    """Two pieces of bytes as one."""
    return b"%d\n%s%s" % (len(first), first, second)


def unframed(both: bytes) -> tuple[bytes, bytes]:
    """The two pieces again."""
    size, _, rest = both.partition(b"\n")
    return rest[: int(size)], rest[int(size) :]
