"""Statements of Python, MATLAB and the board in the language's words: `def f(x): return …`, `a if c
else b`, `A .* B`, `<w, x>`, `param W(3, 4)`, `= torch.randn(3)`. Their text is rewritten.

Whether the result is right is checked by reading it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes import board
from backstep.lang.diagnostics.fixes.board import totals
from backstep.lang.diagnostics.fixes.foreign_names import RENAMED
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation, canonical, of_elements
from backstep.ops import FUNCTIONS

_CODES = frozenset(
    {
        "foreign_word",
        "no_parentheses",
        "comparison_outside_where",
        "two_statements",
        "missing_operand",
        "reserved_word",
        "attribute",
        "shape",
        "unexpected_token",
        "several_values",
        "missing_equals",
        "unknown_distribution",
        "implicit_product",
        "unknown_character",
        "method",
        "unknown_name",
        "declaration",
        "arguments",
        "unknown_keyword",
        "draw",
        "stray_colon",
        "left_side",
        "minimize",
        "indentation",
        "no_loss",
        "unknown_function",
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
_COLON_LIST = re.compile(rf"^(\s*{_ROLE}\s+{_NAME})\s*:\s*[\[(]\s*(\d+(?:\s*,\s*\d+)+)\s*[\])]\s*$")
_DRAWS = rf"^(\s*{_ROLE}\s+{_NAME}(?:\[[^\]]*\])?\s*~\s*)"
_NUMBER = r"[-+]?[\w.*/+()-]+?"
_NORMAL = re.compile(
    rf"{_DRAWS}(?:N|Normal|𝒩|Gaussian|gaussian)\s*\(\s*({_NUMBER})\s*,\s*({_NUMBER})(\^2|²)?\s*\)\s*$"
)
_BY_NAME = re.compile(
    rf"{_DRAWS}normal\s*\(\s*(?:mean|mu|loc)\s*=\s*({_NUMBER})\s*,"
    rf"\s*(?:sd|std|sigma|scale|stddev)\s*=\s*({_NUMBER})\s*\)\s*$"
)
_BOUNDS_BY_NAME = re.compile(
    rf"{_DRAWS}uniform\s*\(\s*(?:low|a|min)\s*=\s*({_NUMBER})\s*,"
    rf"\s*(?:high|b|max)\s*=\s*({_NUMBER})\s*\)\s*$"
)
_UNIFORM = re.compile(rf"{_DRAWS}(?:U|Uniform|unif)\s*(?=\()")
_NAMED_DRAWS = {
    r"(?:N|Normal|normal|gaussian|randn|standard_normal)\s*(?:\(\s*\))?": "normal(0, 1)",
    r"(?:uniform|rand|U)\s*(?:\(\s*\))?": "uniform(0, 1)",
    r"(?:glorot|glorot_uniform|xavier_uniform_?|Xavier|Glorot)\s*(?:\(\s*\))?": "xavier",
    r"(?:kaiming|kaiming_normal_?|he_normal|He|Kaiming)\s*(?:\(\s*\))?": "he",
    r"(?:zero|zeros\s*\(\s*\)|0)": "zeros",
    r"(?:one|ones\s*\(\s*\)|1)": "ones",
}
_EQUAL_FOR_DRAW = re.compile(
    rf"^(\s*{_ROLE}\s+{_NAME}(?:\[[^\]]*\](?=\s*=\s*(?:xavier|he)\b)"
    rf"|(?:\[[^\]]*\])?(?=\s*=\s*(?:normal|uniform)\s*\()))\s*=\s*(\w+\b.*)"
)
_NO_ROLE = re.compile(rf"^(\s*)({_NAME}(?:\[[^\]]*\])?\s*~.*)")
_KIND = (
    r"(?:double|float|float32|float64|auto|int|val|mut|local|final|real|vector|matrix|global"
    r"|[\w.]*(?:Tensor|tensor|Array|ndarray|Variable)(?:\[[^\]]*\])?|List\[[^=]*\]|list(?:\[[^=]*\])?"
    r"|scalar|Float64|Float32|f64|f32|number|Number|Real|Double|Int|complex|np\.float\w*|ℝ)"
)
_TYPED = re.compile(rf"^(\s*(?:{_ROLE}\s+)?)(?:{_KIND}\s+)+({_NAME}(?:\[[^\]]*\])?\s*[=~].*)")
_ANNOTATED = re.compile(rf"^(\s*(?:{_ROLE}\s+)?{_NAME})\s*::?\s*{_KIND}\s*(?==(?!=))")
_MEMBER = re.compile(
    rf"^(\s*{_ROLE}\s+{_NAME})\s*(?:∈|in|\\in)\s*(?:R|ℝ|\\mathbb\s*\{{?R\}}?|\\R)\s*\^?\s*[{{(]?\s*"
    r"(\d+)(?:\s*(?:[x×*,]|\\times)\s*(\d+))?\s*[})]?\s*$"
)
_MINIMIZED = re.compile(
    rf"^(\s*)((?:arg)?min(?:_\{{?[\w,]+\}}?)?|minimi[sz]e|maximi[sz]e|argmax(?:_\w+)?)\s+(?:({_NAME})\s*=(?!=)\s*)?(.+)$"
)
_APPLIED = re.compile(r"\(\s*lambda\s+(\w+)\s*:\s*([^():]+(?:\([^()]*\)[^():]*)*)\)\s*\(([^()]*)\)")
_EACH = re.compile(
    r"[\[(]\s*((?:[^\[\]()]|\((?:[^\[\]()]|\([^\[\]()]*\))*\))+?)"
    rf"\s+for\s+({_NAME})\s+in\s+({_NAME})\s*[\])]"
    rf"|(?:list\s*\(\s*)?map\s*\(\s*lambda\s+(?P<v>{_NAME})\s*:\s*(?P<f>[^,()]+(?:\([^()]*\)[^,()]*)*),\s*(?P<x>{_NAME})\s*\)"
)
_BROADCAST = re.compile(r"(?<=\w)\.(?=\()")
_COUNTED = re.compile(rf"({_NAME})\s*\(\s*:\s*\)")
_LAST = re.compile(r"(?<=[\[,:])(\s*)end\b")
_THOUSANDS = re.compile(r"(?<![\w.])\d{1,3}(?:['’ \u202f]\d{3})+(?![\w.])")
_FLOAT = re.compile(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)[fF](?!\w)")
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*%(?=\s*(?:[*+\-/),]|$))")
_RETURNED = re.compile(r"^\s*return\s+(?!\w+\s*;?\s*$)(.+?)\s*;?\s*$")
_OF_DECLARED = re.compile(rf"^({_NAME})\s*\(({_NAME}(?:\s*,\s*{_NAME})*)\)\s*=(?!=)\s*(.+)$")
_SUM_OVER = re.compile(
    r"(?<![\w.\\])(sum|prod)_(\{\s*\w\s*(?:=\s*\d+\s*)?\}|[ijkmnt](?![\w]))(\^(?:\{[^{}]*\}|\w))?(?=\s*[\w(])\s*"
)
_DIVIDED_LEFT = re.compile(
    rf"(?<![\w.\])])({_NAME}|\([^()]*\)) ?\\ ?({_NAME}(?![\w(\[.])|\([^()]*\))"
)
_PLUS_PLUS = re.compile(rf"^(\s*)({_NAME})(\+\+|--)\s*;?\s*$")
_DRAWN = re.compile(
    rf"^(\s*)({_ROLE}\s+)?({_NAME})(?:\[[^\]]*\])?\s*=\s*(?:{_NAME}\.)*"
    r"(randn|standard_normal|rand|random_sample)\s*\(\s*\(?([\w\s,]*?)\)?\s*(?:,\s*requires_grad\s*=\s*(True|False)\s*)?\)\s*$"
)


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement in the language's words, if it uses another language's known ones."""
    if at.fault.code not in _CODES:
        return
    first = at.line.number
    last = first + len(at.line.texts) - 1
    old = "\n".join(at.line.texts).partition("#")[0].rstrip()
    if len(at.line.texts) > 1 and "#" in "\n".join(at.line.texts):
        return
    summed = board.bounded(at, _SUM_OVER.sub(_sum_sign, old).replace("Σ", "∑"))
    if "∑" in summed and not at.is_value("Sigma"):
        total = _CALLED_BARE.sub(_in_parentheses, totals(_with_its_index(at, summed)))
        yield at.edited(Edit(first, 1, first, len(old) + 1, total), sure=True)
    end = Span(first, 1, last, len(at.line.texts[-1]) + 1)
    for text, title in (*_normals(old), *_sizes_or_values(old)):
        made_so = at.edited(Edit.at(end, text), sure=True, title=title)
        yield replace(made_so, told=title is not None)
    if _COLON_LIST.match(old):
        return
    yield from _least(at, old, end)
    yield from _given_back(at, old, end)
    yield from _over_all(at, old, end)
    yield from _each(at, old, end)
    for rule in _RULES:
        made = rule(old)
        if made is not None and made != old:
            row = first + old.count("\n")
            column = len(old.rpartition("\n")[2]) + 1
            yield at.edited(Edit.at(Span(first, 1, row, column), made), sure=True)
            return
    if re.match(r"\s*def\b", old):
        yield from _body(at, old, last)


def _with_its_index(at: Situation, text: str) -> str:
    """`∑ (x_i − y_i)²` → `∑_i (x_i − y_i)²`, where x and y have values and x_i has none."""
    for letter in "ijkn" if re.search(r"∑(?!\s*_|[ᵢⱼₖ])", text) else "":
        named = re.findall(rf"(?<!\w)([^\W\d]\w*?)_{letter}(?![^\W²³])", text)
        if named and all(at.is_value(n) and not at.is_value(f"{n}_{letter}") for n in named):
            return text.replace("∑", f"∑_{letter} ", 1)
    return text


_CALLED_BARE = re.compile(r"(?<![\w.])([^\W\d_]\w*)[ \t]+((?:sum|prod)\((?:[^()]|\([^()]*\))*\))")


def _in_parentheses(match: re.Match[str]) -> str:
    """`log sum(x)` → `log(sum(x))`."""
    name = match[1]
    return f"{name}({match[2]})" if RENAMED.get(name, name) in FUNCTIONS else match[0]


def _body(at: Situation, head: str, last: int) -> Iterator[Candidate]:
    """A `def` over several lines: intermediate names are substituted into the returned formula."""
    given: dict[str, str] = {}
    for number in range(last + 1, min(last + _MOST_LINES, len(at.sheet.lines)) + 1):
        line = at.sheet.lines[number - 1].partition("#")[0].rstrip()
        named = re.fullmatch(rf"\s+(?:({_NAME})\s*=(?!=)|return\b)\s*(.+)", line)
        if named is None:
            return
        formula = named[2]
        for name, text in given.items():
            formula = re.sub(rf"(?<![\w.]){name}(?!\w)", lambda _, text=text: f"({text})", formula)
        if named[1] is not None:
            given[named[1]] = formula
            continue
        joined = _defined(f"{head.rstrip()} return {formula}")
        if joined is not None:
            width = len(at.sheet.lines[number - 1]) + 1
            yield at.edited(Edit(at.line.number, 1, number, width, joined), sure=True)
        return


def _least(at: Situation, old: str, whole: Span) -> Iterator[Candidate]:
    """`minimize x^2`, `minimize L = x^2`, `min x^2` → a named value, and `minimize` it."""
    match = _MINIMIZED.match(old)
    if match is None or re.fullmatch(_NAME, match[4]) or match[4].startswith("="):
        return
    name = match[3] or next(
        each for each in ("L", "loss", "loss_") if each not in at.known.given_on
    )
    formula = f"-({match[4]})" if "max" in match[2] else match[4]
    lines = f"{match[1]}{name} = {formula}\n{match[1]}minimize {name}"
    title = f"Write {name} = {formula}, then minimize {name}"
    yield at.edited(Edit.at(whole, lines), sure=True, title=title)


def _given_back(at: Situation, old: str, whole: Span) -> Iterator[Candidate]:
    """`return x^2`, and `L(x) = x^2` with a declared x if there is no loss → `L = x^2`."""
    returned = _RETURNED.match(old)
    applied = _OF_DECLARED.match(old)
    if returned is not None and not at.line.indent:
        name = next(each for each in ("L", "loss", "loss_") if each not in at.known.given_on)
        yield at.edited(Edit.at(whole, f"{name} = {returned[1]}"), sure=True)
    elif applied is not None and at.fault.code == "no_loss":
        listed = [canonical(each.strip()) for each in applied[2].split(",")]
        inside = {canonical(each) for each in re.findall(_NAME, applied[3])}
        if all(each in at.known.given_on and each in inside for each in listed):
            made = at.edited(Edit.at(whole, f"{applied[1]} = {applied[3]}"), sure=True)
            yield replace(made, hint=f"write {applied[1]} = {applied[3]}", removes=True)


def _over_all(at: Situation, old: str, whole: Span) -> Iterator[Candidate]:
    """`sum(w_i * x_i)` of two vectors → `sum(w * x)`."""
    for index in "ijkmnt":
        indexed = re.compile(rf"(?<![\w.])({_NAME}?)_{index}(?!\w)")
        found = set(indexed.findall(old))
        sizes = {at.known.shapes.get(name) for name in found}
        one = len(sizes) == 1 and len(next(iter(sizes)) or ()) == 1
        if one and re.search(r"(?<![\w.])(?:sum|mean|prod)\s*\(", old):
            yield at.edited(Edit.at(whole, indexed.sub(r"\1", old)), sure=True)


def _sum_sign(match: re.Match[str]) -> str:
    sign = "∑" if match[1] == "sum" else "∏"
    return f"{sign}_{match[2]}{match[3] or ''} "


def _each(at: Situation, old: str, whole: Span) -> Iterator[Candidate]:
    """`[t^2 for t in x]` of a vector → `x^2`."""
    match = _EACH.search(old)
    if match is None:
        return
    body, variable, vector = (match[n] or match[name] for n, name in ((1, "f"), (2, "v"), (3, "x")))
    shape = at.known.shapes.get(vector)
    if shape is None or len(shape) != 1 or not of_elements(at, body, [variable]):
        return
    formula = re.sub(rf"(?<![\w.]){variable}(?!\w)", vector, body)
    written = f"({formula})" if not re.fullmatch(r"\w+\(.*\)|\w+", formula) else formula
    called = match[0].startswith("(") and re.search(r"\w$", old[: match.start()])
    around = re.match(r".*\($", old[: match.start()]) and old[match.end() :].startswith(")")
    inner = f"({formula})" if called else formula if around else written
    yield at.edited(Edit.at(whole, old[: match.start()] + inner + old[match.end() :]), sure=True)


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
    """`y = a if c else b` → `y = where(c, a, b)`, of a chain the last choice first."""
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
    """`~ U(0, 1)`, `~ glorot`, `~ normal(mean=0, std=1)`, `= normal(0, 1)`."""
    made = _BY_NAME.sub(r"\1normal(\2, \3)", _EQUAL_FOR_DRAW.sub(r"\1 ~ \2", text))
    made = _UNIFORM.sub(r"\1uniform", _BOUNDS_BY_NAME.sub(r"\1uniform(\2, \3)", made))
    for pattern, ours in _NAMED_DRAWS.items():
        made = re.sub(rf"{_DRAWS}{pattern}\s*$", rf"\g<1>{ours}", made)
    return made


def _sizes_or_values(text: str) -> Iterator[tuple[str, str | None]]:
    """`param W: [2, 3]` read as sizes and as values, each with how the numbers are read."""
    match = _COLON_LIST.match(text)
    if match is None:
        return
    sizes = f"{match[1]}[{match[2]}] ~ xavier"
    yield sizes, f"Write {sizes.strip()}: {match[2]} are sizes, the values are drawn"
    values = f"{match[1]} = [{match[2]}]"
    yield values, f"Write {values.strip()}: {match[2]} are the values"


def _normals(text: str) -> Iterator[tuple[str, str | None]]:
    """`~ N(0, 0.1)` with a deviation and with a variance, each with how the number is read.

    If both are one number, or the square is written, there is one candidate.
    """
    match = _NORMAL.match(text)
    if match is None:
        return
    begun, mean, spread, squared = match[1], match[2], match[3], match[4]
    if squared or re.fullmatch(r"1(?:\.0*)?", spread):
        yield f"{begun}normal({mean}, {spread})", None
        return
    said = f"normal({mean}, {spread})"
    yield f"{begun}{said}", f"Write {said}: {spread} is the standard deviation"
    said = f"normal({mean}, sqrt({spread}))"
    yield f"{begun}{said}", f"Write {said}: {spread} is the variance"


def _drawn(text: str) -> str | None:
    """`param w = torch.randn(3, 4)` → `param w[3, 4] ~ normal(0, 1)`."""
    match = _DRAWN.fullmatch(text.rstrip())
    if match is None:
        return None
    sizes = match[5].strip().removesuffix(",")
    shape = f"[{sizes}]" if sizes else ""
    normal = match[4] in ("randn", "standard_normal")
    role = match[2] or ("param " if match[6] == "True" else "input ")
    drawn = "normal" if normal else "uniform"
    return f"{match[1]}{role}{match[3]}{shape} ~ {drawn}(0, 1)"


def _no_role(text: str) -> str | None:
    """`w ~ normal(0, 1)` → `param w ~ normal(0, 1)`: a drawn value is most often learned."""
    if re.match(rf"\s*{_ROLE}\b", text):
        return None
    return _NO_ROLE.sub(r"\1param \2", text)


def _typed(text: str) -> str | None:
    """`float L = x`, `x: float = 2`, `const float x = 2` → `L = x`, `x = 2`, `const x = 2`."""
    return _TYPED.sub(r"\1\2", _ANNOTATED.sub(r"\1 ", text))


def _member(text: str) -> str | None:
    """`param W ∈ ℝ^{2×3}` → `param W[2, 3] ~ xavier`, the default for a shape without a value."""
    match = _MEMBER.match(text)
    sizes = [] if match is None else [each for each in match.groups()[1:] if each]
    return None if match is None else f"{match[1]}[{', '.join(sizes)}] ~ xavier"


def _applied(text: str) -> str | None:
    """`(lambda t: t^2)(x)` → `((x)^2)`."""

    def body(match: re.Match[str]) -> str:
        value = match[3].strip()
        value = value if re.fullmatch(r"\w+", value) else f"({value})"
        named = rf"(?<!\w){match[1]}(?!\w)"
        return "(" + re.sub(named, lambda _: value, match[2].strip()) + ")"

    return _APPLIED.sub(body, text)


def _broadcast(text: str) -> str | None:
    """Julia's `exp.(x)`; MATLAB's `W(:)` and `x[end]`."""
    made = _COUNTED.sub(r"flatten(\1)", _BROADCAST.sub("", text))
    return _LAST.sub(r"\1-1", made)


def _numbers(text: str) -> str | None:
    """`1'000`, `1 000`, `1.5f`, `10%`."""
    made = _THOUSANDS.sub(lambda m: re.sub(r"\D", "", m[0]), text)
    made = re.sub(r"(?<![\w.])(\d+\.\d*)[dD]([-+]?\d{1,2})(?!\w)", r"\1e\2", made)
    made = _PERCENT.sub(lambda m: f"{Decimal(m[1]) / 100:f}", made)
    return _FLOAT.sub(r"\1", made)


def _powers_of_exp(text: str) -> str | None:
    """`exp^(-x)`, `exp^{-x}` → `exp(-x)`."""
    return re.sub(r"(?<![\w.\\])exp\s*\^\s*[({]([^(){}]+)[)}]", r"exp(\1)", text)


def _counted_numbers(text: str) -> str | None:
    """`range(3)` in a formula → `arange(3)`."""
    if re.match(r"\s*for\b", text):
        return None
    bare = re.sub(r"(?<![\w.])list\s*\(\s*(range\s*\([^(),]*\))\s*\)", r"\1", text)
    return re.sub(r"(?<![\w.])range(?=\s*\([^(),]*\))", "arange", bare)


def _counted_on(text: str) -> str | None:
    return _PLUS_PLUS.sub(lambda m: f"{m[1]}{m[2]} = {m[2]} {m[3][0]} 1", text)


_MOST_LINES = 12
"""How many lines of a function's body are read."""


def _solved(text: str) -> str:
    r"""`A \ b` of MATLAB and Julia as `solve(A, b)`."""
    return _DIVIDED_LEFT.sub(r"solve(\1, \2)", text)


_FRO = re.compile(r",\s*(?:ord\s*=\s*)?(['\"])fro\1\s*(?=[,)])")


def _frobenius(text: str) -> str | None:
    """`norm(W, 'fro')` → `norm(W)`, which is that of all elements."""
    return _FRO.sub("", text) if re.search(r"(?<!\w)norm\s*\(", text) else None


_RULES: tuple[Callable[[str], str | None], ...] = (
    _defined,
    _nameless,
    _chosen,
    _inner,
    _pointed,
    _sizes,
    _tuple,
    _typed,
    _member,
    _colon,
    _drawn,
    _distribution,
    _no_role,
    _applied,
    _broadcast,
    _counted_on,
    _powers_of_exp,
    _counted_numbers,
    _numbers,
    _solved,
    _frobenius,
)
