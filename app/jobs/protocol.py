"""The protocol between the service and its workers: frames of bytes, and JSON without NaN.

A request is a call's name, its payload and the seconds it may take: of its processor, on the wall,
and of its processor if it is cheap; a reply is its kind, a media type and a body. Both are
length-prefixed, so that neither side ever unpickles what the other sent.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import orjson

JSON = "application/json"

_REQUEST = struct.Struct("!dddHI")
_REPLY = struct.Struct("!BBHI")
_LAST, _LASTING = 1, 2
REQUEST_SIZE = _REQUEST.size
REPLY_SIZE = _REPLY.size


@dataclass(frozen=True, slots=True)
class Payload:
    """The answer of a call, ready to be sent: `body` is of the media type `media`.

    It is `lasting` if the same call would answer the same again: not if time ran out on the way
    and a simpler form was answered.
    """

    media: str
    body: bytes
    lasting: bool = True


class Kind(IntEnum):
    """The kinds of reply."""

    READY = 0
    """The worker waits for its first job; the body is a JSON list of what is degraded."""
    ANSWER = 1
    """The call's answer."""
    REFUSAL = 2
    """A `BackstepError`, as the JSON of its `to_plain`."""
    FAILURE = 3
    """The call raised something else: the body is the traceback, for the log alone."""
    DEAR = 4
    """The call was to be cheap and is not; nothing was answered."""


def pack_request(
    call: str, payload: bytes, seconds: float, wall: float, cheap: float = 0.0
) -> bytes:
    """The frame of a request that may take `seconds` of processor time and `wall` of wall time;
    and no more than `cheap` of processor time, unless that is 0: else the reply is DEAR."""
    name = call.encode()
    head = _REQUEST.pack(seconds, wall, cheap, len(name), len(payload))
    return b"".join((head, name, payload))


def unpack_request(head: bytes) -> tuple[float, float, float, int, int]:
    """The three times of `pack_request`, and the lengths of name and payload, from a request's
    first bytes."""
    return _REQUEST.unpack(head)


def pack_reply(kind: Kind, answer: Payload, *, last: bool = False) -> bytes:
    """The frame of a reply; `last` says that the worker takes no more jobs."""
    media = answer.media.encode()
    flags = last * _LAST | answer.lasting * _LASTING
    head = _REPLY.pack(kind, flags, len(media), len(answer.body))
    return b"".join((head, media, answer.body))


class ReplyReader:
    """Assembles replies from the chunks in which they arrive."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[Kind, Payload, bool]]:
        """Add `data`. Returns the replies completed by it: kind, answer, whether it is the last."""
        buffer = self._buffer
        buffer += data
        replies = []
        while len(buffer) >= REPLY_SIZE:
            kind, flags, media_size, body_size = _REPLY.unpack_from(buffer)
            start = REPLY_SIZE + media_size
            end = start + body_size
            if len(buffer) < end:
                break
            media = buffer[REPLY_SIZE:start].decode()
            answer = Payload(media, bytes(buffer[start:end]), bool(flags & _LASTING))
            replies.append((Kind(kind), answer, bool(flags & _LAST)))
            del buffer[:end]
        return replies


def to_json(data: object) -> bytes:
    """`data` as JSON: floats to the last bit, non-finite ones as "NaN", "Infinity", "-Infinity".

    Takes dataclasses, dicts with string keys, lists, tuples, arrays, strings, numbers, booleans
    and None. Raises TypeError on anything else.
    """
    return orjson.dumps(_speakable(data), default=_scalar, option=orjson.OPT_SERIALIZE_NUMPY)


def _scalar(value: object) -> object:
    # NumPy's scalars convert themselves to Python's numbers.
    item = getattr(value, "item", None)
    if item is None or getattr(value, "shape", None) != ():
        raise TypeError(f"{type(value).__name__} has no form in JSON")
    return item()


def _speakable(data: object) -> object:
    if isinstance(data, float):
        return data if math.isfinite(data) else _name(data)
    if isinstance(data, dict):
        return {key: _speakable(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return data if _plain_numbers(data) else [_speakable(value) for value in data]
    if isinstance(data, np.ndarray):
        return _array(data)
    if isinstance(data, int) and data.bit_length() > 63:
        # A count beyond 64 bits: only its size matters, which a float keeps.
        try:
            return float(data)
        except OverflowError:
            return "Infinity" if data > 0 else "-Infinity"
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        return {sent: _speakable(getattr(data, name)) for sent, name in _fields(type(data))}
    return data


def _array(data: np.ndarray[Any, Any]) -> Any:
    if data.ndim and data.dtype != object and np.isfinite(data).all():
        return np.ascontiguousarray(data)
    return _speakable(data.tolist())


@functools.cache
def _fields(kind: type) -> tuple[tuple[str, str], ...]:
    # As it is sent, and as Python has it: `pass` is a word of Python's own, so a field is `pass_`.
    return tuple((each.name.removesuffix("_"), each.name) for each in dataclasses.fields(kind))


def _plain_numbers(values: list[Any] | tuple[Any, ...]) -> bool:
    # A sum is finite only where every element is, and C adds up far faster than Python looks.
    if not set(map(type, values)) <= {float}:
        return False
    return math.isfinite(sum(values))


def _name(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
