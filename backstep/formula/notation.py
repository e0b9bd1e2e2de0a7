"""How each kind of formula is typeset: its boxes and its brackets, for every printer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from backstep.clock import heed
from backstep.formula import convolutions
from backstep.formula.box_parts import (
    COLOURS,
    MINUS,
    WIDE,
    Set,
    axis_below,
    beside,
    bracketed,
    column,
    decimal,
    derived_colour,
    figure_box,
    head,
    indexed,
    is_matrix_product,
    number_box,
    same_axes,
    shape_box,
    side,
)
from backstep.formula.boxes import (
    Accent,
    Atom,
    Below,
    Box,
    Fence,
    Group,
    Marked,
    Over,
    Root,
    Scripts,
    Table,
    Tagged,
    raised,
    row,
    uncoloured,
)
from backstep.formula.names import COMMA, digits, name
from backstep.formula.operations import COMPARISONS
from backstep.formula.shapes import shape_of
from backstep.formula.table import (
    ATOM,
    COMPARISON,
    OPERATORS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    TERM,
    brackets,
    function,
)
from backstep.formula.text import place
from backstep.formula.tree import (
    INFINITY,
    ONE,
    At,
    Big,
    Call,
    Cases,
    Deriv,
    Figure,
    Formula,
    Frac,
    Mark,
    Mat,
    Neg,
    Num,
    Op,
    Pow,
    Sym,
    walk,
)
from backstep.graph.shape import Shape

_ODOT = Atom(r" \odot ", "⊙", "sign")
_TOP = Atom(r"\top", "⊤", "sign")
_STAR, _ASTERISK = Atom(r"\star", "⋆", "sign"), Atom(r"\ast", "∗", "sign")
_SPACE = Atom(" ", "", "space")
_LIST = Atom(", ", ",", "sign")
_PARTIAL = Atom(r"\partial ", "∂", "sign")
_JOINED = {"and": Atom(r" \wedge ", "∧", "sign"), "or": Atom(r" \vee ", "∨", "sign")}
"""Conditions that hold together, and of which one does."""
_ONES = Atom(r"\mathbf{1}", "1", "word", "bold")
_ZEROS = Atom(r"\mathbf{0}", "0", "word", "bold")
_OPENING, _CLOSING = Atom("(", "(", "sign"), Atom(")", ")", "sign")


def boxed(formula: Formula, shapes: bool = False, names: Collection[str] = ()) -> Box:
    """The formula as boxes; `shapes` puts the shape below each symbol of a tensor.

    `names` are those of the definition, as Setter has them.
    """
    return Setter(shapes, names).boxed(formula)


class Setter:
    """Sets formulas; a part of several is set once.

    `names` are those of a definition: where one of them is e or I, what else is written by that
    letter is written otherwise.
    """

    def __init__(self, shapes: bool = False, names: Collection[str] = ()) -> None:
        self._shapes = shapes
        self._names = names
        self._done: dict[Formula, Set] = {}
        self._figured: set[Formula] = set()
        """What holds figures: a product of those wants its sign."""

    def boxed(self, formula: Formula) -> Box:
        """The formula's box."""
        for part in walk(formula, self._done):
            heed()
            if isinstance(part, Figure) or not self._figured.isdisjoint(part.parts):
                self._figured.add(part)
            self._done[part] = self._part(part)
        return self._done[formula][0]

    def condition(self, formula: Formula) -> Box:
        """A comparison, or several joined, without the brackets that it has as a number."""
        self.boxed(formula)
        return self._condition(formula)

    def binds(self, formula: Formula) -> int:
        """How tightly a formula binds that was set."""
        return self._done[formula][1]

    def _of(self, formula: Formula) -> Box:
        return self._done[formula][0]

    def _at(self, formula: Formula, needed: int) -> Box:
        """The formula where it must bind at least so tightly."""
        box, binds = self._done[formula]
        return bracketed(box) if brackets(binds, needed) else box

    def _part(self, part: Formula) -> Set:
        match part:
            case Num():
                return number_box(part)
            case Figure():
                return figure_box(part)
            case Sym():
                return self._symbol(part)
            case Neg(arg):
                # Where a sum over elements ends is seen from the next sign.
                return row(MINUS, self._at(arg, TERM)), OPERATORS["negate"].level
            case Op("add"):
                return self._sum(part)
            case Op("multiply"):
                return self._product(part)
            case Op("matmul", args):
                return self._beside_matrices(args)
            case Op():
                return self._indicator(part)
            case Frac(top, bottom):
                shape = shape_of(part)
                over = self._widened(top, shape, COMPARISON)
                # Its bar holds a fraction together: only what is raised at it needs brackets.
                return Over(over, self._widened(bottom, shape, COMPARISON)), POWER
            case Pow(base, exponent):
                return raised(self._at(base, ATOM), self._of(exponent)), POWER
            case Call():
                return self._call(part)
            case At():
                return self._element(part)
            case Deriv():
                return self._derivative(part)
            case Big():
                return self._big(part)
            case Cases(rows):
                # A brace on the left alone holds nothing together.
                return self._cases(rows), COMPARISON
            case Mat(items):
                return Fence("[", self._list(items), "]"), ATOM
            case Mark(kind, inner):
                box, binds = self._done[inner]
                return Marked(box, kind), binds
        raise TypeError(type(part).__name__)

    def _symbol(self, symbol: Sym) -> Set:
        if symbol is INFINITY:
            return Atom(r"\infty", "∞", "sign"), ATOM
        box = name(symbol.name, symbol.version) if symbol.of is None else _with_other(symbol)
        above = any(isinstance(each, Scripts) and each.raised is not None for each in side(box))
        box = Tagged(box, symbol.node, COLOURS.get(symbol.role))
        if self._shapes and symbol.size:
            return Below(box, shape_box(symbol.size)), ATOM
        # A name with a raised part needs brackets before it is raised again.
        return box, POWER if above else ATOM

    def _sum(self, part: Op) -> Set:
        """Terms; a product element by element, loose as it binds, stands in a sum as it is."""
        plus, minus = OPERATORS["add"], OPERATORS["subtract"]
        shape = shape_of(part)
        # What begins a path keeps its sign.
        level = COMPARISON if isinstance(part.args[0], Mark) else plus.first
        found = [self._widened(part.args[0], shape, level)]
        for each in part.args[1:]:
            sign, term = (minus, each.arg) if isinstance(each, Neg) else (plus, each)
            level = SUM if isinstance(term, Op) and term.op == "multiply" else sign.further
            found += [Atom(sign.latex, sign.char, "sign"), self._widened(term, shape, level)]
        return row(*found), plus.level

    def _product(self, part: Op) -> Set:
        """Numbers in front, then the tensors: with ⊙ between them where they are several."""
        if any(isinstance(each, Mark) for each in part.args):
            return self._chain(part.args)
        scalars = [each for each in part.args if not shape_of(each)]
        tensors = [each for each in part.args if shape_of(each)]
        in_front = [self._at(each, POWER) for each in scalars]
        dots = part in self._figured
        if not tensors:
            return beside(*in_front, dots=dots), PRODUCT
        if len(tensors) == 1:
            (tensor,) = tensors
            level = PRODUCT if is_matrix_product(tensor) else POWER
            return beside(*in_front, self._at(tensor, level), dots=dots), PRODUCT
        row_of = OPERATORS["elementwise"]
        shape = shape_of(part)
        together: list[Box] = []
        for each in tensors:
            together += [
                *([_ODOT] if together else []),
                self._widened(each, shape, row_of.further),
            ]
        if in_front:
            return beside(*in_front, bracketed(row(*together))), PRODUCT
        return row(*together), row_of.level

    def _chain(self, factors: tuple[Formula, ...]) -> Set:
        """Factors of the chain rule; a figure in front keeps its sign, and all binds as it does."""
        first, *others = factors
        box, binds = self._done[first]
        figure = isinstance(first, Mark) and isinstance(first.inner, Figure)
        start = box if figure else self._at(first, PRODUCT)
        further = [self._at(each, PRODUCT) for each in others]
        level = SUM if figure and binds < SUM else PRODUCT
        return beside(start, *further, dots=True), level

    def _beside_matrices(self, args: tuple[Formula, ...]) -> Set:
        if len(args) == 2 and all(len(shape_of(each)) == 1 for each in args):
            # Side by side two vectors may be either product.
            turned = raised(self._at(args[0], ATOM), _TOP)
            return row(turned, WIDE, self._at(args[1], POWER)), PRODUCT
        found: list[Box] = []
        for each in args:
            level = PRODUCT if is_matrix_product(each) else POWER
            found += [*([WIDE] if found else []), self._at(each, level)]
        return row(*found), PRODUCT

    def _widened(self, formula: Formula, shape: Shape, level: int) -> Box:
        """An operand element by element; a value a row is a column times a row of ones."""
        found = column(formula, shape)
        if found is not None:
            scalars, inside = found
            factors = [self._at(each, POWER) for each in (*scalars, inside)]
            box = beside(*factors, Scripts(_ONES, None, _TOP))
            return bracketed(box) if brackets(PRODUCT, level) else box
        return self._at(formula, level)

    def _indicator(self, part: Op) -> Set:
        return row(_ONES, Fence("[", self._condition(part), "]")), ATOM

    def _condition(self, formula: Formula) -> Box:
        """A condition as it stands in a choice."""
        if isinstance(formula, Op) and formula.op in _JOINED:
            return self._joined_conditions(formula)
        if isinstance(formula, Op) and formula.op in COMPARISONS:
            sign = OPERATORS[formula.op]
            left, right = formula.args
            between = Atom(sign.latex, sign.char, "sign")
            return row(self._at(left, sign.first), between, self._at(right, sign.further))
        if isinstance(formula, Sym) and formula.role == "condition":
            return self._of(formula)
        sign = OPERATORS["not_equal"]
        zero = Atom("0", "0", "number")
        return row(self._at(formula, SUM), Atom(sign.latex, sign.char, "sign"), zero)

    def _joined_conditions(self, formula: Op) -> Box:
        found: list[Box] = []
        for each in formula.args:
            inner = self._condition(each)
            nested = isinstance(each, Op) and each.op in _JOINED
            found += [*([_JOINED[formula.op]] if found else [])]
            found.append(bracketed(inner) if nested else inner)
        return row(*found)

    def _list(self, items: tuple[Formula, ...]) -> Box:
        return _listed([self._of(each) for each in items])

    def _cases(self, rows: tuple[tuple[Formula, Formula | None], ...]) -> Box:
        lines: list[tuple[Box, ...]] = []
        for value, condition in rows:
            if condition is None:
                when: Box = Atom(r"\text{otherwise}", "otherwise", "text")
            else:
                space = Atom(r"\: ", "0.222em", "space")
                when = row(Atom(r"\text{for}", "for", "text"), space, self._condition(condition))
            lines.append((self._of(value), when))
        return Table("cases", tuple(lines))

    def _element(self, part: At) -> Set:
        """x₀ as elements are written; what has an index of its own keeps brackets: W₁[0,2]."""
        base = self._at(part.value, ATOM)
        places: list[Box] = []
        for each in part.key:
            places += [*([COMMA] if places else []), self._place(each)]
        if indexed(base):
            opening, closing = Atom("[", "[", "sign"), Atom("]", "]", "sign")
            return row(base, opening, *places, closing), ATOM
        return Scripts(base, row(*places)), ATOM

    def _place(self, each: object) -> Box:
        if isinstance(each, Formula):
            return self._of(each)
        return digits(place(each))

    def _derivative(self, part: Deriv) -> Set:
        top = _PARTIAL if part.top is None else row(_PARTIAL, self._whole(part.top))
        if part.top is None:
            top = Atom(r"\partial", "∂", "sign")
        box: Box = Over(top, row(_PARTIAL, self._whole(part.bottom)))
        if part.top is not None:
            box = Tagged(uncoloured(box), None, derived_colour(part))
        if part.along is not None:
            way = (
                Atom(rf"\text{{{part.along}}}", part.along, "text")
                if isinstance(part.along, str)
                else self._of(part.along)
            )
            box = Scripts(Fence(".", box, "|"), way)
        if part.at is not None:
            return row(box, Atom(" ", "", "space"), bracketed(self._of(part.at))), PRODUCT
        return box, POWER

    def _whole(self, formula: Formula) -> Box:
        """What stands behind ∂: a symbol or an element, or anything else in brackets."""
        box = self._of(formula)
        symbol = formula.value if isinstance(formula, At) else formula
        return box if isinstance(symbol, Sym) else row(_OPENING, box, _CLOSING)

    def _big(self, part: Big) -> Set:
        latex, char = (r"\sum", "∑") if part.op == "sum" else (r"\prod", "∏")
        sign: Box = Atom(latex, char, "sign")
        below = None if part.index is None else self._of(part.index)
        if part.low is not None and below is not None:
            below = row(below, Atom("=", "=", "sign"), self._of(part.low))
        above = None if part.high is None else self._of(part.high)
        if below is not None or above is not None:
            sign = Scripts(sign, below, above, under=True)
        return row(sign, Atom(" ", "", "space"), self._at(part.body, PRODUCT)), TERM

    def _call(self, part: Call) -> Set:
        special = _SPECIAL.get(part.name)
        if special is not None:
            return special(self, part)
        row_of = function(part.name)
        inside = [self._of(each) for each in part.args]
        inside += [decimal(part.option(key)) for key in row_of.numbers]
        return row(head(row_of, part), Fence("(", _listed(inside), ")")), ATOM

    def _power(self, part: Call) -> Set:
        two = Atom("2", "2", "number")
        return raised(self._at(part.args[0], ATOM), two), POWER

    def _exponential(self, part: Call) -> Set:
        if "e" in self._names:
            head = Atom(r"\exp", "exp", "word")
            return row(head, Fence("(", self._of(part.args[0]), ")")), ATOM
        return Scripts(Atom("e", "e"), None, self._of(part.args[0])), POWER

    def _root(self, part: Call) -> Set:
        return Root(self._of(part.args[0])), ATOM

    def _bars(self, part: Call) -> Set:
        return Fence("|", self._of(part.args[0]), "|"), ATOM

    def _floor(self, part: Call) -> Set:
        return Fence(r"\lfloor", self._of(part.args[0]), r"\rfloor"), ATOM

    def _norm(self, part: Call) -> Set:
        fence = Fence(r"\|", self._of(part.args[0]), r"\|")
        below = axis_below(part)
        return (fence if below is None else Scripts(fence, below)), ATOM

    def _total(self, part: Call) -> Set:
        latex, char, level = r"\sum", "∑", SIGN
        sign: Box = Atom(latex, char, "sign")
        below = axis_below(part)
        if below is not None:
            sign = Scripts(sign, below, under=True)
        return row(sign, Atom(" ", "", "space"), self._at(part.args[0], level)), TERM

    def _others(self, part: Call) -> Set:
        below = Atom(r"\text{others}", "others", "text")
        sign = Scripts(Atom(r"\prod", "∏", "sign"), below, under=True)
        return row(sign, Atom(" ", "", "space"), self._at(part.args[0], POWER)), PRODUCT

    def _transposed(self, part: Call) -> Set:
        return raised(self._at(part.args[0], ATOM), _TOP), POWER

    def _dot(self, part: Call) -> Set:
        left, right = part.args
        turned = raised(self._at(left, ATOM), _TOP)
        return row(turned, Atom(" ", "", "space"), self._at(right, POWER)), PRODUCT

    def _outer(self, part: Call) -> Set:
        left, right = part.args
        level = PRODUCT if isinstance(left, Op) and left.op == "matmul" else POWER
        turned = raised(self._at(right, ATOM), _TOP)
        return row(self._at(left, level), WIDE, turned), PRODUCT

    def _where(self, part: Call) -> Set:
        condition, *values = part.args
        if part.name == "guard":
            # What is not there where its condition fails is not said for the eye.
            return self._done[values[0]]
        inside = self._condition(condition)
        for each in values:
            inside = row(inside, _LIST, self._of(each))
        return row(head(function("where"), part), Fence("(", inside, ")")), ATOM

    def _step(self, part: Call) -> Set:
        sign = OPERATORS["greater"]
        above = row(
            self._at(part.args[0], SUM),
            Atom(sign.latex, sign.char, "sign"),
            Atom("0", "0", "number"),
        )
        return row(_ONES, Fence("[", above, "]")), ATOM

    def _picked(self, part: Call) -> Set:
        value, label = part.args
        return Scripts(Group(self._at(value, ATOM)), self._of(label)), ATOM

    def _one_hot(self, part: Call) -> Set:
        value, label = part.args
        hot = Scripts(self._letter("e"), self._of(label))
        if value is ONE or (isinstance(value, Num) and value.value == 1):
            return hot, ATOM
        return beside(self._at(value, POWER), hot), PRODUCT

    def _moved(self, part: Call) -> Set:
        source, target = (digits(str(part.option(key))) for key in ("source", "target"))
        head = Scripts(
            Atom(r"\operatorname{move}", "move", "word"),
            row(source, Atom(r" \to ", "→", "sign"), target),
        )
        return row(head, Fence("(", self._of(part.args[0]), ")")), ATOM

    def _reshaped(self, part: Call) -> Set:
        inside = part.args[0]
        if same_axes(shape_of(inside), part.option("shape")):
            return self._done[inside]
        word = Atom(r"\operatorname{reshape}", "reshape", "word")
        head = Scripts(word, shape_box(part.option("shape")))
        return row(head, Fence("(", self._of(inside), ")")), ATOM

    def _windows(self, part: Call) -> Set:
        """How windows are cut stands below; their transpose also says the shape that it gives."""
        below = _cut(part.option("size"), part)
        turned = part.name == "unpatches"
        if turned and below is not None:
            below = row(below, Atom(r" \to ", "→", "sign"), shape_box(part.option("shape")))
        word = Atom(r"\operatorname{patches}", "patches", "word")
        head = Scripts(word, below, _TOP if turned else None)
        return row(head, Fence("(", self._of(part.args[0]), ")")), ATOM

    def _convolved(self, part: Call) -> Set:
        """x ⋆ δ and δ ∗ K."""
        left, right = part.args
        sign: Box = _STAR if part.name == "conv_weight" else _ASTERISK
        below = _cut(convolutions.said(part), part)
        sign = sign if below is None else Scripts(sign, below)
        return row(self._at(left, POWER), _SPACE, sign, _SPACE, self._at(right, POWER)), PRODUCT

    def _identity(self, part: Call) -> Set:
        size = str(part.option("n"))
        return Scripts(self._letter("I"), Atom(size, size, "number")), ATOM

    def _letter(self, letter: str) -> Atom:
        """A letter of mathematics; in bold where it is a name of the definition."""
        if letter in self._names:
            return Atom(rf"\mathbf{{{letter}}}", letter, "word", "bold")
        return Atom(letter, letter)

    def _filled(self, part: Call) -> Set:
        if part.name == "zeros":
            return _ZEROS, ATOM
        sizes = part.option("shape")
        return (_ONES if len(sizes) < 2 else Scripts(_ONES, shape_box(sizes))), ATOM

    def _stack(self, part: Call) -> Set:
        listed = Fence("[", self._list(part.args), "]")
        below = axis_below(part, 0)
        return (listed if below is None else Scripts(listed, below)), ATOM

    def _joined(self, part: Call) -> Set:
        head: Box = Atom(r"\operatorname{concat}", "concat", "word")
        below = axis_below(part, 0)
        head = head if below is None else Scripts(head, below)
        return row(head, Fence("(", self._list(part.args), ")")), ATOM


_SPECIAL: Mapping[str, Callable[[Setter, Call], Set]] = {
    "square": Setter._power,
    "exp": Setter._exponential,
    "sqrt": Setter._root,
    "abs": Setter._bars,
    "floor": Setter._floor,
    "norm": Setter._norm,
    "sum": Setter._total,
    "sum_to": Setter._total,
    "prod_except": Setter._others,
    "transpose": Setter._transposed,
    "swap_last": Setter._transposed,
    "dot": Setter._dot,
    "outer": Setter._outer,
    "where": Setter._where,
    "guard": Setter._where,
    "step": Setter._step,
    "pick": Setter._picked,
    "take": Setter._picked,
    "place": Setter._one_hot,
    "move_axis": Setter._moved,
    "reshape": Setter._reshaped,
    "patches": Setter._windows,
    "unpatches": Setter._windows,
    "conv_weight": Setter._convolved,
    "conv_input": Setter._convolved,
    "eye": Setter._identity,
    "ones": Setter._filled,
    "zeros": Setter._filled,
    "stack": Setter._stack,
    "concat": Setter._joined,
}
"""Functions that are not set as a name before brackets."""


def _cut(sizes: Shape, part: Call) -> Box | None:
    """How windows are cut: their sizes, and what is not the usual way."""
    below = shape_box(sizes) if sizes else None
    for key, usual in (("stride", 1), ("padding", 0)):
        value = part.option(key, usual)
        if value != usual:
            said = row(Atom(rf"\text{{{key} }}", f"{key} ", "text"), digits(str(value)))
            below = said if below is None else row(below, _LIST, said)
    return below


def _with_other(symbol: Sym) -> Box:
    """A symbol with the one that it is of: below it, under its accent, behind ∇."""
    assert symbol.of is not None
    other = name(symbol.of.name, symbol.of.version)
    if symbol.name == "nabla":
        return row(Atom(r"\nabla ", "∇", "sign"), other)
    if symbol.name == "bar":
        return Accent(symbol.name, other)
    end = f"_{symbol.of.name}"
    whole = symbol.name.endswith(end)
    own = name(symbol.name.removesuffix(end) if whole else symbol.name.partition("_")[0])
    if isinstance(own, Scripts) and own.lowered is not None:
        return replace(own, lowered=row(own.lowered, COMMA, other))
    return Scripts(own, other)


def _listed(items: Sequence[Box]) -> Box:
    """Boxes with commas between them."""
    found: list[Box] = []
    for each in items:
        found += [*([_LIST] if found else []), each]
    return row(*found)
