"""Bodies that are no JSON, or more than it allows: refused, and soon."""

from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.api.strict_json import DEPTH, loads
from backstep.errors import BodyError

values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(values)
def test_json_reads_back(value: object) -> None:
    assert loads(json.dumps(value).encode()) == value
    assert loads(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_anything_is_read_or_refused(body: bytes) -> None:
    try:
        loads(body)
    except BodyError as error:
        assert error.faults[0].message


@settings(deadline=None)
@given(st.text(alphabet='[]{}",:0123456789eE+-.NaInfity\\u dD8', max_size=40))
def test_what_looks_like_json_is_read_or_refused(text: str) -> None:
    try:
        mine = loads(text.encode())
    except BodyError:
        return
    assert mine == json.loads(text)


@pytest.mark.parametrize("body", [b"1e308", b"-1.7976931348623157e308", b"1e0000300", b"1e-400"])
def test_numbers_at_the_edge_are_read(body: bytes) -> None:
    assert loads(body) == float(body)


@pytest.mark.parametrize("body", [b"1e309", b"-1E+999", b"0.1e0400", b"1" + b"0" * 309 + b".5"])
def test_numbers_past_the_edge_are_refused(body: bytes) -> None:
    with pytest.raises(BodyError, match="larger than any float64"):
        loads(body)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert loads(rb'"\ud83d\ude00"') == "\U0001f600"


def test_depth_is_bounded_just_there() -> None:
    assert loads(b"[" * DEPTH + b"]" * DEPTH) is not None
    with pytest.raises(BodyError, match="nested"):
        loads(b"[" * (DEPTH + 2) + b"]" * (DEPTH + 2))


@pytest.mark.parametrize(
    "body",
    [
        b"[0." + b"1" * 1_000_000 + b"]",
        b"[" + b"9" * 308 + (b"," + b"9" * 308) * 3000 + b"]",
        b'"' + rb"\ud800" * 100_000 + b'"',
        b'"' + b"e" * 1_000_000 + b'"',
        b"1e" + b"0" * 1_000_000 + b"1",
        b'"' + b"\\" * 999_999,
    ],
)
def test_no_body_takes_long(body: bytes) -> None:
    start = time.process_time()
    try:
        value = loads(body)
    except BodyError:
        value = None
    assert time.process_time() - start < 1
    assert value is None or not isinstance(value, float) or math.isfinite(value)
