"""The size of what comes back to each layer, and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.examples import EXAMPLES
from tests.asking import CALLS
from tests.binding.reading import array

SOURCES = {each.id: each.source for each in EXAMPLES}


def walked(source: str, zoom: str = "block", **values: Any) -> dict[str, Any]:
    found: dict[str, Any] = CALLS["steps"]({"source": source, "zoom": zoom, "values": values})
    return found


def remarks(source: str, **values: Any) -> dict[str, str | None]:
    layers = walked(source, "block", **values)["layers"]
    return {each["symbol"]["text"]: each["remark"] for each in layers}


def test_ten_sigmoids_vanish_and_one_of_them_is_saturated() -> None:
    said = list(remarks(SOURCES["ten-sigmoids"]).values())
    assert [each is not None and each.startswith("vanished") for each in said] == [True] * 4 + [
        False
    ] * 6
    assert said[4] == "saturated: its slope is 6.155·10⁻⁶"
    assert said[5:] == [None] * 5


def test_a_saturated_unit_moved_back_is_so_no_longer() -> None:
    said = list(remarks(SOURCES["ten-sigmoids"], w5=3).values())
    assert said[4] is None or not said[4].startswith("saturated")


def test_an_exploding_chain_explodes_and_a_good_start_does_neither() -> None:
    said = remarks(SOURCES["exploding-chain"])
    assert (said["h₁"] or "").startswith("exploded")
    assert said["h₁₀"] is None
    norms = [each["norm"] for each in walked(SOURCES["ten-relu-he"])["layers"]]
    assert len(norms) == 10
    assert max(norms) < 3 * min(norms)


def test_a_relu_that_is_off_for_all_is_dead() -> None:
    source = "param w = [-1, -2]\nh = relu(w)\nu = relu(w + 1.5)\nL = sum(h) + sum(u)"
    layers = walked(source)["layers"]
    assert [each["saturated"] for each in layers] == [2, 1]
    assert layers[0]["remark"] == "dead: relu has slope 0 for every element"
    assert layers[1]["remark"] is None


def test_the_norm_of_a_layer_is_of_its_own_partial() -> None:
    source = SOURCES["ten-relu-he"]
    answer = walked(source, "tensor")
    partials = {each["node"]: each for each in answer["steps"] if each["phase"] == "backward"}
    for layer in answer["layers"]:
        step = partials[layer["node"]]
        assert layer["norm"] == pytest.approx(np.linalg.norm(array(step["partial"])))
        assert step["largest"] == pytest.approx(np.max(np.abs(array(step["partial"]))))
    assert answer["layers"]


def test_the_scalar_graph_has_no_layers() -> None:
    assert walked(SOURCES["ten-sigmoids"], "scalar")["layers"] == []


def test_a_moved_value_brings_its_own_sizes() -> None:
    request = {"source": SOURCES["ten-sigmoids"], "values": {"w5": 3}, "zoom": "block"}
    figures = CALLS["analyze"]({**request, "parts": ["figures"]})["figures"]
    whole = CALLS["steps"](request)
    assert figures["layers"] == whole["layers"]
    assert [each.get("largest") for each in figures["steps"]] == [
        each.get("largest") for each in whole["steps"]
    ]
