"""Layers that own their parameters: the owners, the parameters' names, and dropout masks.

A parameter belongs to the place in the text of its layer's call, and is named after the statement's
first target: `h.W`, a second layer's `h.W_2`, a pass of `layers` `h[0].W`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction

from backstep.errors import Span
from backstep.graph.node import Node, Operand
from backstep.graph.shape import Shape, ShapeError, spell
from backstep.lang.compile.definition import Draw, Leaf
from backstep.lang.compile.derivatives import DERIVED, Passes
from backstep.lang.compile.nodes import Maker
from backstep.lang.syntax.refusal import refuse

Place = tuple[Span, tuple[int, ...]]


@dataclass(slots=True)
class Layers:
    """All layers of a text; `target` and `passes` are those of the statement that is read."""

    maker: Maker
    seed: int
    target: str | None = None
    passes: list[int] = field(default_factory=list)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    masks: dict[str, Node] = field(default_factory=dict)
    _numbers: dict[str, dict[Place, int]] = field(default_factory=dict)

    @contextmanager
    def inside(self, passes: list[int]) -> Iterator[None]:
        """Add these passes of `layers` to the names of what is read inside."""
        self.passes.extend(passes)
        try:
            yield
        finally:
            del self.passes[len(self.passes) - len(passes) :]

    @property
    def base(self) -> str:
        """The prefix of the names of parameters that are built here."""
        return f"{self.target}{''.join(f'[{number}]' for number in self.passes)}"

    def number(self, span: Span) -> int:
        """The number of the layer at this place among those of its prefix, from 1."""
        places = self._numbers.setdefault(self.base, {})
        return places.setdefault((span, tuple(self.passes)), len(places) + 1)

    def parameter(self, name: str) -> Node | None:
        """The node of a layer's parameter by its full name."""
        leaf = self.leaves.get(name)
        return None if leaf is None else leaf.node


@dataclass(slots=True)
class LayerMaker:
    """Builds the nodes of one call; `layers` is None if a layer can't have parameters there."""

    maker: Maker
    span: Span
    function: str
    layers: Layers | None
    inside: str | None
    """The user's function that contains the call."""
    passes: Passes

    def __call__(self, op: str, *inputs: Operand, **params: object) -> Node:
        """A node of the layer, with the span of the call."""
        return self.maker.make(op, *inputs, span=self.span, **params)

    def own(self, name: str, shape: Shape, distribution: str) -> Node:
        """The layer's parameter; every pass of a loop over the call has the same."""
        layers = self._here()
        if min(shape, default=1) < 1:
            raise ShapeError(f"'{self.function}' would have a parameter of shape {spell(shape)}")
        number = layers.number(self.span)
        whole = f"{layers.base}.{name}" + (f"_{number}" if number > 1 else "")
        known = layers.parameter(whole)
        if known is None:
            node = self("leaf", name=whole, role="param", shape=shape)
            # A standard normal distribution; the others need no numbers.
            arguments = (Fraction(0), Fraction(1)) if distribution == "normal" else ()
            draw = Draw(distribution, arguments, shape)
            layers.leaves[whole] = Leaf(whole, "param", node, draw, self.span, False, False)
            return node
        if known.shape != shape:
            raise ShapeError(
                f"'{whole}' is {spell(known.shape)} since the loop's first pass, and this pass "
                f"needs {spell(shape)}; for a layer of its own in each pass write `in layers(n)`"
            )
        return known

    def mask(self, probability: Fraction, shape: Shape) -> Node:
        """Ones and zeros from a random stream of the call's own."""
        layers = self._here()
        place = f"{layers.base}.mask_{layers.number(self.span)}"
        node = self("mask", probability=probability, shape=shape, seed=layers.seed, place=place)
        layers.masks[place] = node
        return node

    def partial(self, y: Operand, x: Node) -> Operand:
        """The partials of a scalar, in the shape of x."""
        return self._passes().partial(y, x)

    def partials(self, y: Operand, x: Node) -> Operand:
        """The partials of every element of y: the axes of y, then those of x."""
        return self._passes().partials(y, x)

    def _passes(self) -> Passes:
        if self.layers is None:
            message = f"'{self.function}' is no constant"
            raise refuse("not_constant", message, "use it in a statement", self.span)
        if self.layers.target is None:
            message = f"'{self.function}' stands in the statements of a definition alone"
            raise refuse("derivative", message, DERIVED, self.span)
        return self.passes

    def _here(self) -> Layers:
        if self.inside is not None:
            message = f"'{self.function}' has parameters of its own, and '{self.inside}' has none"
            hint = "use the layer in a statement, or give it its parameters"
            raise refuse("layer_in_function", message, hint, self.span)
        if self.layers is None or self.layers.target is None:
            message = f"'{self.function}' is no constant"
            raise refuse("not_constant", message, "use it in a statement", self.span)
        return self.layers
