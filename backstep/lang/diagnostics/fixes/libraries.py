"""NumPy, PyTorch, JAX, TensorFlow and Python calls, in the words of the language.

A statement is rewritten rule by rule on its tokens until nothing of another library is left.
Whether the result is right is checked by reading it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import prod

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.edits import applied
from backstep.lang.diagnostics.fixes.foreign_formulas import FORMULAS
from backstep.lang.diagnostics.fixes.foreign_names import (
    ARRAYS,
    CLASSES,
    CLASSES_WITH,
    CONSTANTS,
    DROPPED_OPTIONS,
    EXCHANGES,
    IDENTITIES,
    MODULES,
    OF_A_SAMPLE,
    OPERATORS,
    OPTIONS,
    REDUCTIONS,
    RENAMED,
    SHAPED,
    SHEETS,
    SIZES,
    TURNS,
)
from backstep.lang.diagnostics.fixes.library_options import meant
from backstep.lang.diagnostics.fixes.library_text import Text, called, factor, outer, without
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation, operand_start
from backstep.lang.syntax.lines import logical_lines
from backstep.lang.syntax.tokens import span_of
from backstep.ops import FUNCTIONS

_MOST_STEPS = 24
_LEARNED = re.compile(
    r"^(\s*)([^\W\d]\w*\s*=(?:.*\brequires_grad\s*=\s*True\b|\s*(?:\w+\.)*Parameter\s*\())"
)
_OTHERWISE = re.compile(
    r"\btorch\s*\.\s*(?:std|var)\b|\b(?:linalg|torch)\s*\.\s*norm\s*\([^()=]*,[^()=]*\)"
)
"""Functions that divide by n − 1 where ours divide by n, and a norm of another order, if they
remain where they can't be rewritten.
"""
_SPREAD_OF = re.compile(r"(?<!\bnp)(?<!\bjnp)(?<!numpy)(?<!torch)\s*\.\s*(?:std|var)\s*\(")
_WORD_IN_QUOTES = re.compile(r"(?<=[=,(])(\s*)(?:'(\w+)'|\"(\w+)\")")
_SCOPE = re.compile(r"(?<![\w.])(?:[^\W\d]\w*::)+(?=[^\W\d])")
"""C++'s and Rust's `std::`."""
_LAYERS = re.compile(r"(?<![\w.])(?:[^\W\d]\w*\.)*layers\.(?=[^\W\d])")
"""A module whose name is a word of the language."""
_SIZE = re.compile(r"\s*(?:\w+\s*=\s*\d+|for\s+\w+\s+in\s+range\s*\([\d\s,]+\)\s*:)\s*")
"""`x = torch.tensor(2., requires_grad=True)`, `W = nn.Parameter(…)`: a value that is learned."""


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement in the words of the language, if it holds another library's."""
    first = at.line.number
    old = "\n".join(at.line.texts)
    learned = _SCOPE.sub("", _LAYERS.sub("", old))
    learned = _WORD_IN_QUOTES.sub(r"\1\2\3", _LEARNED.sub(r"\1param \2", learned))
    of = ("np", "torch") if _SPREAD_OF.search(learned) else ("np",)
    for library in of:
        text = _scanned(at, learned)
        for _ in range(_MOST_STEPS):
            edits: Sequence[Edit] | None = meant(text, library)
            if edits is None and _OTHERWISE.search(text.text):
                break
            edits = edits or next((found for rule in _RULES if (found := rule(text))), None)
            if edits is None:
                break
            text = _scanned(at, applied(text.text, edits))
        if text.text != old:
            last = first + len(at.line.texts) - 1
            whole = Span(first, 1, last, len(at.line.texts[-1]) + 1)
            size = _SIZE.fullmatch(text.text)
            said = re.sub(r"^\s*(?:\w+\s*=|for\b.*?\bin\b)\s*", "", old.partition("#")[0]).rstrip(
                " :"
            )
            line = f"{text.text.rstrip()}  # {said}" if size else text.text
            made = at.edited(Edit.at(whole, line), sure=True)
            # A size is none of the values of the tensor whose size it is.
            yield replace(made, removes=size is not None)


def _scanned(at: Situation, text: str) -> Text:
    lines = logical_lines(text)
    return Text(at, text, lines[0].tokens if lines else ())


def _module(text: Text) -> list[Edit] | None:
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


def _by_axis(text: Text, name: str, opened: int, place: int) -> list[Edit]:
    """The number of an axis passed by position, named."""
    found = text.arguments(opened)
    if name not in REDUCTIONS or found is None or len(found[0]) <= place:
        return []
    start, end = found[0][place]
    number = all(token.type in ("NUMBER", "MINUS") for token in text.tokens[start:end])
    at = span_of(text.tokens[start])
    return [Edit(at.line, at.column, at.line, at.column, "axis=")] if number else []


def _capitals(text: Text) -> list[Edit] | None:
    """A sheet's `SUM(w)`, `POWER(w, 2)`, `IF(c, a, b)`."""
    for place, token in enumerate(text.tokens):
        name = str(token)
        free = token.type == "NAME" and text.kind(place + 1) == "LPAR" and name.isupper()
        if not free or len(name) < 2 or text.at.is_value(name) or text.at.is_function(name):
            continue
        if name in OF_A_SAMPLE:
            # Over n − 1 there, as PyTorch's.
            return [Edit.at(text.span(place, place + 1), f"torch.{OF_A_SAMPLE[name]}")]
        ours = SHEETS.get(name, name.casefold())
        if ours in FUNCTIONS or ours in RENAMED or ours in OPERATORS or ours in FORMULAS:
            return [Edit.at(text.span(place, place + 1), ours)]
    return None


def _class(text: Text) -> list[Edit] | None:
    """`nn.ReLU()(x)`, `MSELoss()(p, y)`."""
    for place, token in enumerate(text.tokens):
        after = tuple(text.kind(place + step) for step in (1, 2, 3))
        if token.type == "NAME" and token in CLASSES and after == ("LPAR", "RPAR", "LPAR"):
            return [Edit.at(text.span(place, place + 3), CLASSES[str(token)])]
        if _is_bare_class(text, place):
            return [Edit.at(text.span(place, place + 1), CLASSES[str(token)])]
        if token.type == "NAME" and token in CLASSES_WITH and text.kind(place + 1) == "LPAR":
            edits = _with_option(text, place)
            if edits is not None:
                return edits
    return None


def _is_bare_class(text: Text, place: int) -> bool:
    """`BCELoss(p, y)`: a loss class that is called on values at once."""
    name = str(text.tokens[place])
    if text.tokens[place].type != "NAME" or name not in CLASSES or text.kind(place - 1) == "DOT":
        return False
    if not name.endswith("Loss"):
        return False
    if text.kind(place + 1) != "LPAR" or name in text.at.known.functions:
        return False
    found = text.arguments(place + 1)
    return (
        found is not None
        and len(found[0]) == 2
        and not any(_by_name(text, each) for each in found[0])
        and text.kind(found[1] + 1) != "LPAR"
    )


def _with_option(text: Text, place: int) -> list[Edit] | None:
    """`nn.Softmax(dim=1)(X)` → `softmax(X, axis=1)`, `nn.Linear(2, 3)(x)` → `dense(x, 3)`."""
    ours, option = CLASSES_WITH[str(text.tokens[place])]
    made = text.arguments(place + 1)
    if made is None or text.kind(made[1] + 1) != "LPAR":
        return None
    given_to = text.arguments(made[1] + 1)
    if given_to is None or len(given_to[0]) != 1:
        return None
    operand = text.cut(*given_to[0][0])
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
    return [Edit.at(text.span(place, given_to[1] + 1), f"{ours}({operand}{rest})")]


def _formula(text: Text) -> list[Edit] | None:
    """`log10(x)` → `log(x)/log(10)`, `clamp(x, min=0)` → `maximum(x, 0)`."""
    for place, name in called(text, FORMULAS):
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
            cuts = [factor(text, *each, place) for each in given]
        values = dict(zip(parameters, cuts, strict=True))
        pattern = "|".join(parameters)
        parts = re.split(rf"(?<!\w)({pattern})(?!\w)", formula)
        inner = _unwrapped("".join(values.get(part, part) for part in parts))
        return [Edit.at(text.span(place, end + 1), outer(text, place, end + 1, inner))]
    return None


def _is_axis(text: Text, argument: tuple[int, int]) -> bool:
    tokens = text.tokens[argument[0] : argument[1]]
    if len(tokens) > 2 and tokens[1].type == "EQUAL":
        return tokens[0] in ("axis", "dim")
    return all(token.type in ("NUMBER", "MINUS") for token in tokens)


def _by_name(text: Text, argument: tuple[int, int]) -> bool:
    return text.kind(argument[0] + 1) == "EQUAL"


def _unwrapped(formula: str) -> str:
    """A formula with one pair of parentheses around its calls' arguments."""
    return re.sub(r"(\w)\(\(([^()]*)\)\)", r"\1(\2)", formula)


def _bounded(text: Text) -> list[Edit] | None:
    """`clamp(x, min=0)` → `maximum(x, 0)`; with both bounds it is clip."""
    for place, _ in called(text, ("clamp", "clip")):
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
            # A value bounded from below is the larger of it and the bound.
            function = "maximum" if "min" in bounds else "minimum"
            written = f"{function}({given[0]}, {next(iter(bounds.values()))})"
        return [Edit.at(text.span(place, found[1] + 1), written)]
    return None


def _product(text: Text) -> list[Edit] | None:
    """`dot(A, x)` with a matrix → `A @ x`."""
    for place, name in called(text, ("dot", "inner")):
        found = text.arguments(place + 1)
        if found is None or len(found[0]) != 2 or name == "inner":
            continue
        if any(_is_matrix(text, *each) for each in found[0]):
            parts = [factor(text, start, end, place) for start, end in found[0]]
            written = outer(text, place, found[1] + 1, " @ ".join(parts))
            return [Edit.at(text.span(place, found[1] + 1), written)]
    return None


def _is_matrix(text: Text, start: int, end: int) -> bool:
    """Whether an operand is a matrix by its name, or its transpose."""
    turned = end - start == 3 and text.kind(start + 1) == "DOT" and text.tokens[start + 2] == "T"
    named = end - start == 1 or turned
    shape = text.at.known.shapes.get(str(text.tokens[start]))
    return named and shape is not None and len(shape) > 1


def _array(text: Text) -> list[Edit] | None:
    """`array([1., 2.], dtype=float)`: the list alone."""
    for place, _ in called(text, ARRAYS):
        found = text.arguments(place + 1)
        if found is not None and found[0]:
            start, end = found[0][0]
            return [Edit.at(text.span(place, found[1] + 1), text.cut(start, end))]
    return None


def _operator(text: Text) -> list[Edit] | None:
    """`matmul(a, b)`, `power(a, b)`."""
    for place, name in called(text, OPERATORS):
        found = text.arguments(place + 1)
        if found is not None and len(found[0]) == 2:
            parts = [factor(text, start, end, place) for start, end in found[0]]
            written = outer(text, place, found[1] + 1, OPERATORS[name].join(parts))
            return [Edit.at(text.span(place, found[1] + 1), written)]
    return None


def _renamed(text: Text) -> list[Edit] | None:
    for place, name in called(text, RENAMED):
        if name not in FUNCTIONS:
            edits = _by_axis(text, RENAMED[name], place + 1, 1)
            return [Edit.at(text.span(place, place + 1), RENAMED[name]), *edits]
    return None


def _method(text: Text) -> list[Edit] | None:
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
        if name in EXCHANGES:
            turned = _exchanged(text, name, operand, [text.cut(*each) for each in given])
            if turned is None:
                continue
            return [Edit.at(whole, turned)]
        if name in OPERATORS and len(given) == 1:
            right = factor(text, *given[0], place)
            written = f"{operand}{OPERATORS[name]}{right}"
            return [Edit.at(whole, outer(text, start, end + 1, written))]
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


def _bare_method(text: Text) -> list[Edit] | None:
    """`x.mean` without parentheses."""
    for place, token in enumerate(text.tokens[:-1]):
        name = str(text.tokens[place + 1])
        called = text.kind(place + 2) == "LPAR"
        if token.type != "DOT" or called or name not in FUNCTIONS or not place:
            continue
        start = operand_start(text.tokens, place - 1)
        if start is not None and text.tokens[start] not in MODULES:
            written = f"{name}({text.cut(start, place)})"
            return [Edit.at(text.span(start, place + 2), written)]
    return None


def _exchange(text: Text) -> list[Edit] | None:
    """`transpose(x, 0, 1)`, `permute(x, (1, 0))`, `swapaxes(x, 0, 1)`."""
    for place, name in called(text, EXCHANGES):
        found = text.arguments(place + 1)
        if found is None or len(found[0]) < 2:
            continue
        operand, *axes = (text.cut(*each) for each in found[0])
        turned = _exchanged(text, name, operand, axes)
        if turned is not None:
            return [Edit.at(text.span(place, found[1] + 1), turned)]
    return None


def _exchanged(text: Text, name: str, operand: str, axes: Sequence[str]) -> str | None:
    """A value with two axes exchanged, by its shape; None if another order is meant.

    For a matrix both axes named mean its transpose: (0, 1) are two axes to exchange in PyTorch, and
    NumPy's order that changes nothing is never written.
    """
    shape = text.at.known.shapes.get(operand)
    numbers = re.findall(r"-?\d+", ",".join(axes))
    if shape is None or re.sub(r"[\d\s,()\[\]-]", "", "".join(axes)):
        return None
    places = [int(each) for each in numbers]
    if any(not -len(shape) <= each < len(shape) for each in places):
        return None
    places = [each % len(shape) for each in places]
    if len(shape) == 2 and sorted(places) == [0, 1]:
        unmoved = name == "permute" and places == [0, 1]
        return operand if unmoved else f"{operand}.T"
    if len(places) == 2 and len(shape) > 2 and abs(places[0] - places[1]) == 1:
        return f"move_axis({operand}, {places[0]}, {places[1]})"
    return None


def _counted(text: Text) -> list[Edit] | None:
    """`x.shape[0]`, `x.size(0)`, `x.size`, `x.numel()` as the number."""
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


def _length(text: Text) -> list[Edit] | None:
    """`len(x)` as the number."""
    for place, _name in called(text, ("len",)):
        shape = text.at.known.shapes.get(str(text.tokens[place + 2]))
        if shape and text.kind(place + 2) == "NAME" and text.kind(place + 3) == "RPAR":
            return [Edit.at(text.span(place, place + 4), str(shape[0]))]
    return None


def _option(text: Text) -> list[Edit] | None:
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
            return without(text, place)
    return None


def _sizes(text: Text) -> list[Edit] | None:
    """`zeros((2, 3))`, `reshape(x, (2, 3))`, `concat([a, b])`: each item as an argument."""
    for place, name in called(text, SIZES):
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


Rule = Callable[[Text], Sequence[Edit] | None]
_RULES: tuple[Rule, ...] = (
    _capitals,
    _module,
    _counted,
    _length,
    _class,
    _array,
    _operator,
    _bounded,
    _renamed,
    _exchange,
    _product,
    _formula,
    _method,
    _bare_method,
    _option,
    _sizes,
)
