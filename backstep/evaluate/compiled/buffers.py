"""Source for arrays: buffers allocated once, views of them that cost nothing, `out=` everywhere.

Every array of a program has one buffer, and one object for each pointer, shape and strides. What
only moves elements is a view of it, built with the program (`moves`). What is joined, or scattered
into zeros, is computed in its place. Sums and products are written in `sums`, rows that read class
numbers in `softmax`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backstep.evaluate.compiled.writer import Number, Templates, Tensor, Value, Writer
from backstep.graph.node import Node
from backstep.graph.shape import Shape, size
from backstep.ops import TABLE, arrays
from backstep.ops.row import Array

FRESH = 4096
"""Elements from which on a result is computed in an array of the caller's, and not copied."""
DOTTED = 2048
"""Elements up to which a sum is a product with ones, which takes half the time to call."""
_NUMBERS = {"zero": 0.0, "one": 1.0}


Emitter = Callable[["Buffers", Node, Sequence[Value]], Value | None]


@cache
def _parsed(call: str) -> tuple[Callable[..., object], list[str]]:
    """A call of a template: NumPy's function, and the rest of it, cut at its fields."""
    head, bracket, rest = call.partition("(")
    return getattr(np, head), re.split(r"{(.+?)}", bracket + rest)


class Buffers(Writer):
    """Writes arrays too. `copy`: results are the caller's own.

    `emitters` write a node, by its row's name or its form's (`ops/accurate_forms`), from its
    operands, and return None if it is to be called as a row; `plans` are asked first.
    """

    def __init__(
        self,
        targets: Sequence[Node],
        given: Sequence[Node],
        copy: bool,
        templates: Templates,
        emitters: Mapping[str, Emitter],
        plans: Mapping[str, Callable[[Buffers, Node], None]],
    ) -> None:
        self._emitters, self._plans = emitters, plans
        self._copy = copy
        self._targets = targets
        self._homes: dict[int, Array] = {}
        """Where a node's value is to be computed: a part of another's buffer."""
        self.buffers: dict[int, Array] = {}
        self._own: dict[str, int] = {}
        """By buffer name, the node whose value alone it holds: its only reader may reuse it."""
        self.arena = np.zeros(0)
        """The buffer of results in small arrays, one after another."""
        self.fresh: set[str] = set()
        """Names of arrays that are allocated in each run."""
        self.full: dict[object, Array] = {}
        self.logs: dict[int, tuple[str, str, str]] = {}
        """By its input's id what a log_softmax leaves behind: weights, places of the largest, the
        rest.
        """
        self.turned: set[int] = set()
        """Ids of products that only their transpose reads: it is computed as the product of
        transposes.
        """
        self._kept: dict[int, str] = {}
        """By a sigmoid's node id, the name of exp(−x)."""
        self._transposes: dict[str, str] = {}
        """By the name of an array that is no buffer, that of its transpose."""
        self._scalars: dict[str, str] = {}
        """By the name of a number, that of the array without axes that holds it."""
        super().__init__(targets, given, templates)

    def plan(self) -> None:
        """Assign the places of results, and of the inputs of what is joined."""
        self._large = {
            node.id for node in self._targets if self._copy and size(node.shape) >= FRESH
        }
        self._logged = {each.id for node in self.order if node.op == "log" for each in node.nodes}
        moving = [node for node in dict.fromkeys(self._targets) if node.id not in self.fixed]
        small = [node for node in moving if node.shape and node.id not in self._large]
        self.arena = np.zeros(sum(size(node.shape) for node in small))
        start = 0
        for node in small:
            stop = start + size(node.shape)
            self._homes[node.id] = self.arena[start:stop].reshape(node.shape)
            start = stop
        for node in reversed(self.order):
            if node.id not in self.fixed and node.op in self._plans:
                self._plans[node.op](self, node)

    def join(self, node: Node, parts: Callable[[Node, Array], list[Array]]) -> None:
        """Plan a node of parts, into which its inputs are computed."""
        whole = self.buffers[node.id] = self._homes.get(node.id, np.zeros(node.shape))
        for operand, part in zip(node.inputs, parts(node, whole), strict=True):
            if isinstance(operand, Node) and operand.shape:
                self._homes.setdefault(operand.id, part)

    def called(self, function: object) -> str:
        """The name of a function."""
        return self.bind(function, "f", function)

    def held(self, array: NDArray[Any]) -> str:
        """The name of a constant array: one for each pointer, shape and strides."""
        place = array.__array_interface__["data"][0]
        return self.bind(array, "b", ("array", place, array.shape, array.strides, array.dtype.str))

    def planned(self, array: Array) -> Tensor:
        """A planned array, as a value."""
        return Tensor(self.held(array), array.shape, array)

    def buffer(self, node: Node) -> Tensor:
        """The buffer of a node's value."""
        home = self._homes.get(node.id)
        if home is None and node.id in self._large:
            name = self.new("o")
            self.line(f"{name} = {self.called(np.empty)}({node.shape!r})")
            self.fresh.add(name)
            return Tensor(name, node.shape)
        found = self.planned(np.empty(node.shape) if home is None else home)
        if home is None:
            self._own[found.name] = node.id
        return found

    def spare(self, kind: str, shape: Shape) -> str:
        """A further array, as scratch space."""
        dtype = {"w": np.float64, "m": np.bool_, "i": np.intp}[kind]
        return self.held(np.empty(shape, dtype=dtype))

    def flat(self, value: Tensor) -> Tensor | None:
        """The elements as a vector, if that is a view."""
        if value.planned is None:
            return None
        row = value.planned.reshape(-1)
        return self.planned(row) if np.shares_memory(row, value.planned) else None

    def number_array(self, value: float) -> str:
        """A number as a 0-d array."""
        key = ("number", repr(value))
        if key not in self._names:
            array = np.array(value)
            array.setflags(write=False)
            self.bind(array, "c", key)
        return self._names[key]

    def operand(self, value: Value) -> str:
        """An input of an elementwise call."""
        if isinstance(value, Tensor):
            return value.name
        if value.value is not None:
            return self.number_array(value.value)
        return self.scalar(value.text, kept=value.depth == 0)

    def scalar(self, text: str, kept: bool = False) -> str:
        """A float as an array without axes: NumPy takes 0.15 µs less for it. Once, if `kept`."""
        name = self._scalars.get(text)
        if name is None:
            name = self.held(np.empty(()))
            self.line(f"{name}[()] = {text}")
            if kept:
                self._scalars[text] = name
        return name

    def whole(self, value: Value, shape: Shape) -> Tensor:
        """A value as an array of its shape."""
        if isinstance(value, Tensor):
            return value
        if value.value is not None:
            key = ("full", repr(value.value), shape)
            if key not in self.full:
                self.full[key] = np.full(shape, value.value)
                self.full[key].setflags(write=False)
            return self.planned(self.full[key])
        found = self.planned(np.empty(shape))
        self.line(f"{found.name}.fill({value.text})")
        return found

    def array(self, node: Node, operands: Sequence[Value]) -> Value | None:
        """A node with an array among its operands; None if it is to be called as a row."""
        self.numpy = True
        if 0 in node.shape:
            return None
        form = self.tails.get(node.id)
        if form is not None and form.name in self.templates.array_tails:
            kept = self._kept.get(node.nodes[0].id) if form.name == "one_less_sigmoid" else None
            if kept is not None:
                u = self.values[node.nodes[0].id]
                return self._calls(node, (f"multiply({kept}, {{0}}, {{o}})",), [u])
            return self._calls(node, self.templates.array_tails[form.name], operands)
        row = TABLE[node.op]
        if form is None and row.elementwise and node.shape:
            if row.transparent and len(operands) == 1:
                return operands[0]
            found = self.templates.template(node)
            if found is None:
                return None
            self.checked = self.checked or arrays.hides_nan(node)
            return self._calls(node, found, operands)
        emit = self._emitters.get(node.op if form is None else form.name)
        return None if emit is None else emit(self, node, operands)

    def _calls(self, node: Node, calls: tuple[str, ...], operands: Sequence[Value]) -> Tensor:
        if node.op == "log_slope" and node.nodes[0].id in self._logged:
            # What `sqrt` looks for, the logarithm has found.
            calls = calls[1:]
        out = self._taken(node, operands) if len(calls) == 1 else None
        out = self.buffer(node) if out is None else out
        names: dict[str, str] = {"o": out.name}
        if node.op == "sigmoid" and node.id not in self.tails:
            names["w"] = self._kept[node.id] = self.spare("w", node.shape)

        def field(key: str) -> str:
            if key.isdigit():
                return self.operand(operands[int(key)])
            if key in ("w", "m"):
                names.setdefault(key, self.spare(key, node.shape))
            if key in names:
                return names[key]
            return self.number_array(_NUMBERS[key] if key in _NUMBERS else float(key))

        for call in calls:
            function, parts = _parsed(call)
            # What stands at odd places is the name of a field.
            texts = [field(part) if place % 2 else part for place, part in enumerate(parts)]
            self.line(f"{self.called(function)}{''.join(texts)}")
        return out

    def _taken(self, node: Node, operands: Sequence[Value]) -> Tensor | None:
        """An input's buffer, if nothing else reads it."""
        if node.id in self._homes or node.id in self._large:
            return None
        for operand, value in zip(self.reads(node), operands, strict=True):
            if (
                isinstance(operand, Node)
                and isinstance(value, Tensor)
                and self._own.get(value.name) == operand.id
                and self.uses[operand.id] == 1
                and operand.shape == node.shape
            ):
                return value
        return None

    def read(self, node: Node, text: str) -> Number:
        """A scalar that is read from an array."""
        found = Number(text, 1)
        return self.atom(found) if self.uses[node.id] > 1 else found

    def put(self, value: Value, part: Array) -> None:
        """Copy a value to its part of a buffer, unless it is there already."""
        if isinstance(value, Number):
            name = self.held(part)
            self.line(f"{name}.fill({value.text})" if part.shape else f"{name}[()] = {value.text}")
        elif self.held(part) != value.name:
            self.line(f"{self.called(np.copyto)}({self.held(part)}, {value.name})")

    def ones(self, length: int) -> str:
        """The name of a vector of ones."""
        key = ("ones", length)
        if key not in self._names:
            self.bind(np.ones(length), "c", key)
        return self._names[key]

    def total(self, value: Tensor) -> str:
        """The sum of all elements, as a float."""
        row = self.flat(value)
        to_float = self.called(float)
        if row is not None and size(value.shape) <= DOTTED:
            return f"{to_float}({self.ones(size(value.shape))}.dot({row.name}))"
        name = value.name if row is None else row.name
        return f"{to_float}({self.called(np.add.reduce)}({name}, None))"

    def dot(self, left: str, right: str, out: Tensor) -> None:
        """A product of vectors and matrices: `dot` takes half the time of `matmul`, and as a method
        a third less than as a function.
        """
        if out.planned is None or out.planned.flags.c_contiguous:
            self.line(f"{left}.dot({right}, {out.name})")
        else:
            self.line(f"{self.called(np.matmul)}({left}, {right}, {out.name})")

    def transposed(self, value: Tensor) -> str:
        """The name of a matrix's transpose, or of a vector itself."""
        if value.planned is not None:
            return self.held(value.planned.T)
        if value.name not in self._transposes:
            name = self.new("v")
            self.line(f"{name} = {value.name}.T")
            self._transposes |= {value.name: name, name: value.name}
        return self._transposes[value.name]

    def column(self, value: Tensor) -> str:
        """The name of a vector as a matrix of one column."""
        if value.planned is not None:
            return self.held(value.planned[:, np.newaxis])
        return self._reshaped(value.name, (-1, 1))

    def line_of(self, value: Tensor) -> str:
        """The name of a vector as a matrix of one row."""
        if value.planned is not None:
            return self.held(value.planned[np.newaxis])
        return self._reshaped(value.name, (1, -1))

    def _reshaped(self, array: str, shape: tuple[int, int]) -> str:
        name = self.new("v")
        self.line(f"{name} = {array}.reshape({shape!r})")
        return name
