"""`grad` and `jacobian` in a definition: their nodes, what they are refused, and what is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.errors import AnswerError, DefinitionError, LimitError
from backstep.lang.compile.answer import read_answer
from backstep.lang.compile.compiler import compile_text
from backstep.lang.source import write
from backstep.limits import LIMITS
from backstep.operations.listing import sources
from tests.asking import CALLS

DATA = Path(__file__).resolve().parents[2] / "data" / "derivatives.json"
NETWORKS = {each["id"]: each for each in json.loads(DATA.read_text())["networks"]}
NEURON = "input t = 0.7\nparam w = 0.9\nparam v = [1, -2]\ny = tanh(w*t)\n"


def values(source: str) -> dict[str, Any]:
    """The values of all names."""
    prepared = bind(source)
    numbers = prepared.numbers()
    names = prepared.definition.names.items()
    return {name: np.asarray(numbers.value(given[-1].node)) for name, given in names}


def operations(source: str) -> list[tuple[str, Any]]:
    return [(node.op, node.shape) for node in compile_text(source).graph.nodes]


@pytest.mark.parametrize("name", NETWORKS)
def test_losses_with_derivatives_inside_are_what_pytorch_has(name: str) -> None:
    known = NETWORKS[name]
    prepared = bind(known["definition"])
    numbers = prepared.numbers()
    assert numbers.value(prepared.definition.loss) == pytest.approx(known["loss"], rel=1e-12)
    assert known["partials"]
    for each, partial in known["partials"].items():
        node = prepared.definition.names[each][-1].node
        found = np.broadcast_to(numbers.partial(node), node.shape)
        assert found == pytest.approx(np.array(partial), rel=1e-11, abs=1e-13), each


@pytest.mark.parametrize("name", NETWORKS)
def test_the_text_is_written_again(name: str) -> None:
    source = NETWORKS[name]["definition"]
    assert operations(write(compile_text(source))) == operations(source)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_ways_to_a_partial_agree(name: str) -> None:
    found = CALLS["check"]({"source": NETWORKS[name]["definition"]})
    assert found["agree"], found
    assert found["differences"]["compared"]


def second_order(name: str) -> None:
    """Half the square of the gradient has the gradient H∇L: the example of an operation."""
    source = sources()[name].rstrip()
    definition = compile_text(source)
    params = [leaf.name for leaf in definition.leaves if leaf.role == "param"]
    if not params or "." in params[0]:
        return
    of, loss = params[0], definition.loss_name
    prepared = bind(f"{source}\ninside = grad({loss}, {of})\nhalf = sum(inside*inside)/2")
    numbers = prepared.numbers()
    node = prepared.definition.names[of][-1].node
    inside = numbers.value(prepared.definition.names["inside"][-1].node)
    plain = bind(source)
    outside = plain.numbers().partial(plain.definition.names[of][-1].node)
    assert inside == pytest.approx(np.broadcast_to(outside, node.shape), rel=1e-12, abs=1e-13)
    matrix = CALLS["hessian"]({"source": source, "wrt": [of]})["hessian"][of][of]
    square = np.reshape(np.array(matrix, dtype=np.float64), (inside.size, inside.size))
    product = np.reshape(square @ np.ravel(inside), node.shape)
    found = np.broadcast_to(numbers.partial(node), node.shape)
    assert found == pytest.approx(product, rel=1e-9, abs=1e-11)


NOT_FINITE = {"xlogy"}
"""Examples at whose edges a second derivative is infinite."""


@pytest.mark.parametrize(
    "name", ["multiply", "power", "relu", "sigmoid", "max", "softmax", "solve"]
)
def test_a_derivative_of_a_derivative_is_the_hessians(name: str) -> None:
    second_order(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(sources()) - NOT_FINITE))
def test_every_operation_is_differentiated_twice(name: str) -> None:
    second_order(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sort", "max", "maximum", "power", "where", "median_of_three"])
def test_comparisons_inside_a_derivative_are_numbers_to_sympy(name: str) -> None:
    given = sources().get(name, "param x = [0.5, -1, 2]\nout = max(min(x[0], x[1]), x[2])\n")
    loss = compile_text(given).loss_name
    source = f"{given.rstrip()}\ninside = grad({loss}, x)\nhalf = sum(inside*inside)/2"
    assert CALLS["check"]({"source": source})["agree"]


def test_a_derivative_is_a_block_of_ordinary_operations() -> None:
    definition = compile_text(f"{NEURON}g = grad(y, t)\nL = g^2")
    (block,) = [each for each in definition.blocks if each.title == "grad"]
    graph = definition.graph
    assert [graph.nodes[key].op for key in block.nodes] == ["power", "subtract", "multiply"]
    assert block.output is definition.names["g"][-1].node
    assert values(f"{NEURON}g = grad(y, t)\nL = g^2")["g"] == pytest.approx(
        0.9 / np.cosh(0.63) ** 2, rel=1e-14
    )


def test_equal_parts_are_one_and_no_forward_pass_is_repeated() -> None:
    ops = [op for op, _ in operations(f"{NEURON}z = sum(y*v)\nL = grad(z, w)*grad(z, t)")]
    assert ops.count("tanh") == 1


def test_branches_not_taken_stay_out_of_second_derivatives() -> None:
    source = (
        "param x = 0\nparam a = 2\ny = where(x > 0, a*sqrt(x), x)\ng = grad(y, x)\nL = g*g*a + g"
    )
    prepared = bind(source)
    numbers = prepared.numbers()
    nodes = {name: prepared.definition.names[name][-1].node for name in "ax"}
    found = {name: float(numbers.partial(node)) for name, node in nodes.items()}
    assert values(source)["g"] == 1
    assert found == {"a": 1.0, "x": 0.0}


def test_a_part_of_a_value_and_a_functions_parameter() -> None:
    found = values(
        "param w = [0.5, 0.2]\ninput x = 2\nf(s) = w[0]*s^2 + s^3\n"
        "df(s) = grad(f(s), s)\nL = df(x) + df(x*w[1])"
    )
    assert found["L"] == pytest.approx((2 + 12) + (0.4 + 3 * 0.16), rel=1e-14)


def test_a_jacobian_has_the_axes_of_both() -> None:
    found = values(
        "param X = [[1, 2], [3, 4]]\nparam v = [1, -1]\nY = X*X\nJ = jacobian(Y @ v, X)\nL = sum(J)"
    )
    expected = np.zeros((2, 2, 2))
    for row in range(2):
        expected[row, row] = 2 * np.array([[1, 2], [3, 4]])[row] * [1, -1]
    assert found["J"] == pytest.approx(expected)


def test_a_value_that_is_there_is_not_added_again() -> None:
    source = "param x = 2\nparam v = 3\ny = v*x\ng = grad(y, x)\nL = g*y"
    assert [op for op, _ in operations(source)][-3:] == ["multiply", "identity", "multiply"]


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("g = grad(w*v, w)", "shapes", "differentiates a scalar, and this is 2"),
        ("g = grad(y, w*t)", "derivative", "by a name that has a value"),
        ("g = grad(y, v[0])", "derivative", "by a name that has a value"),
        ("g = grad(y, 2)", "derivative", "by a name that has a value"),
        ("g = grad(y)", "arguments", "lacks its argument 'x'"),
        ("g = grad(y, nowhere)", "unknown_name", "nowhere"),
        ("const c = grad(y, w)", "not_constant", "y"),
        ("g = zeros(grad(y, w))", "not_constant", "y"),
    ],
)
def test_what_cannot_be_differentiated_is_refused(line: str, code: str, says: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        compile_text(f"{NEURON}{line}\nL = y^2")
    (fault,) = refused.value.faults
    assert (fault.code, fault.span is not None) == (code, True)
    assert says in fault.message


def test_the_fix_of_a_vector_is_the_sum_of_its_elements() -> None:
    with pytest.raises(DefinitionError) as refused:
        compile_text(f"{NEURON}u = w*v\ng = grad(u, w)\nL = g")
    (fault,) = refused.value.faults
    assert [fix.title for fix in fault.fixes] == ["Write sum(u)"]


@pytest.mark.parametrize(
    "line",
    [
        "g = gradient(y, w)",
        "g = torch.autograd.grad(y, w)",
        "g = grad(y, w, create_graph=True)",
    ],
)
def test_other_libraries_names_are_mended(line: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        compile_text(f"{NEURON}{line}\nL = g*y")
    (fault,) = refused.value.faults
    assert [fix.title for fix in fault.fixes] == ["Write g = grad(y, w)"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("g = grad(y, v)", "the first does not depend on the second"),
        ("g = jacobian(w*t, v)", "the first does not depend on the second"),
        ("g = grad(2, v)", "the first does not depend on the second"),
        ("g = grad(stop_gradient(w*t)^2, w)", "no partial comes back"),
        ("g = jacobian(sign(w*v), v)", "no partial comes back"),
    ],
)
def test_a_derivative_of_zero_is_said(line: str, says: str) -> None:
    source = f"{NEURON}{line}\nL = y + sum(g)"
    (warning,) = compile_text(source).warnings
    assert warning.code == "zero_derivative"
    assert says in warning.message
    assert not values(source)["g"].any()


def test_a_derivative_in_an_answer_is_refused() -> None:
    definition = compile_text(f"{NEURON}L = y^2")
    with pytest.raises(AnswerError, match="in the statements of a definition alone"):
        read_answer(definition, "grad(L, w)")


def test_what_a_jacobian_would_grow_to_is_bounded_before_it_is_built() -> None:
    start = "param x[200] ~ zeros\ny = x\nfor k in range(120):\n    y = tanh(y)\n"
    with pytest.raises(LimitError) as refused:
        compile_text(f"{start}L = sum(jacobian(y, x))")
    assert refused.value.details["limit"] == "forward_nodes"
    assert refused.value.details["measured"] > LIMITS.forward_nodes
    with pytest.raises(LimitError) as refused:
        compile_text("param x[2000] ~ zeros\nL = sum(jacobian(x*x, x))")
    assert refused.value.details["limit"] == "tensor_elements"
    (fault,) = refused.value.faults
    assert fault.span is not None


@pytest.mark.slow
def test_derivatives_without_end_meet_the_limit_of_operations() -> None:
    source = "param x = 0.3\ny = sin(x)*exp(x)\nfor k in range(40):\n    y = grad(y, x)*y\nL = y"
    with pytest.raises(LimitError) as refused:
        compile_text(source)
    assert refused.value.details["limit"] in ("forward_nodes", "unrolling_steps")
