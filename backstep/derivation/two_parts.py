"""Quotients and products of which both parts depend on the variable, set as the rule is taught."""

from __future__ import annotations

from backstep.autodiff.reverse import backward
from backstep.autodiff.zoom import Edge, Vertex, unit
from backstep.derivation.formula_writer import FormulaWriter
from backstep.derivation.locals import Local
from backstep.formula.tree import Figure, Formula, Frac, Op, Pow, add, number, subtract
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.ops import TABLE
from backstep.ops.explanations import explanation_of

_LONGEST = 80
"""Characters of LaTeX past which a part is not written out in the rule."""


def by_its_parts(local: Local, pen: FormulaWriter) -> Formula | None:
    """(u′v − u v′)/v² or u′v + u v′; None where the use is neither, or a part is constant."""
    code = explanation_of(local.link.use).code
    if code not in ("quotient", "product") or not local.scalar or len(local.link.use.inputs) != 2:
        return None
    parts = local.link.use.nodes
    if len(parts) != 2 or parts[0] is parts[1]:
        return None
    written: list[Formula] = []
    for part in parts:
        slope = _slope(local, part)
        tidied = None if slope is None else pen.tidy(slope)
        if tidied is None or pen.length(tidied.shown) > _LONGEST:
            return None
        written += [pen.raw(part).shown, tidied.shown]
    return _set(code, *written)


def in_figures(local: Local, pen: FormulaWriter) -> Formula | None:
    """The same with the numbers in force."""
    if by_its_parts(local, pen) is None:
        return None
    written: list[Formula] = []
    for part in local.link.use.nodes:
        for node in (part, _slope(local, part)):
            value = pen.value(node)
            if value is None:
                return None
            written.append(Figure(value, "value"))
    return _set(explanation_of(local.link.use).code, *written)


def _set(code: str, u: Formula, du: Formula, v: Formula, dv: Formula) -> Formula:
    """The rule as lectures state it: each part stays one factor."""
    left, right = Op("multiply", (du, v)), Op("multiply", (u, dv))
    if code == "product":
        return add(left, right)
    return Frac(subtract(left, right), Pow(v, number(2)))


def parts_of(local: Local) -> list[Local]:
    """Each part of such a quotient or product with its own derivative, where one is such itself.

    What is derived by, and what is a function of it alone, needs no line.
    """
    found = []
    for part in local.link.use.nodes:
        slope = None if part is local.link.source else _slope(local, part)
        if slope is not None:
            inside = ancestors([part])
            members = tuple(each for each in local.vertex.members if each in inside)
            link = Edge(local.link.source, part, None)
            vertex = Vertex(part, members, (link,))
            found.append(Local(link, vertex, slope, slope, local.seed, None))
    nested = any(_holds_twice(each) for each in found)
    return found if nested else []


def _holds_twice(local: Local) -> bool:
    """Whether the use is a quotient or product of two parts that hold the source."""
    code = explanation_of(local.link.use).code
    parts = local.link.use.nodes
    if code not in ("quotient", "product") or len(parts) != 2:
        return False
    return all(_slope(local, part) is not None for part in parts)


def _slope(local: Local, part: Node) -> Node | None:
    """The derivative of a part inside the use; None of a tensor, and of what holds no source."""
    if part.shape != ():
        return None
    if part is local.link.source:
        return unit(local.vertex)
    inside = [each for each in local.vertex.members if each.id <= part.id]
    if part not in inside:
        return None
    return backward(part, inside, TABLE, unit(local.vertex)).adjoints.get(local.link.source.id)
