"""Closed formulas as people and programs read them: plain SymPy text, tidy LaTeX, a count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from app.engines.symbolic_functions import Named
from app.engines.symbolic_names import Symbol


class _Text(StrPrinter):  # type: ignore[misc]
    def __init__(self, symbols: Mapping[str, Symbol]) -> None:
        super().__init__()
        self._spelled = symbols
        self._holes: dict[str, str] = {}

    def _print_Symbol(self, symbol: Any) -> str:
        hole = self._holes.get(symbol.name)
        return self._spelled[symbol.name].text if hole is None else hole

    def _print_Function(self, function: Any) -> str:
        """Named functions written out as text: SymPy would multiply out a choice's branches."""
        if not isinstance(function, Named):
            return str(super()._print_Function(function))
        inputs = [self._print(argument) for argument in function.args]
        places = sympy.symbols(f"hole:{len(inputs)}", seq=True)
        outer, self._holes = (
            self._holes,
            {
                place.name: text if text.isidentifier() else f"({text})"
                for place, text in zip(places, inputs, strict=True)
            },
        )
        written = self._print(function.written_out(*places))
        self._holes = outer
        alone = function.written_out(*places)
        return str(written if alone.is_Piecewise or alone.is_Function else f"({written})")


class _Latex(LatexPrinter):  # type: ignore[misc]
    def __init__(self, symbols: Mapping[str, Symbol]) -> None:
        super().__init__({"ln_notation": False})
        self._spelled = symbols

    def _print_Symbol(self, symbol: Any, style: str = "plain") -> str:
        return self._spelled[symbol.name].latex

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        """Terms with a plus first, so that a sum does not begin with a minus."""
        terms = super()._as_ordered_terms(expr, order=order)
        return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))

    def _print_Function(self, function: Any, exp: Any = None) -> str:
        if not isinstance(function, Named):
            return str(super()._print_Function(function, exp))
        inputs = [self._print(argument) for argument in function.args]
        printed = str(function.row.notation.latex(*inputs, **dict(function.params)))
        return printed if exp is None else rf"{printed}^{{{exp}}}"


def text(formula: Any, symbols: Mapping[str, Symbol]) -> str:
    """Plain SymPy, to be read by `parse_expr` with these symbols."""
    return str(_Text(symbols).doprint(formula))


def latex(formula: Any, symbols: Mapping[str, Symbol]) -> str:
    """The tidy form, with σ and its kin by name."""
    return str(_Latex(symbols).doprint(formula))


def operations(formula: Any) -> int:
    """Additions, products, powers and function calls of the tidy form.

    A sign is free, a quotient is one product, and a choice is one call; its conditions are not
    counted but for the formulas they compare.
    """
    if isinstance(formula, sympy.Add):
        own = len(formula.args) - 1
    elif isinstance(formula, sympy.Mul):
        own = len(formula.args) - 1 - (1 if formula.args[0] == -1 else 0)
        return own + sum(
            operations(arg.base) if _reciprocal(arg) else operations(arg) for arg in formula.args
        )
    elif isinstance(formula, sympy.Piecewise | sympy.Function | sympy.Pow):
        own = 1
    else:
        own = 0
    return own + sum(operations(arg) for arg in formula.args)


def _reciprocal(formula: Any) -> bool:
    return isinstance(formula, sympy.Pow) and formula.exp == -1


def symbols_of(formula: Any) -> set[str]:
    """The generated names of the symbols a formula holds."""
    return {symbol.name for symbol in formula.free_symbols}
