"""The state of a page in its address: read back as it was, and refused where it is none."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.api import share_link
from backstep.limits import LIMITS


def packed(data: bytes, **options: int) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data, **options)).rstrip(b"=").decode()


@settings(deadline=None)
@given(
    st.text(max_size=200),
    st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False) | st.lists(st.floats(0, 1))),
    st.none() | st.integers(0, 999),
    st.sampled_from(["block", "tensor"]),
    st.sampled_from(["LR", "TB"]),
    st.lists(st.sampled_from(["b0", "b2", "b2-9"]), max_size=3),
)
def test_a_state_reads_back(
    source: str,
    values: dict[str, object],
    step: int | None,
    zoom: str,
    direction: str,
    opened: list[str],
) -> None:
    given: dict[str, object] = {
        "source": source,
        "values": values,
        "zoom": zoom,
        "direction": direction,
        "open": opened,
    }
    if step is not None:
        given["step"] = step
    elif not opened:
        given["boxes"] = share_link.BOXES
    text = share_link.encode(given)
    assert text.replace("-", "").replace("_", "").isalnum()
    found = share_link.decode(text)
    infinite = {"Infinity": float("inf"), "-Infinity": float("-inf")}
    read = {
        name: infinite.get(each, each) if isinstance(each, str) else each
        for name, each in found["values"].items()
    }
    assert {**found, "values": read} == given


def test_what_is_left_out_has_its_default() -> None:
    found = share_link.decode(packed(b'{"source": "x"}'))
    assert found == {
        "source": "x",
        "values": {},
        "zoom": "block",
        "direction": "LR",
        "open": [],
    } | {"boxes": share_link.BOXES}


def test_any_level_and_padding_is_read() -> None:
    for level in (0, 1, 9):
        text = packed(b'{"source": "x"}', level=level)
        assert share_link.decode(text + "=" * (-len(text) % 4))["source"] == "x"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "zz",
        "é",
        "a" * 5,
        packed(b'{"source": "x"}')[:-4],
        packed(b'{"source": "x"}') + "AAAA",
        base64.urlsafe_b64encode(b'{"source": "x"}').decode(),
        packed(b"hello"),
        packed(b"[]"),
        packed(b"{}"),
        packed(b'{"source": 1}'),
        packed(b'{"source": "x", "more": 1}'),
        packed(b'{"source": "x", "source": "y"}'),
        packed(b'{"source": "x", "values": {"w": NaN}}'),
        packed(b'{"source": "x", "zoom": "atomic"}'),
        packed(b'{"source": "x", "step": -1}'),
        packed(b'{"source": "x", "step": 1.5}'),
        packed(b'{"source": "x", "step": true}'),
        packed(b"[" * 100_000),
        packed(b"\xff"),
    ],
)
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(share_link.LinkError) as raised:
        share_link.decode(text)
    assert raised.value.kind == "state"


def test_a_bomb_is_not_unpacked() -> None:
    bomb = packed(json.dumps({"source": "x" * 20_000_000}).encode())
    assert len(bomb) < 40_000
    with pytest.raises(share_link.LinkError, match=f"{LIMITS.state_bytes:,}"):
        share_link.decode(bomb)
