"""What a text means: nodes, names and versions, leaves, blocks, loops, functions, labels."""

from __future__ import annotations

from fractions import Fraction
from math import pi

import numpy as np
import pytest

from backstep.errors import Span
from backstep.graph.node import Literal, Node
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition, Draw
from tests.lang.syntax.test_parser import PUBLISHED

TOY = """# One neuron, squared loss, weight decay
input  x = 2
target y = 1
param  w = 0.5
param  b = -0.3
const  lambda = 0.1

z = w*x + b
u = sigmoid(z)
l = (u - y)^2 / 2
r = w^2
L = l + lambda*r
minimize L
"""


def ops(definition: Definition) -> list[str]:
    return [node.op for node in definition.graph.nodes]


def value(node: Node) -> Fraction:
    (literal,) = node.inputs
    assert isinstance(literal, Literal)
    return literal.value


def test_the_toy_neuron_node_for_node() -> None:
    toy = compile_text(TOY)
    assert ops(toy) == [
        *["leaf"] * 5,
        "multiply",
        "add",
        "sigmoid",
        "subtract",
        "power",
        "divide",
        "power",
        "multiply",
        "add",
    ]
    assert [leaf.name for leaf in toy.leaves] == ["x", "y", "w", "b", "lambda"]
    assert [leaf.role for leaf in toy.leaves] == ["input", "target", "param", "param", "const"]
    assert toy.names["z"][0].node.id == 6
    assert list(toy.names) == ["x", "y", "w", "b", "lambda", "z", "u", "l", "r", "L"]
    assert (toy.loss_name, toy.loss.id, toy.seed, toy.warnings) == ("L", 13, 0, ())
    titles = [(block.kind, block.title, block.nodes) for block in toy.blocks]
    assert titles[0] == ("statement", "z", (5, 6))
    assert titles[2] == ("statement", "l", (8, 9, 10))
    assert toy.leaves[3].span == Span(5, 8, 5, 9)
    assert toy.graph.nodes[5].span == Span(8, 5, 8, 8)


@pytest.mark.parametrize("case", PUBLISHED, ids=[case["id"] for case in PUBLISHED])
def test_published_definitions_are_understood(case: dict[str, str]) -> None:
    definition = compile_text(case["definition"])
    assert definition.loss.shape == ()
    assert not definition.warnings


def test_written_numbers_are_exact_and_keep_their_text() -> None:
    definition = compile_text("param w = -0.3\nL = w*(1/3) + 2^10 - -1.50")
    initial = definition.leaves[0].initial
    assert isinstance(initial, Node)
    assert initial.inputs == (Literal(Fraction(-3, 10), "-0.3"),)
    product, total, loss = definition.graph.nodes[1:]
    assert product.inputs[1] == Literal(Fraction(1, 3))
    assert total.inputs[1] == Literal(Fraction(1024))
    assert loss.inputs[1] == Literal(Fraction(-3, 2), "-1.50")


def test_pi_is_a_symbol_and_does_not_fold() -> None:
    definition = compile_text("L = 2*π + 1")
    assert ops(definition) == ["multiply", "add"]
    assert definition.graph.nodes[0].inputs[1] == Literal(Fraction(pi), "pi", "pi")


@pytest.mark.parametrize(
    ("formula", "nodes"),
    [
        ("9**9**9", ["power"]),
        ("2^0.5", ["power"]),
        ("(1/3)^(1/3)", ["power"]),
        ("2^1024*2^1024", ["multiply"]),
        ("(-1)^99999999999999999999999999999999999999", ["constant"]),
        ("0^99999999999999999999999999999999999999", ["constant"]),
        ("2^2000", ["constant"]),
    ],
)
def test_folding_stays_small(formula: str, nodes: list[str]) -> None:
    definition = compile_text(f"L = {formula}")
    assert ops(definition) == nodes
    for node in definition.graph.nodes:
        for operand in node.inputs:
            if isinstance(operand, Literal):
                assert operand.value.numerator.bit_length() <= 2048


def test_a_statement_that_only_passes_a_value_on_has_a_node_of_its_own() -> None:
    definition = compile_text("input x = 1\na = x\nb = +a\nf(t) = t\nc = f(b)\nd = 3\nL = d")
    assert ops(definition) == ["leaf", *["identity"] * 3, "constant", "identity"]
    assert [versions[0].node.id for versions in definition.names.values()] == [0, 1, 2, 3, 4, 5]


def test_versions() -> None:
    definition = compile_text("param h = 1\nz = h\nfor t in range(2):\n    z = z + h\nL = z")
    assert [(v.index, v.line, v.node.id) for v in definition.names["z"]] == [
        (1, 2, 1),
        (2, 4, 2),
        (3, 4, 3),
    ]
    assert definition.loss.inputs == (definition.names["z"][2].node,)


def test_lists() -> None:
    definition = compile_text(
        "input x = 2\nA = [[1, 2], [3, 1/2]]\nb = [[1, 2], [x, 3]]\nL = sum(A)"
    )
    _, array, row, other, stacked, _ = definition.graph.nodes
    assert array.op == "array"
    assert array.shape == (2, 2)
    assert array.params["values"] == ((Fraction(1), Fraction(2)), (Fraction(3), Fraction(1, 2)))
    assert (other.op, other.shape) == ("array", (2,))
    assert (row.op, row.shape) == ("stack", (2,))
    assert stacked.op == "stack"
    assert stacked.inputs == (other, row)


def test_indices_count_from_zero_and_slices_are_pythons() -> None:
    definition = compile_text(
        "const n = 1\nX = [[1, 2, 3], [4, 5, 6]]\n"
        "a = X[-1, n]\nb = X[:, 0]\nc = X[0, ::-1]\nd = X[5:]\nL = a + sum(b) + sum(c)"
    )
    keys = [node.params["key"] for node in definition.graph.nodes if node.op == "index"]
    assert keys == [(1, 1), ((0, 2, 1), 0), (0, (2, -1, -1)), ((2, 2, 1),)]
    assert definition.names["d"][0].node.shape == (0, 3)


def test_draws() -> None:
    definition = compile_text(
        "const n = 3\nconst s = 2\n"
        "param W[n, 2*n] ~ xavier\nparam v[4] ~ normal(-1/2, sqrt(s))\n"
        "param u ~ uniform(-pi, pi)\nseed 11\nL = sum(W) + sum(v) + u"
    )
    by_name = {leaf.name: leaf for leaf in definition.leaves}
    assert by_name["W"].initial == Draw("xavier", (), (3, 6))
    assert by_name["v"].initial == Draw("normal", (Fraction(-1, 2), 2**0.5), (4,))
    assert isinstance(by_name["u"].initial, Draw)
    assert by_name["u"].initial.shape == ()
    assert definition.seed == 11
    assert by_name["n"].structural
    assert by_name["s"].structural
    assert not by_name["W"].structural


def test_constants_are_constant_expressions() -> None:
    definition = compile_text(
        "const a = 2/3\nconst g = [1, 2]\ninput x[2] = g*a + linspace(0, pi, 2)\n"
        "param W = reshape(arange(6), 2, 3)\nL = sum(x) + sum(W)"
    )
    by_name = {leaf.name: leaf for leaf in definition.leaves}
    initial = by_name["x"].initial
    assert isinstance(initial, Node)
    assert initial.graph is definition.constants
    assert initial.shape == (2,)
    assert by_name["a"].structural
    assert by_name["g"].structural
    assert by_name["W"].node.shape == (2, 3)
    assert ops(definition)[:4] == ["leaf"] * 4


def test_a_const_used_only_as_a_value_is_not_structural() -> None:
    definition = compile_text("const c = 3\nL = 2*c")
    assert not definition.leaves[0].structural


def test_loops_unroll_with_a_block_a_pass() -> None:
    definition = compile_text(
        "param w = 1\nh = w\nfor t in range(3, 0, -2):\n    h = h + t*w\n    h = tanh(h)\nL = h"
    )
    passes = [block for block in definition.blocks if block.kind == "loop"]
    assert [(block.title, block.pass_) for block in passes] == [("t = 3", 3), ("t = 1", 1)]
    inner = [block for block in definition.blocks if block.parent == passes[0].id]
    assert [block.title for block in inner] == ["h", "h"]
    assert set(inner[0].nodes) | set(inner[1].nodes) == set(passes[0].nodes)
    assert [node.inputs[0] for node in definition.graph.nodes if node.op == "multiply"] == [
        Literal(Fraction(3)),
        Literal(Fraction(1)),
    ]


def test_layers_loops_parse_and_unroll_as_range_does() -> None:
    once = compile_text("param w = 1\nh = w\nfor k in layers(3):\n    h = h*w + k\nL = h")
    other = compile_text("param w = 1\nh = w\nfor k in range(3):\n    h = h*w + k\nL = h")
    assert ops(once) == ops(other)


def test_a_loop_variable_may_count_again() -> None:
    definition = compile_text(
        "L = 0\nfor t in range(2):\n    for s in range(t):\n        L = L + s\n"
        "for t in range(1):\n    L = L + t"
    )
    assert len(definition.names["L"]) == 3


def test_functions_are_inlined_as_blocks() -> None:
    definition = compile_text(
        "swish(x) = x*sigmoid(x)\ntwice(x) = swish(swish(x))\ninput a = 1\nL = twice(a + 1) + a"
    )
    assert ops(definition) == ["leaf", "add", *["sigmoid", "multiply"] * 2, "add"]
    blocks = [(block.title, block.nodes, block.parent) for block in definition.blocks]
    assert blocks == [
        ("L", (1, 2, 3, 4, 5, 6), None),
        ("twice", (2, 3, 4, 5), 0),
        ("swish", (2, 3), 1),
        ("swish", (4, 5), 1),
    ]
    assert definition.blocks[1].output is definition.graph.nodes[5]


def test_a_function_sees_outer_names_as_they_are_where_it_is_called() -> None:
    definition = compile_text("f(x) = x*c\nc = 2\na = f(3)\nc = 5\nL = f(3) + a")
    first, second = [node for node in definition.graph.nodes if node.op == "multiply"]
    assert [first.inputs[1], second.inputs[1]] == [v.node for v in definition.names["c"]]


def test_a_function_does_not_see_its_callers_parameters() -> None:
    definition = compile_text("x = 7\nf(a) = a + x\ng(x) = f(x)\nL = g(3)")
    (total,) = [node for node in definition.graph.nodes if node.op == "add"]
    assert total.inputs == (Literal(Fraction(3), "3"), definition.names["x"][0].node)


def test_a_function_may_bear_a_built_ins_name() -> None:
    definition = compile_text("g(x) = relu(x)\nrelu(x) = x + 1\ninput a = 1\nL = relu(g(a))")
    assert ops(definition) == ["leaf", "relu", "add"]


def test_a_name_is_a_function_only_before_a_parenthesis() -> None:
    definition = compile_text("step = 0.1\nσ = 2\nL = step(step) + σ(σ)")
    assert ops(definition) == ["constant", "constant", "step", "sigmoid", "add"]


def test_sizes_reach_functions() -> None:
    definition = compile_text(
        "const n = 2\npad(v, k) = v + sum(zeros(k))\nL = pad(3, 1 + 2) + pad(1, n)"
    )
    shapes = [node.params["shape"] for node in definition.graph.nodes if node.op == "zeros"]
    assert shapes == [(3,), (2,)]
    assert definition.leaves[0].structural


def test_composites_are_blocks_that_know_their_arguments() -> None:
    definition = compile_text("input s = [1, 2, 3]\ntarget y = 2\nL = cross_entropy(s, y)")
    (block,) = [block for block in definition.blocks if block.kind == "function"]
    assert block.title == "cross_entropy"
    assert block.arguments == ((None, definition.leaves[0].node), (None, definition.leaves[1].node))
    assert block.output is definition.loss


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("input s = [1, 2, 3]\ntarget y = 2\nL = cross_entropy(s, y)", True),
        ("input s = [1, 2, 3]\ntarget y = [0, 0, 1]\nL = cross_entropy(s, y)", False),
        ("input s = [1, 2, 3]\ntarget y = [2, 0]\nL = cross_entropy(s, y[1])", True),
        ("input s = [1, 2, 3]\ntarget y = 2\nL = cross_entropy(s, y) + (y - s[0])^2", False),
        ("input s = [1, 2, 3]\ntarget y = 2\nL = sum(s)", False),
    ],
)
def test_class_numbers_are_labels(source: str, label: bool) -> None:
    (target,) = [leaf for leaf in compile_text(source).leaves if leaf.role == "target"]
    assert target.label is label


def test_the_loss_is_the_last_name_given() -> None:
    assert compile_text("a = 1\nb = 2").loss_name == "b"
    assert compile_text("a = 1\nb = 2\nminimize a\nc = [1]").loss_name == "a"
    chosen = compile_text("minimize a\na = 1\na = 2")
    assert chosen.loss is chosen.names["a"][1].node


def test_broadcasting_that_surprises_is_a_warning() -> None:
    definition = compile_text(
        "input u = [1, 2, 3]\ntarget y[3, 1] = [[1], [2], [3]]\nL = sum((u - y)^2)"
    )
    (warning,) = definition.warnings
    assert warning.code == "broadcast"
    assert warning.message == "u is 3, y is 3×1: together they become 3×3"
    assert warning.span == Span(3, 10, 3, 15)
    quiet = "input u = [1, 2, 3]\ninput X = [[1, 2, 3], [4, 5, 6]]\nL = sum(X - u + 1)"
    assert not compile_text(quiet).warnings


def test_operators_of_a_board() -> None:
    assert ops(compile_text("input a = 2\nL = 2·a × 3 − a ÷ 4")) == [
        "leaf",
        "multiply",
        "multiply",
        "divide",
        "subtract",
    ]


def test_conditions() -> None:
    definition = compile_text("input x = [1, 2]\nL = sum(where(x >= 1, x, -x))")
    assert ops(definition) == ["leaf", "greater_equal", "negate", "where", "sum"]


def test_a_definition_is_the_same_each_time() -> None:
    first, second = compile_text(TOY), compile_text(TOY)
    assert first.graph is not second.graph
    assert ops(first) == ops(second)
    assert [leaf.span for leaf in first.leaves] == [leaf.span for leaf in second.leaves]


def test_numpy_agrees_with_the_shapes() -> None:
    definition = compile_text("A = [[1, 2, 3], [4, 5, 6]]\nb = A @ [1, 0, 2]\nL = sum(A.T @ b)")
    shapes = [node.shape for node in definition.graph.nodes]
    a = np.array([[1, 2, 3], [4, 5, 6]])
    b = a @ np.array([1, 0, 2])
    assert shapes == [a.shape, (3,), b.shape, a.T.shape, (a.T @ b).shape, ()]
