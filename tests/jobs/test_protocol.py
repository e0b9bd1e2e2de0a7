"""What goes between the service and its workers: numbers to the bit, replies in any pieces."""

from __future__ import annotations

import math
import struct

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.jobs import protocol
from app.jobs.protocol import Kind, Payload, ReplyReader, pack_reply, to_json

NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def bits(value: float) -> bytes:
    return struct.pack("!d", value)


@settings(deadline=None)
@given(st.floats(allow_nan=False))
def test_a_float_reads_back_to_the_same_bits(value: float) -> None:
    read = orjson.loads(to_json([[value], value]))
    assert bits(float(NAMES.get(read[1], read[1]))) == bits(value)
    assert bits(float(NAMES.get(read[0][0], read[0][0]))) == bits(value)


@settings(deadline=None)
@given(st.lists(st.floats()))
def test_no_list_of_floats_loses_its_nan(values: list[float]) -> None:
    read = orjson.loads(to_json(values))
    assert len(read) == len(values)
    for value, item in zip(values, read, strict=True):
        if math.isfinite(value):
            assert item == value
        else:
            assert repr(NAMES[item]) == repr(value).replace("-nan", "nan")


def test_a_sum_that_overflows_is_no_infinity() -> None:
    assert orjson.loads(to_json([1e308, 1e308])) == [1e308, 1e308]
    assert orjson.loads(to_json([math.inf, -math.inf])) == ["Infinity", "-Infinity"]


def test_what_numpy_left_behind_is_a_plain_number() -> None:
    data = {"a": np.float64(0.1), "b": [np.float64("nan"), np.int64(3)], "c": np.bool_(True)}
    assert orjson.loads(to_json(data)) == {"a": 0.1, "b": ["NaN", 3], "c": True}


@pytest.mark.parametrize("count", [2**63, -(2**70), 10**400])
def test_counts_past_64_bits_say_their_size(count: int) -> None:
    read = orjson.loads(to_json([count]))[0]
    assert read == "Infinity" or math.isclose(read, count)


@pytest.mark.parametrize("data", [object(), {1, 2}, b"bytes"])
def test_what_is_not_json_is_a_type_error(data: object) -> None:
    with pytest.raises(TypeError):
        to_json({"x": data})


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5), st.integers(1, 60))
def test_replies_are_put_together_from_any_pieces(bodies: list[bytes], size: int) -> None:
    stream = b"".join(
        pack_reply(Kind.ANSWER, Payload("text/é", body, index % 3 == 1), last=index % 2 == 1)
        for index, body in enumerate(bodies)
    )
    reader = ReplyReader()
    replies = []
    for start in range(0, len(stream), size):
        replies += reader.feed(stream[start : start + size])
    assert [answer.body for _, answer, _ in replies] == bodies
    assert [answer.lasting for _, answer, _ in replies] == [
        index % 3 == 1 for index in range(len(bodies))
    ]
    assert [last for _, _, last in replies] == [index % 2 == 1 for index in range(len(bodies))]
    assert {answer.media for _, answer, _ in replies} == {"text/é"}


def test_requests_carry_call_payload_and_time() -> None:
    frame = protocol.pack_request("evaluate", b"{}", 2.5, 30.0)
    head, rest = frame[: protocol.REQUEST_SIZE], frame[protocol.REQUEST_SIZE :]
    assert protocol.unpack_request(head) == (2.5, 30.0, 0.0, 8, 2)
    assert rest == b"evaluate{}"
