"""`grad(y, x)` and `jacobian(y, x)` in a definition: the backward pass that they are, as its nodes.

What is added are operations like any other, so whatever reads a definition reads these too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

from backstep.autodiff.nested_gradients import Inside
from backstep.autodiff.paths import on_the_way
from backstep.errors import Diagnostic, Span
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError, size
from backstep.lang.compile.nodes import Budget, Maker, limit_error, placed
from backstep.lang.compile.scope import Scope
from backstep.limits import LIMITS
from backstep.records import record

DERIVED = "derivatives are worked out, not written"
"""The hint where a derivative is written and no graph is there that it could be taken on."""
_LONGEST_CALL = 60
_ZERO = Literal(Fraction(0))


@record(frozen=True, slots=True)
class Passes:
    """The backward passes of one call, at its place in the text."""

    maker: Maker
    budget: Budget
    scope: Scope
    span: Span

    def partial(self, y: Operand, x: Node) -> Operand:
        """The partials of a scalar, in the shape of x. Raises StatementError, LimitError."""
        inside = self._inside(y, x, 1)
        found = None if inside is None else self._added(inside, None)
        return self._zeros(inside, x.shape) if found is None else found

    def partials(self, y: Operand, x: Node) -> Operand:
        """The partials of every element of y: the axes of y, then those of x.

        One pass an element. Raises ShapeError if y has none, StatementError, LimitError.
        """
        if not y.shape:
            return self.partial(y, x)
        count = size(y.shape)
        if count == 0:
            raise ShapeError("'jacobian' needs a value with elements")
        self._admit("tensor_elements", "numbers of a Jacobian", count * size(x.shape))
        inside = self._inside(y, x, count)
        rows = (
            []
            if inside is None
            else [self._added(inside, at) for at in product(*map(range, y.shape))]
        )
        whole = (*y.shape, *x.shape)
        if not any(row is not None for row in rows):
            return self._zeros(inside, whole)
        nothing: Operand = _ZERO
        if x.shape and None in rows:
            nothing = self._add("zeros", shape=x.shape)
        made = self._add("stack", *(nothing if row is None else row for row in rows))
        return made if made.shape == whole else self._add("reshape", made, shape=whole)

    def _inside(self, y: Operand, x: Node, passes: int) -> Inside | None:
        """The passes back from y; None if x does not lead to it."""
        path = on_the_way(x.graph.nodes, x, y) if isinstance(y, Node) else []
        self._admit("forward_nodes", "operations of a Jacobian", passes * len(path))
        for _ in range(passes * len(path)):
            self.budget.spend(self.span)
        return Inside(path) if path else None

    def _admit(self, code: str, what: str, measured: int) -> None:
        allowed = getattr(LIMITS, code)
        if measured > allowed:
            raise limit_error(code, what, measured, allowed, self.span)

    def _added(self, inside: Inside, at: tuple[int, ...] | None) -> Node | None:
        """One partial with what it is computed by, as nodes of the definition."""
        with placed(self.span):
            found = inside.partial(at)
            return None if found is None else inside.added(found, self._adopt)

    def _adopt(self, node: Node, inputs: tuple[Operand, ...], partial: bool) -> Node:
        assert self.maker.graph is not None
        return self.maker.graph.adopt(node, inputs, partial, self.span)

    def _add(self, op: str, *inputs: Operand, **params: object) -> Node:
        return self.maker.make(op, *inputs, span=self.span, **params)

    def _zeros(self, inside: Inside | None, shape: Shape) -> Operand:
        """Zeros, with a warning that says why."""
        said = self.maker.text.quote(self.span, _LONGEST_CALL) or "this derivative"
        message = f"{said} is 0 everywhere: the first does not depend on the second"
        hint: str | None = "differentiate by a name that the value is computed from"
        if inside is not None:
            reasons: Sequence[str] = inside.reasons
            message = f"{said} is 0 everywhere: no partial comes back on the way"
            hint = reasons[0] if reasons else None
        self.scope.doubt(Diagnostic("zero_derivative", message, hint, self.span))
        return self._add("zeros", shape=shape) if shape else _ZERO
