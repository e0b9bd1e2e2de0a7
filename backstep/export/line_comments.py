"""Comments after lines: the line's formula in a lecture's notation, and its shape."""

from __future__ import annotations

from backstep.export.comments import printable
from backstep.export.names import Names
from backstep.export.program import Line, Program
from backstep.formula.operations import FromGraph
from backstep.formula.symbols import symbols
from backstep.formula.text import NotInLanguage, Writer, spelled
from backstep.formula.tree import Formula, Op, Sym, mapped, operations
from backstep.graph.node import Node
from backstep.graph.shape import Shape

LONGEST = 200
_MOST = 60


class Remarks:
    """The remarks of one program's lines; `names` are those of the file, for parts without one."""

    def __init__(self, program: Program, names: Names) -> None:
        self._program = program
        self._known = symbols(program.definition)
        self._names = names
        self._formulas = FromGraph(self._symbol)
        self._writer = Writer()

    def of(self, place: int, line: Line) -> str:
        """The remark of a line, by the line's index in the program."""
        shape = line.of.shape if line.of is not None else line.node.shape if line.node else ()
        head = self._head(place, line)
        try:
            text = self._formula(line)
        except NotInLanguage:
            text = ""
        said = f"{head} = {text}; {spelled_shape(shape)}" if text else spelled_shape(shape)
        return printable(said if len(said) <= LONGEST else spelled_shape(shape))

    def _head(self, place: int, line: Line) -> str:
        if line.of is not None and line.of.id in self._known:
            own = spelled(self._known[line.of.id])
            return own if line.kind == "value" else "d" + own
        return self._names.of_lines[place]

    def _formula(self, line: Line) -> str:
        if line.node is None:
            return "0"
        if line.kind == "partial" and self._program.stands(line.node):
            formula = self._formulas.of(line.node)
        else:
            formula = self._formulas.own(line.node)
        if operations([formula]) > _MOST:
            return ""
        return self._writer.write(mapped(formula, _chained))

    def _symbol(self, node: Node) -> Formula | None:
        known = self._known.get(node.id)
        if known is not None:
            return known
        line = self._program.by_symbol.get(node.id)
        if line is None:
            return None
        if line.kind == "partial" and line.of is not None and line.of.id in self._known:
            return Sym("d" + spelled(self._known[line.of.id]), "partial", None, node.shape)
        return Sym(self._names[node], "value", None, node.shape)


def _chained(part: Formula) -> Formula:
    """A product within a product as one chain of factors, without needless brackets."""
    if isinstance(part, Op) and part.op == "multiply":
        factors = [
            each
            for arg in part.args
            for each in (arg.args if isinstance(arg, Op) and arg.op == "multiply" else (arg,))
        ]
        return Op("multiply", tuple(factors))
    return part


def spelled_shape(shape: Shape) -> str:
    """A shape in a word."""
    if not shape:
        return "scalar"
    return f"vector of {shape[0]}" if len(shape) == 1 else "×".join(map(str, shape))
