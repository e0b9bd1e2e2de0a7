"""Compiled programs answer what the interpreter does: over the table, examples, random networks.

Exact programs agree in every bit, a zero's sign aside; of the fast ones Python's functions are
measured against NumPy's by themselves, and sums and other forms by rows.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstep.binding.bind import bind
from backstep.binding.compiled import Compiled
from backstep.binding.evaluation import evaluate
from backstep.evaluate.compiled import code
from backstep.evaluate.compiled.code import _compiled
from backstep.evaluate.compiled.program import Program
from backstep.examples import EXAMPLES
from backstep.graph.order import ancestors
from backstep.ops import TABLE, arrays, floats
from tests.evaluate.compiled_cases import (
    apart,
    both,
    by_name,
    gradient_program,
    plain,
)
from tests.evaluate.random_graphs import STEPS, Step, network
from tests.ops.cases import Case, build, cases
from tests.ops.point import Point, passed
from tests.ops.points import POINTS

CASES = [case for name, row in TABLE.items() if row.samples for case in cases(name)]
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-300, -1e300, 710.0, -745.0, 40.0]
ODD = [math.inf, -math.inf, math.nan]


def _scalar_cases() -> list[Case]:
    return [
        case
        for case in CASES
        if case.sample.shapes and not any(case.sample.shapes) and not build(case).node.shape
    ]


def _row_program(case: Case, exact: bool = False) -> tuple[Program, list[Any], list[Any]]:
    built = build(case)
    seed = built.seed("g", built.node.shape)
    back = built.back(built.node, seed)
    partials = [
        adjoint
        for leaf in built.leaves
        if not built.steady(leaf) and (adjoint := back.adjoints.get(leaf.id)) is not None
    ]
    leaves = [*built.leaves, seed]
    values = [plain(built.points[leaf.id], leaf) for leaf in built.leaves]
    return Program([built.node, *partials], leaves, exact=exact), leaves, values


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_row_and_its_partials_are_those_of_the_interpreter(case: Case) -> None:
    made, leaves, values = _row_program(case, exact=True)
    seed = plain(np.random.default_rng(0).normal(size=leaves[-1].shape), leaves[-1])
    for found, wanted in zip(*both(made, [*values, seed]), strict=True):
        assert apart(found, wanted) == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_row_as_it_is_compiled_is_within_ulps_of_a_tensors_largest(case: Case) -> None:
    made, leaves, values = _row_program(case)
    random = np.random.default_rng(0)
    for _ in range(2):  # what a run leaves in a buffer is not read by the next
        seed = plain(random.normal(size=leaves[-1].shape), leaves[-1])
        for found, wanted in zip(*both(made, [*values, seed]), strict=True):
            assert found.shape == wanted.shape
            largest = np.spacing(np.max(np.abs(wanted), initial=0.0))
            assert np.max(np.abs(found - wanted), initial=0.0) <= 16 * largest


@pytest.mark.parametrize("case", _scalar_cases(), ids=lambda case: case.id)
@pytest.mark.parametrize("exact", [True, False], ids=["exact", "fast"])
def test_a_scalar_row_at_edges_and_where_nothing_is_finite(case: Case, exact: bool) -> None:
    if TABLE[case.name].labels:
        pytest.skip("class numbers are checked where they are given")

    made, leaves, _ = _row_program(case, exact)
    many = [*SPECIAL, *ODD]
    random = np.random.default_rng(1)
    tried = [[value] * (len(leaves) - 1) for value in many]
    tried += [list(random.choice(many, len(leaves) - 1)) for _ in range(20)]
    for values in tried:
        for seed in (1.0, 0.0, math.inf):
            given = [float(each) for each in (*values, seed)]
            for found, wanted in zip(*both(made, given), strict=True):
                assert apart(found, wanted) <= (0 if exact else 8), (given, found, wanted)


@pytest.mark.parametrize("case", _scalar_cases(), ids=lambda case: case.id)
def test_a_scalar_row_alone_at_edges_and_where_nothing_is_finite(case: Case) -> None:
    """Without its partial, a NaN of which would have the reference look at both."""
    if TABLE[case.name].labels:
        pytest.skip("class numbers are checked where they are given")
    built = build(case)
    made = Program([built.node], built.leaves)
    many, random = [*SPECIAL, *ODD], np.random.default_rng(1)
    tried = [[value] * len(built.leaves) for value in many]
    tried += [list(random.choice(many, len(built.leaves))) for _ in range(60)]
    for values in tried:
        ((found,), (wanted,)) = both(made, [float(each) for each in values])
        assert apart(found, wanted) <= 8, values


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
@pytest.mark.parametrize("exact", [True, False], ids=["exact", "fast"])
def test_an_example_is_worked_out_as_by_the_interpreter(example: Any, exact: bool) -> None:
    prepared = bind(example.source)

    made, _ = gradient_program(prepared.definition, exact=exact)
    values = by_name(prepared.definition, prepared.leaves)
    for found, wanted in zip(*both(made, values, alone=True), strict=True):
        if exact:
            assert apart(found, wanted) == 0
        else:
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("point", POINTS, ids=[point.said for point in POINTS])
def test_a_special_point_has_the_partials_that_are_stated(point: Point) -> None:
    made = passed(point)
    partials = [made.back.adjoints.get(leaf.id) for leaf in made.leaves]
    reached = [each for each in partials if each is not None]
    seeds = [node for node in ancestors(reached) if node.op == "seed"]
    given = [*made.leaves, *seeds]
    program = Program([made.node, *reached], given, exact=True)
    values = [plain(made.known[node.id], node) for node in given]
    for found, wanted in zip(*both(program, values), strict=True):
        assert apart(found, wanted) == 0


NUMBERS = st.one_of(st.floats(-3, 3), st.sampled_from([*SPECIAL, *ODD]))


@given(STEPS, st.lists(NUMBERS, min_size=10, max_size=10))
def test_random_networks(steps: list[Step], numbers: list[float]) -> None:
    definition = network(steps)
    leaves = {"a": numbers[0], "v": numbers[1:4], "W": np.reshape(numbers[4:], (2, 3))}
    made, _ = gradient_program(definition, exact=True)
    values = [plain(np.asarray(leaves[leaf.name]), leaf.node) for leaf in definition.leaves]
    for found, wanted in zip(*both(made, values), strict=True):
        assert apart(found, wanted) == 0


FUNCTIONS = {
    "exp": (-700.0, 700.0),
    "log": (1e-300, 1e300),
    "tanh": (-20.0, 20.0),
    "sin": (-100.0, 100.0),
    "cos": (-100.0, 100.0),
    "expm1": (-50.0, 0.0),
    "log1p": (0.0, 1.0),
    "sqrt": (0.0, 1e9),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_pythons_functions_are_within_an_ulp_or_two_of_numpys(name: str) -> None:
    numbers = np.random.default_rng(3).uniform(*FUNCTIONS[name], 4000)
    own = np.array([floats.NAMES[name](float(each)) for each in numbers])
    assert apart(own, getattr(np, name)(numbers)) <= 2


def test_pythons_power_is_within_two_ulps_of_numpys() -> None:
    random = np.random.default_rng(3)
    bases, exponents = random.uniform(1e-3, 1e3, 4000), random.uniform(-20, 20, 4000)
    own = [
        floats.NAMES["power"](*pair)
        for pair in zip(bases.tolist(), exponents.tolist(), strict=True)
    ]
    assert apart(np.array(own), np.power(bases, exponents)) <= 2


def test_every_template_is_a_rows() -> None:
    assert set(floats.FLOATS) | set(arrays.ARRAYS) <= set(TABLE)
    assert all(TABLE[name].elementwise for name in arrays.ARRAYS)


OVERFLOWS = [
    ("L = exp(w)", 1000.0, math.inf, math.inf),
    ("L = 1/w", 0.0, math.inf, -math.inf),
    ("L = log(w)", 0.0, -math.inf, math.inf),
    ("L = log(w)", -1.0, math.nan, math.nan),
    ("L = w^3", 1e200, math.inf, math.inf),
    ("L = where(w > 0, sqrt(w), 0)", 0.0, 0.0, 0.0),
    ("L = where(w > 0, 1/w, 0)", 0.0, 0.0, 0.0),
    ("L = relu(log(w))", 0.0, 0.0, 0.0),
    ("L = (w - 2)^0.5", 1.0, math.nan, math.nan),
    ("L = sin(w)", math.inf, math.nan, math.nan),
    ("L = exp(w)/exp(w)", 1000.0, math.nan, math.nan),
]


@pytest.mark.parametrize(("text", "at", "loss", "slope"), OVERFLOWS)
def test_what_is_not_finite_is_ieees_and_never_an_error(
    text: str, at: float, loss: float, slope: float
) -> None:
    found, gradients = Compiled(bind(f"param w = 1\n{text}"))(w=at)
    assert apart(np.array([found, gradients["w"]]), np.array([loss, slope])) == 0


def test_single_uses_are_inlined_and_long_chains_are_cut() -> None:
    inner = "sin(" * 60 + "{}" + ")" * 60
    lines = ("param w = 0.5", f"a = {inner.format('w')}", f"b = {inner.format('a')}")
    text = "\n".join((*lines, f"L = b + {inner.format('b')}"))
    prepared = bind(text)
    made, _ = gradient_program(prepared.definition)
    found, wanted = both(made, [0.5], alone=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)


def test_a_structure_is_compiled_once_and_no_name_of_the_text_is_in_it() -> None:
    one, other = (
        "param lovely = 2\ninput other = 1\nL = tanh(lovely*other)^2",
        "param w = 7\ninput z = 3\nQ = tanh(w*z)^2",
    )
    _compiled.cache_clear()
    texts: list[str] = []

    def kept(text: str) -> Any:
        texts.append(text)
        return _compiled(text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(code, "_compiled", kept)
        answers = [Compiled(bind(text))() for text in (one, other)]
    assert texts[0] == texts[1]
    assert _compiled.cache_info().misses == 1
    assert not re.search("lovely|other", texts[0])
    assert [list(gradients) for _, gradients in answers] == [["lovely"], ["w"]]


def test_a_graph_too_large_to_be_compiled_is_run_by_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backstep.evaluate.compiled.program.MOST", 3)
    monkeypatch.setattr(Program, "_made", None)
    prepared = bind("param w = 2\nL = tanh(sin(exp(w)))^2")
    assert Compiled(prepared)()[1]["w"] == pytest.approx(
        float(evaluate(prepared).gradients["w"])  # type: ignore[arg-type]
    )
