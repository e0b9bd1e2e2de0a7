"""How a tidy formula is written: sums, products and matrix products, flat, as text or as LaTeX.

All else is written by its row's notation, or as the spellings say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backstep.clock import heed
from backstep.formula.latex import LATEX, TEXT, Printed
from backstep.formula.spelling import COMPARISONS, LATEXES, is_choice
from backstep.graph.node import Literal, Node, Operand, literal
from backstep.graph.shape import Shape
from backstep.lang.spelling import TEXTS, number_text
from backstep.ops import TABLE
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM

_LONGEST_DENOMINATOR = 10**6
_RUNS_IN = re.compile(r"\d|\\frac")


@dataclass(frozen=True, slots=True)
class Style:
    """What symbols look like, and whether LaTeX is written."""

    symbol: Callable[[Node], Printed]
    latex: bool


class Writer:
    """Writes one formula in one style, from its symbols up."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._done: dict[int, Printed] = {}

    def write(self, operand: Operand) -> str:
        """The whole formula."""
        open_nodes = [operand]
        while open_nodes:
            part = open_nodes[-1]
            if isinstance(part, Literal) or part.id in self._done:
                open_nodes.pop()
                continue
            reads = self._factors(part) if part.op == "multiply" else part.nodes
            missing = [
                each for each in reads if isinstance(each, Node) and each.id not in self._done
            ]
            if missing:
                open_nodes.extend(missing)
                continue
            heed()
            self._done[part.id] = self._node(part)
        return self._of(operand).text

    def _of(self, operand: Operand) -> Printed:
        if not isinstance(operand, Literal):
            return self._done[operand.id]
        if self._style.latex:
            return LATEX.number(operand)
        if operand.symbol is None and operand.value.denominator > _LONGEST_DENOMINATOR:
            return TEXT.number(operand)
        return Printed(*number_text(operand))

    def _at(self, operand: Operand, level: int) -> str:
        """The operand where it must bind at least so tightly."""
        printed = self._of(operand)
        return printed.text if printed.precedence >= level else self._bracketed(printed.text)

    def _bracketed(self, text: str) -> str:
        return rf"\left({text}\right)" if self._style.latex else f"({text})"

    def _node(self, node: Node) -> Printed:
        if node.op == "leaf":
            return self._style.symbol(node)
        known = _WRITTEN.get(node.op)
        if known is not None:
            return known(self, node)
        if node.op in COMPARISONS:
            condition = self._condition(node)
            if self._style.latex:
                return Printed(rf"\mathbf{{1}}\left[{condition}\right]", ATOM)
            return Printed(f"where({condition}, 1, 0)", ATOM)
        if node.op == "reshape" and self._style.latex and _same_axes(node):
            return self._of(node.inputs[0])
        special = (LATEXES if self._style.latex else TEXTS).get(node.op)
        if special is not None:
            return Printed(*special(node, [self._of(each).text for each in node.inputs]))
        return self._by_row(node)

    def _by_row(self, node: Node) -> Printed:
        notation = TABLE[node.op].notation
        levels, precedence, write = notation.operands, notation.precedence, notation.text
        if self._style.latex:
            levels = notation.latex_operands or levels
            given = notation.latex_precedence
            precedence, write = precedence if given is None else given, notation.latex
        inputs = [
            self._at(each, levels[min(place, len(levels) - 1)])
            for place, each in enumerate(node.inputs)
        ]
        return Printed(write(*inputs, **node.params), precedence)

    def _sum(self, node: Node) -> Printed:
        left, right = node.inputs
        sign = " + " if node.op == "add" else " - "
        if self._style.latex:
            # A product element by element, loose as it binds, stands in a sum as it is.
            level = SUM if _is(right, "multiply") else PRODUCT
            first, second = self._widened(left, node.shape, SUM), right
            return Printed(first + sign + self._widened(second, node.shape, level), SUM)
        return Printed(self._at(left, SUM) + sign + self._at(right, PRODUCT), SUM)

    def _negative(self, node: Node) -> Printed:
        return Printed("-" + self._at(node.inputs[0], PRODUCT), SUM)

    def _factors(self, node: Node) -> list[Operand]:
        found: list[Operand] = []
        part: Operand = node
        while isinstance(part, Node) and part.op == "multiply":
            part, last = part.inputs
            found.append(last)
        found.append(part)
        return found[::-1]

    def _product(self, node: Node) -> Printed:
        factors = self._factors(node)
        if not self._style.latex:
            first = self._at(factors[0], PRODUCT if isinstance(factors[0], Literal) else POWER)
            return Printed("*".join([first, *(self._at(f, POWER) for f in factors[1:])]), PRODUCT)
        scalars = [each for each in factors if not each.shape]
        tensors = [each for each in factors if each.shape]
        text = _beside(
            *(self._at(each, SIGN if isinstance(each, Literal) else POWER) for each in scalars)
        )
        if len(tensors) == 1:
            level = PRODUCT if _is(tensors[0], "matmul", "outer") else POWER
            return Printed(_beside(text, self._at(tensors[0], level)), PRODUCT)
        if not tensors:
            return Printed(text, PRODUCT)
        together = r" \odot ".join(self._widened(each, node.shape, POWER) for each in tensors)
        if text:
            return Printed(_beside(text, self._bracketed(together)), PRODUCT)
        return Printed(together, SUM)

    def _widened(self, operand: Operand, shape: Shape, level: int) -> str:
        """An operand element by element; a value a row is a column times a row of ones."""
        if len(shape) == 2 and _is(operand, "reshape") and operand.shape == (shape[0], 1):
            assert isinstance(operand, Node)
            (inner,) = operand.inputs
            if len(inner.shape) == 1 and shape[1] != 1:
                column = rf"{self._at(inner, POWER)} \, \mathbf{{1}}^{{\top}}"
                return column if level <= PRODUCT else self._bracketed(column)
        return self._at(operand, level)

    def _quotient(self, node: Node) -> Printed:
        top, bottom = node.inputs
        if self._style.latex:
            over, under = (self._widened(each, node.shape, COMPARISON) for each in (top, bottom))
            # Its line holds a fraction together: only what is raised at it needs brackets.
            return Printed(rf"\frac{{{over}}}{{{under}}}", POWER)
        return Printed(f"{self._at(top, PRODUCT)} / {self._at(bottom, POWER)}", PRODUCT)

    def _matmul(self, node: Node) -> Printed:
        left, right = node.inputs
        if self._style.latex:
            levels = [PRODUCT if _is(each, "matmul", "outer") else POWER for each in (left, right)]
            text = rf"{self._at(left, levels[0])} \, {self._at(right, levels[1])}"
            return Printed(text, PRODUCT)
        level = PRODUCT if _is(left, "matmul") else POWER
        return Printed(f"{self._at(left, level)} @ {self._at(right, POWER)}", PRODUCT)

    def _outer(self, node: Node) -> Printed:
        left, right = node.inputs
        if not self._style.latex:
            return Printed(f"outer({self._of(left).text}, {self._of(right).text})", ATOM)
        level = PRODUCT if _is(left, "matmul") else POWER
        return Printed(rf"{self._at(left, level)} \, {self._at(right, ATOM)}^{{\top}}", PRODUCT)

    def _where(self, node: Node) -> Printed:
        condition, *values = node.inputs
        if node.op == "guard" and self._style.latex:
            return self._of(values[0])
        if node.op == "guard":
            values = [*values, literal(0)]
        said = [self._condition(condition), *(self._of(each).text for each in values)]
        if self._style.latex:
            return Printed(rf"\operatorname{{where}}\left({', '.join(said)}\right)", ATOM)
        return Printed(f"where({', '.join(said)})", ATOM)

    def _condition(self, operand: Operand) -> str:
        """A comparison as it stands in `where`."""
        if not is_choice(operand):
            sign = r"\ne" if self._style.latex else "!="
            return f"{self._at(operand, SUM)} {sign} 0"
        assert isinstance(operand, Node)
        sign = COMPARISONS[operand.op][self._style.latex]
        left, right = operand.inputs
        return f"{self._at(left, SUM)} {sign} {self._at(right, SUM)}"


_WRITTEN: Mapping[str, Callable[[Writer, Node], Printed]] = {
    "add": Writer._sum,
    "subtract": Writer._sum,
    "negate": Writer._negative,
    "multiply": Writer._product,
    "divide": Writer._quotient,
    "matmul": Writer._matmul,
    "outer": Writer._outer,
    "where": Writer._where,
    "guard": Writer._where,
}
"""Operations that are written in ways of their own."""


def _is(operand: Operand, *ops: str) -> bool:
    return isinstance(operand, Node) and operand.op in ops


def _same_axes(node: Node) -> bool:
    """Whether a new shape differs by axes of length 1 alone, which formulas pass over."""
    before, after = ([n for n in shape if n != 1] for shape in (node.inputs[0].shape, node.shape))
    return before == after


def _beside(*factors: str) -> str:
    """Factors side by side; a digit would run into what stands left of it."""
    given = [factor for factor in factors if factor]
    return "".join(
        factor if not place else (r" \cdot " if _RUNS_IN.match(factor) else r" \, ") + factor
        for place, factor in enumerate(given)
    )
