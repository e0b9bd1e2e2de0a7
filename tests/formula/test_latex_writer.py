"""Formulas written one after another, with what they share kept, are written as each alone."""

from __future__ import annotations

import pytest

from backstep.examples import EXAMPLES
from backstep.formula import latex as latex_module
from backstep.formula.latex import Writer, latex
from backstep.formula.tree import Formula, Sym, add, multiply
from backstep.lang.compile.compiler import compile_text
from backstep.notation.symbols import symbols

SOURCES = {each.id: each.source for each in EXAMPLES if each.id in ("rnn", "nine-weights", "xor")}


@pytest.mark.parametrize("name", SOURCES)
def test_every_formula_of_a_definition_is_written_as_alone(name: str) -> None:
    definition = compile_text(SOURCES[name])
    known = symbols(definition)
    nodes = [node for node in definition.graph.nodes if node.inputs]
    formulas = [known.own(node) for node in nodes]
    formulas += [known.derivative(definition.loss, node) for node in nodes]
    assert len(formulas) >= 20
    for formula in formulas:
        alone = tuple(latex(formula, coloured, names=known.all) for coloured in (False, True))
        assert known.in_both(formula) == alone


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latex_module, "_MOST_KEPT", 50)
    writer = Writer()
    formula: Formula = Sym("a")
    for number in range(60):
        formula = add(multiply(formula, Sym(f"b_{number}")), Sym("c"))
        assert writer.in_both(formula)[0] == latex(formula)
        assert len(writer._known) <= 50
