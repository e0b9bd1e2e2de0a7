"""Initial values: evaluating a declaration's constant expression or draw (`~`)."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod, sqrt

import numpy as np

from backstep.evaluate.interpret import interpret, literal_number
from backstep.graph.node import Literal, Node
from backstep.graph.shape import Shape
from backstep.lang.compile.definition import Definition, Draw, Leaf
from backstep.ops import TABLE
from backstep.ops.row import Array


def initial_values(definition: Definition) -> dict[str, Array]:
    """The initial value of every declared name, as float64 arrays of the declared shapes."""
    return {leaf.name: _initial(leaf, definition.seed) for leaf in definition.leaves}


def _initial(leaf: Leaf, seed: int) -> Array:
    if isinstance(leaf.initial, Draw):
        return draw(leaf.initial, seed, leaf.name)
    if leaf.initial.op == "constant" and isinstance(leaf.initial.inputs[0], Literal):
        return np.full(leaf.node.shape, float(leaf.initial.inputs[0]))
    value = evaluate_constant(leaf.initial)
    return np.broadcast_to(value, leaf.node.shape).astype(np.float64)


def evaluate_constant(node: Node) -> Array:
    """The value of a node of the graph of constants, which reads no leaf."""
    known: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        interpret(
            [node],
            known,
            literal_number,
            lambda at, inputs: TABLE[at.op].numpy(*inputs, **at.params),
        )
    return np.asarray(known[node.id], dtype=np.float64)


def fans(shape: Shape) -> tuple[int, int]:
    """(fan in, fan out) of a weight: units × inputs, and kernels by their receptive field.

    A vector is the weights of one unit; a scalar has one input and one output.
    """
    if len(shape) < 2:
        return max(prod(shape), 1), 1
    field = prod(shape[2:])
    return max(shape[1] * field, 1), max(shape[0] * field, 1)


def draw(drawn: Draw, seed: int, name: str) -> Array:
    """Numbers from the stream of this seed and name (PCG64): the same on every machine.

    Bounds follow Glorot & Bengio (2010) for `xavier` and He et al. (2015) for `he`.
    """
    if drawn.distribution == "zeros":
        return np.zeros(drawn.shape)
    if drawn.distribution == "ones":
        return np.ones(drawn.shape)
    stream = _stream(seed, name)
    fan_in, fan_out = fans(drawn.shape)
    arguments = [float(argument) for argument in drawn.arguments]
    match drawn.distribution:
        case "normal":
            mean, deviation = arguments
            return stream.normal(mean, deviation, drawn.shape)
        case "uniform":
            low, high = arguments
            return low + (high - low) * stream.random(drawn.shape)
        case "xavier":
            bound = sqrt(6 / (fan_in + fan_out))
            return bound * (2 * stream.random(drawn.shape) - 1)
        case _:
            return stream.normal(0.0, sqrt(2 / fan_in), drawn.shape)


def _stream(seed: int, name: str) -> np.random.Generator:
    """The stream that [seed, *name.encode()] seeds, whose words NumPy would find one by one."""
    words = [seed & _WORD, seed >> 32] if seed > _WORD else [seed]
    entropy = np.array([*words, *name.encode()], dtype=np.uint32)
    return np.random.Generator(np.random.PCG64(entropy))


_WORD = 2**32 - 1


def replaced(definition: Definition, given: Mapping[str, Array]) -> dict[str, Array]:
    """All leaves' values, with `given` ones in place of the initial ones."""
    return {**initial_values(definition), **given}
