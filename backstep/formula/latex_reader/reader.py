"""Formulas read from LaTeX, with the definition's names and shapes in hand.

`Wx`, `x(y + z)`, `w^T x`, `f_y` are decided by looking up what the letters are. Where two readings
are possible, both are reported and none is taken; a command that is not known is an error with
its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction

from backstep.errors import AnswerError
from backstep.formula.convolutions import ASTERISK, STAR, between
from backstep.formula.latex_reader.cursor import Cursor
from backstep.formula.latex_reader.names import Names
from backstep.formula.latex_reader.products import (
    Open,
    Read,
    folded,
    joined,
    negative,
    scalar,
    turned,
)
from backstep.formula.latex_reader.tokens import CLOSES, ENDS, RELATIONS, Token, fault, tokens
from backstep.formula.operations import COMPARISONS, applied, as_literal
from backstep.formula.table import FUNCTIONS as WRITTEN
from backstep.formula.tree import (
    ONE,
    PI,
    ZERO,
    At,
    Call,
    Cases,
    Deriv,
    Formula,
    Mat,
    Neg,
    Sym,
    add,
    multiply,
    number,
)
from backstep.graph.shape import Shape, ShapeError, broadcast
from backstep.ops import FUNCTIONS, TABLE

_DEEPEST = 80
"""Brackets, fractions and scripts inside each other."""


_HEADS = {row.latex: name for name, row in WRITTEN.items() if " " not in row.latex}
_HEADS |= {r"\max": "max", r"\min": "min"}
_SPELLED = {"move": "move_axis"}
_PAIRS = {"max": "maximum", "min": "minimum"}
_TOP = Sym("top", "constant")


def read(
    text: str, names: Iterable[Sym] | Mapping[str, Sym], shape: Shape | None = None
) -> Formula:
    """The formula that a LaTeX text means; `shape` is that of its value, where it is known.

    Raises AnswerError, with the place of what is wrong.
    """
    known = names.values() if isinstance(names, Mapping) else names
    reader = _Reader(tokens(text), dict.fromkeys(known), len(text))
    return reader.whole(shape)


class _Reader(Cursor):
    """Reads formulas; each method leaves the place after what it read."""

    def __init__(self, given: Sequence[Token], names: Iterable[Sym], length: int) -> None:
        super().__init__(given, length)
        self._deep = 0
        self._names = Names(names)

    def whole(self, shape: Shape | None) -> Formula:
        start = self._peek()
        found = self._sum()
        if self._at < len(self._tokens):
            raise self._stray()
        return self._closed(found, shape, start)

    def _sum(self) -> Read:
        start = self._peek()
        terms: list[tuple[bool, Read]] = []
        minus = False
        if self._is("+", "-"):
            minus = self._take().text == "-"
        terms.append((minus, self._term()))
        while self._is("+", "-"):
            minus = self._take().text == "-"
            terms.append((minus, self._term()))
        if len(terms) == 1:
            ((minus, term),) = terms
            return negative(term) if minus else term
        return self._together(terms, start)

    def _together(self, terms: Sequence[tuple[bool, Read]], start: Token | None) -> Read:
        def of(shape: Shape) -> Formula:
            found = [
                Neg(each) if minus else each
                for minus, term in terms
                for each in (term.close(shape) if isinstance(term, Open) else term,)
            ]
            return add(*found)

        return self._sized([term for _, term in terms], of, start)

    def _sized(
        self, parts: Sequence[Read], of: Callable[[Shape], Formula], start: Token | None
    ) -> Read:
        """What is made of parts element by element, in the shape of those that have one."""
        try:
            shapes = [part.shape for part in parts if isinstance(part, Formula)]
            shape = broadcast(*shapes) if shapes else ()
            if any(isinstance(part, Open) for part in parts) and not shape:
                return Open(of)
            made = of(shape)
            _ = made.shape
        except ShapeError as error:
            raise self._misfit(start, error) from None
        return made

    def _term(self) -> Read:
        start = self._peek()
        factors = [self._product()]
        while self._is(r"\odot"):
            self._take()
            factors.append(self._product())
        if len(factors) == 1:
            return factors[0]

        def of(shape: Shape) -> Formula:
            return multiply(
                *(each.close(shape) if isinstance(each, Open) else each for each in factors)
            )

        return self._sized(factors, of, start)

    def _product(self) -> Read:
        """Factors side by side, joined as their shapes say."""
        start = self._peek()
        if self._is(r"\sum", r"\prod"):
            return self._total()
        factors = [self._factor()]
        while (token := self._peek()) is not None:
            if self._is(r"\cdot", r"\times", "*"):
                self._take()
            elif self._is("/"):
                self._take()
                factors[-1:] = [self._over(factors[-1], self._factor(), start)]
                continue
            elif self._is(STAR, ASTERISK):
                self._convolve(factors, start)
                continue
            elif token.text in ENDS or token.text in RELATIONS:
                break
            factors.append(self._factor())
        try:
            return joined(factors)
        except ShapeError as error:
            raise self._misfit(start, error) from None

    def _convolve(self, factors: list[Read], start: Token | None) -> None:
        """The last factor and what stands behind ⋆ or ∗, as one; before no kernels ∗ is a times."""
        sign, cut, right = self._take(), self._cut_below(), self._factor()
        if sign.text == ASTERISK and (isinstance(right, Open) or len(right.shape) < 3):
            return factors.append(right)
        left, kernels = (self._closed(each, None, start) for each in (factors[-1], right))
        try:
            factors[-1] = between(sign.text, left, kernels, *cut)
        except ShapeError as error:
            raise self._misfit(start, error) from None

    def _over(self, top: Read, bottom: Read, start: Token | None) -> Read:
        def of(shape: Shape) -> Formula:
            above, below = (
                each.close(shape) if isinstance(each, Open) else each for each in (top, bottom)
            )
            known = folded("/", above, below)
            return applied("divide", above, below) if known is None else known

        return self._sized([top, bottom], of, start)

    def _total(self) -> Read:
        """Σ or ∏ of all that stands behind it in its term."""
        sign = self._take()
        options: dict[str, int] = {}
        others = False
        if self._is("_"):
            below = self._peek(2)
            if below is not None and below.text == r"\text" and below.inside == "others":
                self._at += 4
                others = True
            else:
                options = self._axis()
        start = self._peek()
        body = self._closed(self._product(), None, start)
        if others:
            return Call("prod_except", (body,), (("order", 1),))
        return applied("sum" if sign.text == r"\sum" else "prod", body, **options)

    def _factor(self) -> Read:
        """An atom with what is raised and lowered at it."""
        start = self._peek()
        self._deep += 1
        if self._deep > _DEEPEST:
            at = start or Token("", "", 0, 1)
            raise fault("nesting_depth", "nested too deep", None, at.start, at.end)
        found, grouped = self._atom()
        while self._is("^", "_", "[", "'"):
            if self._is("["):
                if not isinstance(found, Formula) or not found.shape:
                    break
                found = self._element("[", found)
            elif self._is("_"):
                found = self._lowered(self._closed(found, None, start), grouped)
            elif self._is("'"):
                found = self._primed(found)
            else:
                found = self._raised(found, start)
            grouped = False
        self._deep -= 1
        return found

    def _primed(self, found: Read) -> Read:
        token = self._take()
        message = "a stroke says a derivative; write it out"
        raise fault("derivative", message, None, token.start, token.end)

    def _raised(self, base: Read, start: Token | None) -> Read:
        self._take("^")
        self._take("{")
        if self._transposes():
            self._at += 2
            return turned(base)
        exponent = self._closed(self._sum(), None, start)
        self._take("}")

        def of(shape: Shape) -> Formula:
            below = base.close(shape) if isinstance(base, Open) else base
            known = folded("^", below, exponent)
            return applied("power", below, exponent) if known is None else known

        return self._sized([base, exponent], of, start)

    def _transposes(self) -> bool:
        token, after = self._peek(), self._peek(1)
        if token is None or after is None or after.text != "}":
            return False
        if token.text == "T" and self._names.has("T"):
            message = "T is a name here, and may also mean the transpose"
            raise fault("two_readings", message, r"write \top", token.start, token.end)
        return token.text in (r"\top", "T")

    def _lowered(self, value: Formula, grouped: bool) -> Formula:
        """An element by its number, or the one that a label picks."""
        token = self._peek(2)
        if token is not None and token.text.isdecimal() and not grouped:
            return self._element("{", value)
        start = self._peek()
        self._take("_")
        self._take("{")
        label = self._closed(self._sum(), None, start)
        self._take("}")
        if token is not None and as_literal(label) is not None and not grouped:
            raise fault("whole_number", "an index is a whole number", None, token.start, token.end)
        try:
            made = applied("pick", value, label)
            _ = made.shape
        except ShapeError as error:
            raise self._misfit(start, error) from None
        return made

    def _element(self, opening: str, value: Formula) -> Formula:
        if opening == "{":
            self._take("_")
        start = self._take(opening)
        key: list[object] = []
        while True:
            key.append(self._place())
            if not self._is(","):
                break
            self._take(",")
        self._take(CLOSES[opening])
        made = At(value, tuple(key))
        try:
            _ = made.shape
        except ShapeError as error:
            raise self._misfit(start, error) from None
        return made

    def _place(self) -> object:
        first = self._whole_number()
        if not self._is(":"):
            return first
        self._take(":")
        stop = -1 if self._is(",", "]", "}", ":") else self._whole_number()
        step = 1
        if self._is(":"):
            self._take(":")
            step = self._whole_number()
        return (first, stop, step)

    def _atom(self) -> tuple[Read, bool]:
        """What scripts stand at, and whether it stood in braces."""
        token = self._peek()
        if token is None:
            raise fault("incomplete", "the formula breaks off", None, *self._end())
        named = self._name()
        if named is not None:
            return named, False
        if token.text == "{":
            self._take()
            found = self._sum()
            self._take("}")
            return found, True
        if token.text[0].isdecimal():
            return self._number(), False
        special = _ATOMS.get(token.text)
        if special is not None:
            return special(self), False
        name = _HEADS.get(token.key if token.inside else token.text)
        if name is None and token.text in (r"\operatorname", r"\mathrm"):
            name = _SPELLED.get(token.inside, token.inside)
        if name is not None and (name in TABLE or name in FUNCTIONS):
            return self._call(name), False
        raise self._unknown(token)

    def _unknown(self, token: Token) -> AnswerError:
        said = token.inside or token.text
        if token.text in ENDS or token.text in RELATIONS:
            message = f"{said} stands where a formula is needed"
            return fault("unexpected", message, None, token.start, token.end)
        if token.text.startswith("\\") and not token.inside:
            message = f"the command {said} is not known"
            return fault("unknown_command", message, None, token.start, token.end)
        message = f"'{said}' is no name here"
        return fault("unknown_name", message, None, token.start, token.end)

    def _name(self) -> Formula | None:
        """The name that the next tokens spell."""
        found = self._names.at(self._tokens, self._at)
        if found is None:
            return PI if self._is(r"\pi") and self._take() else None
        symbol, length = found
        self._at += length
        return symbol

    def _number(self) -> Formula:
        token = self._take()
        found = number(Fraction(token.text), token.text)
        # 1.5 · 10^{-3} is one number.
        after = [self._peek(ahead) for ahead in range(3)]
        texts = [each.text if each else "" for each in after]
        if texts == [r"\cdot", "10", "^"] or texts == [r"\times", "10", "^"]:
            self._at += 3
            self._take("{")
            power = self._whole_number()
            self._take("}")
            written = f"{token.text}e{power}"
            return number(Fraction(written), written)
        return found

    def _bracketed(self) -> Read:
        opening = self._take()
        if opening.text == "[":
            return self._list()
        found = self._sum()
        self._take(CLOSES[opening.text])
        return found

    def _list(self) -> Formula:
        items = [self._closed(self._sum(), None, self._peek())]
        while self._is(","):
            self._take()
            items.append(self._closed(self._sum(), None, self._peek()))
        self._take("]")
        after = self._peek(2)
        if self._is("_") and after is not None and after.text == r"\text":
            return applied("stack", *items, **self._axis())
        return Mat(tuple(items))

    def _bars(self) -> Formula:
        start = self._take()
        inside = self._closed(self._sum(), None, start)
        self._take(CLOSES[start.text])
        if start.text == "|<":
            return applied("abs", inside)
        options = self._axis() if self._is("_") else {}
        return applied("norm", inside, **options)

    def _fraction(self) -> Read:
        start = self._take()
        if self._is("{") and (after := self._peek(1)) is not None and after.text == r"\partial":
            return self._derivative()
        top, bottom = self._group(), self._group()
        return self._over(top, bottom, start)

    def _derivative(self) -> Formula:
        self._take("{")
        self._take(r"\partial")
        top = None if self._is("}") else self._closed(self._sum(), None, self._peek())
        self._take("}")
        self._take("{")
        self._take(r"\partial")
        bottom = self._closed(self._sum(), None, self._peek())
        self._take("}")
        if top is not None:
            return Deriv(top, bottom)
        self._take("(")
        at = self._closed(self._sum(), None, self._peek())
        self._take(")")
        return Deriv(None, bottom, at)

    def _group(self) -> Read:
        self._take("{")
        found = self._sum()
        self._take("}")
        return found

    def _root(self) -> Formula:
        start = self._take()
        return applied("sqrt", self._closed(self._group(), None, start))

    def _exponential(self) -> Formula:
        """`e^{x}`, where e is no name."""
        start = self._take()
        if not self._is("^"):
            if self._is("_"):
                return self._one_hot()  # type: ignore[return-value]
            raise self._unknown(start)
        self._take()
        return applied("exp", self._closed(self._group(), None, start))

    def _one_hot(self) -> Read:
        self._take("_")
        start = self._peek()
        label = self._closed(self._group(), None, start)
        return Open(lambda shape: Call("place", (ONE, label), (("classes", shape[-1]),)))

    def _identity(self) -> Read:
        start = self._take()
        if not self._is("_"):
            raise self._unknown(start)
        return self._sized_identity()

    def _sized_identity(self) -> Formula:
        self._take("_")
        (size,) = self._sizes()
        return applied("eye", n=size)

    def _bold(self) -> Read:
        """**1** and **0**; **1**[condition] is 1 where it holds."""
        token = self._take()
        if token.inside == "1" and self._is("["):
            self._take()
            condition = self._condition()
            self._take("]")
            return condition
        if token.inside == "e" and self._is("_"):
            return self._one_hot()
        if token.inside == "I" and self._is("_"):
            return self._sized_identity()
        if token.inside == "1" and self._is("_"):
            self._take()
            return applied("ones", shape=self._sizes())
        if token.inside not in ("0", "1"):
            raise self._unknown(token)
        name = "ones" if token.inside == "1" else "zeros"
        return Open(lambda shape: applied(name, shape=shape) if shape else scalar(name))

    def _condition(self) -> Formula:
        start = self._peek()
        left = self._sum()
        token = self._take(*RELATIONS)
        right = self._sum()
        op = RELATIONS[token.text]

        def of(shape: Shape) -> Formula:
            sides = (
                each.close(shape) if isinstance(each, Open) else each for each in (left, right)
            )
            return applied(op, *sides)

        return self._closed(self._sized([left, right], of, start), None, start)

    def _call(self, name: str) -> Read:
        start = self._take()
        options: dict[str, object] = {}
        if self._is("_"):
            options = self._below(name)
        if self._is("^") and "shape" in options:
            self._at += 4
            name = "unpatches"
        if self._is("'"):
            self._primed(ZERO)
        if not self._is("(", "{"):
            inside = self._closed(self._factor(), None, start)
            return self._made(name, [inside], options, start)
        closing = CLOSES[self._take().text]
        if name == "where":
            given: list[Formula] = [self._condition()]
        else:
            given = [self._closed(self._sum(), None, start)]
        while self._is(","):
            self._take()
            given.append(self._closed(self._sum(), given[-1].shape, start))
        self._take(closing)
        return self._made(name, given, options, start)

    def _made(
        self, name: str, given: list[Formula], options: dict[str, object], start: Token
    ) -> Formula:
        if name in COMPARISONS:
            raise fault("unknown", f"{name} is written by its sign", None, start.start, start.end)
        row = WRITTEN.get(name)
        if len(given) == 2 and name in _PAIRS:
            name = _PAIRS[name]
        if name == "exp":
            return applied("exp", *given)
        if row is not None and row.style == "softmax":
            options.setdefault("axis", -1)
        if row is not None and row.numbers:
            first = 1 if name in FUNCTIONS and FUNCTIONS[name].parameters[0].kind == "tensor" else 0
            literals = [as_literal(each) for each in given[first:]]
            values = [each.value for each in literals if each is not None]
            options |= dict(zip(row.numbers, values, strict=False))
            for each in FUNCTIONS[name].parameters if name in FUNCTIONS else ():
                if each.name in row.numbers and isinstance(each.default, int | float | Fraction):
                    options.setdefault(each.name, each.default)
            if "n" in options:
                options["n"] = int(str(options["n"]))
            given = given[:first]
        try:
            made = applied(name, *given, **options)
            _ = made.shape
        except ShapeError as error:
            raise self._misfit(start, error) from None
        except (TypeError, KeyError, ValueError, IndexError):
            # It is no row of the table, or takes other arguments.
            raise fault("unknown", f"{name} is not read so", None, start.start, start.end) from None
        return made

    def _log(self) -> Read:
        after = self._peek(1)
        if after is not None and after.text == r"\operatorname" and after.inside == "softmax":
            self._take()
            return self._call("log_softmax")
        return self._call("log")

    def _environment(self) -> Formula:
        self._take(r"\begin")
        kind = "".join(token.text for token in self._raw())
        if kind not in ("cases", "bmatrix", "pmatrix"):
            token = self._tokens[self._at - 1]
            raise fault("unknown_command", f"{kind} is not known", None, token.start, token.end)
        if kind == "cases":
            return self._cases()
        lines: list[list[Formula]] = [[]]
        while True:
            lines[-1].append(self._closed(self._sum(), None, self._peek()))
            token = self._take("&", r"\\", r"\end")
            if token.text == r"\\":
                lines.append([])
            elif token.text == r"\end":
                self._raw()
                return Mat(tuple(Mat(tuple(line)) for line in lines))

    def _cases(self) -> Formula:
        rows: list[tuple[Formula, Formula | None]] = []
        while True:
            value = self._closed(self._sum(), None, self._peek())
            self._take("&")
            word = self._take(r"\text")
            otherwise = word.inside.strip() == "otherwise"
            rows.append((value, None if otherwise else self._condition()))
            token = self._take(r"\\", r"\end")
            if token.text == r"\end":
                self._raw()
                return Cases(tuple(rows))


_ATOMS: Mapping[str, Callable[[_Reader], Read]] = {
    "(": _Reader._bracketed,
    "[": _Reader._bracketed,
    "|<": _Reader._bars,
    r"\|<": _Reader._bars,
    r"\frac": _Reader._fraction,
    r"\sqrt": _Reader._root,
    "e": _Reader._exponential,
    "I": _Reader._identity,
    r"\mathbf": _Reader._bold,
    r"\log": _Reader._log,
    r"\exp": lambda reader: reader._call("exp"),
    r"\begin": _Reader._environment,
}
