"""PyTorch and JAX files: NumPy's words, with others where the libraries differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backstep.binding.bind import BoundModel
from backstep.export.defined_functions import Helper, helpers_in, text_of
from backstep.export.expected_values import Stored
from backstep.export.expression_writer import (
    Dialect,
    Piece,
    Scribe,
    Word,
    elementwise,
    fixed,
    of_scalar,
)
from backstep.export.numpy_target import HELPERS as OF_NUMPY
from backstep.export.numpy_target import float_text
from backstep.export.program import Operation, program
from backstep.export.python_file import PythonTarget, write
from backstep.export.python_words import key_text, shape_text, words
from backstep.export.words import called, repeated
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.ops.row import ATOM, POWER, PRODUCT, SUM

_FROM_NUMPY = (
    "times", "times_both", "over", "masked_matmul",
    "slope_of_tanh", "log_slope", "times_log", "bell", "gauss", "softsign", "huber",
    "one_less_square", "minors", "det", "cofactors",
)  # fmt: skip
"""Functions of the NumPy file that work for both libraries unchanged."""


def _helpers(library: str, own: str) -> Mapping[str, Helper]:
    """The functions for a library's file, from one template for both (`tensors.txt`) and from a
    file with what they do not share, such as writing elements in place.
    """
    from_numpy = (OF_NUMPY[name].text.replace("np.", f"{library}.") for name in _FROM_NUMPY)
    shared = text_of("tensors.txt").replace("xp.", f"{library}.")
    return helpers_in("\n".join((*from_numpy, text_of(own), shared)))


def _slope_word(name: str) -> Word:
    """A partial's own form by a function of its argument only, without branches on values."""

    def word(scribe: Scribe, node: Node, done: Operation, thin: bool) -> Piece:
        (x,) = scribe.fitted(done, node, thin)
        scribe.use(name)
        argument = f"-{x.at(POWER)}" if name == "sigmoid" else x.text
        return Piece(f"{name}({argument})", ATOM, x.shape)

    return word


_BOTH: dict[str, Word] = {
    "one_less_sigmoid": _slope_word("sigmoid"),
    "one_less_tanh_squared": _slope_word("slope_of_tanh"),
    "var": called(
        "variance",
        lambda node, x, axis=None: f"variance({x}{'' if axis is None else f', {axis}'})",
    ),
}


def _extreme(method: str) -> Word:
    return of_scalar(
        fixed(
            lambda node, x, axis=None: f"torch.{method}({x}{'' if axis is None else f', {axis}'})"
        )
    )


def _transposed(node: Node, x: str) -> str:
    rank = len(node.shape)
    if rank < 2:
        return x
    return f"{x}.T" if rank == 2 else f"{x}.permute({', '.join(map(str, reversed(range(rank))))})"


def turned(key: Sequence[object], shape: Shape) -> tuple[tuple[object, ...], list[int]]:
    """An index without negative steps, and the axes to reverse before it is applied."""
    found: list[object] = []
    flipped: list[int] = []
    for axis, part in enumerate(key):
        if isinstance(part, tuple) and part[2] < 0:
            count = len(range(*part))
            start = shape[axis] - 1 - part[0]
            found.append((start, start + (count - 1) * -part[2] + 1 if count else start, -part[2]))
            flipped.append(axis)
        else:
            found.append(part)
    return tuple(found), flipped


def key_tuple(key: Sequence[Any]) -> str:
    """A static index as a tuple of numbers and slices."""
    parts = [
        str(part)
        if isinstance(part, int)
        else f"slice({part[0]}, {None if part[1] < 0 else part[1]}, {part[2]})"
        for part in key
    ]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _indexed(node: Node, x: str, key: Sequence[object]) -> str:
    if not key:
        return x
    (read,) = node.inputs
    straight, flipped = turned(key, read.shape)
    axes = f"{x}.flip({', '.join(map(str, flipped))})" if flipped else x
    return f"{axes}[{key_text(straight)}]"


def _scattered(node: Node, x: str, key: Sequence[object], shape: Shape) -> str:
    if not key:
        return x
    straight, flipped = turned(key, shape)
    made = f"scatter({x}, {key_tuple(straight)}, {shape_text(shape)})"
    return f"{made}.flip({', '.join(map(str, flipped))})" if flipped else made


_OF_TORCH: dict[str, Word] = {
    "sign": elementwise("sign({0})", helper="sign"),
    "step": elementwise("step_of({0})", helper="step_of"),
    "relu": elementwise("torch.clamp({0}, min=0.0) + 0.0", SUM),
    "clip": elementwise("torch.clamp({0}, {low}, {high})"),
    "hardtanh": elementwise("torch.clamp({0}, -1.0, 1.0)"),
    "hardsigmoid": elementwise("torch.clamp({0} + 3.0, 0.0, 6.0)/6.0", PRODUCT, (SUM,)),
    "round": elementwise("torch.round({0})"),
    "softplus": elementwise("torch.logaddexp(torch.zeros(()), {0})"),
    "maximum": elementwise("torch.maximum({0}, {1})", values=True),
    "minimum": elementwise("torch.minimum({0}, {1})", values=True),
    "sort": fixed(lambda node, x, axis: f"torch.sort({x}, {axis}).values", ATOM),
    "max": _extreme("amax"),
    "min": _extreme("amin"),
    "transpose": fixed(_transposed, ATOM, ATOM),
    "index": fixed(_indexed, ATOM, ATOM),
    "scatter": called("scatter", _scattered),
}


@dataclass(frozen=True, slots=True)
class _Library:
    """What a library is called in a file, and its functions of one purpose: from lists an array,
    from a number a scalar, from a value a scalar, from an argument an array."""

    name: str
    array: str
    number: str
    scalar: str
    converted: str
    values: str
    """What its arrays are called."""
    functions: str
    """The file of functions that only this library needs."""


def _target(
    of: _Library, imports: tuple[str, ...], infinity: str, nan: str, own_words: Mapping[str, Word]
) -> PythonTarget:
    """A library's target; `own_words` are those in which it differs from NumPy."""
    name = of.name

    def full(scribe: Scribe, piece: Piece, shape: Shape) -> Piece:
        if not shape:
            return Piece(f"{name}.{of.scalar}({piece.text})", ATOM, ())
        if piece.number:
            text = f"{name}.full({shape_text(shape)}, {float_text(piece.text)})"
        else:
            text = f"{name}.broadcast_to({piece.text}, {shape_text(shape)})"
        return Piece(text, ATOM, shape)

    def array(text: str, shape: Shape) -> str:
        if 0 in shape:
            return f"{name}.zeros({shape_text(shape)})"
        return f"{name}.{of.array}({text})"

    return PythonTarget(
        imports=imports,
        dialect=Dialect(
            words={**words(name, of.array), **_BOTH, **own_words},
            helpers=_helpers(name, of.functions),
            infinity=infinity,
            nan=nan,
            aligned=lambda scribe, piece, rank: piece,
            full=full,
            wrapped=lambda text: f"{name}.{of.number}({float_text(text)})",
            plain=float_text,
        ),
        array=array,
        converts=(
            f"def numbers(*values):  # arguments as {of.values} of floats\n"
            f"    return [{name}.{of.converted}(each, dtype={name}.float64) for each in values]\n"
        ),
    )


TORCH = _target(
    _Library("torch", "tensor", "tensor", "as_tensor", "as_tensor", "tensors", "torch.txt"),
    ("import torch", "", "torch.set_default_dtype(torch.float64)"),
    "float('inf')",
    "float('nan')",
    _OF_TORCH,
)
JAX = _target(
    _Library("jnp", "array", "float64", "float64", "asarray", "arrays", "jax.txt"),
    (
        "import jax",
        "import jax.numpy as jnp",
        "",
        'jax.config.update("jax_enable_x64", True)',
    ),
    "jnp.inf",
    "jnp.nan",
    {},
)


def torch_file(prepared: BoundModel, numbers: Stored) -> str:
    """A PyTorch file's text, which does not use autograd."""
    return _written(prepared, numbers, TORCH)


def jax_file(prepared: BoundModel, numbers: Stored) -> str:
    """A JAX file's text, which does not use `jax.grad`."""
    return _written(prepared, numbers, JAX)


def _written(prepared: BoundModel, numbers: Stored, target: PythonTarget) -> str:
    made = program(prepared.definition, numbers.wrt, repeated=repeated)
    return write(prepared, made, numbers, target)
