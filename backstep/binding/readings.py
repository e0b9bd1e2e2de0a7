"""How typed statements and answers were interpreted, as text and as LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backstep.binding.bind import BoundModel
from backstep.errors import BackstepError
from backstep.formula.board import brief
from backstep.formula.language import read
from backstep.formula.latex import latex
from backstep.formula.operations import FromGraph
from backstep.formula.tree import Formula, Sym
from backstep.lang.compile.answer import Answer
from backstep.lang.compile.definition import Reading


@dataclass(frozen=True, slots=True)
class StatementReading:
    """How a statement that is written as on a board was read."""

    line: int
    """Its line in the text, from 1."""
    text: str
    """The statement in the language, such as `L = dot(w, x)`."""
    latex: str | None
    """The same as LaTeX; null of a function of which nothing is known here."""


def readings(prepared: BoundModel) -> Sequence[StatementReading]:
    """The statements that are written as on a board, in the text's order."""
    given = prepared.definition.readings
    if not given:
        return ()
    return prepared.model.once(
        "readings",
        lambda: tuple(
            StatementReading(each.line, each.text, _statement_latex(prepared, each))
            for each in given
        ),
    )


def _statement_latex(prepared: BoundModel, reading: Reading) -> str | None:
    """A named result by its node; what has none, a declared value or a function, by its text."""
    symbols = prepared.symbols
    for versions in prepared.definition.names.values():
        for version in versions:
            node = version.node
            if version.line == reading.line and node.inputs:
                left, right = symbols.of(node), symbols.in_latex(symbols.own(node))
                return f"{left} = {right}"
    head, _, body = reading.text.partition(" = ")
    names: dict[str, Formula] = {}
    for name, given in prepared.definition.names.items():
        names[name] = symbols.formulas[given[-1].node.id]
    names |= {
        each.name: Sym(each.name, size=each.node.shape) for each in prepared.definition.derived
    }
    called, bracket, inside = head.partition("(")
    parameters = [each.strip(" )") for each in inside.split(",")] if bracket else []
    names |= {each: Sym(each) for each in parameters}
    role, _, declared = called.partition(" ")
    name = (declared or role).partition("[")[0]
    left = latex(Sym(name))
    if bracket:
        left += rf"\left({', '.join(latex(Sym(each)) for each in parameters)}\right)"
    try:
        return f"{left} = {latex(brief(read(body, names)))}"
    except BackstepError:
        return None


def answer_latex(prepared: BoundModel, answer: Answer) -> str:
    """A typed formula as it was read, as LaTeX."""
    formulas = prepared.symbols.formulas
    shown = {
        leaf.id: formulas.get(answer.meant[name].id) or Sym(name, size=leaf.shape)
        for name, leaf in answer.names.items()
    }
    made = FromGraph(lambda node: shown.get(node.id))
    return prepared.symbols.in_latex(brief(made.of(answer.node)))
