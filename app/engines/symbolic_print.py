"""Closed formulas as people and programs read them: plain SymPy text, tidy LaTeX, a count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from app.engines.symbolic_functions import Named, is_condition
from app.engines.symbolic_names import Symbol
from app.engines.symbolic_numbers import refusal
from app.ops.functions import INDICATOR


class _Text(StrPrinter):  # type: ignore[misc]
    def __init__(self, symbols: Mapping[str, Symbol]) -> None:
        super().__init__()
        self._spelled = symbols
        self._holes: dict[str, str] = {}
        self._written: dict[Any, str] = {}

    def _print(self, expr: Any, **context: Any) -> str:
        """What stands in many places is printed once."""
        if self._holes or context:
            return str(super()._print(expr, **context))
        if expr not in self._written:
            self._written[expr] = str(super()._print(expr))
        return self._written[expr]

    def _print_Symbol(self, symbol: Any) -> str:
        hole = self._holes.get(symbol.name)
        return self._spelled[symbol.name].text if hole is None else hole

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        return _ordered(expr) or list(super()._as_ordered_terms(expr, order=order))

    def _print_Function(self, function: Any) -> str:
        """Named functions written out as text: SymPy would multiply out a choice's branches."""
        if not isinstance(function, Named):
            return str(super()._print_Function(function))
        if not function.row.elementwise:
            name = type(function.written_out(*sympy.symbols("z:2"))).__name__
            return f"{name}({', '.join(map(self._print, function.args))})"
        holes: dict[str, str] = {}
        places = []
        for number, argument in enumerate(function.args):
            if is_condition(argument):
                places.append(argument)
                continue
            text = self._print(argument)
            holes[f"hole{number}"] = text if text.isidentifier() else f"({text})"
            places.append(sympy.Symbol(f"hole{number}"))
        alone = function.written_out(*places)
        outer, self._holes = self._holes, holes
        written = self._print(alone)
        self._holes = outer
        return str(written if alone.is_Piecewise or alone.is_Function else f"({written})")


class _Latex(LatexPrinter):  # type: ignore[misc]
    def __init__(self, symbols: Mapping[str, Symbol]) -> None:
        super().__init__({"ln_notation": False})
        self._spelled = symbols
        self._written: dict[Any, str] = {}

    def _print(self, expr: Any, **context: Any) -> str:
        """What stands in many places is printed once."""
        if context:
            return str(super()._print(expr, **context))
        if expr not in self._written:
            self._written[expr] = str(super()._print(expr))
        return self._written[expr]

    def _print_Symbol(self, symbol: Any, style: str = "plain") -> str:
        return self._spelled[symbol.name].latex

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        """Terms with a plus first, so that a sum does not begin with a minus.

        What is a function of a network stands before what is not: the regulariser is last.
        """
        terms = _ordered(expr) or super()._as_ordered_terms(expr, order=order)
        return sorted(
            terms,
            key=lambda term: (
                bool(term.could_extract_minus_sign()),
                not term.has(Named, sympy.tanh),
            ),
        )

    def _print_Function(self, function: Any, exp: Any = None) -> str:
        if not isinstance(function, Named):
            return str(super()._print_Function(function, exp))
        inputs = [self._print(argument) for argument in function.args]
        if _is_choice(function):
            printed = _cases(*inputs)
            return printed if exp is None else rf"\left({printed}\right)^{{{exp}}}"
        if not function.row.elementwise:
            inputs = [", ".join(inputs)]
        printed = str(function.row.notation.latex(*inputs, **dict(function.params)))
        return printed if exp is None else rf"{printed}^{{{exp}}}"

    def _print_Heaviside(self, step: Any, exp: Any = None) -> str:
        """The slope of a maximum: 1 where the argument is positive."""
        printed = str(INDICATOR.latex(self._print(step.args[0])))
        return printed if exp is None else rf"{printed}^{{{exp}}}"

    def _needs_mul_brackets(self, expr: Any, first: bool = False, last: bool = False) -> bool:
        return _is_choice(expr) or bool(super()._needs_mul_brackets(expr, first, last))

    def _needs_add_brackets(self, expr: Any) -> bool:
        return _is_choice(expr) or bool(super()._needs_add_brackets(expr))


_LONG = 60
"""Terms past which SymPy takes long to put them in an order of its own."""


def _ordered(total: Any) -> list[Any] | None:
    """The terms of a long sum, as they are kept: by the names in them."""
    return list(total.args) if len(total.args) > _LONG else None


def _is_choice(formula: Any) -> bool:
    return isinstance(formula, Named) and any(is_condition(part) for part in formula.args)


def _cases(condition: str, chosen: str, otherwise: str) -> str:
    """A choice as a lecture writes it, and as SymPy prints its own."""
    return (
        rf"\begin{{cases}} {chosen} & \text{{for}}\: {condition} \\ "
        rf"{otherwise} & \text{{otherwise}} \end{{cases}}"
    )


def text(formula: Any, symbols: Mapping[str, Symbol]) -> str:
    """Plain SymPy, to be read by `parse_expr` with these symbols."""
    try:
        return str(_Text(symbols).doprint(formula))
    except ValueError:  # Python writes out no whole number of more than 4,300 digits.
        raise refusal() from None


def latex(formula: Any, symbols: Mapping[str, Symbol]) -> str:
    """The tidy form, with σ and its kin by name."""
    try:
        return str(_Latex(symbols).doprint(formula))
    except ValueError:
        raise refusal() from None


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
