"""Rows in C, one element at a time, from its indices and the inputs' elements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

from backstep.export.defined_functions import helpers_in, text_of
from backstep.export.expression_writer import filled, masked_product
from backstep.export.finite import Finite, divides_by_zero, needs_mask
from backstep.export.names import Names
from backstep.export.program import Operation, Program, carried, operation
from backstep.export.words import SIGNS
from backstep.graph.graph import literal_of
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape
from backstep.ops import TABLE
from backstep.ops.row import ATOM, COMPARISON, POWER, PRODUCT, SIGN, SUM

HELPERS = helpers_in(text_of("c.c"))
"""The functions that a file defines if its lines call them, by name."""

Index = tuple[str, ...]
"""The indices of an element, one for each axis."""


@dataclass(frozen=True, slots=True)
class Term:
    """An element as C writes it, and how tightly that binds."""

    text: str
    level: int = ATOM

    def at(self, needed: int) -> str:
        """The text, in brackets if it binds looser than needed."""
        return f"({self.text})" if self.level < needed else self.text


Word = Callable[["Elements", Node, Operation, Index], Term]


@dataclass(slots=True)
class Elements:
    """Writes elements of a program's nodes; `used` gathers the helpers that they call."""

    program: Program
    names: Names
    finite: Finite
    read: Mapping[str, str]
    """The expression of a declared name's value, by its name in the file."""
    used: list[str] = field(default_factory=list)

    def of(self, operand: Operand, at: Index) -> Term:
        """An element of an operand, as it is written at a use."""
        operand = carried(operand)
        if isinstance(operand, Literal):
            return number(operand)
        if is_number(operand):
            return self.own(operand, at)
        if self.program.stands(operand):
            name = self.names[operand]
            brackets = "".join(f"[{each}]" for each in at)
            return Term(self.read.get(name, name) + brackets)
        return self.own(operand, at)

    def own(self, node: Node, at: Index) -> Term:
        """An element of a node by its formula, even if it has a name."""
        if node.op == "constant" and isinstance(node.inputs[0], Literal):
            return number(node.inputs[0])
        fill = filled(node)
        if fill is not None:
            return figure(fill)
        done = operation(node)
        return WORDS[done.name](self, node, done, at)

    def inputs(self, node: Node, done: Operation, at: Index) -> list[Term]:
        """The elements of the inputs that one element of the result is computed from."""
        return [self.of(each, narrowed(each.shape, node.shape, at)) for each in done.reads]

    def use(self, name: str) -> str:
        """A helper's name, which the file will define."""
        for each in HELPERS[name].needs:
            self.use(each)
        if name not in self.used:
            self.used.append(name)
        return name


def is_number(node: Node) -> bool:
    """Whether a value is written as a number wherever it is read, so that it needs no variable."""
    return node.shape == () and filled(node) is not None


def narrowed(shape: Shape, whole: Shape, at: Index) -> Index:
    """The index into a broadcast value for an index into the result."""
    extra = len(whole) - len(shape)
    return tuple(
        "0" if length == 1 and whole[extra + axis] != 1 else at[extra + axis]
        for axis, length in enumerate(shape)
    )


def figure(value: float) -> Term:
    """A float as a constant of type double."""
    if value != value:
        return Term("NAN")
    if value in (float("inf"), float("-inf")):
        return Term("INFINITY") if value > 0 else Term("-INFINITY", SIGN)
    return Term(repr(value), SIGN if repr(value).startswith("-") else ATOM)


def number(literal: Literal | Fraction) -> Term:
    """A literal; a fraction of small integers as a quotient."""
    if isinstance(literal, Literal):
        if literal.symbol is not None or literal.minus_zero:
            return figure(float(literal))
        value = literal.value
    else:
        value = literal
    try:
        shown = float(value)
    except OverflowError:
        return figure(float("inf") if value > 0 else float("-inf"))
    if Fraction(repr(shown)) != value and value.denominator < 1000 and abs(value.numerator) < 2**31:
        return Term(f"{value.numerator}.0/{value.denominator}.0", PRODUCT)
    return figure(shown)


def plus(index: str, more: int) -> str:
    """An index and a number."""
    if index.isdigit():
        return str(int(index) + more)
    if not more:
        return index
    return f"{index} + {more}" if more > 0 else f"{index} - {-more}"


def times(index: str, factor: int) -> str:
    """An index times a number."""
    if factor == 1:
        return index
    if index.isdigit():
        return str(int(index) * factor)
    return f"({index})*{factor}" if " " in index else f"{index}*{factor}"


def flattened(at: Index, shape: Shape) -> str:
    """The offset of an element, in row-major order."""
    found = "0"
    for index, length in zip(at, shape, strict=True):
        if length == 1:
            continue
        found = times(found, length)
        found = index if found == "0" else found if index == "0" else f"{found} + {index}"
    return found


def unflattened(place: str, shape: Shape) -> Index:
    """The index of the element at an offset."""
    found: list[str] = []
    inner = prod(shape)
    for axis, length in enumerate(shape):
        inner //= length
        part = place if " " not in place else f"({place})"
        if length == 1:
            found.append("0")
            continue
        if place.isdigit():
            found.append(str(int(place) // inner % length))
            continue
        text = part if inner == 1 else f"{part}/{inner}"
        outer = axis == 0 or all(each == 1 for each in shape[:axis])
        found.append(text if outer else f"{text}%{length}")
    return tuple(found)


def reshaped(at: Index, whole: Shape, shape: Shape) -> Index:
    """The index into `shape` for an index into `whole`, which has as many elements: axes that
    neither splits nor joins keep their own."""
    found: list[str] = []
    first, start = 0, 0
    for stop in range(1, len(shape) + 1):
        inner = prod(shape[start:stop])
        last = first
        while last < len(whole) and prod(whole[first : last + 1]) <= inner:
            last += 1
        if prod(whole[first:last]) != inner:
            continue
        offset = flattened(at[first:last], whole[first:last])
        alone = stop == start + 1
        found += (offset,) if alone else unflattened(offset, shape[start:stop])
        first, start = last, stop
    return tuple(found)


def _reshaped(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    (read,) = map(carried, done.reads)
    at_read = reshaped(at, node.shape, read.shape)
    split = any("/" in each or "%" in each for each in at_read)
    if split and isinstance(read, Node) and elements.program.stands(read):
        # The elements of a variable stand behind each other.
        name = elements.names[read]
        offset = flattened(at, node.shape)
        return Term(f"((const double *){elements.read.get(name, name)})[{offset}]")
    return elements.of(read, at_read)


def template(
    text: str, level: int = ATOM, needs: Sequence[int] = (COMPARISON,), helper: str | None = None
) -> Word:
    """An elementwise operation, with its inputs as {0}, {1}, … and options by name."""

    def word(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
        terms = elements.inputs(node, done, at)
        if helper is not None:
            elements.use(helper)
        texts = [term.at(needs[min(place, len(needs) - 1)]) for place, term in enumerate(terms)]
        options = {
            key: number(value).text if isinstance(value, Fraction) else value
            for key, value in done.params.items()
        }
        return Term(text.format(*texts, **options), level)

    return word


def helped(name: str) -> Word:
    """An operation by one of the file's own functions."""
    return template(f"{name}({{0}})", helper=name)


def _moved(where: Callable[[Node, Operation, Index], Index]) -> Word:
    """An operation that moves elements; `where` returns the index an element comes from."""

    def word(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
        return elements.of(done.reads[0], where(node, done, at))

    return word


def _indexed(node: Node, done: Operation, at: Index) -> Index:
    rest = list(at)
    found = []
    for part in done.params["key"]:
        if isinstance(part, int):
            found.append(str(part))
        else:
            start, _, step = part
            found.append(plus(times(rest.pop(0), step), start) if step > 0 else _down(rest, part))
    return (*found, *rest)


def _down(rest: list[str], part: tuple[int, int, int]) -> str:
    start, _, step = part
    index = rest.pop(0)
    if index.isdigit():
        return str(start + step * int(index))
    return f"{start} - {times(index, -step)}"


def _axis_moved(node: Node, done: Operation, at: Index) -> Index:
    rank = len(at)
    source, target = done.params["source"] % rank, done.params["target"] % rank
    rest = list(at)
    index = rest.pop(target)
    rest.insert(source, index)
    return tuple(rest)


def _expanded(node: Node, done: Operation, at: Index) -> Index:
    axis = done.params.get("axis")
    if axis is None:
        return ()
    axis %= len(node.shape)
    return (*at[:axis], *at[axis + 1 :])


def multiplied(elements: Elements, done: Operation, left: Term, right: Term) -> Term:
    """A product of two elements, masked if a partial of 0 may meet a non-finite factor."""
    if needs_mask(elements.finite, done):
        return Term(masked_product(elements.use, done, left.text, right.text))
    # A chain of factors is computed from the left, as in the engine.
    return Term(f"{left.at(PRODUCT)}*{right.at(POWER)}", PRODUCT)


def _product(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    return multiplied(elements, done, *elements.inputs(node, done, at))


def _outer(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    left, right = done.reads
    return multiplied(elements, done, elements.of(left, at[:1]), elements.of(right, at[1:]))


def _division(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    top, bottom = elements.inputs(node, done, at)
    if divides_by_zero(done):
        return Term(f"{elements.use('over')}({top.text}, {bottom.text})")
    return Term(f"{top.at(PRODUCT)}/{bottom.at(POWER)}", PRODUCT)


def _power(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    base, exponent = elements.inputs(node, done, at)
    known = literal_of(done.reads[1])
    if known is not None and known.value == 2:
        return Term(f"{elements.use('square')}({base.text})")
    return Term(f"pow({base.text}, {exponent.text})")


def _condition(elements: Elements, operand: Operand, at: Index) -> str:
    """A condition as a C expression that is true or false."""
    operand = carried(operand)
    if isinstance(operand, Node) and not elements.program.stands(operand):
        done = operation(operand)
        if done.name in SIGNS:
            left, right = elements.inputs(operand, done, at)
            return f"{left.at(SUM)} {SIGNS[done.name]} {right.at(SUM)}"
    return f"{elements.of(operand, at).at(SUM)} != 0.0"


def _choice(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    chooses = done.reads[0]
    condition = _condition(elements, chooses, narrowed(chooses.shape, node.shape, at))
    values = [
        elements.of(each, narrowed(each.shape, node.shape, at)).at(SUM) for each in done.reads[1:]
    ]
    values += ["0.0"] * (2 - len(values))
    return Term(f"{condition} ? {values[0]} : {values[1]}", -1)


def _picked(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    x, k = done.reads
    place = elements.of(k, at)
    return elements.of(x, (*at, f"(int){place.at(ATOM)}"))


def _taken(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    x, k = done.reads
    place = elements.of(k, at[: len(k.shape)])
    return elements.of(x, (f"(int){place.at(ATOM)}", *at[len(k.shape) :]))


def _placed(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    x, k = done.reads
    rows = at[:-1]
    value = elements.of(x, narrowed(x.shape, k.shape, rows))
    label = elements.of(k, rows)
    return Term(f"{at[-1]} == (int){label.at(ATOM)} ? {value.at(SUM)} : 0.0", -1)


def _patched(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    """An element of a window: the image's, or 0 if the window extends past its edge."""
    (x,) = done.reads
    params = done.params
    size, stride, padding = params["size"], params["stride"], params["padding"]
    axes = len(size)
    lead, windows, row = at[: -axes - 1], at[-axes - 1 : -1], at[-1]
    offsets = unflattened(row, tuple(size))
    places, inside = [], []
    for window, offset, length in zip(windows, offsets, x.shape[-axes:], strict=True):
        start = times(window, stride)
        sum_of = start if offset == "0" else offset if start == "0" else f"{start} + {offset}"
        place = plus(sum_of, -padding)
        places.append(place)
        if padding:
            inside.append(f"{place} >= 0 && {place} < {length}")
    value = elements.of(x, (*lead, *places))
    if not inside:
        return value
    return Term(f"{' && '.join(inside)} ? {value.at(SUM)} : 0.0", -1)


def looped(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    """The word of operations with loops, which have lines of their own. Raises LookupError."""
    raise LookupError(f"{done.name} has lines of its own")


def _same(elements: Elements, node: Node, done: Operation, at: Index) -> Term:
    return elements.of(done.reads[0], at)


WORDS: Mapping[str, Word] = {
    "leaf": _same,
    "seed": _same,
    "constant": _same,
    "identity": _same,
    "carry": _same,
    "zeros": lambda elements, node, done, at: Term("0.0"),
    "ones": lambda elements, node, done, at: Term("1.0"),
    "eye": lambda elements, node, done, at: Term(f"(double)({at[0]} == {at[1]})"),
    "arange": lambda elements, node, done, at: Term(f"(double){at[0]}"),
    "add": template("{0} + {1}", SUM, (SUM, PRODUCT)),
    "subtract": template("{0} - {1}", SUM, (SUM, PRODUCT)),
    "multiply": _product,
    "divide": _division,
    "power": _power,
    "negate": template("-{0}", SIGN, (POWER,)),
    "square": helped("square"),
    "exp": template("exp({0})"),
    "log": template("log({0})"),
    "log_slope": helped("log_slope"),
    "sqrt": template("sqrt({0}) + 0.0", SUM),
    "abs": template("fabs({0})"),
    "sign": helped("sign"),
    "step": helped("step"),
    "sin": template("sin({0})"),
    "cos": template("cos({0})"),
    **{
        name: template(f"{name}({{0}})")
        for name in ("tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf")
    },
    **{name: template(f"{name}({{0}})") for name in ("log1p", "expm1", "log2", "log10")},
    "atan2": template("atan2({0}, {1})"),
    "logaddexp": template("logaddexp({0}, {1})", helper="logaddexp"),
    "softsign": helped("softsign"),
    "huber": template("huber({0}, {delta})", helper="huber"),
    "hardsigmoid": template("clip({0} + 3.0, 0.0, 6.0)/6.0", PRODUCT, (SUM,), "clip"),
    "sigmoid": helped("sigmoid"),
    "relu": helped("relu"),
    "leaky_relu": template("leaky_relu({0}, {slope})", helper="leaky_relu"),
    "elu": helped("elu"),
    "selu": helped("selu"),
    "normal_cdf": helped("normal_cdf"),
    "gelu": helped("gelu"),
    "silu": helped("silu"),
    "softplus": helped("softplus"),
    "hardtanh": template("clip({0}, -1.0, 1.0)", helper="clip"),
    "clip": template("clip({0}, {low}, {high})", helper="clip"),
    "round": template("rint({0})"),
    **{
        name: template(f"(double)({{0}} {sign} {{1}})", needs=(SUM,))
        for name, sign in SIGNS.items()
    },
    "where": _choice,
    "guard": _choice,
    "maximum": template("maximum({0}, {1})", helper="maximum"),
    "minimum": template("minimum({0}, {1})", helper="minimum"),
    "expand": _moved(_expanded),
    "broadcast_to": _moved(lambda node, done, at: narrowed(done.reads[0].shape, node.shape, at)),
    "move_axis": _moved(_axis_moved),
    "outer": _outer,
    "reshape": _reshaped,
    "transpose": _moved(lambda node, done, at: tuple(reversed(at))),
    "swap_last": _moved(lambda node, done, at: (*at[:-2], at[-1], at[-2])),
    "index": _moved(_indexed),
    "stop_gradient": _same,
    "take": _taken,
    "pick": _picked,
    "place": _placed,
    "patches": _patched,
    "times_log": template("times_log({0}, {1})", helper="times_log"),
    "one_less_sigmoid": template("sigmoid(-{0})", needs=(POWER,), helper="sigmoid"),
    "one_less_tanh_squared": helped("slope_of_tanh"),
    "one_less_square": helped("one_less_square"),
    "bell": helped("bell"),
    "gauss": helped("gauss"),
    **dict.fromkeys(
        {"array", "linspace", "mask", "sum", "mean", "max", "min", "prod", "prod_except", "norm"}
        | {"var", "logsumexp", "sum_to", "matmul", "dot", "scatter", "concat", "stack"}
        | {"std", "cumsum", "sort", "argmax", "put", "det", "cofactors", "logdet", "solve"}
        | {"unpatches", "softmax", "log_softmax", "less_its_share", "less_its_mean"},
        looped,
    ),
}
"""By the row's name; operations with loops have their lines in `lines`."""


def constant_values(node: Node) -> object:
    """The numbers of a node without inputs."""
    return TABLE[node.op].numpy(**node.params)
