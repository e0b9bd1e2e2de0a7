"""Trees to be drawn at random, of fitting shapes, and what their symbols are worth. No checks."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from backstep.formula.operations import applied, as_literal
from backstep.formula.tree import Formula, Neg, Sym, number
from backstep.graph.shape import Shape

VECTOR, MATRIX = (3,), (2, 3)
NAMES = {
    symbol.name: symbol
    for symbol in (
        Sym("x", "input", 0),
        Sym("a_1", "param", 1),
        Sym("lambda", "const", 2),
        Sym("h", "value", 3, (), 2, True),
        Sym("u", "input", 4, VECTOR),
        Sym("what", "target", 5, VECTOR),
        Sym("W", "param", 6, MATRIX),
        Sym("M__o", "param", 7, MATRIX),
        Sym("Q", "param", 8, (3, 3)),
        Sym("k", "input", 9),
    )
}
_BY_SHAPE: dict[Shape, list[Sym]] = {
    shape: [symbol for symbol in NAMES.values() if symbol.size == shape]
    for shape in ((), VECTOR, MATRIX, (3, 3))
}
_UNARY = ("exp", "log", "sqrt", "abs", "tanh", "sigmoid", "relu", "sin", "square", "softplus")
_BINARY = ("add", "subtract", "multiply", "divide", "maximum")
_NUMBERS = [number(2), number(3), number(Fraction(1, 2)), number(Fraction(3, 10)), number(7, "7.0")]


def _leaf(shape: tuple[int, ...]) -> st.SearchStrategy[Formula]:
    named: st.SearchStrategy[Formula] = st.sampled_from(_BY_SHAPE[shape])
    return st.one_of(named, st.sampled_from(_NUMBERS)) if shape == () else named


def _met(op: str, left: Formula, right: Formula) -> Formula:
    """An operation on two; written numbers that meet would be worked out while they are read."""
    if as_literal(left) is not None and as_literal(right) is not None:
        left = NAMES["x"]
    return applied(op, left, right)


@st.composite
def formulas(draw: st.DrawFn, shape: tuple[int, ...] | None = None, deep: int = 3) -> Formula:
    """A formula of a shape, one of the four where none is given."""
    if shape is None:
        shape = draw(st.sampled_from(list(_BY_SHAPE)))
    if deep == 0:
        return draw(_leaf(shape))
    below = formulas(shape, deep - 1)
    kinds = ["leaf", "unary", "binary", "binary", "negate", "power", "scaled", "where"]
    kinds += {
        (): ["sum", "dot", "pick", "index"],
        VECTOR: ["matmul", "axis"],
        MATRIX: ["product"],
    }.get(shape, ["outer", "transpose"])
    match draw(st.sampled_from(kinds)):
        case "unary":
            inside = draw(below)
            return applied(
                draw(st.sampled_from(_UNARY)), NAMES["x"] if as_literal(inside) else inside
            )
        case "binary":
            return _met(draw(st.sampled_from(_BINARY)), draw(below), draw(below))
        case "negate":
            inside = draw(below)
            # A number's second sign would be worked out while it is read.
            return inside if isinstance(inside, Neg) else Neg(inside)
        case "power":
            return _met("power", draw(below), draw(st.sampled_from(_NUMBERS)))
        case "scaled":
            return _met("multiply", draw(formulas((), deep - 1)), draw(below))
        case "where":
            condition = applied("less", draw(below), draw(below))
            return applied("where", condition, draw(below), draw(below))
        case "sum":
            return applied("sum", draw(formulas(VECTOR, deep - 1)))
        case "dot":
            inner = formulas(VECTOR, deep - 1)
            return applied("dot", draw(inner), draw(inner))
        case "pick":
            return applied("pick", draw(formulas(VECTOR, deep - 1)), NAMES["k"])
        case "index":
            return applied(
                "index", draw(formulas(VECTOR, deep - 1)), key=(draw(st.integers(0, 2)),)
            )
        case "matmul":
            return applied("matmul", draw(formulas((3, 3), deep - 1)), draw(below))
        case "axis":
            return applied("sum", draw(formulas(MATRIX, deep - 1)), axis=0)
        case "product":
            return applied("matmul", draw(below), draw(formulas((3, 3), deep - 1)))
        case "outer":
            inner = formulas(VECTOR, deep - 1)
            return applied("outer", draw(inner), draw(inner))
        case "transpose":
            return applied("transpose", draw(below))
    return draw(_leaf(shape))
