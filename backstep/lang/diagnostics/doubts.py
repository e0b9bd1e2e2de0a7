"""Warnings: text with a meaning that was probably meant otherwise, each with a rewording.

Nothing here changes how a text is read, and nothing is reported unless the odds are high.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.graph.node import Literal, Node, Operand
from backstep.lang.compile.constants import whole
from backstep.lang.diagnostics.fixes.edits import applied
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.names import versioned
from backstep.ops import misuse
from backstep.records import record

AXIS_BY_PLACE = "axis_by_place"
"""The code for a number that looks like an axis."""

Given = tuple[Operand, syntax_tree.Expression | syntax_tree.Comparison]
"""An argument's value, and its syntax tree."""


@record(frozen=True, slots=True)
class Reader:
    """How to write parts of the text again: `quote` a span, and the name a node is `called`.

    `same` says whether the text of a span has the same meaning in the statement that is read.
    """

    quote: Callable[[Span], str | None]
    called: Callable[[Node], str | None]
    same: Callable[[Span], bool]

    def written(self, operand: Operand) -> str | None:
        """The text of a value: its name, or its formula."""
        if isinstance(operand, Literal):
            return operand.text
        name = self.called(operand)
        if name is not None:
            return name
        there = operand.span is not None and self.same(operand.span)
        return self.quote(operand.span) if there and operand.span is not None else None


def settled(function: str, part: syntax_tree.Call) -> Span | None:
    """The span of an inner `max(x, -1)` that `min(max(x, -1), 1)` explains: x is clipped."""
    inner = part.arguments[0] if part.arguments else None
    return inner.span if inner is not None and _clamps(function, inner) else None


def of_call(
    reader: Reader,
    function: str,
    part: syntax_tree.Call,
    given: Mapping[str, Given],
    axis: int | None = -1,
) -> Diagnostic | None:
    """A doubt about a call of a built-in function; `given` holds its arguments by parameter name.

    `axis` is the one that the call works along.
    """
    if function in ("max", "min"):
        return _axis(reader, function, part, given)
    values = list(given.values())
    if not values:
        return None
    first, at_first = values[0]
    name = at_first.name if isinstance(at_first, syntax_tree.Name) else None
    if len(values) == 1:
        found = misuse.of_function(function, first, axis)
    else:
        found = misuse.of_call(function, first, values[1][0], name)
    if found is None:
        return None
    texts = {id(value): reader.quote(at.span) for value, at in values}
    fixes = []
    for name, operands in found.meant:
        written = [texts.get(id(each)) or reader.written(each) for each in operands]
        if all(each is not None for each in written):
            fixes.append(_write(part.span, f"{name}({', '.join(map(str, written))})"))
    return Diagnostic(found.code, found.message, found.hint, part.span, fixes=tuple(fixes))


_ENDS_IN_TWO = re.compile(r"(?:‖|∥|\|\|)[²³]?(?:₂|_\{?2\}?)[²³]?$")


def of_bars(reader: Reader, part: syntax_tree.Call, value: Operand) -> Diagnostic | None:
    """`‖W‖₂` and `|A|` of matrices, which elsewhere are a singular value and a determinant."""
    typed = reader.quote(part.span) or ""
    if len(value.shape) != 2 or typed[:1] not in ("‖", "∥", "|"):
        return None
    if _ENDS_IN_TWO.search(typed):
        return Diagnostic(
            "norm_of_matrix",
            f"{typed} is the root of the sum of all squares, also of a matrix",
            "its largest singular value is another thing; ‖W‖_F says what is worked out",
            part.span,
        )
    if part.function.name != "abs" or value.shape[0] != value.shape[1] or value.shape[0] == 1:
        return None
    inner = typed.strip("|").strip()
    return Diagnostic(
        "bars_of_matrix",
        f"{typed} of a matrix is the absolute value of each element",
        f"the determinant is det({inner})",
        part.span,
        fixes=(_write(part.span, f"det({inner})"),),
    )


def turned(reader: Reader, function: str, part: syntax_tree.Call) -> tuple[Fix, ...]:
    """The call of a loss with its two arguments exchanged, if they do not fit as typed."""
    if not misuse.has_order(function) or len(part.arguments) != 2 or part.keywords:
        return ()
    first, second = (reader.quote(each.span) for each in part.arguments)
    if first is None or second is None:
        return ()
    return (_write(part.span, f"{function}({second}, {first})"),)


def _write(span: Span, text: str) -> Fix:
    return Fix(f"Write {text}", (Edit.at(span, text),))


def _axis(
    reader: Reader, function: str, part: syntax_tree.Call, given: Mapping[str, Given]
) -> Diagnostic | None:
    """`max(X, 1)`, which is elementwise, if 1 looks like an axis of X."""
    if "b" not in given or "axis" in given:
        return None
    (x, at_x), (k, at_k) = given["a"], given["b"]
    axis = whole(k) if isinstance(k, Literal) and _plain_number(at_k) else None
    if not isinstance(x, Node) or axis is None or len(x.shape) < 2:
        return None
    if not (axis == -1 or 1 <= axis < len(x.shape)) or _clamps(function, at_x):
        return None
    quoted = reader.quote(at_x.span) or "x"
    fixes = [_write(part.span, f"{function}({quoted}, axis={axis})")]
    kept = ", ".join(
        "1" if place == axis % len(x.shape) else str(size) for place, size in enumerate(x.shape)
    )
    fixes.append(
        _write(part.span, f"reshape({function}({quoted}, axis={axis}), {kept})"),
    )
    more = "larger" if function == "max" else "smaller"
    return Diagnostic(
        AXIS_BY_PLACE,
        f"{function} of two values is the {more} of each element and {axis}",
        f"along an axis it is {function}({quoted}, axis={axis})",
        part.span,
        fixes=tuple(fixes),
    )


def _plain_number(part: syntax_tree.Expression | syntax_tree.Comparison) -> bool:
    """An integer literal without a decimal point: an axis is never 1.0."""
    if isinstance(part, syntax_tree.Sign):
        part = part.operand
    return isinstance(part, syntax_tree.Number) and part.text.isdigit()


def _clamps(function: str, inner: syntax_tree.Expression | syntax_tree.Comparison) -> bool:
    """Whether a formula is `min(max(x, a), b)`, or the other way round: a clipped value."""
    return (
        isinstance(inner, syntax_tree.Call)
        and {function, inner.function.name} == {"max", "min"}
        and len(inner.arguments) == 2
    )


def of_product(
    reader: Reader, sides: tuple[Operand, Operand], parts: tuple[syntax_tree.Expression, ...]
) -> list[Diagnostic]:
    """Doubts about the two sides of `@`: powers of matrices, and a vector's transpose."""
    found = [
        fault
        for side, part in zip(sides, parts, strict=True)
        if (fault := _power(reader, side, part)) is not None
    ]
    left, right = sides
    turned = _transposed(parts[1])
    if turned is not None and len(left.shape) == len(right.shape) == 1:
        texts = reader.quote(parts[0].span), reader.quote(turned.span)
        meant = f"outer({texts[0]}, {texts[1]})"
        span = parts[0].span.to(parts[1].span)
        found.append(
            Diagnostic(
                "transposed_vector",
                "a vector has one axis, so that .T leaves it as it is and this is the dot product",
                f"the matrix of all products is {meant}",
                span,
                fixes=(_write(span, meant),) if None not in texts else (),
            )
        )
    return found


def _transposed(part: syntax_tree.Expression) -> syntax_tree.Expression | None:
    if isinstance(part, syntax_tree.Attribute) and part.name.name == "T":
        return part.value
    return None


_MOST_FACTORS = 4


def _power(reader: Reader, side: Operand, part: syntax_tree.Expression) -> Diagnostic | None:
    """A power of a square matrix beside `@`, which is elementwise."""
    part = _transposed(part) or part
    if len(side.shape) != 2:
        return None
    if not isinstance(part, syntax_tree.Power):
        return _reciprocal(reader, side, part)
    base, exponent = part.base, part.exponent
    quoted = reader.quote(base.span)
    if isinstance(exponent, syntax_tree.Name) and exponent.name == "T" and quoted is not None:
        return Diagnostic(
            "transpose_as_power",
            f"{quoted}^T is a power with the exponent T",
            f"the transpose is {quoted}.T",
            part.span,
            fixes=(_write(part.span, f"{quoted}.T"),),
        )
    number = _number(exponent)
    if side.shape[0] != side.shape[1] or side.shape[0] == 1 or number is None:
        return None
    if number.startswith("-") and not misuse.is_power_of_matrix(side):
        return None
    said = quoted or "a matrix"
    fixes: tuple[Fix, ...] = ()
    if number.isdigit() and 2 <= int(number) <= _MOST_FACTORS and quoted is not None:
        product = " @ ".join([quoted] * int(number))
        fixes = (_write(part.span, f"({product})"),)
        hint = f"the matrix power is {product}"
    elif number.startswith("-"):
        hint = "the inverse of a matrix is another thing; it is not one over each element"
    else:
        hint = "a power of the matrix is another thing"
    return Diagnostic(
        "power_by_element",
        f"{said}^{number} is the power of each element, here beside a matrix product",
        hint,
        part.span,
        fixes=fixes,
    )


def _reciprocal(reader: Reader, side: Operand, part: syntax_tree.Expression) -> Diagnostic | None:
    """`1/A`, or a name with the value `1/A` or `A^-1`."""
    if not isinstance(side, Node) or side.shape[0] != side.shape[1] or side.shape[0] == 1:
        return None
    matrix = misuse.inverted(side)
    if matrix is None:
        return None
    span = part.span if side.span is None else side.span
    if isinstance(part, syntax_tree.Name) and reader.called(side) == part.name:
        span = part.span
    said = reader.quote(span) or "this"
    return Diagnostic(
        "power_by_element",
        f"{said} is one over each element, here beside a matrix product",
        "the inverse of a matrix is another thing",
        span,
    )


def _number(part: syntax_tree.Expression) -> str | None:
    """A literal, with its sign; a quotient of two in brackets counts."""
    if isinstance(part, syntax_tree.Sign):
        inner = _number(part.operand)
        return None if inner is None else part.op.replace("+", "") + inner
    if isinstance(part, syntax_tree.Number):
        return part.text
    if isinstance(part, syntax_tree.OperatorChain):
        numbers = [_number(part.first), *(_number(link.operand) for link in part.links)]
        if None not in numbers:
            text = str(numbers[0])
            for link, number in zip(part.links, numbers[1:], strict=True):
                text += f"{link.op}{number}"
            return text if text.startswith("-") else f"({text})"
    return None


def of_root(
    reader: Reader, first: syntax_tree.Expression, link: syntax_tree.OperatorLink
) -> Diagnostic | None:
    """`x^1/2`, which is x/2: nobody writes a first power."""
    if link.op != "/" or not isinstance(first, syntax_tree.Power):
        return None
    base, exponent, below = first.base, first.exponent, link.operand
    sign = ""
    if isinstance(exponent, syntax_tree.Sign):
        sign, exponent = exponent.op.replace("+", ""), exponent.operand
    if not (isinstance(exponent, syntax_tree.Number) and exponent.text == "1"):
        return None
    if (
        _bracketed(exponent)
        or not isinstance(below, syntax_tree.Number)
        or not below.text.isdigit()
    ):
        return None
    quoted = reader.quote(base.span)
    if quoted is None:
        return None
    meant = f"{quoted}^({sign}1/{below.text})"
    return Diagnostic(
        "root_without_brackets",
        f"{quoted}^{sign}1/{below.text} is {quoted}^{sign}1 divided by {below.text}",
        f"the root is {meant}",
        first.span.to(below.span),
        fixes=(_write(first.span.to(below.span), meant),),
    )


def _bracketed(number: syntax_tree.Number) -> bool:
    return number.span.end_column - number.span.column > len(number.text)


def of_meeting(
    reader: Reader, sides: tuple[Operand, Operand], parts: tuple[syntax_tree.Expression, ...]
) -> Diagnostic | None:
    """A square matrix beside its rows' means or sums, which are broadcast along the columns."""
    for number in (0, 1):
        matrix, rows = sides[number], sides[1 - number]
        if not (isinstance(rows, Node) and isinstance(matrix, Node)) or len(rows.shape) != 1:
            continue
        size = rows.shape[0]
        if matrix.shape != (size, size) or size < 2 or not misuse.one_a_row(rows, matrix):
            continue
        part = parts[1 - number]
        quoted = reader.quote(part.span)
        meant = f"reshape({quoted}, {size}, 1)"
        return Diagnostic(
            "one_a_row",
            f"{quoted or 'this'} has one element a row, and is laid along the columns here",
            f"to meet its row, write {meant}",
            part.span,
            fixes=(_write(part.span, meant),) if quoted is not None else (),
        )
    return None


def version(
    name: str, written: str, number: int, givings: int, part: syntax_tree.Power
) -> Diagnostic | None:
    """`h^(2)` if h has several versions: its second version, or a power if there is none.

    `number` is the version that it is read as, 0 for none; `givings` how many there are so far.
    """
    power = f"{name}**{written}"
    if number:
        giving = versioned(name, number)
        return Diagnostic(
            "version_by_superscript",
            f"{name}^({written}) is read as {giving}, giving {written} of {name}, not as a power",
            f"write {power} for the power",
            part.span,
            fixes=(_write(part.span, power),),
        )
    first = (_write(part.span, versioned(name, 1)),) if int(written) == 0 else ()
    so_far = "once" if givings == 1 else f"{givings} times"
    return Diagnostic(
        "version_by_superscript",
        f"{name}^({written}) is read as a power: {name} is given {so_far} up to here, and such"
        " a number means a giving from the second on",
        f"write {power} for the power, or the number of a giving that there is",
        part.span,
        fixes=(*first, _write(part.span, power)),
    )


def power_of_version(name: str, reader: Reader, part: syntax_tree.Power) -> Diagnostic:
    """`h^(t)` with a loop's t: a power, though one of h's versions may be meant."""
    written = (reader.quote(part.exponent.span) or "").strip("() ")
    return Diagnostic(
        "version_by_superscript",
        f"{name}^({written}) is a power of {name}",
        f"a giving of {name} is written {versioned(name, 1)}, with a number",
        part.span,
        fixes=(_write(part.span, f"{name}**({written})"),),
    )


MOST_TRIED = 8
"""Fixes tried for one text: each takes as long as reading it."""


def with_fixes(
    source: str, found: Iterable[Diagnostic], holds: Callable[[str], bool] | None
) -> list[Diagnostic]:
    """The warnings in the text's order, each with those of its fixes for which `holds` is true.

    None instead of `holds`: none is tried, and none offered.
    """
    ordered = sorted(
        found, key=lambda each: (each.span.line, each.span.column) if each.span else (0, 0)
    )
    left = MOST_TRIED
    made = []
    for fault in ordered:
        kept = []
        for fix in fault.fixes:
            if holds is None or left == 0:
                break
            left -= 1
            if holds(applied(source, fix.edits)):
                kept.append(fix)
        made.append(replace(fault, fixes=tuple(kept)))
    return made


def _place(fault: Diagnostic) -> tuple[int, int]:
    return (fault.span.line, fault.span.column) if fault.span else (0, 0)
