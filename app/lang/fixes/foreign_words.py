"""Statements of Python, MATLAB and the board in the language's words: `def f(x): return …`,
`a if c else b`, `A .* B`, `<w, x>`, `param W(3, 4)`, `= torch.randn(3)`. Their text is rewritten.

Whether what comes out is right is seen by reading it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.errors import Edit, Span
from app.lang.fixes.board import totals
from app.lang.fixes.statement import Candidate, Situation

_CODES = frozenset(
    {
        "foreign_word",
        "comparison_outside_where",
        "attribute",
        "shape",
        "unexpected_token",
        "several_values",
        "missing_equals",
        "unknown_distribution",
        "implicit_product",
        "method",
        "unknown_name",
        "declaration",
    }
)
_NAME = r"[^\W\d]\w*"
_ROLE = r"(?:input|target|param|const)"
_DEF = re.compile(rf"(\s*)def\s+({_NAME})\s*\(([^()]*)\)\s*(?:->\s*\w+\s*)?:\s*return\s+(.+)", re.S)
_LAMBDA = re.compile(rf"(\s*)({_NAME})\s*=\s*lambda\s+([\w\s,]+):\s*(.+)", re.S)
_CHOICE = re.compile(r"(.*?=\s*)([^=\n]+?)\s+if\s+(.+?)\s+else\s+(.+)", re.S)
_INNER = re.compile(r"<([^<>=,]+),([^<>=,]+)>")
_POINTED = re.compile(r"(?<=[\w)\]\s])\.([*/^])")
_ROUND_SHAPE = re.compile(rf"^(\s*{_ROLE}\s+{_NAME})\s*\(([\w\s,+*-]+)\)(?=\s*[~=])")
_TWO_SHAPES = re.compile(rf"^(\s*{_ROLE}\s+{_NAME})\s*\[(\w+)\]\s*\[(\w+)\]")
_CROSSED_SHAPE = re.compile(rf"^(\s*{_ROLE}\s+{_NAME})\s*\[\s*(\w+)\s*[x×X*]\s*(\w+)\s*\]")
_TUPLE = re.compile(rf"^(\s*(?:{_ROLE}\s+)?{_NAME}\s*=\s*)\(([^()=]+,[^()=]*)\)\s*$", re.S)
_COLON = re.compile(rf"^(\s*{_ROLE}\s+{_NAME}(?:\[[^\]]*\])?)\s*:\s*(?!=)")
_STANDARD = re.compile(
    rf"^(\s*{_ROLE}\s+{_NAME}(?:\[[^\]]*\])?\s*~\s*)(?:N|Normal|normal|𝒩|Gaussian|gaussian)"
    r"\s*\(\s*0(?:\.0?)?\s*,\s*1(?:\.0?)?\s*\)"
)
_UNIFORM = re.compile(
    rf"^(\s*{_ROLE}\s+{_NAME}(?:\[[^\]]*\])?\s*~\s*)(?:U|Uniform|unif|rand)\s*(?=\()"
)
_DRAWN = re.compile(
    rf"^(\s*{_ROLE}\s+{_NAME})(?:\[[^\]]*\])?\s*=\s*(?:{_NAME}\.)*"
    r"(randn|standard_normal|rand|random_sample)\s*\(\s*\(?([\w\s,]*?)\)?\s*(?:,\s*requires_grad\s*=\s*True\s*)?\)\s*$"
)


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement in the language's words, where another language's are known."""
    if at.fault.code not in _CODES:
        return
    first = at.line.number
    last = first + len(at.line.texts) - 1
    old = "\n".join(at.line.texts).partition("#")[0].rstrip()
    if len(at.line.texts) > 1 and "#" in "\n".join(at.line.texts):
        return
    if "Σ" in old and not at.is_value("Sigma"):
        total = totals(old.replace("Σ", "∑"))
        yield at.edited(Edit(first, 1, first, len(old) + 1, total), sure=True)
    rest = at.sheet.lines[last : last + 1]
    for rule in _RULES:
        made = rule(old)
        if made is not None and made != old:
            end = first + old.count("\n")
            column = len(old.rpartition("\n")[2]) + 1
            yield at.edited(Edit.at(Span(first, 1, end, column), made), sure=True)
            return
    if rest and re.match(r"\s*def\b", old) and re.match(r"\s+return\b", rest[0]):
        joined = _defined(f"{old.rstrip()} {rest[0].partition('#')[0].strip()}")
        if joined is not None:
            yield at.edited(Edit(first, 1, last + 1, len(rest[0]) + 1, joined), sure=True)


def _defined(text: str) -> str | None:
    """`def f(x): return x^2` → `f(x) = x^2`."""
    match = _DEF.fullmatch(text.rstrip())
    if match is None:
        return None
    parameters = re.sub(r"\s*:\s*\w+", "", match[3])
    return f"{match[1]}{match[2]}({parameters}) = {match[4]}"


def _nameless(text: str) -> str | None:
    """`f = lambda x: x^2` → `f(x) = x^2`."""
    match = _LAMBDA.fullmatch(text.rstrip())
    return None if match is None else f"{match[1]}{match[2]}({match[3].strip()}) = {match[4]}"


def _chosen(text: str) -> str | None:
    """`y = a if c else b` → `y = where(c, a, b)`, of chains the last first."""
    match = _CHOICE.fullmatch(text.rstrip())
    if match is None or match[2].count("(") != match[2].count(")"):
        return None
    other = _chosen(f"= {match[4]}")
    otherwise = match[4] if other is None else other.removeprefix("= ")
    return f"{match[1]}where({match[3]}, {match[2]}, {otherwise})"


def _inner(text: str) -> str | None:
    """`<w, x>` → `dot(w, x)`."""
    return _INNER.sub(lambda m: f"dot({m[1].strip()}, {m[2].strip()})", text)


def _pointed(text: str) -> str | None:
    """MATLAB's `A .* B` → `A * B`."""
    return _POINTED.sub(r"\1", text)


def _sizes(text: str) -> str | None:
    """`param W(3, 4)`, `param W[3][4]`, `param W[3 x 4]` → `param W[3, 4]`."""
    made = _ROUND_SHAPE.sub(lambda m: f"{m[1]}[{m[2].strip()}]", text)
    made = _TWO_SHAPES.sub(r"\1[\2, \3]", made)
    return _CROSSED_SHAPE.sub(r"\1[\2, \3]", made)


def _tuple(text: str) -> str | None:
    """`x = (1, 2)` → `x = [1, 2]`."""
    return _TUPLE.sub(lambda m: f"{m[1]}[{m[2].rstrip().removesuffix(',')}]", text)


def _colon(text: str) -> str | None:
    return _COLON.sub(r"\1 = ", text)


def _distribution(text: str) -> str | None:
    """`~ N(0, 1)`: where the deviation and the variance are one number."""
    return _UNIFORM.sub(r"\1uniform", _STANDARD.sub(r"\1normal(0, 1)", text))


def _drawn(text: str) -> str | None:
    """`param w = torch.randn(3, 4)` → `param w[3, 4] ~ normal(0, 1)`."""
    match = _DRAWN.fullmatch(text.rstrip())
    if match is None:
        return None
    sizes = match[3].strip().removesuffix(",")
    shape = f"[{sizes}]" if sizes else ""
    normal = match[2] in ("randn", "standard_normal")
    return f"{match[1]}{shape} ~ {'normal' if normal else 'uniform'}(0, 1)"


_RULES: tuple[Callable[[str], str | None], ...] = (
    _defined,
    _nameless,
    _chosen,
    _inner,
    _pointed,
    _sizes,
    _tuple,
    _colon,
    _drawn,
    _distribution,
)
