"""Server-sent events as bytes, and two byte strings framed as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..jobs import protocol
from ..jobs.protocol import Payload

MEDIA = "text/event-stream"
NUMBER = "from"
"""The query's name for the number of the first event that is wanted."""


def resuming(name: str) -> tuple[Mapping[str, object], ...]:
    """The parameters of a call that sends the events of a stream from one of them on; `name` says
    where its id is found.
    """
    return (
        {
            "name": "id",
            "in": "path",
            "required": True,
            "description": name,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        },
        {
            "name": NUMBER,
            "in": "query",
            "required": False,
            "description": "The number of the first event that is wanted, 0 for the `start`."
            " Without it the header `Last-Event-ID` says the last one that is not.",
            "schema": {"type": "integer", "minimum": 0, "default": 0},
        },
    )


def event(name: str, data: object) -> bytes:
    """One event; its data is one line of JSON."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), protocol.to_json(data))


def piece(told: Sequence[tuple[str, object]], state: object) -> Payload:
    """Named events as they are sent, framed with the state that the stream goes on from, packed;
    None if it does not. The service reads neither."""
    sent = b"".join(event(name, data) for name, data in told)
    return Payload(MEDIA, framed(sent, b"" if state is None else protocol.to_json(state)))


def framed(first: bytes, second: bytes) -> bytes:
    """Two pieces of bytes as one."""
    return b"%d\n%s%s" % (len(first), first, second)


def unframed(both: bytes) -> tuple[bytes, bytes]:
    """The two pieces again."""
    size, _, rest = both.partition(b"\n")
    return rest[: int(size)], rest[int(size) :]
