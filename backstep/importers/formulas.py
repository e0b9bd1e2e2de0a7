"""Formulas of the language as they are written: their text, how tightly it binds, and their node.

The node is built by the language's own functions in a graph of its own, so that every part has the
shape that the compiler will find, and a misfit is refused in its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, ShapeError
from backstep.ops import FUNCTIONS, TABLE
from backstep.ops.library import REQUIRED

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)
"""How tightly a formula binds, from the loosest."""

_OPERATORS = {
    "+": ("add", SUM, " + "),
    "-": ("subtract", SUM, " - "),
    "*": ("multiply", PRODUCT, "*"),
    "/": ("divide", PRODUCT, "/"),
    "@": ("matmul", PRODUCT, " @ "),
}
_COMPARISONS = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}
_LONGEST = 6000
"""Characters of one formula; what is longer has no meaning to a reader."""
_EXACT = 10**15
"""A float past this, or as small, is written with an exponent."""


Numbers: TypeAlias = "float | list[Numbers]"
"""A number, or the written numbers of an array, a list within a list for every axis."""


class Unwritable(Exception):
    """What the language cannot express; the message says why.

    `shapes` says that shapes do not fit.
    """

    def __init__(self, message: str, *, shapes: bool = False) -> None:
        super().__init__(message)
        self.shapes = shapes


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A formula: its text, in which a name is a mark of the entry that it stands for, and a node.

    `uses` are the entries that it reads; `condition` says that it is a comparison.
    """

    text: str
    level: int
    node: Operand
    uses: frozenset[int] = frozenset()
    condition: bool = False
    negated: Value | None = None
    """The value whose sign this one turns."""

    @property
    def shape(self) -> Shape:
        """The shape of its value."""
        return self.node.shape

    @property
    def literal(self) -> float | None:
        """Its number, if it is a written one."""
        return float(self.node.value) if isinstance(self.node, Literal) else None


def mark(entry: int) -> str:
    """The mark that stands for an entry's name until all names are known."""
    return f"\x02{entry}\x03"


def spelled(number: float | int | Fraction) -> str:
    """A number as the language has it: the shortest text that is the same float."""
    if isinstance(number, Fraction):
        number = float(number)
    if isinstance(number, bool):
        number = int(number)
    if isinstance(number, int):
        return str(number)
    if number != number or number in (float("inf"), float("-inf")):
        raise Unwritable("a number that is infinite or none cannot be written in a definition")
    if number == int(number) and abs(number) < _EXACT:
        return str(int(number))
    return repr(number)


class Formulas:
    """Makes formulas. Every method raises Unwritable where the language has no such formula."""

    def __init__(self) -> None:
        self.graph = Graph(TABLE)
        self._masks = 0

    def leaf(self, shape: Shape) -> Node:
        """A node for a declared name."""
        return self.graph.apply("leaf", name=f"v{len(self.graph.nodes)}", role="input", shape=shape)

    def number(self, number: float | int) -> Value:
        """A written number."""
        text = spelled(number)
        literal = Literal(Fraction(text))
        return Value(text, SIGN if text.startswith("-") else ATOM, literal)

    def pi(self) -> Value:
        """The number π."""
        return Value("pi", ATOM, Literal(Fraction(3.141592653589793)))

    def binary(self, sign: str, left: Value, right: Value) -> Value:
        """Two operands and one of + - * / @."""
        left, right = self.plain(left), self.plain(right)
        if sign == "+" and right.negated is not None:
            return self.binary("-", left, right.negated)
        op, level, text = _OPERATORS[sign]
        before = _in(left, level)
        tight = level + 1 if level == SUM else POWER
        after = _in(right, SIGN if level == SUM else tight)
        if level == SUM and right.level == PRODUCT and not right.text.startswith("-"):
            after = right.text
        elif after.startswith("-"):
            after = f"({after})"
        return self._made(f"{before}{text}{after}", level, op, (left, right))

    def power(self, base: Value, exponent: Value) -> Value:
        """base^exponent."""
        base, exponent = self.plain(base), self.plain(exponent)
        below = base.text if base.level == ATOM else f"({base.text})"
        plain = exponent.level == ATOM or (exponent.level == SIGN and exponent.literal is not None)
        above = exponent.text if plain else f"({exponent.text})"
        return self._made(f"{below}^{above}", POWER, "power", (base, exponent))

    def negate(self, value: Value) -> Value:
        """The value with its sign turned."""
        value = self.plain(value)
        if value.literal is not None and value.level == ATOM and value.text != "pi":
            return self.number(-value.literal if "." in value.text else -int(value.literal))
        made = self._made(f"-{_in(value, POWER)}", SIGN, "negate", (value,))
        return replace(made, negated=value)

    def compare(self, sign: str, left: Value, right: Value) -> Value:
        """A comparison, which stands in `where` alone."""
        left, right = self.plain(left), self.plain(right)
        text = f"{_in(left, SUM)} {sign} {_in(right, SUM)}"
        made = self._made(text, COMPARISON, _COMPARISONS[sign], (left, right))
        return Value(made.text, made.level, made.node, made.uses, condition=True)

    def plain(self, value: Value) -> Value:
        """A comparison as the numbers 1 and 0; any other formula as it is."""
        if not value.condition:
            return value
        return self.call("where", value, self.number(1), self.number(0))

    def turned(self, value: Value) -> Value:
        """The transpose: all axes in reverse order. A scalar and a vector stay as they are."""
        value = self.plain(value)
        if len(value.shape) < 2:
            return value
        if value.text.endswith(".T") and value.level == ATOM:
            return Value(value.text[:-2], ATOM, self._node("transpose", value.node), value.uses)
        return self._made(f"{_in(value, ATOM)}.T", ATOM, "transpose", (value,))

    def index(self, value: Value, key: Sequence[int | slice]) -> Value:
        """Elements, rows and slices by constant indices. Axes left out are taken whole."""
        value = self.plain(value)
        if len(key) > len(value.shape):
            message = f"{len(key)} indices of a value of {len(value.shape)} axes"
            raise Unwritable(message, shapes=True)
        parts: list[str] = []
        picked: list[int | tuple[int, int, int]] = []
        for size, each in zip(value.shape, key, strict=False):
            if isinstance(each, slice):
                found = range(*each.indices(size))
                if each.step is not None and each.step < 0:
                    raise Unwritable("a slice whose step is negative")
                picked.append((found.start, max(found.stop, found.start), found.step))
                parts.append(_slice(each))
                continue
            if not -size <= each < size:
                raise Unwritable(f"index {each} of an axis of size {size}", shapes=True)
            picked.append(each % size)
            parts.append(str(each))
        picked += [(0, size, 1) for size in value.shape[len(key) :]]
        while parts and parts[-1] == ":":
            parts.pop()
        if not parts:
            return value
        text = f"{_in(value, ATOM)}[{', '.join(parts)}]"
        node = self._node("index", value.node, key=tuple(picked))
        if 0 in node.shape:
            raise Unwritable("a slice without elements")
        return Value(text, ATOM, node, value.uses)

    def listed(self, values: Sequence[Value]) -> Value:
        """A list of values of one shape."""
        values = [self.plain(each) for each in values]
        text = f"[{', '.join(each.text for each in values)}]"
        uses = frozenset().union(*(each.uses for each in values))
        node = self._node("stack", *(each.node for each in values), axis=0)
        return self._bounded(Value(text, ATOM, node, uses))

    def call(self, name: str, *given: object, **options: object) -> Value:
        """A function of the language on values, whole numbers and numbers, with options."""
        return self.calls(name, given, options)[0]

    def calls(
        self, name: str, given: Sequence[object], options: Mapping[str, object]
    ) -> tuple[Value, ...]:
        """The same for a function that may have several results."""
        function = FUNCTIONS[name]
        kinds = {each.name: each for each in function.parameters}
        places = list(function.parameters)
        texts: list[str] = []
        operands: list[object] = []
        named: dict[str, object] = {}
        uses: set[int] = set()
        many = next(
            (n for n, each in enumerate(places) if each.kind in ("tensors", "wholes")), len(places)
        )
        for place, each in enumerate(given):
            if min(place, many) >= len(places) or places[min(place, many)].keyword:
                raise Unwritable(f"{name} does not take {len(given)} arguments")
            parameter = places[min(place, many)]
            text, operand = self._argument(parameter.kind, each, uses)
            texts.append(text)
            operands.append(operand)
        for option, each in options.items():
            if option not in kinds:
                raise Unwritable(f"{name} has no option {option}")
            text, operand = self._argument(kinds[option].kind, each, uses)
            texts.append(f"{option}={text}")
            named[option] = operand
        missing = [
            each.name
            for place, each in enumerate(places)
            if each.default is REQUIRED and place >= len(given) and each.name not in options
            if each.kind not in ("tensors", "wholes")
        ]
        if missing:
            raise Unwritable(f"{name} needs {missing[0]}")
        try:
            built = function.build(_Making(self), *operands, **named)
        except ShapeError as error:
            raise Unwritable(str(error), shapes=True) from None
        except (TypeError, ValueError):
            # Functions take what the compiler has read; a pasted text may hand over anything.
            raise Unwritable(f"{name} with these arguments") from None
        results = built if isinstance(built, tuple) else (built,)
        whole = f"{name}({', '.join(texts)})"
        return tuple(self._bounded(Value(whole, ATOM, each, frozenset(uses))) for each in results)

    def applied(self, name: str, given: Sequence[Value], body: Value) -> Value:
        """A call of a function of the text's own, whose value is that of `body`."""
        uses = frozenset().union(*(each.uses for each in given))
        text = f"{name}({', '.join(self.plain(each).text for each in given)})"
        return self._bounded(Value(text, ATOM, body.node, uses))

    def reshaped(self, value: Value, shape: Shape) -> Value:
        """The same elements in another shape."""
        value = self.plain(value)
        if value.shape == shape:
            return value
        if not shape:
            return self.index(value, [0] * len(value.shape))
        if len(shape) == 1 and len(value.shape) > 1:
            return self.call("flatten", value)
        return self.call("reshape", value, *shape)

    def ordered(self, value: Value, order: Sequence[int]) -> Value:
        """The axes in another order: axis k of the result is axis order[k] of the value."""
        order = list(order)
        if sorted(order) != list(range(len(value.shape))):
            raise Unwritable("an order of axes that does not name each once")
        if order == sorted(order):
            return value
        if order == sorted(order, reverse=True):
            return self.turned(value)
        now = list(range(len(order)))
        for place, axis in enumerate(order):
            source = now.index(axis)
            if source != place:
                value = self.call("move_axis", value, source, place)
                now.insert(place, now.pop(source))
        return value

    def _argument(self, kind: str, given: object, uses: set[int]) -> tuple[str, object]:
        if kind in ("tensor", "tensors", "condition"):
            value = given if isinstance(given, Value) else self.number(_number(given))
            if kind == "condition" and not value.condition:
                value = self.compare("!=", value, self.number(0))
            elif kind != "condition":
                value = self.plain(value)
            uses |= value.uses
            return value.text, value.node
        if isinstance(given, Value):
            if given.literal is None:
                raise Unwritable("a number that is computed stands where one must be written")
            given = given.literal
        if kind in ("whole", "wholes"):
            if isinstance(given, float) and given.is_integer():
                given = int(given)
            if not isinstance(given, int):
                raise Unwritable(f"{given!r} stands where a whole number must")
            return str(int(given)), int(given)
        if kind == "number":
            text = spelled(_number(given))
            return text, Fraction(text)
        return str(given), given

    def _made(self, text: str, level: int, op: str, values: Sequence[Value]) -> Value:
        node = self._node(op, *(each.node for each in values))
        return self._bounded(
            Value(text, level, node, frozenset().union(*(each.uses for each in values)))
        )

    def _node(self, op: str, *operands: Operand, **params: object) -> Node:
        try:
            return self.graph.apply(op, *operands, span=None, **params)
        except ShapeError as error:
            raise Unwritable(str(error), shapes=True) from None

    def _bounded(self, value: Value) -> Value:
        if len(value.text) > _LONGEST:
            raise Unwritable(f"a formula of more than {_LONGEST:,} characters")
        if 0 in value.node.shape:
            raise Unwritable("a value without elements")
        return value


@dataclass(slots=True)
class _Making:
    """What a function of the language is built with."""

    formulas: Formulas

    def __call__(self, op: str, *inputs: Operand, **params: object) -> Node:
        return self.formulas.graph.apply(op, *inputs, span=None, **params)

    def own(self, name: str, shape: Shape, distribution: str) -> Node:
        """A layer's own parameter has no name here to be read by."""
        raise Unwritable("a layer with parameters of its own")

    def mask(self, probability: Fraction, shape: Shape) -> Node:
        """The mask of a dropout layer."""
        place = f"m{len(self.formulas.graph.nodes)}"
        return self(  # the seed is the text's
            "mask", probability=probability, shape=shape, seed=0, place=place
        )


def _number(given: object) -> float | int:
    if isinstance(given, int | float):
        return given
    raise Unwritable(f"{given!r} stands where a number must")


def _in(value: Value, least: int) -> str:
    """A formula's text, in parentheses where it binds less tightly than it must."""
    return value.text if value.level >= least else f"({value.text})"


def _slice(key: slice) -> str:
    first = "" if key.start in (None, 0) else str(key.start)
    last = "" if key.stop is None else str(key.stop)
    return f"{first}:{last}" + (f":{key.step}" if key.step not in (None, 1) else "")
