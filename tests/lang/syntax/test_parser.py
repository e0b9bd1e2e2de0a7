"""What the parser reads: precedence, statements, names, places, lines and blocks."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from backstep.errors import DefinitionError, LimitError, Span
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.parser import parse, read

PUBLISHED = json.loads(
    (Path(__file__).parents[2] / "data" / "published.json").read_text(encoding="utf-8")
)


def bracketed(part: object) -> str:
    """An expression with every grouping shown."""
    match part:
        case syntax_tree.Number(text=text):
            return text
        case syntax_tree.Name(name=name):
            return name
        case syntax_tree.Sign(op=op, operand=operand):
            return f"({op}{bracketed(operand)})"
        case syntax_tree.Power(base=base, exponent=exponent):
            return f"({bracketed(base)}^{bracketed(exponent)})"
        case syntax_tree.OperatorChain(first=first, links=links):
            text = bracketed(first)
            for link in links:
                text = f"({text}{link.op}{bracketed(link.operand)})"
            return text
        case syntax_tree.Comparison(left=left, op=op, right=right):
            return f"({bracketed(left)}{op}{bracketed(right)})"
        case syntax_tree.Call(function=function, arguments=arguments, keywords=keywords):
            given = [bracketed(argument) for argument in arguments]
            given += [f"{keyword.name.name}={bracketed(keyword.value)}" for keyword in keywords]
            return f"{function.name}({', '.join(given)})"
        case syntax_tree.Slice(start=start, stop=stop, step=step):
            return ":".join("" if end is None else bracketed(end) for end in (start, stop, step))
        case syntax_tree.Index(value=value, items=items):
            return f"{bracketed(value)}[{', '.join(bracketed(item) for item in items)}]"
        case syntax_tree.Attribute(value=value, name=name):
            return f"{bracketed(value)}.{name.name}"
        case syntax_tree.ListOf(items=items):
            return f"[{', '.join(bracketed(item) for item in items)}]"
    raise AssertionError(part)


def value_of(source: str) -> syntax_tree.Expression:
    (statement,) = parse(source).statements
    assert isinstance(statement, syntax_tree.Assign)
    return statement.value


@pytest.mark.parametrize(
    ("formula", "meant"),
    [
        ("-x^2", "(-(x^2))"),
        ("2^3^2", "(2^(3^2))"),
        ("2**3**2", "(2^(3^2))"),
        ("2^-1", "(2^(-1))"),
        ("2^-x^2", "(2^(-(x^2)))"),
        ("-a*b", "((-a)*b)"),
        ("a*-b", "(a*(-b))"),
        ("a - -b", "(a-(-b))"),
        ("a - b - c", "((a-b)-c)"),
        ("a/b*c", "((a/b)*c)"),
        ("a @ b*c", "((a@b)*c)"),
        ("a + b*c^d", "(a+(b*(c^d)))"),
        ("(a + b)*c", "((a+b)*c)"),
        ("W.T @ x[0]^2", "(W.T@(x[0]^2))"),
        ("-x.T[1]", "(-x.T[1])"),
        ("f(x)^2", "(f(x)^2)"),
        ("X[:, 0]", "X[::, 0]"),
        ("X[1:3, -1]", "X[1:3:, (-1)]"),
        ("X[::2]", "X[::2]"),
        ("X[n - 1:]", "X[(n-1)::]"),
        ("sum(X, axis=-1)", "sum(X, axis=(-1))"),
        ("where(x <= 0, a, b)", "where((x<=0), a, b)"),
        ("where((x != y + 1), a, b)", "where((x!=(y+1)), a, b)"),
        ("[[1, 2,], [3, x]]", "[[1, 2], [3, x]]"),
        ("f(\n  a,\n\n  b,  # second\n)", "f(a, b)"),
        ("h[0].W^2", "(h[0].W^2)"),
        ("1. + .5 + 1e-3 + 2.5E+2", "(((1.+.5)+1e-3)+2.5E+2)"),
        ("a − b", "(a-b)"),
        ("a × b · c ÷ 2", "(((a×b)·c)/2)"),
        ("where(x ≥ 0, a, b)", "where((x>=0), a, b)"),
    ],
)
def test_precedence_and_forms(formula: str, meant: str) -> None:
    assert bracketed(value_of(f"z = {formula}")) == meant


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0.1", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        (".5", Fraction(1, 2)),
        ("1e308", Fraction(10**308)),
        ("4.9e-324", Fraction("4.9e-324")),
        ("0e999999999999", Fraction(0)),
        ("0.0e-999999999999", Fraction(0)),
    ],
)
def test_numbers_keep_their_text_and_are_exact(text: str, exact: Fraction) -> None:
    number = value_of(f"z = {text}")
    assert isinstance(number, syntax_tree.Number)
    assert (number.text, number.value) == (text, exact)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("λ", "lambda"),
        ("λ_1", "lambda_1"),
        ("w_λ", "w_lambda"),
        ("β2", "beta2"),
        ("Ω", "Omega"),
        ("µ", "mu"),
        ("ϕ", "phi"),
        ("𝜆", "lambda"),
        ("𝑥", "x"),
        ("W₁", "W1"),
        ("x１", "x1"),
        ("ﬁt", "fit"),
        ("Δw", "Δw"),
        ("αβ", "αβ"),
        ("переменная", "переменная"),
        ("权重", "权重"),
        ("é", "é"),
        ("lambda", "lambda"),
        ("w__o_01", "w__o_01"),
        ("_hidden", "_hidden"),
    ],
)
def test_names_have_one_spelling(typed: str, name: str) -> None:
    (statement,) = parse(f"{typed} = 1").statements
    assert isinstance(statement, syntax_tree.Assign)
    assert statement.targets[0].name == name
    assert statement.targets[0].span == Span(1, 1, 1, 1 + len(typed))


def test_normalised_names_do_not_shift_what_follows() -> None:
    chain = value_of("z = ﬃ + 𝑥*ŷ")
    assert isinstance(chain, syntax_tree.OperatorChain)
    (link,) = chain.links
    assert chain.first.span == Span(1, 5, 1, 6)
    assert link.span == Span(1, 7, 1, 8)
    assert link.operand.span == Span(1, 9, 1, 12)


def test_statements() -> None:
    program = parse(
        "input x = 1.5\n"
        "target y[2] = [0, 1]\n"
        "param W[3, n] ~ normal(0, 1/2)\n"
        "const λ = 0.1\n"
        "f(a, b) = a*b\n"
        "h, c = lstm_cell(x, h, c)\n"
        "seed 7\n"
        "minimize h\n"
    )
    x, y, w, lam, f, hc, seed, loss = program.statements
    assert isinstance(x, syntax_tree.Declare)
    assert x.role == "input"
    assert x.shape is None
    assert isinstance(y, syntax_tree.Declare)
    assert y.shape is not None
    assert len(y.shape) == 1
    assert isinstance(w, syntax_tree.Declare)
    assert isinstance(w.value, syntax_tree.Drawn)
    assert w.value.distribution.name == "normal"
    assert len(w.value.arguments) == 2
    assert w.span == Span(3, 1, 3, 31)
    assert isinstance(lam, syntax_tree.Declare)
    assert lam.name.name == "lambda"
    assert isinstance(f, syntax_tree.Function)
    assert [p.name for p in f.parameters] == ["a", "b"]
    assert isinstance(hc, syntax_tree.Assign)
    assert [t.name for t in hc.targets] == ["h", "c"]
    assert isinstance(seed, syntax_tree.Seed)
    assert seed.value == 7
    assert isinstance(loss, syntax_tree.Minimize)
    assert loss.name.name == "h"


def test_loops_nest_by_indentation() -> None:
    program = parse(
        "for t in range(1, 9, 2):\n"
        "    a = 1\n"
        "\n"
        "  # a comment's indentation means nothing\n"
        "    for k in layers(3):\n"
        "\tb = 2\n".replace("\t", "        ")
        + "    c = 3\n"
        "d = 4\n"
    )
    outer, last = program.statements
    assert isinstance(outer, syntax_tree.Loop)
    assert isinstance(last, syntax_tree.Assign)
    assert outer.over == "range"
    assert len(outer.bounds) == 3
    assert outer.span == Span(1, 1, 1, 25)
    a, inner, c = outer.body
    assert isinstance(a, syntax_tree.Assign)
    assert isinstance(c, syntax_tree.Assign)
    assert isinstance(inner, syntax_tree.Loop)
    assert inner.over == "layers"
    assert len(inner.body) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    program = parse(f"\ufeffa = 1{end}{end}b = 2{end}")
    assert [statement.span.line for statement in program.statements] == [1, 3]
    assert program.statements[0].span.column == 1


def test_a_line_at_fault_says_which_names_it_would_have_given() -> None:
    program, faults = read(
        "param w = x 2\nh, c = f(x\nz = $\n2 + 3\nfor t in rang(3):\n    u = 1\n"
    )
    assert [fault.span.line for fault in faults if fault.span] == [1, 2, 3, 4, 5]
    broken = program.statements
    assert all(isinstance(statement, syntax_tree.Broken) for statement in broken)
    given = [[name.name for name in s.targets] for s in broken if isinstance(s, syntax_tree.Broken)]
    assert given == [["w"], ["h", "c"], ["z"], [], []]
    assert isinstance(broken[-1], syntax_tree.Broken)
    assert isinstance(broken[-1].body[0], syntax_tree.Assign)


@pytest.mark.parametrize("case", PUBLISHED, ids=[case["id"] for case in PUBLISHED])
def test_published_definitions_parse(case: dict[str, str]) -> None:
    assert parse(case["definition"]).statements


def test_a_source_too_large_is_refused_by_its_bytes() -> None:
    parse("# " + "x" * 16_370 + "\nL = 2")
    with pytest.raises(LimitError) as caught:
        parse("# " + "é" * 8_192)
    (fault,) = caught.value.faults
    assert fault.code == "source_bytes"
    assert fault.message == "the definition is 16,386 bytes; 16,384 are allowed"
    assert caught.value.details["measured"] == 16_386


def test_many_faults_are_told_in_part() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse("a = x 2\n" * 50)
    assert len(caught.value.faults) == 21
    assert caught.value.faults[-1].code == "more_faults"
    assert caught.value.faults[-1].message == "30 more faults follow"
