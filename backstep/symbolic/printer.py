"""Closed formulas as people and programs read them: SymPy's text, tidy LaTeX, a count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sympy
from sympy.printing.precedence import PRECEDENCE, precedence
from sympy.printing.str import StrPrinter

from backstep.clock import heed
from backstep.formula.latex import written
from backstep.formula.notation import Setter
from backstep.symbolic.formulas import ClosedFormulas, fraction
from backstep.symbolic.functions import Named, Share, is_condition
from backstep.symbolic.names import Symbol
from backstep.symbolic.numerals import refusal, too_deep
from backstep.symbolic.order import Order, is_negative

_FEW = 6
"""Elements of an extreme whose slope is written with its value at a tie, though nothing be tied."""


class _Text(StrPrinter):  # type: ignore[misc]
    def __init__(self, symbols: Mapping[str, Symbol], order: Order, shares: bool) -> None:
        super().__init__()
        self._shares = shares
        self._spelled = symbols
        self._order = order
        self._holes: dict[str, tuple[str, int]] = {}
        self._written: dict[sympy.Basic, str] = {}
        self._bindings: dict[type[Named], int] = {}
        self.used: set[str] = set()

    def _print(self, expr: sympy.Basic, **context: object) -> str:
        """A formula with many uses is printed once."""
        if self._holes or context:
            return str(super()._print(expr, **context))
        if expr not in self._written:
            heed()
            self._written[expr] = str(super()._print(expr))
        return self._written[expr]

    def _print_Symbol(self, symbol: sympy.Symbol) -> str:
        hole = self._holes.get(symbol.name)
        if hole is not None:
            return hole[0]
        self.used.add(symbol.name)
        return self._spelled[symbol.name].text

    def _print_Exp1(self, _: sympy.Basic) -> str:
        """`exp(1)`, as in the language: `E` may be a name of the text, and is no constant of the
        language.
        """
        return "exp(1)"

    def parenthesize(self, item: sympy.Basic, level: int, strict: bool = False) -> str:
        binding = self._binding(item)
        loose = binding < level or (not strict and binding <= level)
        return f"({self._print(item)})" if loose else self._print(item)

    def _binding(self, item: sympy.Basic) -> int:
        """How tightly the text of a formula binds, in SymPy's numbers."""
        if item.is_Symbol and item.name in self._holes:
            return self._holes[item.name][1]
        if item.is_Mul:
            return int(PRECEDENCE["Add" if is_negative(item) else "Mul"])
        if not isinstance(item, Named) or not item.row.elementwise or _is_choice(item):
            return int(precedence(item))
        kind = type(item)
        if kind.row.stops:  # written as its argument alone, it binds as that does
            return self._binding(item.args[0])
        if kind not in self._bindings:
            alone = kind.written_out(*sympy.symbols(f"z:{len(item.args)}", seq=True))
            quotient = isinstance(alone, sympy.Pow) and alone.exp.is_negative
            self._bindings[kind] = PRECEDENCE["Mul"] if quotient else int(precedence(alone))
        return self._bindings[kind]

    def _as_ordered_terms(self, expr: sympy.Basic, order: None = None) -> list[sympy.Expr]:
        return list(self._order.terms(expr))

    def _print_Mul(self, expr: sympy.Basic) -> str:
        number = expr.as_coeff_Mul()[0]
        above, below = fraction(self._order.written(expr))
        size = abs(number)
        over, under = (size.p, size.q) if size.is_Rational else (1, 1)
        alone = over == 1 and len(above) == 1 and not below and size.is_Rational
        top = [self.parenthesize(part, PRECEDENCE["Mul"], strict=alone) for part in above]
        bottom = [self.parenthesize(part, PRECEDENCE["Mul"], strict=False) for part in below]
        if over != 1 or not top:
            top.insert(0, str(over))
        if not size.is_Rational:
            top.insert(0, self._print(size))
        if under != 1:
            bottom.insert(0, str(under))
        sign = "-" if number.is_extended_negative else ""
        divided = "*".join(bottom) if len(bottom) < 2 else f"({'*'.join(bottom)})"
        return sign + "*".join(top) + (f"/{divided}" if bottom else "")

    def _print_Heaviside(self, step: sympy.Heaviside) -> str:
        """A step; that of an extreme of three or more with its value at a tie, which all share."""
        at, tied = step.args
        half = tied == sympy.S.Half
        if half or (isinstance(tied, Share) and not self._shares and len(tied.args) > _FEW):
            return f"Heaviside({self._print(at)})"
        return f"Heaviside({self._print(at)}, {self._print(tied)})"

    def _print_Share(self, share: Share) -> str:
        chosen, *others = map(self._print, share.args)
        tied = [f"KroneckerDelta({chosen}, {other})" for other in others]
        return f"1/(1 + {' + '.join(tied)})"

    def _print_Function(self, function: sympy.Function) -> str:
        """Named functions written out as text: SymPy would multiply out a choice's branches."""
        if not isinstance(function, Named):
            return str(super()._print_Function(function))
        if not function.row.elementwise:
            name = type(function.written_out(*sympy.symbols("z:2"))).__name__
            return f"{name}({', '.join(map(self._print, function.args))})"
        holes: dict[str, tuple[str, int]] = {}
        places = []
        for number, argument in enumerate(function.args):
            if is_condition(argument):
                places.append(argument)
                continue
            holes[f"hole{number}"] = self._print(argument), self._binding(argument)
            places.append(sympy.Symbol(f"hole{number}"))
        outer, self._holes = self._holes, holes
        written = self._print(function.written_out(*places))
        self._holes = outer
        return written


def _is_choice(formula: sympy.Basic) -> bool:
    return isinstance(formula, Named) and any(is_condition(part) for part in formula.args)


class Printer:
    """Prints formulas; what several of them contain is printed, and counted, once.

    Its methods raise FormulaTooLarge if a number has too many digits to be written, or a formula is
    nested too deep.
    """

    def __init__(
        self, symbols: Mapping[str, Symbol], order: Order | None = None, shares: bool = True
    ) -> None:
        """`shares`: a step of an extreme of many says what it is at a tie, where ½ is not right."""
        kept = Order() if order is None else order
        self._text = _Text(symbols, kept, shares)
        self._trees = ClosedFormulas(symbols, kept)
        names = {symbol.meaning.partition("[")[0] for symbol in symbols.values()}
        self._setter = Setter(names=names)
        self._counted: dict[sympy.Basic, int] = {}

    @property
    def used(self) -> set[str]:
        """The generated names of the symbols in all texts so far."""
        return self._text.used

    def text(self, formula: sympy.Basic) -> str:
        """SymPy's own text, to be read by `parse_expr` with these symbols."""
        with _bounded():
            return str(self._text.doprint(formula))

    def latex(self, formula: sympy.Basic, coloured: bool = False) -> str:
        """The tidy form, with σ and similar functions by name."""
        with _bounded():
            return written(self._setter.boxed(self._trees.of(formula)), coloured)

    def operations(self, formula: sympy.Basic) -> int:
        """Additions, products, powers and function calls of the tidy form."""
        with _bounded():
            return operations(formula, self._counted)


@contextmanager
def _bounded() -> Iterator[None]:
    """Refuse what cannot be written out."""
    try:
        yield
    except ValueError:  # Python writes no integer of more than 4,300 digits.
        raise refusal() from None
    except RecursionError:
        raise too_deep() from None


def text(formula: sympy.Basic, symbols: Mapping[str, Symbol]) -> str:
    """One formula as SymPy's own text, to be read by `parse_expr` with these symbols."""
    return Printer(symbols).text(formula)


def latex(formula: sympy.Basic, symbols: Mapping[str, Symbol]) -> str:
    """One formula in the tidy form."""
    return Printer(symbols).latex(formula)


def operations(formula: sympy.Basic, known: dict[sympy.Basic, int] | None = None) -> int:
    """Additions, products, powers and function calls of the tidy form.

    A sign is free, a quotient is one product, and a choice is one call; of its conditions only the
    formulas they compare are counted. The largest of n is n − 1 operations. `known` caches counts.
    """
    if not formula.args:
        return 0
    counted = None if known is None else known.get(formula)
    if counted is None:
        inner = sum(operations(each, known) for each in counted_parts(formula))
        counted = own_operations(formula) + inner
        if known is not None:
            known[formula] = counted
    return counted


def counted_parts(formula: sympy.Basic) -> tuple[sympy.Basic, ...]:
    """The parts whose operations count: of a step its input, whatever it is at 0."""
    parts: tuple[sympy.Basic, ...] = formula.args
    return parts[:1] if isinstance(formula, sympy.Heaviside) else parts


def own_operations(formula: sympy.Basic) -> int:
    """The operations of a formula without those of its parts."""
    if isinstance(formula, sympy.Add):
        return len(formula.args) - 1
    if isinstance(formula, sympy.Mul):
        signs = 1 if formula.args[0] == -1 else 0
        return len(formula.args) - 1 - signs - sum(map(_reciprocal, formula.args))
    if isinstance(formula, Named) and not formula.row.elementwise:
        return len(formula.args) - 1
    return 1 if isinstance(formula, sympy.Piecewise | sympy.Function | sympy.Pow) else 0


def _reciprocal(formula: sympy.Basic) -> bool:
    return isinstance(formula, sympy.Pow) and formula.exp == -1
