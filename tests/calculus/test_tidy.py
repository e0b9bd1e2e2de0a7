"""Every named rewrite: what it makes of a formula, that it is needed, that a wrong one shows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from app.calculus.gradient import differentiate
from app.calculus.rewrite_factors import Rule, Rules
from app.calculus.rewrite_matrices import LAST, RULES
from app.calculus.tidy import Tidy
from app.engines.initial import initial_values
from app.engines.interpret import interpret
from app.graph.node import Literal, Node, Operand, literal
from app.graph.shape import ShapeError
from app.lang.build import understand
from app.lang.definition import Definition
from app.ops import TABLE
from app.render.matrix import Forms
from app.render.symbols import symbols

VECTORS = (
    "param a[3] ~ uniform(0.5, 2)\nparam b[3] ~ uniform(0.5, 2)\nparam c = 0.7\nparam d = -0.4\n"
)
MATRICES = (
    "param A[2, 3] ~ normal(0, 1)\nparam B[3, 4] ~ normal(0, 1)\nparam x[3] ~ normal(0, 1)\n"
    "param v[2] ~ normal(0, 1)\nparam c = 0.7\n"
)
SIGNALS = "param x[2, 5] ~ normal(0, 1)\nparam T[2, 3, 4] ~ normal(0, 1)\n"
ROWS = "param S[2, 3] ~ normal(0, 1)\nparam a[3] ~ normal(0, 1)\ntarget k = [2, 0]\ntarget j = 1\n"

FORWARD: Mapping[str, tuple[str, str]] = {
    "numbers to the front": (VECTORS + "out = a*2*b*3", "6*a*b"),
    "scalars before tensors": (VECTORS + "out = a*c*b", "c*a*b"),
    "equal factors": (VECTORS + "out = a*b*a", "a^2*b"),
    "a square": (VECTORS + "out = square(a)*a", "a^3"),
    "a square alone": (VECTORS + "out = square(a)", "a^2"),
    "a power alone": (VECTORS + "out = (2*a)^2", "4*a^2"),
    "another name": (VECTORS + "out = a", "a"),
    "a quotient of itself": (VECTORS + "out = a*b/a", "b"),
    "a power of a quotient": (VECTORS + "out = (a/b)^2*b", "a^2 / b"),
    "a count at the end": (VECTORS + "out = a/3*b", "a*b / 3"),
    "another number in front": (VECTORS + "out = a/50", "0.02*a"),
    "multiplied out where it cancels": (VECTORS + "out = (a/b + 1)*b - a", "b"),
    "not where it does not": (VECTORS + "out = (a + 1)*b", "(a + 1)*b"),
    "a difference turned": (VECTORS + "out = -(1 - c)*a", "(c - 1)*a"),
    "but not the slope of tanh": (VECTORS + "out = -(a*(1 - b^2))", "-a*(1 - b^2)"),
    "a number that clears fractions": (VECTORS + "out = 2*(1/2 - c/2)*a", "(1 - c)*a"),
    "equal terms": (VECTORS + "out = a + b + a", "2*a + b"),
    "what cancels": (VECTORS + "out = a - b - a", "-b"),
    "a plus first": (VECTORS + "out = -a + b", "b - a"),
    "common factors": (VECTORS + "out = a*c + b*c", "c*(a + b)"),
    "common numbers": (VECTORS + "out = a/3 - b/3", "(a - b) / 3"),
    "a mirrored sigmoid": (
        VECTORS + "out = c*sigmoid(d) - (1 - c)*sigmoid(-d)",
        "sigmoid(d) + c - 1",
    ),
    "a minus of a difference": (VECTORS + "out = -(a - b)", "b - a"),
    "a named value": (VECTORS + "u = exp(a)\nout = exp(a)*b", "u*b"),
    "a sum of ones": (VECTORS + "out = sum(ones(4))*a", "4*a"),
    "a sum along an axis of ones": (VECTORS + "out = sum(ones(4, 3), axis=0)*a", "4*a"),
    "the only axis": (VECTORS + "out = sum(exp(a), axis=-1)*b", "sum(exp(a))*b"),
    "of a mean": (VECTORS + "out = mean(exp(a), axis=0)*b", "mean(exp(a))*b"),
    "of a maximum": (VECTORS + "out = max(a, axis=0)*b", "max(a)*b"),
    "of a minimum": (VECTORS + "out = min(a, axis=0)*b", "min(a)*b"),
    "of a product": (VECTORS + "out = prod(a, axis=0)*b", "prod(a)*b"),
    "of a norm": (VECTORS + "out = norm(a, axis=0)*b", "norm(a)*b"),
    "of a variance": (VECTORS + "out = var(a, axis=0)*b", "var(a)*b"),
    "of a logsumexp": (VECTORS + "out = logsumexp(a, axis=0)*b", "logsumexp(a)*b"),
    "a scalar out of a sum": (VECTORS + "out = sum(2*c*a)", "2*c*sum(a)"),
    "a scalar out of a mean": (VECTORS + "out = mean(2*c*exp(a))", "2*c*mean(exp(a))"),
    "a dot product": (VECTORS + "out = sum(a*b)", "dot(a, b)"),
    "a scalar out of a dot product": (VECTORS + "out = dot(2*c*a, b)", "2*c*dot(a, b)"),
    "a dot product with ones": (VECTORS + "out = dot(ones(3), exp(a))", "sum(exp(a))"),
    "a row's sum": (MATRICES + "out = sum(A*x, axis=1)", "A @ x"),
    "a column's sum": (MATRICES + "out = sum(A*reshape(v, 2, 1), axis=0)", "A.T @ v"),
    "constant along the axis": (
        MATRICES + "out = sum(exp(A)*A*x, axis=0)",
        "sum(exp(A)*A, axis=0)*x",
    ),
    "a sum of a transpose": (MATRICES + "out = sum(A.T, axis=0)", "sum(A, axis=1)"),
    "a double transpose": (MATRICES + "out = A.T.T @ x", "A @ x"),
    "a transposed product": (MATRICES + "out = (A @ B).T", "B.T @ A.T"),
    "a transposed outer product": (MATRICES + "out = outer(v, x).T", "outer(x, v)"),
    "a scalar out of a transpose": (MATRICES + "out = (2*A).T", "2*A.T"),
    "a vector's transpose": (MATRICES + "out = x.T", "x"),
    "a vector on the left": (MATRICES + "out = v @ A", "A.T @ v"),
    "two vectors": (MATRICES + "out = x @ x", "dot(x, x)"),
    "an identity matrix": (MATRICES + "out = eye(3) @ B", "B"),
    "scalars out of a product": (MATRICES + "out = (2*A) @ (c*B)", "2*c*(A @ B)"),
    "scalars out of an outer product": (MATRICES + "out = outer(2*v, c*x)", "2*c*outer(v, x)"),
    "a shape given twice": (MATRICES + "out = reshape(reshape(A, 6), 3, 2)", "reshape(A, 3, 2)"),
    "a shape as it was": (MATRICES + "out = reshape(A, 2, 3)", "A"),
    "a scalar out of a shape": (MATRICES + "out = reshape(c*A, 6)", "c*reshape(A, 6)"),
    "a scalar out of an index": (MATRICES + "out = (c*A)[1]", "c*A[1]"),
    "an axis moved back": (
        SIGNALS + "out = move_axis(move_axis(T, 0, 2), 2, 0)*T[0, 0, 0]",
        "T[0, 0, 0]*T",
    ),
    "an axis of a matrix": (SIGNALS + "out = move_axis(x, 0, 1)", "x.T"),
    "a scalar out of a moved axis": (
        SIGNALS + "out = move_axis(2*T, 0, 2)",
        "2*move_axis(T, 0, 2)",
    ),
    "a scalar out of windows": (
        SIGNALS + "out = patches(2*x, 2)",
        "2*patches(x, 2, stride=1, padding=0)",
    ),
    "a scalar out of windows put back": (
        SIGNALS + "out = unpatches(2*patches(x, 2), x, 2)",
        "2*unpatches(patches(x, 2, stride=1, padding=0), zeros(2, 5), 2, stride=1, padding=0)",
    ),
    "a scalar out of a choice of class": (ROWS + "out = pick(2*S, k)", "2*pick(S, k)"),
    "the chosen of one-hot": (ROWS + "out = pick(one_hot(j, 3), j)*a", "a"),
    "beside one-hot only the chosen": (
        ROWS + "out = one_hot(j, 3)*exp(a)/pick(exp(a), j)",
        "one_hot(j, 3)",
    ),
    "a comparison broadcasts": (
        "param a[3] ~ normal(0, 1)\nout = where(a > 0*ones(3) + 1, a, 2)",
        "where(a > 1, a, 2)",
    ),
}
"""A text and the tidy form of what its `out` is computed by."""

GRADIENTS: Mapping[str, tuple[str, str, str]] = {
    "the slope of log": (VECTORS + "L = sum(log(a))", "a", "1 / a"),
    "softmax under the log of a class that is written": (
        VECTORS + "p = softmax(a)\nL = -log(p[1])",
        "a",
        "p - one_hot(1, 3)",
    ),
    "the slope of log alone": (VECTORS + "L = log(c)", "c", "1 / c"),
    "a product of matrices": (MATRICES + "L = sum(exp(A @ B))", "B", "A.T @ exp(A @ B)"),
    "a sum spread out": (VECTORS + "L = sum(a)", "a", "ones(3)"),
    "a sum along an axis spread out": (
        MATRICES + "L = dot(sum(A, axis=1), v)",
        "A",
        "reshape(v, 2, 1)*ones(2, 3)",
    ),
    "sums over the broadcast axis": (
        MATRICES + "L = sum(exp(A + x))",
        "x",
        "sum(exp(A + x), axis=0)",
    ),
    "broadcast back": (MATRICES + "L = sum(exp(A) * c)", "A", "c*exp(A)"),
    "a value at a class number": (
        ROWS + "L = sum(exp(pick(S, k)))",
        "S",
        "reshape(exp(pick(S, k)), 2, 1)*one_hot(k, 3)",
    ),
    "an element put back": (VECTORS + "L = exp(a[1])", "a", "exp(a[1])*one_hot(1, 3)"),
    "a row put back": (MATRICES + "L = sum(exp(A[1]))", "A", "outer(one_hot(1, 2), exp(A[1]))"),
    "a scalar before what is put back": (
        VECTORS + "L = 2*exp(c)*sum(exp(a[1:3]))",
        "a",
        "2*exp(c)*(eye(3)[1:3].T @ exp(a[1:3]))",
    ),
    "rows put back": (VECTORS + "L = sum(exp(a[0:2]))", "a", "eye(3)[0:2].T @ exp(a[0:2])"),
    "parts side by side": (
        VECTORS + "L = sum(exp(a[0:1])) + sum(sin(a[1:3]))",
        "a",
        "concat(exp(a[0:1]), cos(a[1:3]), axis=0)",
    ),
    "a batch's last axes": (
        "param X[2, 3, 4] ~ normal(0, 1)\nparam Y[2, 4, 3] ~ normal(0, 1)\nL = sum(exp(X @ Y))",
        "Y",
        "move_axis(X, -1, -2) @ exp(X @ Y)",
    ),
    "a matrix product": (MATRICES + "L = sum(exp(A @ x))", "A", "outer(exp(A @ x), x)"),
    "a partial through a name": (VECTORS + "e = a\nL = sum(exp(e))", "a", "exp(e)"),
    "softmax with its cross-entropy": (
        ROWS + "p = softmax(a)\nL = nll(p, j)",
        "a",
        "p - one_hot(j, 3)",
    ),
    "softmax with a distribution": (
        VECTORS + "p = softmax(a)\nL = cross_entropy(a, b)",
        "a",
        "sum(b)*p - b",
    ),
}
"""A text, a name, and the tidy form of the loss's partial with respect to it."""


WIDENED = MATRICES + "L = sum(exp(x))"


def widened() -> tuple[Definition, Node]:
    """A value repeated by hand: the pass does so only where it meets a written number."""
    definition = understand(WIDENED)
    differentiate(definition.loss)
    inner = definition.loss.nodes[0]
    return definition, definition.graph.apply("broadcast_to", inner, shape=(2, 3))


def forward(source: str) -> tuple[Definition, Node]:
    definition = understand(source + "\nL = sum(out)" if "out =" in source else source)
    differentiate(definition.loss)
    return definition, definition.names["out"][-1].node


def gradient(source: str, name: str) -> tuple[Definition, Node]:
    definition = understand(source)
    back = differentiate(definition.loss)
    adjoint = back.adjoints[definition.names[name][-1].node.id]
    assert adjoint is not None
    return definition, adjoint


CASES: Mapping[str, tuple[Any, tuple[str, ...], bool]] = {
    **{name: (forward, (source,), True) for name, (source, _) in FORWARD.items()},
    "a value repeated": (widened, (), False),
    **{name: (gradient, (source, wrt), False) for name, (source, wrt, _) in GRADIENTS.items()},
}


@cache
def case(name: str) -> tuple[Definition, Node, bool]:
    make, given, whole = CASES[name]
    definition, node = make(*given)
    return definition, node, whole


@pytest.mark.parametrize("name", CASES)
def test_the_tidy_form_is(name: str) -> None:
    definition, node, whole = case(name)
    wanted = "exp(x)*ones(2, 3)"
    if name in GRADIENTS or name in FORWARD:
        wanted = FORWARD[name][1] if whole else GRADIENTS[name][2]
    assert Forms(definition, symbols(definition)).formula(node, whole).text == wanted


# The same cases by other tables of rewrites.


def tidied(definition: Definition, rules: Rules, last: Rules) -> Tidy:
    named = [version.node for given in definition.names.values() for version in given]
    tidy = Tidy(named, {3}, rules, last)
    for node in named:
        tidy.name(node)
    return tidy


def form(name: str, rules: Rules = RULES, last: Rules = LAST) -> tuple[str, bool]:
    """What the tables make of a case, and whether it has the value that it is made of."""
    definition, node, whole = case(name)
    try:
        tidy = tidied(definition, rules, last)
        operand = tidy.of(node, whole)
    except ShapeError:  # a rewrite that counts on one before it
        return "refused", False
    known, wanted = truth(name)
    given = {key: value(origin, known) for key, origin in tidy.origin.items()}
    found = value(operand, given)
    same = np.shape(found) == np.shape(wanted) and bool(
        np.allclose(found, wanted, rtol=1e-10, atol=1e-12)
    )
    return spelled(operand), same


@cache
def truth(name: str) -> tuple[dict[int, Any], Any]:
    """The leaves' values, and what the case is worth at them."""
    definition, node, _ = case(name)
    leaves = initial_values(definition)
    known = {leaf.node.id: leaves[leaf.name] for leaf in definition.leaves}
    return known, value(node, known)


def value(operand: Operand, known: dict[int, Any]) -> Any:
    if isinstance(operand, Literal):
        return np.float64(float(operand))
    grown = interpret(
        [operand],
        dict(known),
        lambda written: np.float64(float(written)),
        lambda node, inputs: TABLE[node.op].numpy(*inputs, **node.params),
    )
    return grown[operand.id]


def spelled(operand: Operand) -> str:
    if isinstance(operand, Literal):
        return str(operand.value)
    return f"{operand.op}{operand.params}({', '.join(map(spelled, operand.inputs))})"


NAMED = [
    (number, op, place)
    for number, table in enumerate((RULES, LAST))
    for op, rules in table.items()
    for place in range(len(rules))
]


def changed(number: int, op: str, place: int, rule: Rule | None) -> tuple[Rules, Rules]:
    """The tables with one rewrite replaced, or left out."""
    tables = [dict(RULES), dict(LAST)]
    rules = list(tables[number][op])
    rules[place : place + 1] = [] if rule is None else [(rules[place][0], rule)]
    tables[number][op] = tuple(rules)
    return tables[0], tables[1]


@pytest.fixture(scope="module")
def forms() -> dict[str, tuple[str, set[tuple[int, str, int]]]]:
    """Each case's tidy form, and the rewrites that had a say in it."""
    found = {}
    for name in CASES:
        said: set[tuple[int, str, int]] = set()
        text, same = form(name, *(watched(number, said) for number in (0, 1)))
        assert same, name
        found[name] = text, said
    return found


def watched(number: int, said: set[tuple[int, str, int]]) -> Rules:
    """A table that notes which of its rewrites give a form."""

    def watch(key: tuple[int, str, int], rule: Rule) -> Rule:
        def noted(b: Any, inputs: tuple[Operand, ...], params: Mapping[str, Any]) -> Any:
            given = rule(b, inputs, params)
            if given is not None:
                said.add(key)
            return given

        return noted

    return {
        op: tuple(
            (title, watch((number, op, place), rule)) for place, (title, rule) in enumerate(rules)
        )
        for op, rules in (RULES, LAST)[number].items()
    }


COMPARED = {"greater", "less", "less_equal", "greater_equal", "equal", "not_equal", "where"}
"""One rule serves all comparisons; a case has one of them, and is as true where it is 1.001."""


@pytest.mark.parametrize(("number", "op", "place"), NAMED)
def test_every_rewrite_is_needed_and_a_wrong_one_is_caught(
    number: int,
    op: str,
    place: int,
    forms: dict[str, tuple[str, set[tuple[int, str, int]]]],
) -> None:
    title, rule = (RULES, LAST)[number][op][place]
    assert title
    without = changed(number, op, place, None)
    used = [
        name
        for name, (text, said) in forms.items()
        if (number, op, place) in said and form(name, *without)[0] != text
    ]
    assert used or op in COMPARED

    def wrong(b: Any, inputs: tuple[Operand, ...], params: Mapping[str, Any]) -> Operand | None:
        right = rule(b, inputs, params)
        return None if right is None else b.raw("multiply", literal(1.001), right)

    planted = changed(number, op, place, wrong)
    assert op in COMPARED or not all(form(name, *planted)[1] for name in used)
