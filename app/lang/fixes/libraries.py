"""What NumPy, PyTorch, JAX, TensorFlow and Python write, in the words of the language.

A statement is rewritten rule by rule on its tokens until nothing of another library is left.
Whether what comes out is right is seen by reading it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from math import prod

from lark import Token

from app.errors import Edit, Span
from app.lang.fixes.edits import Sheet, applied
from app.lang.fixes.foreign_names import (
    ARRAYS,
    CLASSES,
    CLASSES_WITH,
    CONSTANTS,
    DROPPED_OPTIONS,
    FORMULAS,
    IDENTITIES,
    MODULES,
    OPERATORS,
    OPTIONS,
    REDUCTIONS,
    RENAMED,
    SHAPED,
    SIZES,
    TURNS,
)
from app.lang.fixes.statement import Candidate, Situation, closing, operand_start
from app.lang.lines import logical_lines
from app.lang.tokens import span_of
from app.ops import FUNCTIONS

_MOST_STEPS = 24
_UNBIASED = re.compile(r"\btorch\s*\.\s*(?:std|var)\b")
"""What divides by n − 1 where ours divides by n."""


_LEARNED = re.compile(
    r"^(\s*)([^\W\d]\w*\s*=(?:.*\brequires_grad\s*=\s*True\b|\s*(?:\w+\.)*Parameter\s*\())"
)
"""`x = torch.tensor(2., requires_grad=True)`, `W = nn.Parameter(…)`: a value that is learned."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement's text and tokens while it is rewritten."""

    at: Situation
    text: str
    tokens: tuple[Token, ...]

    def cut(self, start: int, end: int) -> str:
        """What stands from one token up to another, the last one left out."""
        if start >= end:
            return ""
        span = span_of(self.tokens[start]).to(span_of(self.tokens[end - 1]))
        return Sheet(self.text).text(span)

    def span(self, start: int, end: int) -> Span:
        """The place from one token up to another, the last one left out."""
        return span_of(self.tokens[start]).to(span_of(self.tokens[end - 1]))

    def kind(self, place: int) -> str:
        return self.tokens[place].type if 0 <= place < len(self.tokens) else ""

    def arguments(self, opened: int) -> tuple[list[tuple[int, int]], int] | None:
        """Where the arguments between parentheses stand, and the closing one."""
        end = closing(self.tokens, opened)
        if end is None:
            return None
        found, depth, start = [], 0, opened + 1
        for place in range(opened + 1, end):
            kind = self.tokens[place].type
            depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
            if kind == "COMMA" and depth == 0:
                found.append((start, place))
                start = place + 1
        if start < end:
            found.append((start, end))
        return found, end


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement in the words of the language, where it holds another library's."""
    first = at.line.number
    old = "\n".join(at.line.texts)
    if _UNBIASED.search(old):
        return
    learned = _LEARNED.sub(r"\1param \2", old)
    text = _scanned(at, learned)
    for _ in range(_MOST_STEPS):
        edits = next((found for rule in _RULES if (found := rule(text))), None)
        if edits is None:
            break
        text = _scanned(at, applied(text.text, edits))
    if text.text != old:
        last = first + len(at.line.texts) - 1
        whole = Span(first, 1, last, len(at.line.texts[-1]) + 1)
        yield at.edited(Edit.at(whole, text.text), sure=True)


def _scanned(at: Situation, text: str) -> _Text:
    lines = logical_lines(text)
    return _Text(at, text, lines[0].tokens if lines else ())


def _module(text: _Text) -> list[Edit] | None:
    """`np.exp(`, `torch.nn.functional.relu(`, `np.pi`."""
    for place, token in enumerate(text.tokens):
        if token.type != "NAME" or token not in MODULES or text.at.is_value(str(token)):
            continue
        if text.kind(place - 1) == "DOT" or text.kind(place + 1) != "DOT":
            continue
        last = place
        while text.kind(last + 1) == "DOT" and text.kind(last + 2) == "NAME":
            last += 2
            if text.tokens[last] not in MODULES:
                break
        name = str(text.tokens[last])
        if text.kind(last + 1) == "LPAR":
            edits = _by_axis(text, RENAMED.get(name, name), last + 1, 1)
            return [Edit.at(text.span(place, last + 1), name), *edits]
        if name in CONSTANTS:
            return [Edit.at(text.span(place, last + 1), CONSTANTS[name])]
    return None


def _by_axis(text: _Text, name: str, opened: int, place: int) -> list[Edit]:
    """The number of an axis given by place, named."""
    found = text.arguments(opened)
    if name not in REDUCTIONS or found is None or len(found[0]) <= place:
        return []
    start, end = found[0][place]
    number = all(token.type in ("NUMBER", "MINUS") for token in text.tokens[start:end])
    at = span_of(text.tokens[start])
    return [Edit(at.line, at.column, at.line, at.column, "axis=")] if number else []


def _class(text: _Text) -> list[Edit] | None:
    """`nn.ReLU()(x)`, `MSELoss()(p, y)`."""
    for place, token in enumerate(text.tokens):
        after = tuple(text.kind(place + step) for step in (1, 2, 3))
        if token.type == "NAME" and token in CLASSES and after == ("LPAR", "RPAR", "LPAR"):
            return [Edit.at(text.span(place, place + 3), CLASSES[str(token)])]
        if token.type == "NAME" and token in CLASSES_WITH and text.kind(place + 1) == "LPAR":
            edits = _with_option(text, place)
            if edits is not None:
                return edits
    return None


def _with_option(text: _Text, place: int) -> list[Edit] | None:
    """`nn.Softmax(dim=1)(X)` → `softmax(X, axis=1)`, `nn.Linear(2, 3)(x)` → `dense(x, 3)`."""
    ours, option = CLASSES_WITH[str(text.tokens[place])]
    made = text.arguments(place + 1)
    if made is None or text.kind(made[1] + 1) != "LPAR":
        return None
    called = text.arguments(made[1] + 1)
    if called is None or len(called[0]) != 1:
        return None
    operand = text.cut(*called[0][0])
    given = [text.cut(*each).replace(" ", "") for each in made[0]]
    if option is None:
        if len(given) != 2 or "=" in "".join(given):
            return None
        rest = f", {given[1]}"
    elif len(given) > 1:
        return None
    else:
        value = given[0].removeprefix(f"{option[0]}=") if given else ""
        by_name = f"{option[1]}=" if option[1] == "axis" else ""
        rest = f", {by_name}{value}" if value else ""
    return [Edit.at(text.span(place, called[1] + 1), f"{ours}({operand}{rest})")]


def _formula(text: _Text) -> list[Edit] | None:
    """`log10(x)` → `log(x)/log(10)`, `clamp(x, min=0)` → `maximum(x, 0)`."""
    for place, name in _called(text, FORMULAS):
        parameters, formula = FORMULAS[name]
        found = text.arguments(place + 1)
        if found is None:
            continue
        given, end = found
        cuts = [text.cut(*each) for each in given]
        if name == "std" and len(given) == 2 and _is_axis(text, given[1]):
            cuts = [f"{cuts[0]}, {'' if '=' in cuts[1] else 'axis='}{cuts[1]}"]
        elif len(given) != len(parameters) or any(_by_name(text, each) for each in given):
            continue
        else:
            cuts = [_factor(text, *each, place) for each in given]
        values = dict(zip(parameters, cuts, strict=True))
        pattern = "|".join(parameters)
        parts = re.split(rf"(?<!\w)({pattern})(?!\w)", formula)
        inner = _unwrapped("".join(values.get(part, part) for part in parts))
        return [Edit.at(text.span(place, end + 1), _outer(text, place, end + 1, inner))]
    return None


def _is_axis(text: _Text, argument: tuple[int, int]) -> bool:
    tokens = text.tokens[argument[0] : argument[1]]
    if len(tokens) > 2 and tokens[1].type == "EQUAL":
        return tokens[0] in ("axis", "dim")
    return all(token.type in ("NUMBER", "MINUS") for token in tokens)


def _by_name(text: _Text, argument: tuple[int, int]) -> bool:
    return text.kind(argument[0] + 1) == "EQUAL"


def _unwrapped(formula: str) -> str:
    """A formula whose calls' arguments stand in one pair of parentheses."""
    return re.sub(r"(\w)\(\(([^()]*)\)\)", r"\1(\2)", formula)


def _bounded(text: _Text) -> list[Edit] | None:
    """`clamp(x, min=0)` → `maximum(x, 0)`; with both bounds it is clip."""
    for place, _ in _called(text, ("clamp", "clip")):
        found = text.arguments(place + 1)
        if found is None or len(found[0]) < 2:
            continue
        given = [text.cut(*each) for each in found[0]]
        named = [each.replace(" ", "").removeprefix("a_") for each in given[1:] if "=" in each]
        bounds = dict(each.split("=", 1) for each in named)
        if len(bounds) != len(given) - 1 or not set(bounds) <= {"min", "max"}:
            continue
        if len(bounds) == 2:
            written = f"clip({given[0]}, {bounds['min']}, {bounds['max']})"
        else:
            # The least that a value may be is the larger of the two.
            function = "maximum" if "min" in bounds else "minimum"
            written = f"{function}({given[0]}, {next(iter(bounds.values()))})"
        return [Edit.at(text.span(place, found[1] + 1), written)]
    return None


def _product(text: _Text) -> list[Edit] | None:
    """`dot(A, x)` of a matrix → `A @ x`."""
    for place, name in _called(text, ("dot", "inner")):
        found = text.arguments(place + 1)
        if found is None or len(found[0]) != 2 or name == "inner":
            continue
        if any(_is_matrix(text, *each) for each in found[0]):
            parts = [_factor(text, start, end, place) for start, end in found[0]]
            written = _outer(text, place, found[1] + 1, " @ ".join(parts))
            return [Edit.at(text.span(place, found[1] + 1), written)]
    return None


def _is_matrix(text: _Text, start: int, end: int) -> bool:
    """Whether an operand is a matrix as it is named, or its transpose."""
    turned = end - start == 3 and text.kind(start + 1) == "DOT" and text.tokens[start + 2] == "T"
    named = end - start == 1 or turned
    shape = text.at.known.shapes.get(str(text.tokens[start]))
    return named and shape is not None and len(shape) > 1


def _called(text: _Text, names: Container[str]) -> Iterator[tuple[int, str]]:
    """Calls of functions by a name, other than the text's own and methods."""
    for place, token in enumerate(text.tokens):
        name = str(token)
        own = name in text.at.known.functions or text.at.is_value(name)
        called = text.kind(place + 1) == "LPAR" and text.kind(place - 1) != "DOT"
        if token.type == "NAME" and name in names and called and not own:
            yield place, name


def _array(text: _Text) -> list[Edit] | None:
    """`array([1., 2.], dtype=float)`: the list alone."""
    for place, _ in _called(text, ARRAYS):
        found = text.arguments(place + 1)
        if found is not None and found[0]:
            start, end = found[0][0]
            return [Edit.at(text.span(place, found[1] + 1), text.cut(start, end))]
    return None


def _operator(text: _Text) -> list[Edit] | None:
    """`matmul(a, b)`, `power(a, b)`."""
    for place, name in _called(text, OPERATORS):
        found = text.arguments(place + 1)
        if found is not None and len(found[0]) == 2:
            parts = [_factor(text, start, end, place) for start, end in found[0]]
            written = _outer(text, place, found[1] + 1, OPERATORS[name].join(parts))
            return [Edit.at(text.span(place, found[1] + 1), written)]
    return None


def _factor(text: _Text, start: int, end: int, place: int) -> str:
    """An operand, in parentheses where it is a formula of its own."""
    whole = operand_start(text.tokens[:end], end - 1) == start
    return text.cut(start, end) if whole else f"({text.cut(start, end)})"


def _outer(text: _Text, start: int, end: int, written: str) -> str:
    """A formula for a call, in parentheses where it stands among others."""
    opens = text.kind(start - 1) in ("", "EQUAL", "LPAR", "COMMA", "LSQB")
    closes = text.kind(end) in ("", "RPAR", "COMMA", "RSQB")
    return written if opens and closes else f"({written})"


def _renamed(text: _Text) -> list[Edit] | None:
    for place, name in _called(text, RENAMED):
        if name not in FUNCTIONS:
            edits = _by_axis(text, RENAMED[name], place + 1, 1)
            return [Edit.at(text.span(place, place + 1), RENAMED[name]), *edits]
    return None


def _method(text: _Text) -> list[Edit] | None:
    """`x.sum()`, `a.dot(b)`, `x.view(4, -1)`."""
    for place, token in enumerate(text.tokens):
        if token.type != "DOT" or (text.kind(place + 1), text.kind(place + 2)) != ("NAME", "LPAR"):
            continue
        start = operand_start(text.tokens, place - 1) if place else None
        found = text.arguments(place + 2)
        if start is None or found is None:
            continue
        name = str(text.tokens[place + 1])
        given, end = found
        whole = text.span(start, end + 1)
        operand = text.cut(start, place)
        if name in IDENTITIES:
            return [Edit.at(whole, operand)]
        if name in TURNS and not given:
            return [Edit.at(whole, f"{operand}.T")]
        if name in OPERATORS and len(given) == 1:
            right = _factor(text, *given[0], place)
            written = f"{operand}{OPERATORS[name]}{right}"
            return [Edit.at(whole, _outer(text, start, end + 1, written))]
        ours = RENAMED.get(name, name)
        if name in FORMULAS and name != "log":
            ours = name
        if ours in FUNCTIONS or ours in FORMULAS or ours in SHAPED:
            axis = _by_axis(text, ours, place + 2, 0)
            rest = text.cut(place + 3, end)
            by_name = "axis=" if axis else ""
            inner = f"{operand}, {by_name}{rest}" if given else operand
            return [Edit.at(whole, f"{ours}({inner})")]
    return None


def _counted(text: _Text) -> list[Edit] | None:
    """`x.shape[0]`, `x.size(0)`, `x.size`, `x.numel()`: the number that it is."""
    for place in range(len(text.tokens) - 2):
        name, point, what = text.tokens[place : place + 3]
        shape = text.at.known.shapes.get(str(name)) if name.type == "NAME" else None
        if not shape or point.type != "DOT" or what not in ("shape", "size", "numel"):
            continue
        kinds = tuple(text.kind(place + step) for step in (3, 4, 5))
        if kinds in (("LSQB", "NUMBER", "RSQB"), ("LPAR", "NUMBER", "RPAR")):
            axis = str(text.tokens[place + 4])
            if what != "numel" and axis.isdigit() and int(axis) < len(shape):
                return [Edit.at(text.span(place, place + 6), str(shape[int(axis)]))]
        elif what == "size" and kinds[0] not in ("LPAR", "LSQB"):
            return [Edit.at(text.span(place, place + 3), str(prod(shape)))]
        elif what == "numel" and kinds[:2] == ("LPAR", "RPAR"):
            return [Edit.at(text.span(place, place + 5), str(prod(shape)))]
    return None


def _option(text: _Text) -> list[Edit] | None:
    """`dim=1`, `dtype=float`, `keepdims=False`."""
    depth = 0
    for place, token in enumerate(text.tokens):
        depth += (token.type in ("LPAR", "LSQB")) - (token.type in ("RPAR", "RSQB"))
        if token.type != "NAME" or text.kind(place + 1) != "EQUAL" or depth == 0:
            continue
        name = str(token)
        if name in OPTIONS and OPTIONS[name] != name:
            return [Edit.at(text.span(place, place + 1), OPTIONS[name])]
        false = name in ("keepdims", "keepdim") and str(text.tokens[place + 2]) == "False"
        if name in DROPPED_OPTIONS or false:
            return _without(text, place)
    return None


def _without(text: _Text, place: int) -> list[Edit] | None:
    """The call without the argument that starts at a place."""
    depth, end = 0, place
    while end < len(text.tokens):
        kind = text.tokens[end].type
        if depth == 0 and kind in ("COMMA", "RPAR"):
            break
        depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
        end += 1
    if text.kind(place - 1) == "COMMA":
        return [Edit.at(text.span(place - 1, end), "")]
    return [Edit.at(text.span(place, end + (text.kind(end) == "COMMA")), "")]


def _sizes(text: _Text) -> list[Edit] | None:
    """`zeros((2, 3))`, `reshape(x, (2, 3))`, `concat([a, b])`: each given by itself."""
    for place, name in _called(text, SIZES):
        found = text.arguments(place + 1)
        if found is None or len(found[0]) <= SIZES[name]:
            continue
        start, end = found[0][SIZES[name]]
        opened = text.kind(start)
        lists = name in ("concat", "stack")
        if opened not in (("LSQB", "LPAR") if lists else ("LPAR",)):
            continue
        inner = text.arguments(start)
        if inner is None or inner[1] != end - 1 or (opened == "LPAR" and len(inner[0]) < 2):
            continue
        if (
            lists
            and opened == "LSQB"
            and len(found[0]) > 1
            and text.kind(found[0][1][0] + 1) != "EQUAL"
        ):
            continue
        return [Edit.at(text.span(start, start + 1), ""), Edit.at(text.span(end - 1, end), "")]
    return None


Rule = Callable[[_Text], Sequence[Edit] | None]
_RULES: tuple[Rule, ...] = (
    _module,
    _counted,
    _class,
    _array,
    _operator,
    _bounded,
    _renamed,
    _product,
    _formula,
    _method,
    _option,
    _sizes,
)
