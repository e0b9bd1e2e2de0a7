"""Definitions to derive on paper, their derivations, and the check of every line of one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from backstep.autodiff.paths import counts
from backstep.autodiff.reverse import backward
from backstep.binding.bind import BoundModel, bind
from backstep.derivation.answer import in_words, view_for
from backstep.derivation.derive import on_paper
from backstep.derivation.lines import Line, Rule, Step
from backstep.examples import EXAMPLES
from backstep.formula import latex_reader
from backstep.formula.symbols import names as symbols_by_name
from backstep.formula.symbols import symbols
from backstep.formula.text import text, text_or_none
from backstep.formula.tree import ZERO, Big, Deriv, Sym, walk
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.lang.compile.compiler import compile_text
from backstep.ops import TABLE
from tests.binding.reading import read_back

SOURCES = {example.id: example.source for example in EXAMPLES}

TYPED = {
    "S4": SOURCES["toy-neuron"],
    "S5": SOURCES["nine-weights"],
    "S6": SOURCES["two-layers"],
    "S6 on one line": """\
input x = [1, -0.5, 2]
param W_1 = [[0.2, -0.3, 0.1], [0.4, 0.1, -0.2]]
param w_o = [0.7, -0.6]
L = -log(sigmoid(dot(w_o, sigmoid(W_1 @ x))))
""",
    "S7": SOURCES["deep-network"],
    "S7 by the board": """\
input x = [0.5, -1]
param W = [[0.3, -0.1], [0.2, 0.4], [-0.5, 0.1]]
a = W @ x
L = -log(softmax(a)[1])
""",
    "S7 by logits": """\
input x = [0.5, -1]
target y = 2
param W = [[0.3, -0.1], [0.2, 0.4], [-0.5, 0.1]]
a = W @ x
L = cross_entropy(a, y)
""",
    "S8": SOURCES["softmax-layer"],
    "a batch": """\
input X = [[0.5, -1], [1, 2], [0.1, 0.3]]
target y = [0, 1, 1]
param W = [[0.3, -0.1], [0.2, 0.4]]
S = X @ W.T
P = softmax(S)
L = nll(P, y)
""",
    "a batch of distributions": """\
input X = [[0.5, -1], [1, 2], [0.1, 0.3]]
target T = [[0.2, 0.8], [1, 0], [0.5, 0.5]]
param W = [[0.3, -0.1], [0.2, 0.4]]
L = cross_entropy(X @ W.T, T) + 0.1*sum(W^2)
""",
    "a distribution that is none": """\
param s = [0.3, -0.2, 1]
input t = [0.4, 2, 0.1]
L = -sum(t*log(softmax(s)))
""",
    "a bias for every row": """\
input X = [[1, 2], [3, 4]]
param b = [0.1, 0.2]
L = sum((X + b)^2)
""",
}
BOARD = SOURCES["softmax-layer"].replace("target z = [0, 1, 0]", "target k = 1")
BOARD = BOARD.replace("J =", "z = one_hot(k, 3)\nJ =")
ROWS = """\
input X = [[0.5, -1], [1, 2], [0.1, 0.3]]
target Y = [[0, 1], [1, 0], [0, 1]]
param W = [[0.3, -0.1], [0.2, 0.4]]
A = softmax(X @ W)
L = -sum(Y*log(A))/3
"""


def asked(source: str) -> list[str]:
    """Every name that can be derived by: parameters, inputs and results."""
    definition = compile_text(source)
    silent = {leaf.name for leaf in definition.leaves if leaf.label or leaf.role == "const"}
    return [name for name in definition.names if name not in silent]


def worked(source: str, of: str) -> tuple[BoundModel, Rule]:
    prepared = bind(source)
    prepared.seal()
    node = prepared.definition.names[of][-1].node
    view = view_for(prepared, node)
    tree, _ = on_paper(prepared.definition, prepared.symbols, prepared.numbers(), node, view)
    return prepared, tree


def jacobian(prepared: BoundModel, top: Node, bottom: Node) -> np.ndarray:
    """∂top/∂bottom by reverse mode, in the shape of top and then of bottom."""
    numbers, rows = prepared.numbers(), []
    for at in np.ndindex(*top.shape):
        picked = top if top.shape == () else top.graph.apply("index", top, key=at)
        found = backward(picked, ancestors([picked]), TABLE).adjoints.get(bottom.id)
        value = np.zeros(bottom.shape) if found is None else numbers.value(found)
        rows.append(np.broadcast_to(value, bottom.shape))
    return np.array(rows).reshape(top.shape + bottom.shape)


def whole(prepared: BoundModel, line: Line) -> bool:
    """Whether the left side is all of one node's derivative by another.

    A local derivative holds everything else still; it is less where there are other ways too.
    """
    if line.top is None or line.bottom is None:
        return False
    first = line.steps[0].shown
    if not (isinstance(first, Deriv) and first.top is None) and line.rule != "convention":
        return True
    view = view_for(prepared, line.bottom)
    return counts(view, line.top).get(line.bottom.id) == 1


def formula(step: Step) -> str | None:
    """What a step says, as the language reads it."""
    return None if step.said is None else text_or_none(step.said)


def from_latex(
    prepared: BoundModel, line: Line, step: Step, names: Mapping[str, Sym]
) -> str | None:
    """The same read from the LaTeX that is shown; None where that has signs of its own."""
    assert line.top is not None
    assert line.bottom is not None
    held = [part for part in walk(step.shown) if isinstance(part, Deriv | Big)]
    if held or step.shown is not step.said or line.top.shape != () or step.shown is ZERO:
        return None
    latex = prepared.symbols.in_latex(step.shown)
    return text(latex_reader.read(latex, names, line.bottom.shape))


def check(prepared: BoundModel, source: str, lines: list[Line]) -> int:
    """How many steps could be read back; raises AssertionError where one is not worth its left."""
    names = symbols_by_name(symbols(prepared.definition).values(), prepared.definition.graph.nodes)
    read = [
        (line, printed)
        for line in lines
        if line.steps and formula(line.steps[-1]) and whole(prepared, line)
        for step in line.steps
        for printed in (formula(step), from_latex(prepared, line, step, names))
        if printed
    ]
    statements = [(f"line_{place}", printed) for place, (_, printed) in enumerate(read)]
    # A long definition has room for some of them at a time.
    found: dict[str, np.ndarray] = {}
    for start in range(0, len(statements), 8):
        found |= read_back(source, statements[start : start + 8])
    known: dict[tuple[int, int], np.ndarray] = {}
    for (line, _), (name, _) in zip(read, statements, strict=True):
        assert line.top is not None
        assert line.bottom is not None
        key = (line.top.id, line.bottom.id)
        if key not in known:
            known[key] = jacobian(prepared, line.top, line.bottom)
        got = np.broadcast_to(found[name], known[key].shape)
        np.testing.assert_allclose(got, known[key], rtol=1e-9, atol=1e-12, err_msg=in_words(line))
    return len(read)
