"""The NumPy target: a dialect with its words and helpers."""

from __future__ import annotations

from backstep.binding.bind import BoundModel
from backstep.export.defined_functions import Helper, helpers_in, text_of
from backstep.export.expected_values import Stored
from backstep.export.expression_writer import Dialect, Piece, Scribe
from backstep.export.program import Operation, program
from backstep.export.python_file import PythonTarget, write
from backstep.export.python_words import shape_text, words
from backstep.export.words import permutation, repeated
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.ops.row import ATOM

HELPERS = helpers_in(text_of("numpy.txt"))
"""The functions that a file defines if its lines call them, by name."""
_OF_SCALARS = "sigmoid of scalars"
_SIGMOID_OF_SCALARS = """\
def sigmoid(x):
    e = math.exp(-abs(x))
    return 1.0/(1.0 + e) if x >= 0 else e/(1.0 + e)
"""
_NUMBERS = """\
def numbers(*values):  # arguments as floats and arrays of floats
    return [np.asarray(each, dtype=np.float64)[()] for each in values]
"""


def _full(scribe: Scribe, piece: Piece, shape: Shape) -> Piece:
    if not shape:
        return Piece(f"np.float64({piece.text})", ATOM, ())
    if piece.number:
        return Piece(f"np.full({shape_text(shape)}, {float_text(piece.text)})", ATOM, shape)
    return Piece(f"np.broadcast_to({piece.text}, {shape_text(shape)})", ATOM, shape)


def float_text(text: str) -> str:
    """A number's text with a decimal point."""
    return text if any(each in text for each in ".einf/") else text + ".0"


def _helper(scribe: Scribe, name: str) -> str:
    """The helper's variant: σ by Python's floats, if it is of scalars and nothing is infinite."""
    if name != "sigmoid" or not scribe.finite.everywhere:
        return name
    squashed = [
        node
        for line in scribe.program.lines
        for node in scribe.program.parts(line)
        if "sigmoid" in node.op or node.op == "subtract" or node.op == "softplus"
    ]
    return name if any(node.shape for node in squashed) else _OF_SCALARS


def _moved(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
    order = ", ".join(map(str, permutation(node, done)))
    return Piece(f"{scribe.piece(done.reads[0]).at(ATOM)}.transpose({order})", ATOM, node.shape)


DIALECT = Dialect(
    # `np.moveaxis` takes longer than what it is for.
    words={**words("np"), "move_axis": _moved},
    helpers={**HELPERS, _OF_SCALARS: Helper(_SIGMOID_OF_SCALARS, ("import math",))},
    infinity="np.inf",
    nan="np.nan",
    aligned=lambda scribe, piece, rank: piece,
    full=_full,
    wrapped=lambda text: f"np.float64({text})",
    plain=float_text,
)
TARGET = PythonTarget(
    imports=("import numpy as np",),
    dialect=DIALECT,
    array=lambda text, shape: (
        f"np.array({text})" if 0 not in shape else f"np.zeros({shape_text(shape)})"
    ),
    converts=_NUMBERS,
    decorated=('@np.errstate(all="ignore")',),
    helper_named=_helper,
)


def numpy_file(prepared: BoundModel, numbers: Stored) -> str:
    """The file's text. Its gradients are those of `numbers`."""
    made = program(prepared.definition, numbers.wrt, repeated=repeated)
    return write(prepared, made, numbers, TARGET)
