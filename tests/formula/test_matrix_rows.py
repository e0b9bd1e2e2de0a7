"""Every row's gradient as a matrix formula: read back by the language, it has backprop's numbers.

A row that no text reaches is put into a graph by hand; what its rule builds must still have a
spelling that reads back.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from backstep.autodiff.gradient import differentiate
from backstep.evaluate.interpret import interpret
from backstep.formula.matrix import Forms
from backstep.graph.graph import Graph
from backstep.graph.node import Node
from backstep.lang.compile.definition import Definition, Version
from backstep.ops import TABLE
from backstep.ops.row import Sample
from tests.asking import CALLS

ROWS = [
    (name, number)
    for name, row in TABLE.items()
    for number, sample in enumerate(row.samples)
    if sample.shapes and name != "constant"
]


def _values(sample: Sample, draws: np.random.Generator) -> list[np.ndarray]:
    found = []
    for place, shape in enumerate(sample.shapes):
        domain = sample.domain or ((-2.0, 2.0),)
        low, high = domain[min(place, len(domain) - 1)]
        if place in sample.integer_inputs:
            found.append(draws.integers(int(low), int(high) + 1, shape).astype(float))
        else:
            found.append(draws.uniform(low, high, shape))
    return found


def _definition(name: str, sample: Sample, squared: bool) -> tuple[Definition, list[Node]]:
    """L = Σ g·out, or Σ out², of one operation on leaves a0, a1, … that nothing else names."""
    graph = Graph(TABLE)
    leaves = [
        graph.apply("leaf", name=f"a{place}", role="param", shape=shape)
        for place, shape in enumerate(sample.shapes)
    ]
    out = graph.apply(name, *leaves, **sample.params)
    named = list(leaves)
    if squared:
        loss = graph.apply("sum", graph.apply("power", out, 2))
    else:
        g = graph.apply("leaf", name="g", role="input", shape=out.shape)
        named.append(g)
        loss = graph.apply("sum", graph.apply("multiply", g, out))
    names = {leaf.params["name"]: (Version(leaf.params["name"], leaf, 1, 1),) for leaf in named}
    names["L"] = (Version("L", loss, 1, 1),)
    return (
        Definition("", graph, graph, (), names, "L", loss, (), 0, ()),
        named,
    )


def _read(text: str, shape: tuple[int, ...], values: dict[str, np.ndarray]) -> np.ndarray:
    lines = [
        f"param {name}{list(array.shape) if array.shape else ''} ~ zeros"
        for name, array in values.items()
    ]
    source = "\n".join([*lines, f"out = {text}", "total = sum(out)"])
    answer = CALLS["evaluate"](
        {
            "source": source,
            "values": {name: array.tolist() for name, array in values.items()},
            "names": ["out"],
        }
    )
    value: Any = answer["values"]["out"]
    found = np.array(value, dtype=float)
    assert found.shape == shape, text
    return found


@pytest.mark.parametrize("squared", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("name", "number"), ROWS)
def test_a_rows_formula_reads_back_to_backprops_numbers(
    name: str, number: int, squared: bool
) -> None:
    sample = TABLE[name].samples[number]
    draws = np.random.default_rng(len(name) + number)
    definition, named = _definition(name, sample, squared)
    arrays = _values(sample, draws)
    if not squared:
        arrays.append(draws.uniform(-1, 1, named[-1].shape))
    values = {leaf.params["name"]: array for leaf, array in zip(named, arrays, strict=True)}
    back = differentiate(definition.loss)
    numbers = _numbers(definition, back, named, arrays)
    values["L"] = numbers[definition.loss.id]
    forms = Forms(definition)
    for leaf in named[: len(sample.shapes)]:
        adjoint = back.adjoints.get(leaf.id)
        if adjoint is None:
            continue
        formula = forms.formula(adjoint)
        # A power of a power without brackets is what LaTeX refuses to set.
        assert not re.search(r"\^(\{[^{}]*\}|\S)\^", formula.latex), formula.latex
        found = _read(formula.text, adjoint.shape, values)
        wanted = numbers[adjoint.id]
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-12, err_msg=formula.text)


def _numbers(
    definition: Definition, back: Any, named: list[Node], arrays: list[np.ndarray]
) -> dict[int, np.ndarray]:
    known: dict[int, Any] = {leaf.id: array for leaf, array in zip(named, arrays, strict=True)}
    targets = [definition.loss]
    targets += [adjoint for adjoint in back.adjoints.values() if adjoint is not None]
    with np.errstate(all="ignore"):
        interpret(
            targets,
            known,
            lambda written: np.float64(float(written)),
            lambda node, inputs: TABLE[node.op].numpy(*inputs, **node.params),
        )
    return known
