"""A compiled program: the values of some nodes of a graph from those of others, again and again.

Its results are those of the rows, run one after another by `StraightLineProgram`, the reference.
Left out of the source and detected instead are the mask of a product with a partial and the NaN of
a slope at NaN, by a NaN in a result, and non-finite values in an operation, which `math` and NumPy
raise. All are rare, and then the reference runs on the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from backstep.autodiff.cost import work
from backstep.evaluate.compiled.buffers import Buffers
from backstep.evaluate.compiled.code import function
from backstep.evaluate.compiled.dialect import EXACT, FAST
from backstep.evaluate.compiled.writer import Number, Value
from backstep.evaluate.straight_line import StraightLineProgram
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE

MOST = 20_000
"""Operations past which a source would take longer to compile than it saves."""


class Program:
    """The values of `targets` from those of the `given` nodes, which are leaves or cut the graph.

    `run` takes a value for each of `given`, in order: a float for a scalar, else a float64 array of
    the node's shape, which is only read. It returns a list, scalars as floats, arrays of their own;
    with `names` the first target and a dict of the others by name. Threads may share it. `exact`:
    bit for bit as the interpreter, a zero's sign aside; else faster.
    """

    def __init__(
        self,
        targets: Sequence[Node],
        given: Sequence[Node],
        names: Sequence[str] | None = None,
        copy: bool = True,
        exact: bool = False,
    ) -> None:
        self._dialect = EXACT if exact else FAST
        self._targets, self._given, self._names, self._copy = targets, given, names, copy
        order = ancestors(targets, {node.id for node in given})
        computed = [node for node in order if not TABLE[node.op].leaf]
        self.count = len(computed)
        """Operations of one run."""
        self.work = sum(map(work, computed))
        """Scalar operations of one run."""
        self.run: Callable[..., Any] = self._reference
        if self.count <= MOST:
            self.run = self._made()

    def at(self, values: Mapping[int, Any]) -> Any:
        """`run` on values by node id; one that no target reads may be missing."""
        found: list[object] = []
        for node in self._given:
            value = values.get(node.id)
            found.append(value if value is None or node.shape else float(value))
        return self.run(*found)

    @cached_property
    def _straight(self) -> StraightLineProgram:
        return StraightLineProgram(self._targets, self._given)

    def _reference(self, *values: Any) -> Any:
        """The same by the rows' own NumPy forms, with products with a partial masked."""
        given: dict[int, Any] = {
            node.id: each if node.shape else np.float64(each)
            for node, each in zip(self._given, values, strict=True)
        }
        found = [
            float(each) if not node.shape else np.array(np.broadcast_to(each, node.shape))
            for node, each in zip(self._targets, self._straight.run(given), strict=True)
        ]
        if self._names is None:
            return found
        return found[0], dict(zip(self._names, found[1:], strict=True))

    def _made(self) -> Callable[..., object]:
        writer = Buffers(
            self._targets,
            self._given,
            self._copy,
            self._dialect.templates,
            self._dialect.emitters,
            self._dialect.plans,
        )
        results = [_named(writer, each) for each in writer.results]
        again = f"{writer.bind(self._reference, 'r')}({', '.join(writer.arguments)})"
        lines = [*writer.lines, *_check(writer, results, again)]
        lines.append(f"return {self._answer(writer, results)}")
        caught = writer.bind((ArithmeticError, ValueError), "e")
        body = ["try:", *(f"  {line}" for line in lines), f"except {caught}:", f"  return {again}"]
        run = function(body, writer.arguments, writer.bound)
        return _watched(run) if writer.numpy else run

    def _answer(self, writer: Buffers, results: Sequence[Value]) -> str:
        """The source of the results."""
        parts, given = [], set()
        for each, node in zip(results, self._targets, strict=True):
            text = writer.tensor(each, node.shape)
            own = isinstance(each, Number) or (text in writer.fresh and text not in given)
            parts.append(text if own or not self._copy else f"{text}.copy()")
            given.add(text)
        if self._names is None:
            return f"[{', '.join(parts)}]"
        keys = [writer.bind(name, "n") for name in self._names]
        pairs = (f"{key}: {part}" for key, part in zip(keys, parts[1:], strict=True))
        return f"{parts[0]}, {{{', '.join(pairs)}}}"


def _named(writer: Buffers, value: Value) -> Value:
    return writer.atom(value) if isinstance(value, Number) else value


def _check(writer: Buffers, results: Sequence[Value], again: str) -> list[str]:
    """If a result is NaN, the reference decides whether a mask makes it a 0, or spreads it."""
    if not writer.checked:
        return []
    vdot = writer.bind(np.vdot, "f", np.vdot)
    terms: dict[str, None] = {}
    for each in results:
        if isinstance(each, Number):
            terms[each.text] = None
        else:
            within = each.planned is not None and np.shares_memory(each.planned, writer.arena)
            name = writer.held(writer.arena) if within else each.name
            itself = f"{name}.dot({name})" if within else f"{vdot}({name}, {name})"
            terms[itself] = None
    total = writer.new("t")
    # Infinities of both signs come out NaN too; the reference then returns the same as here.
    return [f"{total} = {' + '.join(terms)}", f"if {total} != {total}:", f"  return {again}"]


def _watched(run: Callable[..., object]) -> Callable[..., object]:
    """The same with NumPy set to raise on non-finite values; by one thread at a time."""
    context, lock = copy_context(), Lock()
    context.run(np.seterr, over="raise", divide="raise", invalid="raise", under="ignore")

    def watched(*values: object) -> object:
        with lock:
            return context.run(run, *values)

    return watched
