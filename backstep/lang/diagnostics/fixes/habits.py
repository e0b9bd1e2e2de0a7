"""Habits of paper and of scripts that have one equal here, each of them by a pattern.

Formulas that go on in the next line, `mean_i w_i`, `softmax(z)_y`, sums over `range`, R's
`rowSums`, NumPy's `hstack`, braces for grouping, a formula that no name is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation, of_elements

_NAME = r"[^\W\d]\w*"
_ROLE = r"(?:input|target|param|const)"
_GIVES = re.compile(rf"\s*(?:{_ROLE}\s+)?{_NAME}(?:\s*\[[^\]]*\])?\s*=(?!=)")
_GOES_ON = re.compile(r"\s*(?:\\|\.\.\.|…)\s*$")
_OPEN_END = re.compile(r"[-+*/@^·×−(,]\s*$|(?<![=<>!])=\s*$")
_OPEN_START = re.compile(r"\s*[-+*/@·×−](?!-)")
_OF_INDEX = re.compile(r"(?<![\w.])(mean|avg|average|max|min)_(?:\{([a-z])\}|([a-z]))(?!\w)\s*")
_OF_VALUE = re.compile(rf"(?<=\))_(?:\{{({_NAME}|0)\}}|({_NAME}|0(?!\w)))")
_OVER_RANGE = re.compile(
    r"(?<![\w.])(?:(?:np|numpy|torch|math|jnp)\.)?(f?sum|mean)\(\s*(\[?)"
    rf"(?P<body>[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*?)\s+for\s+(?P<names>{_NAME}(?:\s*,\s*{_NAME})*)"
    r"\s+in\s+(?P<over>range\(\s*(?:0\s*,\s*)?(?:\d+|len\(\s*\w+\s*\))\s*\)|zip\([\w\s,]+\)|\w+)\s*\]?\s*\)"
)
_BY_AXIS = re.compile(r"(?<![\w.])(row|col)(Sums|Means)\s*\(")
_CROSS = re.compile(rf"(?<![\w.])(t?)crossprod\s*\(\s*({_NAME})\s*(?:,\s*({_NAME})\s*)?\)")
_JOINED = re.compile(
    rf"(?:(?<![\w.])(?:np|numpy|torch|jnp)\.|(?<![\w.]))(?:(hstack|vstack)\s*\(\s*[\[(]"
    rf"|(r_|c_)\s*\[)\s*({_NAME}(?:\s*,\s*{_NAME})+)\s*,?\s*(?:[\])]\s*\)|\])"
)
_GROUPED = re.compile(r"(?<![_^\\\w}])\{([^{},;:]*)\}")
_PRINTED = re.compile(r"\s*(?:print|disp|display)\s*\(\s*(.+)\)\s*;?\s*")


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement in our form, for each habit that it shows."""
    yield from _continued(at)
    if len(at.line.texts) != 1:
        return
    text = at.line.texts[0]
    code = text.partition("#")[0].rstrip()
    for rewrite in (_indexed, _element, _over, _by_axis, _joined, _grouped, _apart, _unnamed):
        made = rewrite(at, code)
        if made is not None and made != code:
            span = Span(at.line.number, 1, at.line.number, len(code) + 1)
            yield at.edited(Edit.at(span, made), sure=True)


def _continued(at: Situation) -> Iterator[Candidate]:
    """A formula over several lines, inside parentheses."""
    lines = at.sheet.lines
    codes = [_GOES_ON.sub("", line.partition("#")[0]).rstrip() for line in lines]
    open_ends = [
        bool(_GOES_ON.search(line.partition("#")[0]) or _OPEN_END.search(code))
        for line, code in zip(lines, codes, strict=True)
    ]

    def goes_on(number: int) -> bool:
        if number + 1 >= len(lines) or not codes[number + 1].strip():
            return False
        return open_ends[number] or bool(_OPEN_START.match(codes[number + 1]))

    first = at.line.number - 1
    while first > 0 and goes_on(first - 1):
        first -= 1
    last = first
    while goes_on(last):
        last += 1
    head = _GIVES.match(codes[first])
    if head is None or last == first or any(_GIVES.match(each) for each in codes[first + 1 : last]):
        return
    made = [codes[first][: head.end()] + " (" + codes[first][head.end() :].lstrip()]
    made += codes[first + 1 : last + 1]
    if _GIVES.match(made[-1]):
        return
    span = Span(first + 1, 1, last + 1, len(lines[last]) + 1)
    shown = f"{made[0].strip()} … )"
    title = f"Let the formula go on inside parentheses: {shown}"
    yield at.edited(Edit.at(span, "\n".join(made) + ")"), sure=True, title=title)


def _indexed(at: Situation, code: str) -> str | None:
    """`mean_i w_i x_i` as `mean(w*x)`, of vectors."""
    match = _OF_INDEX.search(code)
    if match is None or at.is_value(match[0].strip()):
        return None
    label = match[2] or match[3]
    end = _body_end(code, match.end())
    body = code[match.end() : end].rstrip()
    vectors: set[str] = set()

    def whole(found: re.Match[str]) -> str:
        vectors.add(found[1])
        return found[1]

    body = re.sub(rf"({_NAME}?)(?:_{label}(?!\w)|_\{{{label}\}}|\[\s*{label}\s*\])", whole, body)
    shapes = {at.known.shapes.get(each, ()) for each in vectors}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1 or not of_elements(at, body, vectors):
        return None
    if body.startswith("(") and _closing(body, 0) == len(body) - 1:
        body = body[1:-1]
    body = re.sub(r"(?<=[\w)])\s+(?=[\w(])", "*", body.strip())
    name = "mean" if match[1] in ("avg", "average") else match[1]
    return f"{code[: match.start()]}{name}({body}){code[end:]}"


def _element(at: Situation, code: str) -> str | None:
    """`softmax(z)_y` as `softmax(z)[y]`; which element `_1` is stays open."""

    def element(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return f"[{name}]" if name == "0" or at.is_value(name) else match[0]

    return _OF_VALUE.sub(element, code)


def _over(at: Situation, code: str) -> str | None:
    """A sum over a generator, `sum(w[i]*x[i] for i in range(2))`, as Σ or of whole vectors."""
    match = _OVER_RANGE.search(code)
    if match is None:
        return None
    names = [each.strip() for each in match["names"].split(",")]
    body, over = match["body"].strip(), match["over"]
    shapes = at.known.shapes
    if over.startswith("range"):
        size = re.search(r"(\d+|len\(\s*(\w+)\s*\))\s*\)$", over)
        if len(names) != 1 or size is None:
            return None
        shape = shapes.get(size[2]) if size[2] else (int(size[1]),)
        if not shape or at.is_value(names[0]):
            return None
        made = f"Σ_{{{names[0]}=0}}^{{{shape[0] - 1}}} ({body})"
        made = f"({made})/{shape[0]}" if match[1] == "mean" else f"({made})"
        return code[: match.start()] + made + code[match.end() :]
    listed = [each.strip() for each in over.removeprefix("zip(").rstrip(")").split(",")]
    of = {shapes.get(each, ()) for each in listed}
    if len(listed) != len(names) or len(of) != 1 or len(next(iter(of))) != 1:
        return None
    if not of_elements(at, body, names) or any(at.is_value(each) for each in names):
        return None
    for name, vector in zip(names, listed, strict=True):
        body = re.sub(rf"(?<![\w.]){name}(?!\w)", vector, body)
    function = "mean" if match[1] == "mean" else "sum"
    return f"{code[: match.start()]}{function}({body}){code[match.end() :]}"


def _by_axis(at: Situation, code: str) -> str | None:
    """R's `rowSums(X)` and `crossprod(A, B)`."""
    while match := _BY_AXIS.search(code):
        end = _closing(code, match.end() - 1)
        if end is None or at.is_function(match[0].rstrip(" (")):
            return None
        name, axis = {"Sums": "sum", "Means": "mean"}[match[2]], int(match[1] == "row")
        inside = code[match.end() : end]
        code = f"{code[: match.start()]}{name}({inside}, axis={axis}){code[end + 1 :]}"

    def crossed(match: re.Match[str]) -> str:
        other = match[3] or match[2]
        product = f"{match[2]} @ {other}.T" if match[1] else f"{match[2]}.T @ {other}"
        return f"({product})"

    return _CROSS.sub(crossed, code)


def _joined(at: Situation, code: str) -> str | None:
    """NumPy's `hstack`, `vstack`, `r_` and `c_` of names, by their shapes."""

    def joined(match: re.Match[str]) -> str:
        names = [each.strip() for each in match[3].split(",")]
        ranks = {len(at.known.shapes.get(each, ())) for each in names}
        listed = ", ".join(names)
        if ranks == {1}:
            by_kind = {"hstack": "concat({})", "r_": "concat({})", "c_": "stack({}).T"}
            return by_kind.get(match[1] or match[2], "stack({})").format(listed)
        if ranks == {2}:
            axis = 1 if (match[1] or match[2]) in ("hstack", "c_") else 0
            return f"concat({listed}, axis={axis})"
        return match[0]

    return _JOINED.sub(joined, code)


def _grouped(at: Situation, code: str) -> str | None:
    """Braces for grouping as parentheses."""
    if at.fault.code != "unknown_character" or "\\" in code:
        return None
    while (made := _GROUPED.sub(r"(\1)", code)) != code:
        code = made
    return code


def _apart(at: Situation, code: str) -> str | None:
    """Two declarations on a line, each on a line of its own."""
    if at.fault.code != "two_statements" or at.fault.span is None:
        return None
    return re.sub(rf"(?<=\S)\s+(?={_ROLE}\s+{_NAME}\s*[\[=~])", "\n", code)


def _unnamed(at: Situation, code: str) -> str | None:
    """The text's last formula, of no name, as the loss."""
    below = at.sheet.lines[at.line.number :]
    if any(line.partition("#")[0].strip() for line in below) or "=" in code or code[:1].isspace():
        return None
    printed = _PRINTED.fullmatch(code)
    formula = code if printed is None else printed[1].strip()
    if re.fullmatch(_NAME, formula) or not re.search(r"[-+*/^@(²√‖]", formula):
        return None
    if at.fault.code not in ("missing_equals", "foreign_word"):
        return None
    return None if "L" in at.known.given_on else f"L = {formula}"


def _scan(text: str, start: int, ends: Callable[[str, int, int], bool]) -> int | None:
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if ends(text[place], depth, place):
            return place
    return None


def _closing(text: str, start: int) -> int | None:
    """Where the bracket that opens at `start` is closed."""
    return _scan(text, start, lambda _, depth, __: depth == 0)


def _body_end(text: str, start: int) -> int:
    """Where what a sum goes over ends: at a + or − outside brackets, or a bracket that closes."""
    end = _scan(
        text,
        start,
        lambda each, depth, place: (
            depth < 0 or (depth == 0 and each in "+-−," and bool(text[start:place].strip()))
        ),
    )
    return len(text) if end is None else end
