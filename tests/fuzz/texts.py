"""Random whole definitions, grown line by line: a line that is refused is mostly drawn anew.

Functions and their parameters are read from the catalogue, so that a new one is drawn by being
there. Asks no call and judges nothing.
"""

from __future__ import annotations

from random import Random

from backstep.errors import BackstepError
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition
from backstep.lang.syntax.names import DISTRIBUTIONS
from backstep.ops import FUNCTIONS, Function, Parameter
from backstep.ops.library import REQUIRED

EDGES = ("0", "-0.0", "1e308", "-1e308", "1e-320", "1e999", "123456789012345678901234567890", "pi")
"""Written numbers where arithmetic stops being smooth."""
BEYOND = ("sqrt(-0.7)", "log(0)", "log(-1)", "exp(1000)", "exp(-exp(9))", "mean([1][0:0])", "0^0")
"""Formulas of numbers alone whose values are no finite numbers, or are exact and not small."""
VALUES = ("NaN", "Infinity", "-Infinity", -0.0, 0.0, 1e308, -1e308, 5e-324, 1e-200, -1.0, 1.0)
"""What a replaced number may be besides any."""
_SIZES = (0, 1, 1, 2, 2, 2, 3, 3, 4)
_TRIES = 6
"""Lines that are drawn for one."""
_KEPT = 0.02
"""How often a line that is refused is kept: refusals are answers too."""
_LAYERS = [each for each in FUNCTIONS.values() if each.layer or each.outputs > 1]
_ALL = list(FUNCTIONS.values())


class Text:
    """A definition as it grows, with the shapes of its names."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.shapes: dict[str, Shape] = {}
        self.functions: dict[str, int] = {}
        self.loops: list[str] = []
        self.broken = False
        """Whether a line was met that breaks the reader: it is the last."""

    # What is drawn.

    def number(self) -> str:
        rng = self.rng
        if rng.random() < 0.12:
            return rng.choice(EDGES)
        if rng.random() < 0.5:
            return str(rng.randint(-3, 4))
        return f"{rng.uniform(-2, 2):.2g}"

    def shape(self, most: int = 3) -> Shape:
        rank = self.rng.choice((0, 0, 0, 1, 1, 1, 2, 2, 3))
        return tuple(self.rng.choice(_SIZES) for _ in range(min(rank, most)))

    def array(self, shape: Shape) -> str:
        if not shape:
            return self.number()
        return f"[{', '.join(self.array(shape[1:]) for _ in range(shape[0]))}]"

    def name(self) -> str:
        names = list(self.shapes)
        if self.loops and self.rng.random() < 0.2:
            return self.rng.choice(self.loops)
        return self.rng.choice(names[-3:] if self.rng.random() < 0.6 else names)

    def index(self, length: int) -> str:
        rng, most = self.rng, length + (self.rng.random() < 0.05)
        if rng.random() < 0.5:
            return str(rng.randint(-length, max(most - 1, -length)))
        start, stop = (rng.choice(("", str(rng.randint(-length, length)))) for _ in range(2))
        step = rng.choice(("", "", ":1", ":2", ":-1", ":-2"))
        return f"{start}:{stop}{step}"

    def part(self) -> str:
        """An element or a slice of a name."""
        name = self.name()
        shape = self.shapes.get(name, ())
        if not shape:
            return name
        axes = self.rng.randint(1, len(shape))
        return f"{name}[{', '.join(self.index(length) for length in shape[:axes])}]"

    def formula(self, depth: int) -> str:
        rng = self.rng
        if rng.random() < 0.02:
            return rng.choice(BEYOND)
        if depth <= 0:
            return rng.choice((self.name, self.name, self.name, self.part, self.number))()
        kind = rng.random()
        inner = depth - 1
        if kind < 0.22:
            sign = rng.choice(("+", "-", "*", "*", "/", "^", "@"))
            left, right = self.formula(inner), self.formula(inner)
            if sign == "^" and rng.random() < 0.7:
                right = rng.choice(("2", "3", "-1", "0.5", "0", "1.5"))
            return f"({left}) {sign} ({right})"
        if kind < 0.32:
            return self.listed(inner)
        if kind < 0.36:
            return f"({self.formula(inner)})[{self.index(rng.choice((1, 2, 3)))}]"
        if kind < 0.40:
            return rng.choice(("-({})", "({}).T")).format(self.formula(inner))
        if kind < 0.45 and self.functions:
            name, count = rng.choice(list(self.functions.items()))
            return f"{name}({', '.join(self.formula(inner) for _ in range(count))})"
        if kind < 0.55:
            return self.formula(0)
        return self.call(rng.choice(_ALL), inner)

    def listed(self, depth: int) -> str:
        """A list of expressions, perhaps of such lists."""
        count = self.rng.choice((1, 2, 2, 3))
        if self.rng.random() < 0.25:
            rows = [", ".join(self.formula(0) for _ in range(count)) for _ in range(2)]
            return f"[[{rows[0]}], [{rows[1]}]]"
        return f"[{', '.join(self.formula(depth - 1) for _ in range(count))}]"

    def condition(self, depth: int) -> str:
        sign = self.rng.choice(("<", "<=", ">", ">=", "==", "!="))
        return f"{self.formula(depth)} {sign} {self.formula(depth)}"

    def call(self, function: Function, depth: int) -> str:
        """A call of a built-in function, with its options now and then."""
        given: list[str] = []
        for parameter in function.parameters:
            optional = parameter.default is not REQUIRED
            if optional and self.rng.random() < 0.6:
                if parameter.keyword:
                    continue
                break
            given.extend(
                f"{parameter.name}={value}" if parameter.keyword else value
                for value in self.arguments(parameter, depth)
            )
        return f"{function.name}({', '.join(given)})"

    def arguments(self, parameter: Parameter, depth: int) -> list[str]:
        rng = self.rng
        match parameter.kind:
            case "tensor":
                return [self.formula(depth)]
            case "scalar":
                return [rng.choice((self.name(), f"sum({self.formula(depth)})"))]
            case "name":
                return [self.name() if rng.random() < 0.9 else self.formula(depth)]
            case "tensors":
                return [self.formula(depth) for _ in range(rng.choice((1, 2, 2, 3)))]
            case "condition":
                return [self.condition(depth)]
            case "whole":
                return [str(rng.choice((-2, -1, 0, 0, 1, 1, 2, 3)))]
            case "wholes":
                return [str(rng.choice(_SIZES)) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
            case "number":
                return [rng.choice(("0", "1", "0.5", "-1", "1e-5", self.number()))]
            case "word":
                return [rng.choice(sorted(DISTRIBUTIONS))]
            case "mask":
                return [rng.choice((self.condition(depth), self.formula(depth)))]
            case "axes":
                return [rng.choice(("0", "-1", "1", "(0, 1)", "[0, -1]", "(1, 1)", "2"))]
            case "order":
                return [rng.choice(("1", "2", "3", "inf", "0.5", "0"))]
            case "truth":
                return [rng.choice(("true", "false", "True"))]

    # How it grows.

    def understood(self, lines: list[str]) -> Definition | None:
        """What the lines mean; None where they are refused, or break the reader."""
        try:
            return compile_text("\n".join([*lines, "fuzz_end = 0"]))
        except BackstepError:
            return None
        except Exception:  # the reader's own fault is for the calls to meet
            self.broken = True
            return None

    def grow(self, *lines: str) -> bool:
        """Take the lines in where they are understood, or now and then though they are not."""
        found = self.understood([*self.lines, *lines])
        if found is not None:
            self.shapes = {
                name: given[-1].node.shape
                for name, given in found.names.items()
                if name != "fuzz_end"
            }
        elif not self.broken and self.rng.random() >= _KEPT:
            return False
        self.lines += lines
        return True

    def declare(self, number: int) -> None:
        rng = self.rng
        role = rng.choice(("param", "param", "param", "input", "target", "const"))
        name = f"{'wxyk'[('param', 'input', 'target', 'const').index(role)]}{number}"
        shape = self.shape(most=2 if role == "const" else 3)
        size = f"[{', '.join(map(str, shape))}]" if shape else ""
        if rng.random() < 0.2 and 0 not in shape:
            drawn = rng.choice(("normal(0, 1)", "uniform(-1, 1)", "xavier", "he", "zeros", "ones"))
            self.grow(f"{role} {name}{size} ~ {drawn}")
        elif role in ("target", "const", "input") and rng.random() < 0.3:
            self.grow(f"{role} {name} = {rng.randint(0, 2)}")
        else:
            self.grow(f"{role} {name} = {self.array(shape)}")

    def define(self, number: int) -> None:
        """A function of the user's own; its names are those of its parameters alone."""
        count = self.rng.choice((1, 1, 2))
        names = ["p", "q"][:count]
        held, self.shapes = self.shapes, dict.fromkeys(names, ())
        body = self.formula(2)
        self.shapes = held
        if self.grow(f"f{number}({', '.join(names)}) = {body}"):
            self.functions[f"f{number}"] = count

    def statement(self, number: int) -> None:
        rng = self.rng
        for _ in range(_TRIES):
            kind = rng.random()
            if kind < 0.12:
                bound = rng.choice(("range(2)", "range(3)", "layers(2)", "range(2, 0, -1)"))
                held = self.rng.choice(list(self.shapes))
                self.loops.append("t")
                inner = self.formula(2)
                self.loops.pop()
                first = [f"h{number} = {held}"] if rng.random() < 0.7 else []
                grown = self.grow(*first, f"for t in {bound}:", f"    h{number} = {inner}")
            elif kind < 0.3:
                function = rng.choice(_LAYERS)
                names = ", ".join(f"{letter}{number}" for letter in "hc"[: function.outputs])
                grown = self.grow(f"{names} = {self.call(function, 1)}")
            else:
                again = self.rng.random() < 0.1 and any(each[0] == "h" for each in self.shapes)
                named = [each for each in self.shapes if each[0] == "h"]
                name = rng.choice(named) if again else f"h{number}"
                grown = self.grow(f"{name} = {self.formula(rng.choice((1, 2, 2, 3)))}")
            if grown or self.broken:
                return

    def loss(self) -> None:
        """The last line, a number that is computed from what stands above it."""
        reductions = ("sum", "mean", "max", "norm", "prod", "var", "logsumexp")
        for _ in range(_TRIES):
            inner = self.formula(self.rng.choice((0, 1, 2)))
            form = self.rng.choice(("{}({})", "{}({})", "({1})", "{}({})/{}({})"))
            name = self.rng.choice(reductions)
            line = f"L = {form.format(name, inner, name, self.name())}"
            if self.broken or (self.grow(line) and self.shapes.get("L") == ()):
                return
            if self.lines and self.lines[-1] == line:
                self.lines.pop()
        self.lines.append(f"L = sum({self.name()})")


def text(rng: Random) -> str:
    """A definition; most are understood, and a few are refused."""
    found = Text(rng)
    found.grow(f"param w = {found.array(found.shape(most=2))}")
    if not found.shapes:
        found.lines = ["param w = 1"]
        found.grow()
    for number in range(rng.randint(0, 3)):
        found.declare(number)
    for number in range(rng.choice((0, 0, 1))):
        found.define(number)
    for number in range(rng.randint(0, 4)):
        if not found.broken:
            found.statement(number)
    if not found.broken:
        found.loss()
    if rng.random() < 0.05:
        found.lines.append(rng.choice(("minimize L", "seed 3", "minimize w")))
    return "\n".join(found.lines)


def leaf_like(rng: Random, node: Node) -> object:
    """Numbers in a node's shape, some at the edges."""

    def drawn(shape: Shape) -> object:
        if shape:
            return [drawn(shape[1:]) for _ in range(shape[0])]
        return rng.choice(VALUES) if rng.random() < 0.5 else round(rng.uniform(-2, 2), 2)

    return drawn(node.shape)
