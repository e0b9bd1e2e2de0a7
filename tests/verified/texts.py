"""The texts that are verified: examples, rows of the table, published cases, networks by a seed.

Each is a whole definition; where the same network stands beside it as PyTorch, that comes along.
Checks nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from backstep.errors import DefinitionError
from backstep.examples import EXAMPLES, TRAININGS
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node
from backstep.graph.order import ancestors
from backstep.lang.compile.compiler import compile_text
from backstep.lang.source import write
from backstep.operations.listing import sources
from backstep.ops import TABLE
from backstep.ops.row import COMPARISON
from tests.asking import CALLS
from tests.binding.reading import array
from tests.evaluate.random_graphs import ROWS, definition_of, drawn
from tests.ops.cases import Case, cases, draw
from tests.simplify.tidy_cases import FORWARD, GRADIENTS
from tests.systems.losses_twice_written import LOSSES
from tests.systems.random_twins import network
from tests.systems.twice_written import LAYERS

PUBLISHED = Path(__file__).parents[1] / "data" / "published.json"
TWINS = 250
"""Networks of layers by their seeds, written as PyTorch as well."""
SMALL = 250
"""Networks of rows of the table by their seeds, small enough for a closed form."""
LEAST = 6
"""Nodes that the loss of such a network is made of, leaves and itself included."""
_OF_GRADIENTS = "stands in gradients alone"
UNWRITTEN: Mapping[str, str] = {
    "leaf": "is every declared name",
    "constant": "is every number that is written",
    "seed": "is what a backward pass begins with",
    "identity": "is a value under another name",
    "place": "is what one_hot makes, whose example is among the texts",
    "mask": "is drawn by a dropout layer, whose example is among the texts",
    **dict.fromkeys(
        ("broadcast_to", "carry", "expand", "guard", "log_slope", "scatter", "sum_to"),
        _OF_GRADIENTS,
    ),
    **dict.fromkeys(
        ("conv_weight", "conv_input"),
        "stands in formulas alone; what a convolution sends back is among the texts in parts",
    ),
    **dict.fromkeys(("swap_last", "times_log"), "stands in layers and losses"),
}
"""Rows that no text reaches by themselves, and where they are met."""
CHOICE = "where"
CONDITIONS = frozenset(name for name, row in TABLE.items() if row.notation.precedence == COMPARISON)


@dataclass(frozen=True, slots=True)
class Text:
    """One definition: its group and its name there, and its twin."""

    group: str
    name: str
    source: str
    torch: str | None = None


def texts() -> list[Text]:
    """All of them, always the same, in the same order."""
    return [
        *_examples(),
        *_functions(),
        *_rows(),
        *_published(),
        *_rewritten(),
        *(
            Text("layers and losses", pair.said, pair.definition, torch=pair.torch)
            for pair in (*LAYERS, *LOSSES)
        ),
        *_twins(),
        *_small(),
    ]


def _examples() -> Iterator[Text]:
    for example in EXAMPLES:
        yield Text("examples", example.id, example.source)
    for training in TRAININGS:
        yield Text("examples", f"training {training.example.id}", training.example.source)


def _functions() -> Iterator[Text]:
    """What the operations page shows of every operator and function."""
    for name, source in sources().items():
        yield Text("operations", name, source)


def _published() -> Iterator[Text]:
    for case in json.loads(PUBLISHED.read_text()):
        yield Text("published", case["id"], case["definition"])


def _rewritten() -> Iterator[Text]:
    """A text for every rewrite of the matrix form."""
    for name, (source, _) in FORWARD.items():
        yield Text("rewrites", name, f"{source}\nL = sum(out)")
    for name, (source, _, _) in GRADIENTS.items():
        yield Text("rewrites", f"gradient: {name}", source)


# Rows of the table


def _rows() -> Iterator[Text]:
    """Every row at every shape of its samples, with written numbers, and with one input twice."""
    for name in TABLE:
        for case in cases(name) if name not in UNWRITTEN else ():
            yield _row(case)


def _row(case: Case) -> Text:
    """The row on leaves at the sample's points; its loss weighs each element by a leaf's."""
    graph, random = Graph(TABLE), np.random.default_rng(len(case.id))
    leaves: dict[str, Node] = {}
    values: dict[str, str] = {}

    def leaf(name: str, value: Any) -> Node:
        shape = np.shape(value)
        leaves[name] = graph.apply("leaf", name=name, role="param", shape=shape)
        values[name] = str(np.asarray(value, dtype=float).tolist())
        return leaves[name]

    operands: list[Any] = []
    for place, shape in enumerate(case.sample.shapes):
        if place in case.written:
            operands.append(Literal(case.written[place]))
        elif case.shared and leaves:
            operands.append(leaves["x0"])
        else:
            operands.append(leaf(f"x{place}", draw(case, place, shape, random)))
    if case.name == CHOICE and isinstance(operands[0], Node):
        operands[0] = graph.apply("greater", operands[0], Literal(Fraction(1, 2)))
    node = graph.apply(case.name, *operands, **case.sample.params)
    if case.name in CONDITIONS:
        yes, no = (leaf(each, random.normal(size=node.shape)) for each in ("yes", "no"))
        node = graph.apply(CHOICE, node, yes, no)
    weighed = node * leaf("weights", random.normal(size=node.shape))
    loss = graph.apply("sum", weighed) if weighed.shape else weighed
    labels = frozenset(f"x{place}" for place in case.sample.integer_inputs)
    definition = definition_of(loss, leaves, labels & leaves.keys())
    # Leaves of a graph made by hand are drawn: here they are at the points.
    source = re.sub(
        r"(?m)^(param|input) (\w+).* ~ .*$",
        lambda drawn: f"{drawn[1]} {drawn[2]} = {values[drawn[2]]}",
        write(definition),
    )
    return Text("rows of the table", case.id, source)


# Networks by a seed


def _twins() -> Iterator[Text]:
    for seed in range(TWINS):
        drawn_network = network(seed)
        definition, torch = "\n".join(drawn_network.ours), "\n".join(drawn_network.torch)
        yield Text("networks of layers", f"seed {seed}", definition, torch=torch)


def _small() -> Iterator[Text]:
    """Those of which SymPy can make a formula, and whose numbers are finite."""
    found, seed = 0, 0
    while found < SMALL:
        source = _small_network(seed)
        if source is not None and _finite(source):
            found += 1
            yield Text("networks of rows", f"seed {seed}", source)
        seed += 1


def _small_network(seed: int) -> str | None:
    random = np.random.default_rng(seed)
    numbers = [Fraction(text) for text in ("2", "3", "1/2", "-1", "1/10")]

    def read() -> int | Fraction:
        if random.random() < 0.25:
            return numbers[int(random.integers(len(numbers)))]
        return int(random.geometric(0.5)) - 1  # what was made last, mostly

    steps: list[Any] = [
        (ROWS[int(random.integers(len(ROWS)))], (read(), read(), read()))
        for _ in range(int(random.integers(3, 9)))
    ]
    definition = drawn(steps)
    if definition is None or len(ancestors([definition.loss])) < LEAST:
        return None
    source = f"seed {seed + 1}\n{write(definition)}"
    try:
        compile_text(source)
    except DefinitionError:  # a comparison that two choices read, or none, cannot be written
        return None
    return source


def _finite(source: str) -> bool:
    """Whether some leaf reaches the loss, and loss and partials are finite."""
    answer = CALLS["evaluate"]({"source": source})
    leaves = [leaf.name for leaf in compile_text(source).leaves]
    partials = [array(answer["partials"][name]) for name in leaves if answer["partials"].get(name)]
    numbers = [array(answer["loss"]["value"]), *partials]
    finite = all(np.isfinite(each).all() for each in numbers)
    return finite and any(np.any(each) for each in partials)
