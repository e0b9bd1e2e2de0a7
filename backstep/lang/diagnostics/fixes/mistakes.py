"""Fixes that need the text's names or shapes: options, words of Python, sizes, parentheses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from itertools import chain

from backstep.errors import Edit, Span
from backstep.graph.shape import Shape
from backstep.lang.diagnostics.fixes.bare_functions import BARS, ShapeOf, is_bare, parentheses
from backstep.lang.diagnostics.fixes.foreign_names import RENAMED, SHAPED
from backstep.lang.diagnostics.fixes.spelling import is_slip
from backstep.lang.diagnostics.fixes.statement import (
    Candidate,
    Situation,
    closing,
    operand_end,
    operand_start,
    span_between,
)
from backstep.lang.syntax.tokens import span_of
from backstep.ops import FUNCTIONS


def candidates(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """The text with the mistake of its kind corrected."""
    mend = _BY_CODE.get(at.fault.code)
    if mend is not None:
        yield from mend(at, shape_of)


def _option(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """An option by the function's name for it, or the call without the option."""
    place = at.at_fault()
    if place is None:
        return
    opened = _opened(at, place)
    if opened is None or at.tokens[opened - 1].type != "NAME":
        return
    function = FUNCTIONS.get(str(at.tokens[opened - 1]))
    name = str(at.tokens[place])
    if function is not None:
        known = [each.name for each in function.parameters if each.keyword or len(name) > 2]
        begun = [each for each in known if len(name) > 2 and each.startswith(name)]
        near = begun or get_close_matches(name, known, n=1, cutoff=0.75)
        for each in near:
            yield at.edited(Edit.at(span_of(at.tokens[place]), each))
        if near:
            return
    if name in _WITH_EFFECT:
        return
    end, depth = place, 0
    while end < len(at.tokens):
        kind = at.tokens[end].type
        if depth == 0 and kind in ("COMMA", "RPAR"):
            break
        depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
        end += 1
    start = place - (at.tokens[place - 1].type == "COMMA")
    if end < len(at.tokens):
        yield at.edited(Edit.at(span_between(at.tokens, start, end), ""))


_WITH_EFFECT = {
    *("alpha", "beta", "p", "ord", "ddof", "correction", "unbiased", "approximate", "reduction"),
    *("delta", "from_logits", "weight", "pos_weight", "label_smoothing", "ignore_index"),
    *("sample_weight", "where", "initial", "lambd", "lower", "upper", "normalized_shape"),
    *("quantile", "base", "n", "k", "scale", "margin", "dim", "axis", "negative_slope", "slope"),
    *("temperature", "tau", "T", "threshold", "value", "min", "max", "min_val", "max_val", "gamma"),
    *("eps", "epsilon", "momentum", "affine", "training", "causal", "is_causal", "mask", "bias"),
    *("attn_mask", "stride", "padding", "dilation", "groups", "ceil_mode", "size", "full", "gain"),
}
"""Other libraries' options that change a value: a call without them is another."""


def _opened(at: Situation, place: int) -> int | None:
    """The parenthesis that a token is in."""
    depth = 0
    for each in range(place - 1, -1, -1):
        kind = at.tokens[each].type
        depth += (kind in ("RPAR", "RSQB")) - (kind in ("LPAR", "LSQB"))
        if depth < 0:
            return each
    return None


def _behind_a_function(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """What can't stand where it does: a bar behind a function, an index's colon."""
    yield from _all_axes(at, shape_of)
    place = at.at_fault()
    if place and at.tokens[place].type in BARS and is_bare(at, place - 1):
        yield from parentheses(at, shape_of)


def _word(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """Words of Python that are no names here: None, True, Infinity; and exp without parentheses."""
    place = at.at_fault()
    if place is None:
        return
    name = str(at.tokens[place])
    if name == "None":
        yield from _new_axis(at, place, shape_of)
    elif name in ("True", "False"):
        yield from _kept_axes(at, place, shape_of)
    elif name in ("Inf", "Infinity"):
        yield at.edited(Edit.at(span_of(at.tokens[place]), "inf"), sure=True)
    elif name == "e":
        yield from _power_of_e(at, place)
    elif averaged := _averaged(at, name):
        yield at.edited(Edit.at(span_of(at.tokens[place]), f"mean({averaged})"), sure=True)
    elif joined := _function_of_value(at, name):
        yield at.edited(Edit.at(span_of(at.tokens[place]), joined), sure=True)
    elif name in SHAPED and not at.is_value(name) and name not in at.known.functions:
        yield from _by_shape(at, place, shape_of)
    elif _squared(at, place):
        closed = closing(at.tokens, place + 1)
        if closed is not None:
            opens, closes = span_of(at.tokens[place + 1]), span_of(at.tokens[closed])
            ours = name if at.is_function(name) else RENAMED.get(name.casefold(), name.casefold())
            renamed = Edit.at(span_of(at.tokens[place]), ours)
            edits = (renamed,) if ours != name else ()
            yield at.edited(*edits, Edit.at(opens, "("), Edit.at(closes, ")"), sure=True)
    elif at.is_function(name) or name in RENAMED:
        yield from parentheses(at, shape_of)


def _squared(at: Situation, place: int) -> bool:
    """Whether a function is followed by a bracket, `exp[x]`, `Sin[x]`."""
    if at.tokens[place + 1 : place + 2] != ("[",):
        return False
    name = str(at.tokens[place])
    small = RENAMED.get(name.casefold(), name.casefold())
    return at.is_function(name) or (name[:1].isupper() and small in FUNCTIONS)


def _averaged(at: Situation, name: str) -> str | None:
    """The value whose mean `x̄` or `xbar` names; None where the text gives the name itself."""
    typed = unicodedata.normalize("NFD", name)
    value = typed.removesuffix("\N{COMBINING MACRON}").removesuffix("bar")
    return value if value != typed and at.is_value(value) else None


def _function_of_value(at: Situation, name: str) -> str | None:
    """`lnx`, `sinx` with an x that has a value → `log(x)`, `sin(x)`."""
    for length in range(2, len(name)):
        function, value = name[:length], name[length:]
        ours = RENAMED.get(function, function)
        if ours in FUNCTIONS and not at.is_value(function) and at.is_value(value):
            return f"{ours}({value})"
    return None


def _by_shape(at: Situation, place: int, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`ones_like(A)` → `ones(2, 2)`, `squeeze(X, 0)` → `reshape`."""
    closed = closing(at.tokens, place + 1) if place + 1 < len(at.tokens) else None
    if closed is None or at.tokens[place + 1].type != "LPAR":
        return
    first = _first_argument(at, place + 1, closed)
    shape = shape_of(first, at.line.number)
    rest = at.text(place + 2, closed).removeprefix(first).lstrip(", ")
    axis = re.fullmatch(r"(?:axis\s*=\s*|dim\s*=\s*)?(-?\d+)", rest)
    written = None if shape is None else _reshaped(str(at.tokens[place]), first, shape, rest, axis)
    if written is not None:
        yield at.edited(Edit.at(span_between(at.tokens, place, closed + 1), written), sure=True)


def _reshaped(
    name: str, first: str, shape: Shape, rest: str, axis: re.Match[str] | None
) -> str | None:
    sizes = list(shape)
    if name in ("numel", "length", "size", "count"):
        return str(sizes[0]) if len(sizes) == 1 and not rest else None
    if name in ("ones_like", "zeros_like"):
        return f"{name.removesuffix('_like')}({', '.join(map(str, sizes))})" if sizes else None
    if name == "squeeze" and not rest:
        sizes = [size for size in sizes if size != 1]
    elif axis is None:
        return None
    elif name == "squeeze":
        place = int(axis[1])
        if not -len(sizes) <= place < len(sizes) or sizes[place] != 1:
            return None
        del sizes[place]
    else:
        place = int(axis[1]) + (len(sizes) + 1 if int(axis[1]) < 0 else 0)
        if not 0 <= place <= len(sizes):
            return None
        sizes.insert(place, 1)
    return f"reshape({first}, {', '.join(map(str, sizes))})" if sizes else None


def _power_of_e(at: Situation, place: int) -> Iterator[Candidate]:
    """`e^x` → `exp(x)`."""
    if place + 2 < len(at.tokens) and at.tokens[place + 1].type == "CIRCUMFLEX":
        end = operand_end(at.tokens, place + 2)
        if end is not None:
            power = at.text(place + 2, end)
            closed = closing(at.tokens, place + 2) if at.tokens[place + 2].type == "LPAR" else None
            inner = power if closed == end - 1 else f"({power})"
            yield at.edited(Edit.at(span_between(at.tokens, place, end), f"exp{inner}"), sure=True)
    else:
        yield at.edited(Edit.at(span_of(at.tokens[place]), "exp(1)"), sure=True)


def _new_axis(at: Situation, place: int, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`X[:, None]` → `reshape(X, 3, 1)`."""
    opened = _opened(at, place)
    if opened is None or at.tokens[opened].type != "LSQB" or not opened:
        return
    closed = closing(at.tokens, opened)
    start = operand_start(at.tokens, opened - 1)
    if closed is None or start is None:
        return
    operand = at.text(start, opened)
    items = "".join(at.tokens[opened + 1 : closed]).split(",")
    shape = shape_of(operand, at.line.number)
    if shape is None or set(items) - {":", "None", "..."} or items.count(":") > len(shape):
        return
    left = iter(shape)
    sizes = [1 if item == "None" else next(left) for item in items]
    sizes += left
    new = f"reshape({operand}, {', '.join(map(str, sizes))})"
    yield at.edited(Edit.at(span_between(at.tokens, start, closed + 1), new), sure=True)


def _kept_axes(at: Situation, place: int, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`mean(X, axis=1, keepdims=True)` → `reshape(mean(X, axis=1), 2, 1)`."""
    if at.tokens[place - 2] not in ("keepdims", "keepdim"):
        return
    yield from kept_axes(at, place - 2, shape_of)


def kept_axes(at: Situation, place: int, shape_of: ShapeOf) -> Iterator[Candidate]:
    """The call whose option `keepdims` is at a position, with the axis kept by a reshape."""
    opened = _opened(at, place)
    closed = None if opened is None else closing(at.tokens, opened)
    if opened is None or closed is None:
        return
    inner = at.text(opened + 1, place).rstrip().removesuffix(",")
    rest = at.text(place + 3, closed).strip()
    call = f"{at.tokens[opened - 1]}({inner}{rest})"
    first = _first_argument(at, opened, closed)
    whole, reduced = shape_of(first, at.line.number), shape_of(call, at.line.number)
    if whole is None or reduced is None:
        return
    axis = _axis(at, opened, closed)
    sizes = kept(whole, reduced, axis)
    if not reduced and axis is None:
        # A scalar broadcasts to every shape by itself.
        yield at.edited(Edit.at(span_between(at.tokens, opened - 1, closed + 1), call), sure=True)
    elif sizes is not None:
        new = f"reshape({call}, {', '.join(map(str, sizes))})"
        yield at.edited(Edit.at(span_between(at.tokens, opened - 1, closed + 1), new), sure=True)


def _first_argument(at: Situation, opened: int, closed: int) -> str:
    depth = 0
    for place in range(opened + 1, closed):
        kind = at.tokens[place].type
        if depth == 0 and kind == "COMMA":
            return at.text(opened + 1, place)
        depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
    return at.text(opened + 1, closed)


def _axis(at: Situation, opened: int, closed: int) -> int | None:
    """The number that a call's `axis=` passes."""
    for place in range(opened + 1, closed - 2):
        if at.tokens[place] == "axis" and at.tokens[place + 1].type == "EQUAL":
            text = "".join(at.tokens[place + 2 : place + 4]).rstrip(",)")
            return int(text) if text.lstrip("-").isdecimal() else None
    return None


def kept(whole: Shape, reduced: Shape, axis: int | None) -> tuple[int, ...] | None:
    """The reduced shape with the axis that was reduced as 1."""
    if not reduced and axis is None:
        return (1,) * len(whole)
    if len(reduced) != len(whole) - 1 or axis is None or not -len(whole) <= axis < len(whole):
        return None
    place = axis % len(whole)
    return (*reduced[:place], 1, *reduced[place:])


def _size(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`reshape(x, 4, -1)` with the size computed."""
    place = at.at_fault()
    opened = None if place is None else _opened(at, place)
    closed = None if opened is None else closing(at.tokens, opened)
    if place is None or opened is None or closed is None or at.tokens[opened - 1] != "reshape":
        return
    first = _first_argument(at, opened, closed)
    shape = shape_of(first, at.line.number)
    parts = "".join(at.tokens[opened + 1 : closed]).removeprefix(first.replace(" ", "")).split(",")
    sizes = [int(each) for each in parts if each.lstrip("-").isdecimal()]
    if shape is None or sizes.count(-1) != 1 or len(sizes) != len([each for each in parts if each]):
        return
    count, given = 1, 1
    for size in shape:
        count *= size
    for size in sizes:
        given *= size if size != -1 else 1
    if given and count % given == 0:
        at_size = span_between(at.tokens, place, place + 2)
        yield at.edited(Edit.at(at_size, str(count // given)), sure=True)


def _loss(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """The sum or the mean of a tensor that was to be the loss; its element if it has only one."""
    if at.tokens[0].type == "MINIMIZE" and len(at.tokens) == 2:
        name = at.typed(at.tokens[1])
        whole = span_between(at.tokens, 0, 2)
        loss = next(each for each in ("loss", "total", "loss_") if each not in at.known.given_on)
        for function in ("sum", "mean"):
            lines = f"{loss} = {function}({name})\nminimize {loss}"
            title = f"Write {loss} = {function}({name})"
            yield at.edited(Edit.at(whole, lines), title=title, hint=at.fault.hint)
    elif len(at.tokens) > 2 and at.tokens[1].type == "EQUAL":
        named = [name for name in _LOSSES if at.known.shapes.get(name) == ()]
        if len(named) == 1 and str(at.tokens[0]) not in _LOSSES:
            # A line after the loss, such as its gradient, is not summed.
            text = at.sheet.lines[-1]
            end = Span(len(at.sheet.lines), len(text) + 1, len(at.sheet.lines), len(text) + 1)
            line = Edit.at(
                end, f"\nminimize {named[0]}" if text.strip() else f"minimize {named[0]}"
            )
            title = f"Add minimize {named[0]}"
            yield at.edited(line, title=title, hint=f"add minimize {named[0]}")
            return
        value = span_between(at.tokens, 2, len(at.tokens))
        formula = at.text(2, len(at.tokens))
        for function in ("sum", "mean"):
            text = f"{function}({formula})"
            yield at.edited(Edit.at(value, text), hint=at.fault.hint)


_LOSSES = ("L", "loss", "Loss", "J", "cost", "E", "error", "objective", "f")
"""Usual names of losses."""


def _range(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`1:3` outside an index, as MATLAB and Julia count: `[1, 2, 3]`."""
    place = at.at_fault()
    ends = at.tokens[place - 1 : place + 2] if place else ()
    if [each.type for each in ends] != ["NUMBER", "COLON", "NUMBER"]:
        return
    first, last = str(ends[0]), str(ends[2])
    if not (first.isdigit() and last.isdigit() and 0 <= int(last) - int(first) < _MOST_COUNTED):
        return
    numbers = ", ".join(map(str, range(int(first), int(last) + 1)))
    assert place is not None
    yield at.edited(Edit.at(span_between(at.tokens, place - 1, place + 2), f"[{numbers}]"))


def _all_axes(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`W[..., 0]` → `W[:, 0]`: a colon for every axis that the dots pass over."""
    place = at.at_fault()
    points = "" if place is None else "".join(at.tokens[place : place + 3])
    opened = None if place is None else _opened(at, place)
    if place is None or points != "..." or not opened or at.tokens[opened].type != "LSQB":
        return
    closed, start = closing(at.tokens, opened), operand_start(at.tokens, opened - 1)
    if closed is None or start is None:
        return
    shape = shape_of(at.text(start, opened), at.line.number)
    items = at.text(opened + 1, closed).split(",")
    others = len(items) - 1
    if shape is None or any(sign in "".join(items) for sign in "([") or others > len(shape):
        return
    colons = [":"] * (len(shape) - others)
    made = [colons if each.strip() == "..." else [each.strip()] for each in items]
    inner = span_between(at.tokens, opened + 1, closed)
    yield at.edited(Edit.at(inner, ", ".join(chain.from_iterable(made))), sure=True)


def _several(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`max(0, 5, x)` → `max(max(0, 5), x)`: two at a time."""
    place = at.at_fault()
    opened = None if place is None else _opened(at, place)
    closed = None if opened is None else closing(at.tokens, opened)
    if not opened or closed is None:
        return
    function = str(at.tokens[opened - 1])
    parts = _arguments(at, opened, closed)
    by_name = any("=" in re.sub(r"[<>=!]=", "", part) for part in parts)
    if function not in ("max", "min", "maximum", "minimum") or len(parts) < 3 or by_name:
        return
    written = parts[0]
    for part in parts[1:]:
        written = f"{function}({written}, {part})"
    whole = span_between(at.tokens, opened - 1, closed + 1)
    yield at.edited(Edit.at(whole, written), sure=True)


def _arguments(at: Situation, opened: int, closed: int) -> list[str]:
    """The texts between a call's commas."""
    found, depth, start = [], 0, opened + 1
    for place in range(opened + 1, closed + 1):
        kind = at.tokens[place].type
        if depth == 0 and (kind == "COMMA" or place == closed):
            found.append(at.text(start, place))
            start = place + 1
        depth += (kind in ("LPAR", "LSQB")) - (kind in ("RPAR", "RSQB"))
    return found


def _decimals(at: Situation, shape_of: ShapeOf) -> Iterator[Candidate]:
    """`[1,5 2,5]` → `[1.5, 2.5]`, or `[1, 5, 2, 5]`: both, since a comma may be missing."""
    if len(at.line.texts) != 1:
        return
    text = at.line.texts[0]
    number = at.line.number
    for match in re.finditer(r"\[\s*(-?\d+,\d+(?:\s+-?\d+,\d+)+)\s*\]", text):
        parts = [each.replace(",", ".") for each in match[1].split()]
        written = f"[{', '.join(parts)}]"
        whole = Span(number, match.start() + 1, number, match.end() + 1)
        yield at.edited(Edit.at(whole, written), sure=True)
        parts = re.split(r"[,\s]+", match[1])
        yield at.edited(Edit.at(whole, f"[{', '.join(parts)}]"), sure=True)


_MOST_COUNTED = 20
"""The most numbers of a range that are written out."""

_BY_CODE: dict[str, Callable[[Situation, ShapeOf], Iterator[Candidate]]] = {
    "unknown_keyword": _option,
    "no_parentheses": parentheses,
    "implicit_product": parentheses,
    "unknown_name": _word,
    "missing_comma": _decimals,
    "negative_size": _size,
    "loss_not_scalar": _loss,
    "stray_colon": _range,
    "unexpected_token": _behind_a_function,
    "attribute": _all_axes,
    "arguments": _several,
}


def declaration(at: Situation) -> Iterator[Candidate]:
    """A line above that declares the unknown name, if nothing else is meant."""
    place = at.at_fault()
    if at.fault.code != "unknown_name" or at.fault.hint or place is None or at.known.formula:
        return
    name = at.typed(at.tokens[place])
    if name in _NO_NAMES or (place + 1 < len(at.tokens) and at.tokens[place + 1].type == "LPAR"):
        return
    if re.search(r"(?<!\w)[d∂]\w*\s*/\s*[d∂]\w+", "\n".join(at.line.texts)):
        return  # a derivative
    indexed = re.fullmatch(r"(\w+)_[ijkmnt]", name)
    if indexed is not None and (at.is_value(indexed[1]) or at.is_function(indexed[1])):
        return
    if _is_given(at, name) or near_misses(at) or _is_part_run(at, name):
        return
    # A loop's lines are indented, and a name is declared outside of it.
    number = at.line.number
    while number > 1 and at.sheet.lines[number - 1][:1].isspace():
        number -= 1
    line = f"input {name} = 1"
    first = Edit(number, 1, number, 1, f"{line}\n")
    yield at.edited(first, title=f"Declare it above: {line}")


def _is_given(at: Situation, name: str) -> bool:
    """Whether another line, though unreadable, seems to assign the name."""
    gives = re.compile(rf"(?<!\w){re.escape(name)}\s*(?:\[[^\]]*\]|\([^)]*\))?\s*[:=~](?!=)")
    lines = (line.partition("#")[0] for line in at.sheet.lines)
    return any(gives.search(line) for n, line in enumerate(lines, 1) if n != at.line.number)


def near_misses(at: Situation) -> list[str]:
    """The names with a value that differ from the unknown one in digits, case, underscores.

    And those that are one keystroke away.
    """
    place = at.at_fault()
    if at.fault.code != "unknown_name" or place is None or at.tokens[place].type != "NAME":
        return []
    typed = str(at.tokens[place])
    name = _stem(typed)
    if not name or (place + 1 < len(at.tokens) and at.tokens[place + 1].type == "LPAR"):
        return []
    values = [each for each in at.known.given_on if at.is_value(each)]
    alike = [each for each in values if _stem(each) == name]
    return alike or [each for each in values if is_slip(typed, each, shortest=3)]


def is_numbered(at: Situation) -> bool:
    """Whether the unknown name ends with a number, as x_1 does."""
    place = at.at_fault()
    return place is not None and str(at.tokens[place])[-1:].isdigit()


def _is_part_run(at: Situation, name: str) -> bool:
    """Whether the name is a Greek letter joined to a name with a value, or a function to its
    argument.
    """
    greek = "Ͱ" <= name[:1] <= "Ͽ" and at.is_value(name[1:])
    functions = (each for each in at.known.functions if name.startswith(each))
    return (
        greek
        or factors(at, name)
        or any(at.is_value(name.removeprefix(each)) for each in functions)
    )


def factors(at: Situation, name: str) -> bool:
    """Whether a name of two or three letters, or of several letters with numbers (`h1h2`), looks
    like a product of which a factor is known.
    """
    letters = name.isalpha() and 2 <= len(name) <= 3
    numbered = re.fullmatch(r"(?:[^\W\d_]+\d+){2,}", name) is not None
    parts = re.findall(r"[^\W\d_]+\d+", name) if numbered else list(name) if letters else []
    return any(at.is_value(part) for part in parts)


def _stem(name: str) -> str:
    return re.sub(r"[\d_]", "", name).casefold()


_NO_NAMES = frozenset({"None", "True", "False", "inf", "Inf", "nan", "NaN", "e", "T"})
