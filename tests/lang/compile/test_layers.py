"""Layers in a text: whose parameters they are, what they are called, when they are shared."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.errors import DefinitionError
from backstep.evaluate.initial import initial_values
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS


def parameters(source: str) -> dict[str, tuple[int, ...]]:
    definition = compile_text(source)
    return {leaf.name: leaf.node.shape for leaf in definition.leaves if leaf.role == "param"}


def test_parameters_are_named_after_the_statement() -> None:
    source = "input x = [1, 2]\nh = tanh(dense(x, 3))\nL = sum(h)"
    assert parameters(source) == {"h.W": (3, 2), "h.b": (3,)}


def test_a_second_layer_of_a_statement_is_numbered() -> None:
    source = "input x = [1, 2]\nh = dense(tanh(dense(x, 3)), 4)\nL = sum(h)"
    assert parameters(source) == {
        "h.W": (3, 2),
        "h.b": (3,),
        "h.W_2": (4, 3),
        "h.b_2": (4,),
    }


def test_so_is_a_layer_of_a_later_statement_of_the_same_name() -> None:
    source = "input x = [1, 2]\nh = dense(x, 3)\nh = dense(h, 4)\nL = sum(h)"
    assert list(parameters(source)) == ["h.W", "h.b", "h.W_2", "h.b_2"]


def test_a_loop_over_a_range_shares_and_one_over_layers_does_not() -> None:
    body = "    h = tanh(dense(h, 2))\nL = sum(h)"
    shared = f"input x = [1, 2]\nh = x\nfor k in range(3):\n{body}"
    assert list(parameters(shared)) == ["h.W", "h.b"]
    own = f"input x = [1, 2]\nh = x\nfor k in layers(2):\n{body}"
    assert list(parameters(own)) == ["h[0].W", "h[0].b", "h[1].W", "h[1].b"]


def test_parameters_can_be_read_and_replaced() -> None:
    source = "input x = [1, 2]\nh = dense(x, 1)\nL = sum(h) + sum(h.W^2)"
    answer = CALLS["evaluate"]({"source": source, "values": {"h.W": [[3, 4]], "h.b": [0.5]}})
    assert answer["loss"]["value"] == 3 + 8 + 0.5 + 25
    assert answer["gradients"] == {"h.W": [[7.0, 10.0]], "h.b": [1.0]}


def test_those_of_a_pass_are_read_by_its_number() -> None:
    source = (
        "input x = [1, 2]\nh = x\nfor k in layers(2):\n    h = dense(h, 2)\n"
        "L = sum(h) + sum(h[1].W^2)"
    )
    answer = CALLS["evaluate"]({"source": source})
    assert np.array(answer["gradients"]["h[1].W"]).shape == (2, 2)


def test_a_later_line_changes_no_parameters_draw() -> None:
    source = "input x = [1, 2]\nh = dense(x, 3)\nL = sum(h)"
    longer = source.replace("L =", "g = dense(h, 2)\nL = sum(g) +")
    first, second = (initial_values(compile_text(text)) for text in (source, longer))
    np.testing.assert_array_equal(first["h.W"], second["h.W"])


def test_init_names_a_distribution() -> None:
    source = "input x = [1, 2]\nh = dense(x, 3, init=zeros)\nL = sum(h)"
    assert not initial_values(compile_text(source))["h.W"].any()
    with pytest.raises(DefinitionError, match="'init' is the name of a distribution"):
        compile_text(source.replace("zeros", "foo"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("f(x) = dense(x, 3)\ninput x = [1, 2]\nL = sum(f(x))", "has parameters of its own"),
        ("param w = dense([1, 2], 3)\nL = sum(w)", "is no constant"),
        (
            "input x = [1, 2]\nh = x\nfor k in range(2):\n    h = dense(h, 3)\nL = sum(h)",
            "write `in layers",
        ),
        ("input x = [1, 2]\nL = lstm_cell(x, x, x)", "one name for 2 values"),
        ("input x = [1, 2]\nL = sum(dense(x, 0))", "parameter of shape 0×2"),
        ("input x = [1, 2]\nL = sum(conv1d(x, filters=2, kernel=1))", "channels before"),
        ("input x[1, 4] ~ ones\nL = sum(conv1d(x))", "filters= and kernel="),
    ],
)
def test_what_cannot_be_a_layer_is_refused_in_words(source: str, message: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        compile_text(source)
    assert message in str(refused.value)


def test_dropout_draws_one_mask_a_place() -> None:
    source = (
        "seed 3\nparam x = ones(40)\nh = dropout(x, 0.5)\ng = dropout(x, 0.5)\nL = sum(h) + sum(g)"
    )
    answer = CALLS["evaluate"]({"source": source})
    again = CALLS["evaluate"]({"source": source})
    assert answer == again
    assert set(answer["values"]["h"]) == {0.0, 2.0}
    assert answer["values"]["h"] != answer["values"]["g"]
