"""Source for some nodes of a graph, as straight-line code: scalars as Python floats, single uses
inlined, arrays by NumPy.

A tensor whose elements are all one number (`Number`) stays that number for as long as only
elementwise operations read it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from math import isfinite
from typing import Any

import numpy as np

from backstep.evaluate.numeric import apply, compute
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape
from backstep.ops import TABLE, floats
from backstep.ops.accurate_forms import Tail, tail
from backstep.ops.row import Array

_DEEPEST = 40
"""Nesting of brackets: Python's own parser takes two hundred."""


@dataclass(frozen=True, slots=True)
class Number:
    """A Python float as source, with the depth of its brackets; 0 for a name or a numeral."""

    text: str
    depth: int = 0
    value: float | None = None
    """Its value, if it is the same in every run."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array under a name. `planned` is the object itself, if it is one kept for all runs."""

    name: str
    shape: Shape
    planned: Array | None = None


Value = Number | Tensor


@dataclass(frozen=True, slots=True)
class Form:
    """An equal form of a node that a program uses: of `tails`, or derived from one."""

    name: str
    reads: tuple[Operand, ...]
    value: Callable[..., object]
    held: Callable[..., Any] | None = None


def forms(
    targets: Sequence[Node], known: set[int], taken: Callable[[Tail], Form]
) -> tuple[list[Node], dict[int, Form]]:
    """What the targets are computed from, ascending, without the `known`; and tails, by node id.

    What only nodes replaced by a tail read is left out.
    """
    reached = known | {node.id for node in ancestors(targets, known)}
    found: dict[int, Node] = {}
    tails: dict[int, Form] = {}
    waiting = list(targets)
    while waiting:
        node = waiting.pop()
        if node.id in known or node.id in found:
            continue
        found[node.id] = node
        form = tail(node)
        if form is not None and all(each.id in reached for each in form.reads):
            tails[node.id] = taken(form)
        waiting.extend(each for each in reads(node, tails) if isinstance(each, Node))
    return [found[key] for key in sorted(found)], tails


@dataclass(frozen=True, slots=True)
class Templates:
    """The source of rows: the names it calls, for a scalar by row and by a form's name, for an
    array the same, and how a form is adapted. `masked`: products with a partial have their masks.
    """

    functions: Mapping[str, object]
    source: Callable[[Node], str | None]
    tails: Mapping[str, str]
    template: Callable[[Node], tuple[str, ...] | None]
    array_tails: Mapping[str, tuple[str, ...]]
    taken: Callable[[Tail], Form]
    masked: bool = False


def placed(form: Tail) -> Form:
    """The form for a program; a partial that is one number at a class has one that reads both."""
    if form.name == "less_its_share":
        g, p = form.reads
        while g.op == "carry":
            (g,) = g.nodes
        if g.op == "place" and len(g.shape) <= 2:
            return Form("less_its_place", (p, *g.inputs), form.value)
    return Form(form.name, form.reads, form.value, form.held)


def reads(node: Node, tails: Mapping[int, Form]) -> Sequence[Operand]:
    """The operands that a node is evaluated from."""
    form = tails.get(node.id)
    return node.inputs if form is None else form.reads


class Writer:
    """Writes the values of `targets` from those of the `given` nodes."""

    def __init__(
        self, targets: Sequence[Node], given: Sequence[Node], templates: Templates
    ) -> None:
        self.templates = templates
        self.lines: list[str] = []
        self.bound: dict[str, Any] = {}
        self.numpy = False
        """Whether anything is computed by NumPy."""
        self.checked = False
        """Whether a NaN in a result may be another number, or hide one: the reference decides."""
        self.values: dict[int, Value] = {}
        self._names: dict[object, str] = {}
        self._count = 0
        self.arguments = [self.new("a") for _ in given]
        for node, name in zip(given, self.arguments, strict=True):
            self.values[node.id] = Number(name) if not node.shape else Tensor(name, node.shape)
        self.order, self.tails = forms(targets, set(self.values), templates.taken)
        self.uses = self._counted(targets)
        less = {each.reads[0] for each in self.tails.values() if each.name == "one_less_sigmoid"}
        found = [node for node in self.order if node.op == "sigmoid" and node.id not in self.tails]
        self._both = {each.id for node in found for each in node.nodes if each in less}
        """Ids of what is read by σ and by 1 − σ."""
        self._exponentials: dict[int, tuple[Number, Number]] = {}
        """By such an id the number and exp(−|x|)."""
        self.fixed = self._constants()
        self.plan()
        for node in self.order:
            self.values[node.id] = self._written(node)
        self.results = [self.values[node.id] for node in targets]

    # Names

    def new(self, kind: str) -> str:
        """A name that is not taken."""
        self._count += 1
        return f"{kind}{self._count}"

    def bind(self, value: object, kind: str = "k", key: object = None) -> str:
        """The name of a value from outside; one name for one key."""
        if key is not None and key in self._names:
            return self._names[key]
        name = self.new(kind)
        self.bound[name] = value
        if key is not None:
            self._names[key] = name
        return name

    def line(self, text: str) -> None:
        """One more statement."""
        self.lines.append(text)

    def plan(self) -> None:
        """Prepare before anything is written."""

    def array(self, node: Node, operands: Sequence[Value]) -> Value | None:
        """A node with an array among its operands; None if it is to be called as a row."""
        return None

    # How often operands are read, and what is the same in every run

    def reads(self, node: Node) -> Sequence[Operand]:
        """The operands that a node is evaluated from."""
        return reads(node, self.tails)

    def _counted(self, targets: Sequence[Node]) -> dict[int, int]:
        found: dict[int, int] = {}
        for node in self.order:
            for operand in self.reads(node):
                if isinstance(operand, Node):
                    found[operand.id] = found.get(operand.id, 0) + 1
        for node in targets:
            found[node.id] = found.get(node.id, 0) + 1
        return found

    def _constants(self) -> dict[int, Array]:
        """Values of the nodes that are computed from no given node."""
        moving = set(self.values)
        still: list[Node] = []
        for node in self.order:
            if any(isinstance(each, Node) and each.id in moving for each in self.reads(node)):
                moving.add(node.id)
            else:
                still.append(node)
        known: dict[int, Any] = {}
        compute(still, known)
        return {node.id: np.asarray(known[node.id], dtype=np.float64) for node in still}

    # Values

    def _written(self, node: Node) -> Value:
        if node.params.get("strong") is not None and not self.templates.masked:
            self.checked = True
        fixed = self.fixed.get(node.id)
        if fixed is not None:
            return self.constant(fixed)
        form = self.tails.get(node.id)
        operands = [self.value(each) for each in self.reads(node)]
        numbers = [each for each in operands if isinstance(each, Number)]
        row = TABLE[node.op]
        # A scalar from a tensor whose elements are all one number is another: their sum.
        alone = not any(each.shape for each in self.reads(node) if isinstance(each, Node))
        spread = row.elementwise or row.transparent or (not node.shape and alone)
        if len(numbers) == len(operands) and spread:
            templates = self.templates
            template = templates.source(node) if form is None else templates.tails.get(form.name)
            if template is not None:
                return self._sigmoid(node, numbers) or self.number(node, template, numbers)
        return self.array(node, operands) or self.by_row(node, operands)

    def value(self, operand: Operand) -> Value:
        """An operand in the source."""
        if isinstance(operand, Literal):
            return self._literal(float(operand))
        return self.values[operand.id]

    def constant(self, fixed: Array) -> Value:
        """A value that is the same in every run."""
        if fixed.size and (fixed == fixed.flat[0]).all():
            return self._literal(float(fixed.flat[0]))
        fixed.setflags(write=False)
        return Tensor(self.bind(fixed), fixed.shape, fixed)

    def _literal(self, value: float) -> Number:
        if isfinite(value):
            text = repr(value)
            return Number(f"({text})" if text[0] == "-" else text, value=value)
        return Number(self.bind(value, "k", ("literal", repr(value))), value=value)

    def atom(self, number: Number) -> Number:
        """The number under a name."""
        if number.depth == 0:
            return number
        name = self.new("t")
        self.line(f"{name} = {number.text}")
        return Number(name)

    def number(self, node: Node, template: str, operands: list[Number]) -> Number:
        """A scalar by its template; assigned to a name if it is read more than once."""
        fields = []
        for place, operand in enumerate(operands):
            once = template.count(f"{{{place}}}") <= 1
            fields.append(operand if once else self.atom(operand))
        functions = self.templates.functions
        for name in _words(template):
            if name in functions:
                self.bound.setdefault(name, functions[name])
                # Python's own functions raise on non-finite results by themselves.
                self.numpy = self.numpy or self.templates.masked
        text = template.format(*(each.text for each in fields), t=self.new("t"))
        depth = 1 + max((each.depth for each in fields), default=0)
        if template == "{0}":
            return fields[0]
        found = Number(text, depth)
        return self.atom(found) if self.uses[node.id] > 1 or depth > _DEEPEST else found

    def _sigmoid(self, node: Node, operands: list[Number]) -> Number | None:
        """σ(x) or 1 − σ(x), where both are read: from one exponential."""
        form = self.tails.get(node.id)
        less = form is not None and form.name == "one_less_sigmoid"
        (x, *_) = self.reads(node)
        if not isinstance(x, Node) or x.id not in self._both or not (less or node.op == "sigmoid"):
            return None
        exponential, own, rest = floats.SIGMOID
        if x.id not in self._exponentials:
            (given,) = map(self.atom, operands)
            kept = self.number(node, exponential, [given])
            self._exponentials[x.id] = given, self.atom(kept)
        return self.number(node, rest if less else own, list(self._exponentials[x.id]))

    def tensor(self, value: Value, shape: Shape) -> str:
        """The source of a value as an array of its shape."""
        if isinstance(value, Tensor):
            return value.name
        if not shape:
            return value.text
        self.numpy = True
        full = self.bind(np.full, "f", np.full)
        return f"{full}({shape!r}, {value.text})"

    def by_row(self, node: Node, operands: Sequence[Value]) -> Value:
        """By the row's own NumPy form."""
        self.numpy = True
        row, form = TABLE[node.op], self.tails.get(node.id)
        spread = row.elementwise and all(isinstance(each, Number) for each in operands)
        arguments = [
            each.text
            if isinstance(each, Number) and row.elementwise
            else self.tensor(each, of.shape)
            for each, of in zip(operands, self.reads(node), strict=True)
        ]
        function = self.bind(_function(node, form, self.templates.masked), "r")
        called = f"{function}({', '.join(arguments)})"
        name = self.new("v")
        if spread or not node.shape:
            self.line(f"{name} = {self.bind(float, 'f', float)}({called})")
            return Number(name)
        whole = any(isinstance(each, Tensor) and each.shape == node.shape for each in operands)
        if row.elementwise and not whole:
            # A number stands for a tensor of any shape, also of a larger one than its neighbour's.
            called = f"{self.bind(np.broadcast_to, 'f', np.broadcast_to)}({called}, {node.shape!r})"
        self.line(f"{name} = {called}")
        return Tensor(name, node.shape)


@lru_cache(maxsize=4096)
def _words(template: str) -> tuple[str, ...]:
    """The words of a template, functions among them."""
    return tuple(re.findall(r"[a-z]\w*", template))


def _function(node: Node, form: Form | None, masked: bool) -> Callable[..., object]:
    """A node's value as a function of the values of its operands."""
    row = TABLE[node.op]
    if form is not None:
        return partial(_tailed, form)
    if row.check is not None:
        return partial(_checked, node)
    params = {key: each for key, each in node.params.items() if masked or key != "strong"}
    return partial(row.numpy, **params) if params else row.numpy


def _checked(node: Node, *inputs: Any) -> Any:
    return apply(node, list(inputs))


def _tailed(form: Form, *inputs: object) -> object:
    if form.held is not None and not form.held(*inputs).all():
        raise ValueError("the form has no value here; the reference takes the node's own")
    return form.value(*inputs)
