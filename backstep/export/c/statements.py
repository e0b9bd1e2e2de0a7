"""Statements of C: a line's value assigned, over the axes that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from backstep.export.c.words import Elements, Index, Term, is_number, number
from backstep.export.expression_writer import filled
from backstep.export.program import Line, Operation, carried, operation
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.shape import Shape, size

_INDICES = "ijkl"


Form = Callable[["Statements", Node, Operation], None]


@dataclass(slots=True)
class Statements:
    """Writes the statements of a program's lines; `sizes` names the lengths of axes, and `forms`
    are the operations that need loops of their own."""

    elements: Elements
    sizes: Callable[[int], str]
    forms: Mapping[str, Form]
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    node: Node | None = None
    target: str = ""
    local: bool = True
    """Whether the target is a variable of the function, to be declared."""
    remark: str = ""

    def write(self, line: Line, target: str, local: bool, remark: str) -> list[str]:
        """The statements that assign a line's value to `target`."""
        self.lines, self.depth = [], 1
        self.target, self.local, self.remark = target, local, remark
        shape = line.of.shape if line.of is not None else line.node.shape if line.node else ()
        self.node = line.node
        stands = line.node is not None and self.elements.program.stands(line.node)
        other = line.symbol is not line.node and stands
        form = None
        if size(shape) == 0:
            # Nothing reads it: what is computed from it alone is a number.
            self.say(f"/* {remark} */")
            return self.lines
        if line.node is not None and not other and filled(line.node) is None:
            done = operation(line.node)
            form = self.forms.get(done.name)
        if form is not None and line.node is not None:
            form(self, line.node, operation(line.node))
        else:
            self._elementwise(line, shape, other)
        return self.lines

    def _elementwise(self, line: Line, shape: Shape, other: bool) -> None:
        at = self.indices(shape)
        node = line.node
        if node is None:
            value = Term("0.0")
        else:
            # A scalar replaces a tensor whose elements are all equal.
            inner = at if node.shape == shape else ()
            value = self.elements.of(node, inner) if other else self.elements.own(node, inner)
        text = value.at(0) if value.level < 0 else value.text
        if not shape:
            kind = "const double " if self.local else ""
            self.say(f"{kind}{self.target} = {text};", self.remark)
            return
        self.declare(shape)
        self.loops(shape, at, lambda: self.say(f"{self.element(at)} = {text};"))

    def say(self, text: str, remark: str = "") -> None:
        """Add one line at the current indentation."""
        tail = f"  /* {remark} */" if remark else ""
        self.lines.append("    " * self.depth + text + tail)

    def indices(self, shape: Shape, skip: int = 0) -> Index:
        """The names of the loop counters over a shape."""
        return tuple(counter(axis + skip) for axis in range(len(shape)))

    def declare(self, shape: Shape, value: str = "0.0") -> None:
        """Declare the variable, with the remark: an array, or a number initialised to `value`."""
        if not shape:
            kind = "double " if self.local else ""
            self.say(f"{kind}{self.target} = {value};", self.remark)
        elif self.local:
            dims = "".join(f"[{self.sizes(length)}]" for length in shape)
            self.say(f"static double {self.target}{dims};", self.remark)
        else:
            self.say(f"/* {self.remark} */")

    def element(self, at: Index) -> str:
        """An element of the target."""
        return self.target + "".join(f"[{each}]" for each in at)

    def loops(self, shape: Shape, at: Index, body: Callable[[], None]) -> None:
        """Loops over a shape's axes around the statements that `body` adds."""
        for index, length in zip(at, shape, strict=True):
            self.open(f"for (int {index} = 0; {index} < {self.sizes(length)}; {index}++)")
        body()
        for _ in shape:
            self.close()

    def open(self, head: str) -> None:
        """Begin a block."""
        self.say(head + " {" if head else "{")
        self.depth += 1

    def close(self) -> None:
        """End a block."""
        self.depth -= 1
        self.say("}")

    def pointer(self, operand: Operand) -> str:
        """A pointer to the elements of a value, in row-major order."""
        operand = carried(operand)
        if isinstance(operand, Literal):
            return f"(const double[]){{{number(operand).text}}}"
        constant = operand.op == "constant" and not self.elements.program.stands(operand)
        if constant or is_number(operand):
            return f"(const double[]){{{self.elements.own(operand, ()).text}}}"
        return "&" + self.elements.of(operand, ("0",) * len(operand.shape)).text

    def own_pointer(self, shape: Shape) -> str:
        """A pointer to the elements of the target."""
        return "&" + self.element(("0",) * len(shape))


def counter(axis: int) -> str:
    """A loop's counter: a letter, or numbered once the letters are used up."""
    return _INDICES[axis] if axis < len(_INDICES) else f"i{axis}"


COUNTERS = frozenset({*_INDICES, *(f"i{axis}" for axis in range(4, 40))})
