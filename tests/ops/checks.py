"""Checks that any row of an operation table must pass.

A check takes the table as an argument, so that a table with a planted fault goes through the
very same code. Each raises AssertionError with what it measured; none names an operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import sympy

from backstep.evaluate.finite_differences import five_point
from backstep.graph.node import Literal, Node
from backstep.graph.shape import Shape
from backstep.ops import TABLE
from backstep.ops.row import Array
from tests.ops.cases import Built, Case, Table, build, cases, evaluate, partials


def close(measured: float, expected: float, allowed: float, what: str) -> None:
    """Raises AssertionError where the two are further apart than allowed, or one is NaN."""
    assert abs(measured - expected) <= allowed, (
        f"{what}: {measured!r}, should be {expected!r} within {allowed:.1e}"
    )


def _moved(points: Mapping[int, Array], leaf: Node, at: tuple[int, ...], to: float) -> Any:
    array = points[leaf.id].copy()
    array[at] = to
    return {**points, leaf.id: array}


def _by_differences(
    built: Built, function: Callable[[Mapping[int, Array]], float], expected: list[Array]
) -> None:
    """Each element of `expected` (by leaf) against differences of the function."""
    for leaf, answer in zip(built.leaves, expected, strict=True):
        if built.steady(leaf):
            assert not answer.any(), f"{leaf.params['name']}: whole numbers have no partial"
            continue
        for at in np.ndindex(*leaf.shape):

            def along(value: float, leaf: Node = leaf, at: tuple[int, ...] = at) -> float:
                return function(_moved(built.points, leaf, at, value))

            found = five_point(along, float(built.points[leaf.id][at]))
            allowed = 4 * found.error + 1e-10 * (1 + abs(found.value))
            close(float(answer[at]), found.value, allowed, f"{leaf.params['name']}{list(at)}")


def differences(case: Case, table: Table = TABLE) -> None:
    """The rule, with a random partial coming in, against 5-point differences of the value."""
    built = build(case, table)
    u = built.seed("u", built.node.shape)
    coming = built.random.uniform(0.5, 2.0, built.node.shape)
    coming = coming * built.random.choice([-1.0, 1.0], built.node.shape)
    known = {**built.points, u.id: coming}
    answers = partials(built, built.back(built.node, u), known, built.leaves)
    if table[case.name].stops:
        assert not any(answer.any() for answer in answers), "a cut lets nothing back"
        return

    def weighed(points: Mapping[int, Array]) -> float:
        return float(np.sum(coming * evaluate([built.node], points, table)[0]))

    _by_differences(built, weighed, answers)


def _named(number: int, at: tuple[int, ...]) -> sympy.Symbol:
    return sympy.Symbol(f"x{number}_{at}")


def _float_at(values: Array, at: tuple[int, ...]) -> sympy.Float:
    return sympy.Float(float(values[at]), 40)


def derived(case: Case, table: Table = TABLE) -> None:
    """The rule against sympy.diff of the SymPy column, element by element."""
    built = build(case, table)
    u = built.seed("u", built.node.shape)
    coming = built.random.uniform(0.5, 2.0, built.node.shape)
    known = {**built.points, u.id: coming}
    answers = partials(built, built.back(built.node, u), known, built.leaves)
    symbols = {
        leaf.id: _array(leaf.shape, partial(_named, leaf.id))
        for leaf in built.leaves
        if not built.steady(leaf)
    }
    exact = {
        symbols[key][at]: sympy.Float(float(built.points[key][at]), 40)
        for key in symbols
        for at in np.ndindex(*symbols[key].shape)
    }
    outputs = column(built, {**built.points, **symbols})
    flat = table[case.name].zero_derivative
    weights = [sympy.Float(float(weight), 40) for weight in coming.ravel()]
    for leaf, answer in zip(built.leaves, answers, strict=True):
        if leaf.id not in symbols:
            continue
        for at in np.ndindex(*leaf.shape):
            slope = sum(
                weight * (0 if flat else sympy.diff(output, symbols[leaf.id][at]))
                for weight, output in zip(weights, outputs.ravel(), strict=True)
                if isinstance(output, sympy.Expr)
            )
            expected = float(sympy.sympify(slope).xreplace(exact).evalf(25))
            place = f"{leaf.params['name']}{list(at)}"
            close(float(answer[at]), expected, 1e-12 * (1 + abs(expected)), place)


def _array(shape: Shape, make: Callable[[tuple[int, ...]], Any]) -> Any:
    result = np.empty(shape, dtype=object)
    for at in np.ndindex(*shape):
        result[at] = make(at)
    return result


def column(built: Built, inputs: Mapping[int, Any]) -> Any:
    """The row's SymPy column on arrays of expressions; the NumPy form where it has none."""
    row = built.table[built.case.name]
    given = [
        sympy.Rational(operand.value.numerator, operand.value.denominator)
        if isinstance(operand, Literal)
        else inputs[operand.id]
        for operand in built.node.inputs
    ]
    shape, params = built.node.shape, built.node.params
    if not row.elementwise:
        form = row.numpy if row.sympy is None else row.sympy
        whole = [
            value if place in row.labels else np.asarray(value, dtype=object)
            for place, value in enumerate(given)
        ]
        result = np.empty(shape, dtype=object)
        result[...] = form(*whole, **params)
        return result
    assert row.sympy is not None, "an elementwise row needs a SymPy form"
    wide = [np.broadcast_to(np.asarray(value, dtype=object), shape) for value in given]
    form = row.sympy
    return _array(shape, lambda at: form(*(_expression(value[at]) for value in wide), **params))


def _expression(value: Any) -> Any:
    return sympy.Float(value, 40) if isinstance(value, float) else value


def forms_agree(case: Case, table: Table = TABLE) -> None:
    """The NumPy column's values against the SymPy column's, to 4 ulp of the largest term."""
    built = build(case, table)
    (values,) = evaluate([built.node], built.points, table)
    exact = {
        leaf.id: built.points[leaf.id]
        if built.steady(leaf)
        else _array(leaf.shape, partial(_float_at, built.points[leaf.id]))
        for leaf in built.leaves
    }
    expected = column(built, exact)
    assert values.shape == expected.shape == built.node.shape
    for at in np.ndindex(*values.shape):
        truth = isinstance(expected[at], bool | sympy.logic.boolalg.BooleanAtom)
        answer = float(bool(expected[at]) if truth else expected[at])
        close(float(values[at]), answer, 1e-15 * (4 + abs(answer)), f"{list(at)}")


def directional(case: Case, table: Table = TABLE) -> None:
    """⟨v, Jᵀu⟩ = ⟨Jv, u⟩ to 1e-12, Jv by a backward pass over the backward pass.

    That the same Jv is the value's derivative along v is checked by differences.
    """
    built = build(case, table)
    u = built.seed("u", built.node.shape)
    back = built.back(built.node, u)
    moving = [leaf for leaf in built.leaves if back.adjoints.get(leaf.id) is not None]
    if not moving:
        return
    coming = built.random.uniform(-2.0, 2.0, built.node.shape)
    ways = {leaf.id: built.random.uniform(-2.0, 2.0, leaf.shape) for leaf in moving}
    seeds = {leaf.id: built.seed(f"v{leaf.id}", leaf.shape) for leaf in moving}
    known = {**built.points, u.id: coming} | {seeds[key].id: way for key, way in ways.items()}
    pulled = partials(built, back, known, moving)
    pushed = np.zeros(built.node.shape)
    for leaf in moving:
        # Jᵀu is linear in u; its own transpose, applied to v, is J.
        twice = built.back(_present(back.adjoints[leaf.id]), seeds[leaf.id])
        pushed = pushed + partials(built, twice, known, [u])[0]
    terms = [way * pull for way, pull in zip(ways.values(), pulled, strict=True)]
    scale = sum(float(np.sum(np.abs(term))) for term in terms)
    scale += float(np.sum(np.abs(pushed * coming)))
    left = sum(float(np.sum(term)) for term in terms)
    close(float(np.sum(pushed * coming)), left, 1e-12 * (scale + 1e-3), "⟨Jv, u⟩")

    def along(t: float) -> float:
        points = {**built.points} | {key: built.points[key] + t * ways[key] for key in ways}
        return float(np.sum(coming * evaluate([built.node], points, table)[0]))

    found = five_point(along, 0.0)
    close(left, found.value, 10 * found.error + 1e-9 * (1 + scale), "the derivative along v")


def _present(node: Node | None) -> Node:
    assert node is not None
    return node


def second_order(case: Case, table: Table = TABLE) -> None:
    """The gradient's own gradient against differences of the gradient, and its symmetry."""
    built = build(case, table)
    u = built.seed("u", built.node.shape)
    back = built.back(built.node, u)
    moving = [leaf for leaf in built.leaves if back.adjoints.get(leaf.id) is not None]
    known = {**built.points, u.id: built.random.uniform(-2.0, 2.0, built.node.shape)}
    if not moving:
        return
    passes = []
    for leaf in moving:
        seed = built.seed(f"w{leaf.id}", leaf.shape)
        passes.append((leaf, seed, built.back(_present(back.adjoints[leaf.id]), seed)))
    rows = []
    for leaf, seed, twice in passes:
        for at in np.ndindex(*leaf.shape):
            one = np.zeros(leaf.shape)
            one[at] = 1.0
            row = partials(built, twice, {**known, seed.id: one}, moving)
            rows.append(np.concatenate([part.ravel() for part in row]))
    if not rows:
        return
    hessian = np.array(rows)
    largest = float(np.abs(hessian).max())
    skew = float(np.abs(hessian - hessian.T).max())
    assert skew <= 1e-12 * (largest + 1e-3), f"the second derivative is not symmetric: {skew:.1e}"
    weights = built.random.uniform(-2.0, 2.0, len(rows))
    expected = dict(
        zip((leaf.id for leaf in moving), _split(weights @ hessian, moving), strict=True)
    )
    answers = [expected.get(leaf.id, np.zeros(leaf.shape)) for leaf in built.leaves]

    def weighed(points: Mapping[int, Array]) -> float:
        gradient = partials(built, back, {**known, **points}, moving)
        return float(weights @ np.concatenate([part.ravel() for part in gradient]))

    _by_differences(built, weighed, answers)


def _split(flat: Array, leaves: list[Node]) -> list[Array]:
    ends = np.cumsum([int(np.prod(leaf.shape)) for leaf in leaves])
    pieces = np.split(flat, ends[:-1])
    return [piece.reshape(leaf.shape) for piece, leaf in zip(pieces, leaves, strict=True)]


Check = Callable[[Case, Table], None]


def failures(check: Check, name: str, table: Table = TABLE) -> Iterator[str]:
    """What the check finds wrong with the row, case by case."""
    for case in cases(name, table):
        try:
            check(case, table)
        except AssertionError as wrong:
            yield f"{case.id}: {wrong}"


CHECKS: Mapping[str, Check] = {
    "differences": differences,
    "derived": derived,
    "directional": directional,
    "second_order": second_order,
}
"""The checks of a rule, cheapest first."""
