"""One logical line's tokens to a statement, by the grammar. Blocks and other lines are not seen.

Lark's LALR parser calls the methods below as it recognises each rule, bottom up, without recursion.
What the grammar admits and the language does not is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal, cast

from lark import Lark, Token, Transformer, v_args
from lark.common import LexerConf
from lark.lexer import Lexer, LexerState

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.graph.parameters import LeafRole
from backstep.lang.syntax import names, syntax_tree
from backstep.lang.syntax.refusal import StatementError, refuse
from backstep.lang.syntax.syntax_tree import Comparison, Expression, Keyword
from backstep.lang.syntax.tokens import fraction, span_of

_GRAMMAR = Path(__file__).with_name("grammar.lark")
_LARGEST_SEED = 2**64 - 1


def read_line(tokens: Sequence[Token]) -> syntax_tree.Statement:
    """The statement of a line's tokens. Raises StatementError, or Lark's UnexpectedToken."""
    return cast("syntax_tree.Statement", _lark().parse(cast("str", tokens)))


class _Tokens(Lexer):
    """Passes on tokens, which are scanned before the parser sees them."""

    __future_interface__ = 2

    def __init__(self, lexer_conf: LexerConf) -> None:
        pass

    def lex(self, lexer_state: LexerState, parser_state: object) -> Iterator[Token]:
        return iter(cast("Sequence[Token]", lexer_state.text))


@cache
def _lark() -> Lark:
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"), parser="lalr", lexer=_Tokens, transformer=_Reader()
    )


def _name(token: Token) -> syntax_tree.Name:
    return syntax_tree.Name(str(token), span_of(token))


def _link(op: Token, operand: Expression) -> syntax_tree.OperatorLink:
    return syntax_tree.OperatorLink(str(op), operand, span_of(op))


def _pairs(rest: Sequence[Token | Expression]) -> Iterable[tuple[Token, Expression]]:
    """Operators and operands, which alternate behind the first operand of a chain."""
    return cast("Iterable[tuple[Token, Expression]]", zip(rest[::2], rest[1::2], strict=True))


def _chain(
    first: Expression, links: Sequence[syntax_tree.OperatorLink]
) -> syntax_tree.OperatorChain:
    span = first.span.to(links[-1].operand.span)
    return syntax_tree.OperatorChain(first, tuple(links), span)


def _call(function: str, at: Span, argument: Expression, span: Span) -> syntax_tree.Call:
    return syntax_tree.Call(syntax_tree.Name(function, at), (argument,), (), span)


def _is_coefficient(above: Expression, bar: Token, below: syntax_tree.Joined) -> bool:
    """Whether `1/2 x` or `1/n Σ…` is a coefficient before what follows: it touches its bar, and
    stands apart; a sign before it, as in `-1/2 x`, changes nothing.
    """
    while isinstance(above, syntax_tree.Sign):
        above = above.operand
    at, gap = span_of(bar), below.links[0].span
    apart = gap.line != gap.end_line or gap.end_column > gap.column
    touching = (above.span.end_line, above.span.end_column) == (at.line, at.column) and (
        (at.end_line, at.end_column) == (below.first.span.line, below.first.span.column)
    )
    numbers = all(isinstance(each, syntax_tree.Number) for each in (above, below.first))
    total = isinstance(below.links[-1].operand, syntax_tree.Total) and len(below.links) == 1
    return apart and touching and (numbers or total)


def _under_a_bar(part: syntax_tree.Joined) -> StatementError:
    """The error of `a/b c`, which may be a/(b c) or (a/b) c."""
    return StatementError(under_a_bar(part))


def under_a_bar(part: syntax_tree.Joined) -> Diagnostic:
    """The diagnostic of a product without signs behind '/', with both readings as fixes."""
    message = "a product without a sign behind '/' may stand under the bar or beside it"
    at, gap = part.span, part.links[0].span
    before = Span(at.line, at.column, at.line, at.column)
    after = Span(at.end_line, at.end_column, at.end_line, at.end_column)
    below = Fix("Put it under the bar", (Edit.at(before, "("), Edit.at(after, ")")))
    beside = Fix("Put it beside the bar", (Edit.at(gap, "*"),))
    return Diagnostic("implicit_product", message, None, at, fixes=(beside, below))


def _given(token: Token) -> syntax_tree.Name:
    """A name that the line assigns."""
    if token in names.RESERVED:
        what = "a constant" if token == "pi" else "a word of the language"
        raise refuse(
            "reserved_word",
            f"'{token}' is {what} and can't be given a value",
            "choose another name",
            span_of(token),
        )
    return _name(token)


def _distinct(given: Sequence[syntax_tree.Name]) -> tuple[syntax_tree.Name, ...]:
    seen: set[str] = set()
    for name in given:
        if name.name in seen:
            raise refuse(
                "repeated_name",
                f"'{name.name}' stands here twice",
                "give each a name of its own",
                name.span,
            )
        seen.add(name.name)
    return tuple(given)


def _values(
    parts: Sequence[Expression | Comparison | Keyword], what: str
) -> tuple[Expression, ...]:
    """Arguments that must be values, without names."""
    values: list[Expression] = []
    for part in parts:
        if isinstance(part, Comparison):
            raise _stray_comparison(part)
        if isinstance(part, Keyword):
            raise refuse(
                "unknown_keyword",
                f"{what} takes no argument by name",
                f"write the value alone, without '{part.name.name} ='",
                part.span,
            )
        values.append(part)
    return tuple(values)


def _stray_comparison(part: Comparison) -> StatementError:
    return refuse(
        "comparison_outside_where",
        "a comparison stands only as the first argument of where",
        "write where(condition, a, b)",
        part.span,
    )


_Items = list[Expression | syntax_tree.Slice]
_Arguments = list[Expression | Comparison | Keyword]


@v_args(inline=True)
class _Reader(Transformer[Token, object]):
    """One method for each rule of the grammar, called with the rule's parts.

    A rule in brackets that is left out is None; of a rule with `!` the signs are parts too.
    """

    def declare(
        self,
        role: Token,
        name: Token,
        shape: tuple[Expression, ...] | None,
        value: Expression | syntax_tree.Drawn,
    ) -> syntax_tree.Declare:
        span = span_of(role).to(value.span)
        return syntax_tree.Declare(cast("LeafRole", str(role)), _given(name), shape, value, span)

    draw = declare

    def role(self, word: Token) -> Token:
        return word

    def shape(self, *lengths: Expression) -> tuple[Expression, ...]:
        return lengths

    def drawn(
        self, word: Token, _: Token | None, arguments: _Arguments | None, close: Token | None
    ) -> syntax_tree.Drawn:
        if word not in names.DISTRIBUTIONS:
            raise refuse(
                "unknown_distribution",
                f"'{word}' can't be drawn from",
                "write normal(mean, sd), uniform(low, high), xavier, he, zeros or ones",
                span_of(word),
            )
        span = span_of(word).to(span_of(close)) if close is not None else span_of(word)
        given = _values(arguments or (), str(word))
        needs = {"normal": ("mean", "sd"), "uniform": ("low", "high")}.get(str(word), ())
        if len(given) != len(needs):
            takes = " and ".join(needs) if needs else "no arguments"
            example = f"{word}({', '.join(needs)})" if needs else str(word)
            raise refuse("arguments", f"{word} takes {takes}", f"write {example}", span)
        return syntax_tree.Drawn(_name(word), given, span)

    def assign(
        self, targets: tuple[syntax_tree.Name, ...], value: Expression
    ) -> syntax_tree.Assign:
        return syntax_tree.Assign(targets, value, targets[0].span.to(value.span))

    def targets(self, *parts: Token) -> tuple[syntax_tree.Name, ...]:
        return _distinct([_given(part) for part in parts])

    def raised_name(self, *parts: Token) -> Token:
        """`W^(1)` on the left of a sign of equality: the name W⁽¹⁾."""
        name, *_, number = (part for part in parts if part.type in ("NAME", "NUMBER"))
        if not number.isdecimal():
            message = "between the brackets of a raised name stands a whole number"
            raise refuse("left_side", message, f"write {name}^(1)", span_of(number))
        end = span_of(parts[-1])
        made = Token("NAME", names.versioned(str(name), int(number)), name.start_pos or 0)
        made.line, made.column = name.line, name.column
        made.end_line, made.end_column = end.end_line, end.end_column
        return made

    def function(
        self, name: Token, parameters: tuple[syntax_tree.Name, ...], body: Expression
    ) -> syntax_tree.Function:
        span = span_of(name).to(body.span)
        return syntax_tree.Function(_given(name), parameters, body, span)

    parameters = targets

    def loop(
        self,
        head: Token,
        variable: Token,
        _in: Token,
        over: Token,
        opening: Token,
        arguments: _Arguments,
        close: Token,
        colon: Token,
    ) -> syntax_tree.Loop:
        bounds = _values(arguments, str(over))
        most = 1 if over == "layers" else 3
        if len(bounds) > most:
            takes = "one number" if most == 1 else "at most start, stop and step"
            span = span_of(opening).to(span_of(close))
            raise refuse("loop_bounds", f"{over} takes {takes}", None, span)
        word: Literal["range", "layers"] = "layers" if over == "layers" else "range"
        span = span_of(head).to(span_of(colon))
        return syntax_tree.Loop(_given(variable), word, bounds, (), span)

    over = role

    def minimize(self, word: Token, name: Token) -> syntax_tree.Minimize:
        return syntax_tree.Minimize(_name(name), span_of(word).to(span_of(name)))

    def seed(self, word: Token, number: Token) -> syntax_tree.Seed:
        if not number.isdecimal() or int(number) > _LARGEST_SEED:
            raise refuse(
                "seed",
                "a seed is a whole number from 0 to 2^64 − 1",
                "write, for example, seed 7",
                span_of(number),
            )
        return syntax_tree.Seed(int(number), span_of(word).to(span_of(number)))

    def expression(self, first: Expression, *rest: Token | Expression) -> Expression:
        return _chain(first, [_link(op, operand) for op, operand in _pairs(rest)])

    def product(self, first: Expression, *rest: Token | Expression) -> Expression:
        """A chain of products; `1/2 (x + 1)`, with the number apart, is a half of what follows."""
        before, links = first, list[syntax_tree.OperatorLink]()
        for op, operand in _pairs(rest):
            if op != "/" or not isinstance(operand, syntax_tree.Joined):
                links.append(_link(op, operand))
            elif _is_coefficient(before, op, operand):
                links += [_link(op, operand.first), *operand.links]
            else:
                raise _under_a_bar(operand)
            before = links[-1].operand
        return _chain(first, links)

    def joined(self, first: Expression, *rest: Token | Expression) -> Expression:
        chain = _chain(first, [_link(op, operand) for op, operand in _pairs(rest)])
        return syntax_tree.Joined(chain.first, chain.links, chain.span)

    def signed(self, op: Token, operand: Expression) -> syntax_tree.Sign:
        return syntax_tree.Sign(str(op), operand, span_of(op).to(operand.span))

    def power(self, base: Expression, _: Token, exponent: Expression) -> syntax_tree.Power:
        return syntax_tree.Power(base, exponent, base.span.to(exponent.span))

    def index(self, value: Expression, _: Token, items: _Items, close: Token) -> syntax_tree.Index:
        return syntax_tree.Index(value, tuple(items), value.span.to(span_of(close)))

    def items(self, *parts: Expression | syntax_tree.Slice) -> _Items:
        return list(parts)

    def slice(
        self,
        start: Expression | None,
        colon: Token,
        stop: Expression | None,
        second: Token | None,
        step: Expression | None,
    ) -> syntax_tree.Slice:
        ends = [
            span_of(part) if isinstance(part, Token) else part.span
            for part in (start, colon, stop, second, step)
            if part is not None
        ]
        return syntax_tree.Slice(start, stop, step, ends[0].to(ends[-1]))

    def attribute(self, value: Expression, _: Token, name: Token) -> syntax_tree.Attribute:
        return syntax_tree.Attribute(value, _name(name), value.span.to(span_of(name)))

    def braced(self, _: Token, inner: Expression, _close: Token) -> Expression:
        return inner

    def root(self, sign: Token, inner: Expression) -> syntax_tree.Call:
        return _call("sqrt", span_of(sign), inner, span_of(sign).to(inner.span))

    def absolute(self, opening: Token, inner: Expression, close: Token) -> syntax_tree.Call:
        return _call("abs", span_of(opening), inner, span_of(opening).to(span_of(close)))

    def norm(self, opening: Token, inner: Expression, close: Token) -> syntax_tree.Call:
        """`‖x‖`; ‖x‖₁ is the sum of the absolute values, ‖x‖_∞ the largest of them."""
        at, span = span_of(opening), span_of(opening).to(span_of(close))
        outside = {"1": "sum", "∞": "max"}.get(str(close)[1:])
        if outside is None:
            return _call("norm", at, inner, span)
        return _call(outside, at, _call("abs", at, inner, span), span)

    def inner(
        self, opening: Token, left: Expression, _: Token, right: Expression, close: Token
    ) -> syntax_tree.Call:
        at = span_of(opening)
        return syntax_tree.Call(
            syntax_tree.Name("dot", at), (left, right), (), at.to(span_of(close))
        )

    def total(
        self,
        sign: Token,
        _open: Token,
        variable: Token,
        first: Expression,
        _close: Token,
        last: Expression,
        body: Expression,
    ) -> syntax_tree.Total:
        function = syntax_tree.Name(str(sign), span_of(sign))
        span = span_of(sign).to(body.span)
        return syntax_tree.Total(function, _given(variable), first, last, body, span)

    def total_over(self, function: Token, *parts: Token | Expression) -> syntax_tree.Total:
        """`sum(i in 0..3, body)`."""
        _, variable, _, first, _, last, _, body, close = cast(
            "tuple[Token, Token, Token, Expression, Token, Expression, Token, Expression, Token]",
            parts,
        )
        if function not in ("sum", "prod"):
            message = f"'{function}' does not run over an index"
            raise refuse("total", message, "write sum(i in 0..3, …) or prod", span_of(function))
        span = span_of(function).to(span_of(close))
        return syntax_tree.Total(_name(function), _given(variable), first, last, body, span)

    def number(self, token: Token) -> syntax_tree.Number:
        text = str(token)
        if text.isascii() and text.isdecimal():
            return syntax_tree.Number(text, Fraction(int(text)), span_of(token))
        part = fraction(text)
        if part is not None:
            return syntax_tree.Number(text, part, span_of(token))
        # A zero's exponent may be huge, and has no effect.
        value = Fraction(text) if float(text) != 0 else Fraction(0)
        return syntax_tree.Number(text, value, span_of(token))

    def name(self, token: Token) -> syntax_tree.Name:
        return _name(token)

    def group(self, opening: Token, inner: Expression, close: Token) -> Expression:
        span = span_of(opening).to(span_of(close))
        if isinstance(inner, syntax_tree.Joined):
            return syntax_tree.OperatorChain(inner.first, inner.links, span)
        return replace(inner, span=span)

    def list_of(self, opening: Token, items: list[Expression], close: Token) -> syntax_tree.ListOf:
        return syntax_tree.ListOf(tuple(items), span_of(opening).to(span_of(close)))

    def list_of_several(self, *parts: Token | Expression) -> syntax_tree.ListOf:
        """`(2, 3)` behind a keyword's '=': a list in round brackets."""
        opening, close = cast("tuple[Token, Token]", (parts[0], parts[-1]))
        items = tuple(part for part in parts if not isinstance(part, Token))
        return syntax_tree.ListOf(items, span_of(opening).to(span_of(close)))

    elements = items

    def arguments(self, *parts: Expression | Comparison | Keyword) -> _Arguments:
        return list(parts)

    def keyword(self, name: Token, value: Expression) -> Keyword:
        return Keyword(_name(name), value, span_of(name).to(value.span))

    def comparison(
        self, left: Expression, op: Token, right: Expression, *more: Token | Expression
    ) -> Comparison:
        if more:
            last = cast("Expression", more[-1])
            raise refuse(
                "chained_comparison",
                "one comparison at a time",
                "write where(a < b, where(b < c, …, …), …)",
                left.span.to(last.span),
            )
        return Comparison(left, str(op), right, left.span.to(right.span))

    def call(
        self, function: Token, _: Token, arguments: _Arguments | None, close: Token
    ) -> syntax_tree.Call:
        positional: list[Expression | Comparison] = []
        keywords: list[Keyword] = []
        for place, part in enumerate(arguments or ()):
            if isinstance(part, Comparison) and (function != "where" or place > 0):
                raise _stray_comparison(part)
            if isinstance(part, Keyword):
                if function == "where" and place == 0:
                    raise refuse(
                        "equals_for_comparison",
                        "'=' gives a value; a comparison is written '=='",
                        f"write {part.name.name} == …",
                        part.span,
                    )
                keywords.append(part)
            elif keywords:
                raise refuse(
                    "argument_order",
                    "an argument without a name stands after one given by name",
                    "put the arguments given by name last",
                    part.span,
                )
            else:
                positional.append(part)
        _distinct([keyword.name for keyword in keywords])
        span = span_of(function).to(span_of(close))
        return syntax_tree.Call(_name(function), tuple(positional), tuple(keywords), span)
